"""What an audit hands to the history, and what the history keeps of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

NOTE = "note"
"""The level of a finding by which nothing is wrong: it is listed, and no figure but its own counts it."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """What is audited, or not, as a whole: the resources of a surface in a Region of an account.

    ``kms-key`` and ``iam-role`` stand for a surface where keys and roles are meant.
    """

    account: str
    region: str
    surface: str = "*"
    """``*`` for all surfaces but those of which something else is said."""

    @property
    def what(self) -> str:
        """The surface, in words."""
        return "everything" if self.surface == "*" else self.surface


class Coverage(StrEnum):
    """Whether a cell was audited."""

    AUDITED = "audited"
    NOT_AUDITED = "not audited"
    """Refused, failed, unknown to the installed boto3, or not got to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRecord:
    """A finding on a subject."""

    control: str
    verdict: str
    severity: str
    level: str
    message: str
    fix: str = ""
    """What to do about it, in words."""
    command: str = ""
    """The command that mends it, or the change of the code, where there is one; lines as they are to be copied."""
    about: str = ""
    """What tells it from another finding of the same control on the same subject."""
    accepted_by: str = ""
    accepted_until: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRecord:
    """A subject as one audit saw it. It is known again by its ARN and its cell's surface."""

    arn: str
    cell: Cell
    tier: str
    name: str
    verdict: str
    level: str
    workload: str = ""
    """Empty: unassigned."""
    environment: str = ""
    sensitivity: str = ""
    key: str = ""
    """What it names as its key; empty where it names none."""
    tags: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[FindingRecord, ...] = ()


class Closed(StrEnum):
    """Why a finding is no longer open."""

    FIXED = "fixed"
    """The subject was audited and the finding was not there."""
    DELETED = "deleted"
    """The subject's cell was audited and the subject was not there."""
