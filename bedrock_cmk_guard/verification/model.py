"""What a verification says: cells of a matrix, ways to read, findings, and what was assumed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The evaluator's answer to one request of the matrix."""

    ALLOWED = "allowed"
    DENIED = "denied"
    DEPENDS = "depends"
    """On a trust policy that is not rendered here, so nothing is said."""


class FindingKind(StrEnum):
    """What is wrong."""

    TOO_OPEN = "too-open"
    """Somebody can do what the requirements demand that they cannot."""
    LOCKED_OUT = "locked-out"
    """Somebody cannot do what the requirements demand that they can."""
    LOCKOUT = "lockout"
    """Nobody is left who can change a key policy."""
    SEQUENCE = "sequence"
    """Somebody who is to be shut out can read after a few steps."""
    EXPIRED = "expired"
    """An exemption or exception is past its last day."""


class Standing(StrEnum):
    """What a way to read means for the requirements."""

    FINDING = "finding"
    ACCEPTED = "accepted"
    """By an exemption, with its owner and last day."""
    BY_DESIGN = "by design"
    """The requirements do not ask for it to be closed."""
    POSSIBLE = "possible"
    """It turns on a policy that is not rendered here."""


@dataclass(frozen=True, slots=True)
class Source:
    """A statement, by the name of the policy it stands in and its Sid."""

    policy: str
    sid: str

    def __str__(self) -> str:
        return f"{self.sid or 'a statement without Sid'} ({self.policy})"


@dataclass(frozen=True, slots=True)
class Who:
    """A column of the matrix."""

    id: str
    kind: str
    title: str
    principal: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the matrix: requests that belong together. ``group`` heads several rows."""

    id: str
    group: str
    title: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One request by one principal, and whether the answer is the one that the requirements demand.

    ``expected`` is None where nothing is demanded; ``because`` says which demand it is. ``decided_by`` is
    empty for an implicit deny, and ``reason`` then says which policy lacks an Allow.
    """

    who: str
    row: str
    action: str
    form: str
    resource: str
    verdict: Verdict
    explicit: bool
    decided_by: tuple[Source, ...]
    reason: str
    expected: Verdict | None = None
    because: str = ""

    @property
    def as_expected(self) -> bool:
        """Whether nothing else was demanded."""
        return self.expected is None or self.expected is self.verdict


@dataclass(frozen=True, slots=True)
class Step:
    """One call on the way to the data: who makes it, what it does, and the statements that allow it."""

    who: str
    does: str
    decided_by: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody comes to read: the steps, the last of which reads.

    ``condition`` is empty, or says what must be true of a policy that is not rendered here.
    """

    who: str
    title: str
    steps: tuple[Step, ...]
    standing: Standing
    remark: str = ""
    condition: str = ""

    @property
    def summary(self) -> str:
        """The steps in one line."""
        return " → ".join(step.does for step in self.steps)


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference between what the requirements demand and what the policies allow."""

    kind: FindingKind
    workload: str
    key: str
    who: str
    message: str
    decided_by: tuple[Source, ...] = ()
    change: str = ""
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyMatrix:
    """The matrix of one key: a key scope in one Region."""

    key: str
    scope: str
    region: str
    account: str
    workloads: tuple[str, ...]
    shut_out: bool
    cast: tuple[Who, ...]
    rows: tuple[Row, ...]
    cells: tuple[Cell, ...]
    ways: tuple[Way, ...]
    """How those who are not callers come to read."""
    possible: tuple[Way, ...]
    """The same, if a trust policy that is not rendered here lets them in."""

    def at(self, row: str, who: str) -> tuple[Cell, ...]:
        """The requests of one row by one principal."""
        return tuple(cell for cell in self.cells if cell.row == row and cell.who == who)


@dataclass(frozen=True, slots=True)
class Verification:
    """What the policies allow, held against what the requirements demand."""

    title: str
    organization: str
    as_of: dt.date
    keys: tuple[KeyMatrix, ...]
    findings: tuple[Finding, ...]
    assumptions: tuple[str, ...]
    not_modelled: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether there is no finding."""
        return not self.findings

    def cells(self) -> Iterator[Cell]:
        """Every cell of every key."""
        for key in self.keys:
            yield from key.cells
