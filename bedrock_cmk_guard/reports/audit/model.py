"""The figures of a moment as they are reported, whatever the format."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from bedrock_cmk_guard.history.figures import Changes, Remediation, Share
from bedrock_cmk_guard.history.records import Cell
from bedrock_cmk_guard.history.scoring import Score
from bedrock_cmk_guard.reports.audit.attempts import KeyAttempts

SEVERITIES = ("high", "medium", "low")
UNASSIGNED = "(unassigned)"
UNTAGGED = "(no such tag)"
AGES = (("up to 7 days", 7), ("8 to 30 days", 30), ("31 to 90 days", 90), ("over 90 days", None))
"""How long findings have been open: a name, and the most days."""


def age_of(days: int) -> str:
    """The name of an age."""
    return next(name for name, most in AGES if most is None or days <= most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """How many of a group are as demanded."""

    dimension: str
    """``all``, ``tier``, ``surface``, ``account``, ``workload``, ``environment``, ``tag:KEY``.

    ``kind`` is of keys and roles, which are under no key themselves.
    """
    name: str
    production: Share
    """Of what is of a production environment, or of no workload."""
    everything: Share
    not_audited: int
    """Of the total, how many could not be read. They have not passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCount:
    """How many findings of a severity have been open so long."""

    severity: str
    age: str
    counted: int
    accepted: int
    """Those that an exception accepts; they are not among those counted."""
    recommended: int
    """Those on what is recommended only; they are not among those counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionInForce:
    """What was accepted, until when, and how many open findings it is about."""

    control: str
    resource: str
    """The pattern; empty where the requirements at hand do not have the exception."""
    owner: str
    reason: str
    expires: dt.date | None
    findings: int
    names_a_control: bool = True
    """One that names none accepts nothing, however long it is to hold."""

    def days_left(self, today: dt.date) -> int | None:
        """How many days it still holds after this one; less than 0 where it has run out."""
        return None if self.expires is None else (self.expires - today).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpis:
    """The figures of a moment."""

    at: dt.datetime
    since: dt.datetime
    """From when times to remediate and changes are told."""
    audits: int
    """How many audits had finished."""
    score: Score
    score_then: Score | None
    """The score at ``since``; None where no audit had finished by then."""
    groups: tuple[Group, ...]
    remediation: Mapping[str, Remediation]
    """By severity; ``all`` for all together."""
    changes: Changes
    open: tuple[OpenCount, ...]
    exceptions: tuple[ExceptionInForce, ...]
    not_audited: Mapping[Cell, str]
    requirements: str
    """The requirements file that says what production is; empty for none."""
    attempts: KeyAttempts | None = None
    """What CloudTrail has of attempts on guarded keys; None where no logs were given."""

    def of(self, dimension: str) -> tuple[Group, ...]:
        """The groups of a dimension."""
        return tuple(each for each in self.groups if each.dimension == dimension)

    @property
    def tags(self) -> tuple[str, ...]:
        """The dimensions that are tags."""
        return tuple(
            dict.fromkeys(each.dimension for each in self.groups if each.dimension.startswith("tag:"))
        )

    @property
    def on_customer_keys(self) -> Group:
        """All resources together; keys and roles are none."""
        return next(each for each in self.groups if each.dimension == "all")

    def open_now(self, severity: str = "") -> int:
        """How many findings are open and count."""
        return sum(each.counted for each in self.open if severity in ("", each.severity))
