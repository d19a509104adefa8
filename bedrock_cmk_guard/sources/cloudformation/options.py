"""What a reading of templates is told besides the files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CloudFormationOptions:
    """What parameters are given, and where nested templates may lie."""

    parameter_files: tuple[Path, ...] = ()
    """As ``aws cloudformation`` and pipelines take them; a later one wins. A template takes what it declares."""
    root: Path | None = None
    """The repository's root folder; no nested template outside of it is read. None: nobody knows one."""
