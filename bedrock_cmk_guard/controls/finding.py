"""What judging yields: a result for each subject, with its findings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bedrock_cmk_guard.controls.control import Control, SubjectKind
from bedrock_cmk_guard.demands import Acceptance
from bedrock_cmk_guard.subjects import Place, Step, Verdict


class Level(StrEnum):
    """Whether a finding fails a scan or is reported only."""

    REQUIRED = "required"
    RECOMMENDED = "recommended"
    NOTE = "note"
    """Nothing is wrong by it: it is listed and counted apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A control's verdict on a subject, other than pass."""

    control: Control
    verdict: Verdict
    """Fail, unknown or delegated."""
    level: Level
    address: str
    surface: str
    """The surface's id, ``kms-key``, ``iam-role``, or nothing for what is about no resource."""
    place: Place
    message: str
    fix: str
    trail: tuple[Step, ...] = ()
    root: str = ""
    """The reading it is of."""
    command: str = ""
    """The command that mends it, where the subject is live and one does."""
    accepted: Acceptance | None = None
    """Who accepted it. It is listed, and not counted."""

    @property
    def noted(self) -> bool:
        """Whether it only says something by which nothing is wrong."""
        return self.level is Level.NOTE

    @property
    def counts(self) -> bool:
        """Whether it can fail a scan: it is demanded, nobody accepted it, and it is not left to a module's callers."""
        return (
            self.level is Level.REQUIRED and self.accepted is None and self.verdict is not Verdict.DELEGATED
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What all controls together say of a subject."""

    kind: SubjectKind
    """``FAULT`` for what could not be read: it has findings and is no subject."""
    address: str
    surface: str
    place: Place
    verdict: Verdict
    """Of a resource that of the controls on its key, of a key or role that of all; what was accepted included."""
    level: Level
    findings: tuple[Finding, ...]
    root: str
    workload: str = ""
    """The workload it belongs to. Empty: it is unassigned, or there are no workloads."""
    note: str = ""
    """What a reader must know of how it was judged."""


_WORST_FIRST = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.DELEGATED)


def worst(findings: tuple[Finding, ...]) -> Verdict:
    """The worst verdict; pass, where there is no finding."""
    found = {finding.verdict for finding in findings}
    return next((verdict for verdict in _WORST_FIRST if verdict in found), Verdict.PASS)
