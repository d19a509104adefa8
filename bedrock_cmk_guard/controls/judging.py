"""Puts every control to every subject, one reading after the other, so that memory does not grow with their number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.controls.context import Context
from bedrock_cmk_guard.controls.control import Control, Judgement, Subject, SubjectKind, unknown
from bedrock_cmk_guard.controls.every import CONTROLS
from bedrock_cmk_guard.controls.finding import Finding, Level, Result, worst
from bedrock_cmk_guard.demands import Demand, Demands
from bedrock_cmk_guard.subjects import EncryptedResource, Fault, Key, Place, Reading, Role

_KEY = "kms-key"
_ROLE = "iam-role"
_WIRED = "BCG_KEY_016"
# By these a resource's data is under an acceptable key, or not: the draft's, and that of the version that answers.
_OF_THE_KEY = ("BCG_CMK", "BCG_LIVE_001")


def judge(
    readings: Iterable[Reading],
    demands: Demands,
    today: dt.date,
    controls: tuple[Control, ...] = CONTROLS,
) -> Iterator[Result]:
    """Judge every subject of every reading; ``controls`` narrows it to some. Nothing that goes wrong is silent."""
    for reading in readings:
        yield from _Judging(Context(reading, demands, today), controls).results()


class _Judging:
    """The judging of one reading."""

    def __init__(self, context: Context, controls: tuple[Control, ...]) -> None:
        self._context = context
        self._controls = controls

    def results(self) -> Iterator[Result]:
        for resource in self._context.demanded:
            yield self._resource(resource)
        for key in self._context.reading.keys:
            yield from self._key(key)
        for role in self._context.reading.roles:
            yield from self._role(role)
        for fault in self._context.reading.faults:
            yield self._fault(fault)

    def _resource(self, resource: EncryptedResource) -> Result:
        level = self._level_of(resource)
        findings = self._of_kind(SubjectKind.RESOURCE, resource, resource.address, resource.surface, level)
        own = tuple(finding for finding in findings if finding.control.id.startswith(_OF_THE_KEY))
        workload = self._context.assignment(resource).workload
        return Result(
            kind=SubjectKind.RESOURCE,
            address=resource.address,
            surface=resource.surface,
            place=resource.place,
            verdict=worst(own),
            level=level,
            findings=findings,
            root=self._context.reading.root,
            workload=workload.name if workload else "",
            note=resource.note,
        )

    def _key(self, key: Key) -> Iterator[Result]:
        """A key that serves something demanded; or one that is made for agents, and serves nothing."""
        users = self._context.users_of(key)
        if not key.declared:
            return
        findings = self._of_kind(SubjectKind.KEY, key, key.address, _KEY, self._level(users))
        if not users:
            findings = tuple(each for each in findings if each.control.id == _WIRED)
            if not findings:
                return
        yield self._subject(key, SubjectKind.KEY, _KEY, findings, users)

    def _role(self, role: Role) -> Iterator[Result]:
        served = (*self._context.served_by(role), *self._context.called_by(role))
        if served:
            findings = self._of_kind(SubjectKind.ROLE, role, role.address, _ROLE, self._level(served))
            yield self._subject(role, SubjectKind.ROLE, _ROLE, findings, served)

    def _subject(
        self,
        subject: Key | Role,
        kind: SubjectKind,
        surface: str,
        findings: tuple[Finding, ...],
        users: Iterable[EncryptedResource],
    ) -> Result:
        workload = self._context.workload_of(users)
        return Result(
            kind=kind,
            address=subject.address,
            surface=surface,
            place=subject.place,
            verdict=worst(findings),
            level=findings[0].level if findings else Level.REQUIRED,
            findings=findings,
            root=self._context.reading.root,
            workload=workload.name if workload else "",
        )

    def _fault(self, fault: Fault) -> Result:
        findings = self._of_kind(SubjectKind.FAULT, fault, fault.address, "", Level.REQUIRED)
        return Result(
            kind=SubjectKind.FAULT,
            address=fault.address,
            surface="",
            place=fault.place,
            verdict=worst(findings),
            level=Level.REQUIRED,
            findings=findings,
            root=self._context.reading.root,
        )

    def _level_of(self, resource: EncryptedResource) -> Level:
        required = self._context.demand(resource) is Demand.REQUIRED
        return Level.REQUIRED if required else Level.RECOMMENDED

    def _level(self, served: Iterable[EncryptedResource]) -> Level:
        """What serves several is judged as the most demanding of them."""
        levels = {self._level_of(each) for each in served}
        return Level.RECOMMENDED if levels == {Level.RECOMMENDED} else Level.REQUIRED

    def _of_kind(
        self, kind: SubjectKind, subject: Subject, address: str, surface: str, level: Level
    ) -> tuple[Finding, ...]:
        found: list[Finding] = []
        for each in self._controls:
            if each.kind is kind:
                found += self._findings(each, subject, address, surface, subject.place, level)
        return tuple(found)

    def _findings(
        self, control: Control, subject: Subject, address: str, surface: str, place: Place, level: Level
    ) -> Iterator[Finding]:
        try:
            for each in control.evaluate(subject, self._context):
                yield self._finding(control, each, address, surface, place, level)
        except Exception as problem:
            # A control that fails says so itself: nobody knows what it would have said.
            what = " ".join(f"{type(problem).__name__}: {problem}".split())
            said = unknown(f"{control.id} could not judge this, by a fault of bedrock-cmk-guard: {what}")
            yield self._finding(control, said, address, surface, place, level)

    def _finding(
        self,
        control: Control,
        judgement: Judgement,
        address: str,
        surface: str,
        place: Place,
        level: Level,
    ) -> Finding:
        return Finding(
            control=control,
            verdict=judgement.verdict,
            level=Level.NOTE if control.note else level,
            address=address,
            surface=surface,
            place=judgement.place or place,
            message=judgement.message,
            fix=judgement.fix or control.remediation,
            trail=judgement.trail,
            root=self._context.reading.root,
        )
