"""What a control is, and what it says."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, TypeVar, cast

from bedrock_cmk_guard.controls.context import Context
from bedrock_cmk_guard.controls.frameworks import Reference
from bedrock_cmk_guard.subjects import (
    EncryptedResource,
    Fact,
    Fault,
    Key,
    Place,
    Role,
    Step,
    Unknown,
    Verdict,
)

Subject: TypeAlias = EncryptedResource | Key | Role | Fault
T = TypeVar("T")
S = TypeVar("S", EncryptedResource, Key, Role, Fault)


class Severity(StrEnum):
    """How bad it is when a control fails."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class SubjectKind(StrEnum):
    """What a control judges."""

    RESOURCE = "resource"
    KEY = "key"
    ROLE = "role"
    FAULT = "fault"
    """Something that could not be read or judged, or an acceptance that does not hold."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a control says of one aspect of a subject."""

    verdict: Verdict
    message: str
    """A sentence without a full stop that says what is wrong, or what cannot be known."""
    place: Place | None = None
    """Where it is written; None for the subject's own place."""
    trail: tuple[Step, ...] = ()
    fix: str = ""
    """What to do about this very case, where it differs from the control's remediation."""


def fails(
    message: str, place: Place | None = None, trail: tuple[Step, ...] = (), *, fix: str = ""
) -> Judgement:
    """Say that it is wrong."""
    return Judgement(Verdict.FAIL, message, place, trail, fix)


def unknown(
    message: str, place: Place | None = None, trail: tuple[Step, ...] = (), *, value: Unknown | None = None
) -> Judgement:
    """Say that it cannot be known, or is left to a module's callers."""
    delegated = value is not None and value.delegated
    return Judgement(Verdict.DELEGATED if delegated else Verdict.UNKNOWN, message, place, trail)


def unknown_fact(fact: Fact[T], what: str) -> Iterator[Judgement]:
    """Say that a fact cannot be known, where it cannot; ``what`` is the beginning of the sentence."""
    if isinstance(fact.value, Unknown):
        text = f"{what} cannot be known: {fact.value.reason}"
        yield unknown(text, fact.place, fact.trail, value=fact.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixes:
    """A line that mends it, in each language."""

    terraform: str = ""
    cloudformation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One judgement about one kind of subject."""

    id: str
    title: str
    rationale: str
    severity: Severity
    kind: SubjectKind
    remediation: str
    fixes: Fixes
    references: tuple[str, ...]
    frameworks: tuple[Reference, ...]
    judge: Callable[[Subject, Context], Iterable[Judgement]]
    note: bool = False
    """Whether what it says is only noted, whatever is demanded of the subject: it never fails a scan."""

    def evaluate(self, subject: Subject, context: Context) -> Iterable[Judgement]:
        """Return what is to be said of the subject; nothing, where nothing is."""
        return self.judge(subject, context)


_KINDS: Mapping[str, SubjectKind] = {
    "EncryptedResource": SubjectKind.RESOURCE,
    "Key": SubjectKind.KEY,
    "Role": SubjectKind.ROLE,
    "Fault": SubjectKind.FAULT,
}


def control(
    id: str,  # noqa: A002 - it is what the design calls it
    *,
    severity: Severity,
    remediation: str,
    references: tuple[str, ...],
    frameworks: tuple[Reference, ...] = (),
    terraform: str = "",
    cloudformation: str = "",
    note: bool = False,
) -> Callable[[Callable[[S, Context], Iterable[Judgement]]], Control]:
    """Make a control of a function: its docstring is title and rationale, its first parameter the kind of subject."""

    def made(judge: Callable[[S, Context], Iterable[Judgement]]) -> Control:
        title, _, rationale = (inspect.getdoc(judge) or "").partition("\n\n")
        subject = next(iter(inspect.signature(judge).parameters.values())).annotation
        return Control(
            id=id,
            title=title.strip().removesuffix("."),
            rationale=" ".join(rationale.split()),
            severity=severity,
            kind=_KINDS[subject],
            remediation=remediation,
            fixes=Fixes(terraform=terraform, cloudformation=cloudformation),
            references=references,
            frameworks=frameworks,
            # A control is put to subjects of its own kind only.
            judge=cast("Callable[[Subject, Context], Iterable[Judgement]]", judge),
            note=note,
        )

    return made
