"""What a reading of Terraform is told besides the files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from bedrock_cmk_guard.sources.files import SourceFile


@dataclass(frozen=True, slots=True)
class TerraformOptions:
    """How roots are found, and what their variables are given."""

    root: Path | None = None
    """The repository's root folder; nothing outside of it is read. None: nobody knows one."""
    var_files: tuple[Path, ...] = ()
    """As given by ``-var-file``: they win over what Terraform takes by itself, a later one over an earlier."""
    repository: Callable[[], Iterable[SourceFile]] | None = None
    """Gives the repository's code, where callers of a module are looked for. None: only the files given."""
