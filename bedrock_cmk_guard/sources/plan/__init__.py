"""Plans and states, as ``terraform show -json`` writes them: :func:`read` makes a Reading of one file."""

from __future__ import annotations

from bedrock_cmk_guard.sources.plan.reading import read

__all__ = ["read"]
