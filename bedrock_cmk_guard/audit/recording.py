"""What an audit writes into the history."""

from __future__ import annotations

from bedrock_cmk_guard.controls import Finding, Result
from bedrock_cmk_guard.controls.context import options
from bedrock_cmk_guard.controls.finding import worst
from bedrock_cmk_guard.demands import Demands
from bedrock_cmk_guard.history.records import Cell, FindingRecord, SubjectRecord
from bedrock_cmk_guard.sources.aws.keys import KEY_SURFACE
from bedrock_cmk_guard.sources.aws.roles import GLOBAL, ROLE_SURFACE
from bedrock_cmk_guard.subjects import EncryptedResource, Key, KeyName, Role, Unknown
from bedrock_cmk_guard.surfaces import catalogue

_UNCOUNTED = "guardrail"
"""A level of its own: a policy at a target is no subject that lies under a key, or does not."""


def record(result: Result, subject: EncryptedResource | Key | Role, demands: Demands) -> SubjectRecord:
    """A subject as the history keeps it."""
    workload = next((each for each in demands.workloads if each.name == result.workload), None)
    account, region = subject.account.known() or "", GLOBAL
    tier, name, key = "", "", ""
    surface = ROLE_SURFACE
    if isinstance(subject, EncryptedResource):
        surface, region = subject.surface, subject.region.known() or ""
        tier, name = catalogue().surfaces[subject.surface].tier.value, subject.name.known() or ""
        key = " ".join(each.text for each in options(subject) if isinstance(each, KeyName))
    elif isinstance(subject, Key):
        surface, region = KEY_SURFACE, subject.region.known() or ""
        name, key = next(iter(subject.aliases), ""), subject.arn
    else:
        name = subject.name.known() or ""
    known = subject.tags.known() if not isinstance(subject, Role) else None
    return SubjectRecord(
        arn=result.address,
        cell=Cell(account, region, surface),
        tier=tier,
        name=name,
        verdict=result.verdict.value,
        level=result.level.value,
        workload=result.workload,
        environment=workload.environment if workload is not None else "",
        sensitivity=workload.sensitivity if workload is not None else "",
        key=key,
        tags={tag: value for tag, value in (known or {}).items() if not isinstance(value, Unknown)},
        findings=findings(result.findings),
    )


def guardrail_record(cell: Cell, address: str, name: str, found: tuple[Finding, ...]) -> SubjectRecord:
    """A policy that is demanded at a target, there or not."""
    return SubjectRecord(
        arn=address,
        cell=cell,
        tier="",
        name=name,
        verdict=worst(found).value,
        level=_UNCOUNTED,
        findings=findings(found),
    )


def findings(found: tuple[Finding, ...]) -> tuple[FindingRecord, ...]:
    """The findings on a subject; several of one control are told apart by what they say."""
    controls = [each.control.id for each in found]
    return tuple(
        FindingRecord(
            control=each.control.id,
            verdict=each.verdict.value,
            severity=each.control.severity.value,
            level=each.level.value,
            message=each.message,
            fix=each.fix,
            command=each.command,
            about=each.message if controls.count(each.control.id) > 1 else "",
            accepted_by=each.accepted.owner if each.accepted is not None else "",
            accepted_until=each.accepted.expires if each.accepted is not None else None,
        )
        for each in found
    )
