"""The requirements file to start from."""

from __future__ import annotations

from importlib.resources import files


def starter_text() -> str:
    """A commented requirements file that loads as it stands, its placeholders marked CHANGE."""
    return files("bedrock_cmk_guard.requirements").joinpath("starter.yaml").read_text(encoding="utf-8")
