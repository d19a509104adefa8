"""What lint knows to look for, and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is: errors and warnings make the exit status 1, notes do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of mistake: what it is, why it matters, and what to write instead."""

    id: str
    severity: Severity
    title: str
    rationale: str
    instead: str
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class LintFinding:
    """A mistake in a policy. Lines and columns count from 1, and are 0 where there is no text.

    ``path`` names the place as people write it (``Statement[0].Condition.StringEquals``), ``statement`` the
    statement by its Sid, or by its number if it has none. ``excerpt`` is the line that the mistake is on.
    """

    file: str
    line: int
    column: int
    rule: str
    severity: Severity
    message: str
    instead: str
    statement: str = ""
    path: str = ""
    end_line: int = 0
    end_column: int = 0
    excerpt: str = ""
    resource: str = ""
    """Of a plan or template: the resource that holds the policy, and by which property."""

    def __str__(self) -> str:
        place = f"{self.file or 'policy'}:{self.line}:{self.column}" if self.line else self.file or "policy"
        return f"{place}: {self.severity}: {self.message} [{self.rule}]"
