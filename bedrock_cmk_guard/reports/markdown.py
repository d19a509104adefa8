"""Text in Markdown that reads as it stands."""

from __future__ import annotations

import re

from bedrock_cmk_guard.reports.terminal import safe

# What would be markup in a cell, and what would call somebody by name.
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&@])")


def cell(text: str) -> str:
    """The text for a table's cell, or for a paragraph that begins with something else."""
    return _SPECIAL.sub(r"\\\1", safe(text))
