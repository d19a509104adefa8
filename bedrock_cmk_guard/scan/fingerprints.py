"""By what a finding is known again after lines, and files beside it, have moved."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bedrock_cmk_guard.controls.finding import Finding

_LENGTH = 32


def fingerprints(findings: Iterable[Finding], repository: Path | None) -> Iterator[str]:
    """Return one for each finding, in the order given.

    It is made of the control, of the root, of the address (of the file, where there is none) and of the surface. No
    line, no message and no verdict goes in. Findings that are alike in all of that are numbered.
    """
    seen: dict[str, int] = {}
    for finding in findings:
        where = finding.address or portable(finding.place.file, repository)
        text = "\0".join((finding.control.id, portable(finding.root, repository), where, finding.surface))
        number = seen[text] = seen.get(text, 0) + 1
        yield hashlib.sha256(f"{text}\0{number}".encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]


def portable(name: str, repository: Path | None) -> str:
    """Return a file's name as it is on every machine: from the repository's root, wherever a scan was started."""
    if repository is None or name.startswith("<"):
        return name
    path = os.path.relpath(os.path.abspath(name), repository)  # noqa: PTH100
    return name if path.startswith("..") else path.replace(os.sep, "/")
