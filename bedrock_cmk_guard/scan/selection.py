"""What a scan is given, sorted by the source that reads it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.repository import repository_of
from bedrock_cmk_guard.sources.files import ENDINGS, Found, Kind, SourceFile, unreadable, walk

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

    from bedrock_cmk_guard.subjects import Fault

STDIN = "<stdin>"
STDIN_KINDS = ("terraform", "cloudformation", "plan", "state")
_STDIN_NAMES = {
    "terraform": "stdin.tf",
    "cloudformation": "stdin.yaml",
    "plan": "stdin.json",
    "state": "stdin.json",
}


class Selection:
    """The files to judge. No dataclass: those take longer to make than most scans take."""

    __slots__ = ("faults", "files", "made", "plans", "repository", "skipped", "templates", "terraform")

    def __init__(self, found: Found | None = None) -> None:
        self.files: list[SourceFile] = found.files if found else []
        """Every one of them."""
        self.terraform: list[SourceFile] = []
        """Code, and values for its variables."""
        self.templates: list[SourceFile] = []
        self.plans: list[SourceFile] = []
        """Plans and states."""
        self.faults: list[Fault] = found.faults if found else []
        self.skipped: list[str] = found.skipped if found else []
        self.repository: Path | None = None
        """The folder in which callers are looked for: the repository's root."""
        self.made: TemporaryDirectory[str] | None = None
        """A folder made for standard input, which goes when the selection goes."""


def select(paths: Iterable[str | Path]) -> Selection:
    """Find what is below the paths, and tell what it is. Raises ``SourceError`` for a path that is no such thing."""
    given = [os.fspath(path) for path in paths]
    found = walk(given)
    selection = Selection(found)
    for file in found.files:
        if file.named and not file.shown.endswith(ENDINGS):
            raise SourceError(
                f"{file.shown}: this is neither Terraform, a plan nor a template by its name "
                f"({' '.join(ENDINGS)}); to have it read all the same: scan - --as KIND < FILE"
            )
        _sort_in(selection, file)
    if given:
        first = os.path.abspath(given[0])  # noqa: PTH100 - strings, for speed
        folder = first if os.path.isdir(first) else os.path.dirname(first)  # noqa: PTH112, PTH120
        root = repository_of(folder)
        selection.repository = None if root is None else Path(root)
    return selection


def from_stdin(content: bytes, kind: str) -> Selection:
    """Take one document that is in no file, as what the user says it is."""
    selection = Selection()
    folder = Path.cwd()
    if kind == "terraform":
        # Terraform reads whole folders, so this is one of its own: what lies in the current one is another module.
        import tempfile

        selection.made = tempfile.TemporaryDirectory(prefix="bedrock-cmk-guard-")
        folder = Path(selection.made.name)
        (folder / _STDIN_NAMES[kind]).write_bytes(content)
    file = SourceFile(folder / _STDIN_NAMES[kind], STDIN, named=True, content=content)
    file.set_kind(Kind(kind))
    selection.files.append(file)
    _sort_in(selection, file)
    return selection


def _sort_in(selection: Selection, file: SourceFile) -> None:
    try:
        kind = file.kind()
    except SourceError as problem:
        selection.faults.append(unreadable(file.shown, str(problem)))
        return
    if kind in (Kind.TERRAFORM, Kind.TFVARS):
        selection.terraform.append(file)
    elif kind is Kind.CLOUDFORMATION:
        selection.templates.append(file)
    elif kind in (Kind.PLAN, Kind.STATE):
        selection.plans.append(file)
    elif file.named and file.shown.endswith(".json"):
        selection.faults += _cut_off(file)


def _cut_off(file: SourceFile) -> Iterator[Fault]:
    """Whether a file that was to be a plan is none because whatever wrote it was broken off."""
    try:
        content = file.peek().strip()
    except SourceError:
        return  # it is large, and was searched
    if not content:
        yield unreadable(file.shown, "the file is empty")
    elif content.startswith(b"{") and not content.endswith(b"}"):
        yield unreadable(file.shown, "the file is cut off: it begins as JSON, and does not end as such")
