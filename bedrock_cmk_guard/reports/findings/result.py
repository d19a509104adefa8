"""What a scan yields: every subject that was judged, every finding, and how the two add up."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedrock_cmk_guard.controls.finding import Finding, Result
    from bedrock_cmk_guard.subjects import Place


UNASSIGNED = "BCG_SCAN_006"
"""The control that says of a resource that it is of no workload."""


class FailOn(StrEnum):
    """Which findings make the exit status 1."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    """Those, and what cannot be known."""
    NEVER = "never"


class Reported(NamedTuple):
    """A finding as it is reported: by which it is known again, and whether a baseline knows it."""

    finding: Finding
    fingerprint: str
    known: bool = False
    """Whether the baseline has it. It is listed, and not counted."""

    @property
    def counts(self) -> bool:
        """Whether it can fail a scan."""
        return self.finding.counts and not self.known

    @property
    def is_fault(self) -> bool:
        """Whether it is of what could not be read or judged, or of an acceptance that does not hold."""
        return self.finding.control.kind == "fault"

    @property
    def why_not(self) -> str:
        """Why it does not count; nothing, where it does."""
        accepted = self.finding.accepted
        if accepted is not None:
            return f"accepted by {accepted.owner} until {accepted.expires}: {accepted.reason} ({accepted.by})"
        if self.known:
            return "known: it is in the baseline"
        if self.finding.noted:
            return "noted only"
        return "" if self.finding.counts else "recommended, not required"


class Fixed(NamedTuple):
    """A finding of the baseline that is there no more."""

    fingerprint: str
    control: str
    address: str
    file: str


class ScanResult(NamedTuple):
    """What was judged, and what was found."""

    results: tuple[Result, ...] = ()
    """Every resource, key and role that was judged, passes too."""
    findings: tuple[Reported, ...] = ()
    """What fails or cannot be known, in the order of files and lines; what is accepted as well."""
    files: int = 0
    """How many files were looked at."""
    read: frozenset[str] = frozenset()
    """The files that a source read: what is declared there and is not among the results is nothing to judge."""
    requirements: str = ""
    """The requirements file that was judged by; empty for the shipped defaults, or with nothing to judge."""
    fixed: tuple[Fixed, ...] = ()
    """What the baseline has and is fixed, of what was read."""
    skipped: tuple[str, ...] = ()
    """Folders and files that were passed over: git ignores them, or they are other people's."""
    warnings: tuple[str, ...] = ()
    interrupted: bool = False
    """Whether somebody broke the scan off, so that this is what was found until then."""
    contents: Mapping[str, bytes] = MappingProxyType({})
    """The bytes of what is in no file, by the name that places have for it."""

    def counted(self, verdict: Literal["fail", "unknown"]) -> int:
        """How many findings of a verdict count."""
        return sum(each.counts and each.finding.verdict == verdict for each in self.findings)

    @property
    def unassigned(self) -> int:
        """How many resources are of no workload, or may be of none; counted apart, as it fails nothing."""
        return sum(each.finding.control.id == UNASSIGNED for each in self.findings)

    @property
    def not_read(self) -> int:
        """How many findings are of what could not be read or judged, or of acceptances that do not hold."""
        return sum(each.is_fault for each in self.findings)

    def judged(self, verdict: str) -> int:
        """How many subjects have a verdict."""
        return sum(each.verdict == verdict for each in self.results)

    def failed(self, fail_on: FailOn = FailOn.UNKNOWN) -> bool:
        """Whether the scan fails."""
        if fail_on is FailOn.NEVER:
            return False
        return bool(self.counted("fail") or (fail_on is FailOn.UNKNOWN and self.counted("unknown")))


class Excerpts:
    """The lines that places stand for, read again when they are shown; a file that has gone shows none."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = contents
        self._lines: dict[str, list[str]] = {}

    def line(self, place: Place) -> str:
        """The line where a place begins, without its end."""
        lines = self.lines(place.file)
        return lines[place.line - 1] if 0 < place.line <= len(lines) else ""

    def lines(self, file: str) -> list[str]:
        """The lines of a file; none, if it cannot be read."""
        found = self._lines.get(file)
        if found is None:
            found = self._lines[file] = self._read(file)
        return found

    def _read(self, file: str) -> list[str]:
        content = self._contents.get(file)
        if content is None:
            from bedrock_cmk_guard.errors import SourceError
            from bedrock_cmk_guard.sources.source_file import SourceFile

            try:
                content = SourceFile(Path(file), file).content()
            except SourceError:
                return []
        encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
        # Only line feeds end a line, as in the places; whatever cannot be decoded is shown as a mark.
        return [line.rstrip("\r") for line in content.decode(encoding, errors="replace").split("\n")]
