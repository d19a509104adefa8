"""How an audit is kept: what of it goes into the history, so that nothing is concluded from what was not looked at."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from bedrock_cmk_guard.audit.recording import guardrail_record, record
from bedrock_cmk_guard.audit.scope import Scope
from bedrock_cmk_guard.controls import Finding, Result
from bedrock_cmk_guard.demands import Demands
from bedrock_cmk_guard.history.records import Cell, Coverage, SubjectRecord
from bedrock_cmk_guard.sources.aws.keys import KEY_SURFACE
from bedrock_cmk_guard.sources.aws.roles import GLOBAL, ROLE_SURFACE
from bedrock_cmk_guard.subjects import EncryptedResource, Key, Role

if TYPE_CHECKING:
    from bedrock_cmk_guard.history import History, Recording

Subject = EncryptedResource | Key | Role


class Keeping:
    """The part of the history that an audit writes; without one it writes nothing."""

    def __init__(
        self,
        recording: Recording | None,
        demands: Demands,
        scope: Scope,
        regions: tuple[str, ...],
        surfaces: tuple[str, ...],
    ) -> None:
        self._recording = recording
        self._demands = demands
        self._scope = scope
        self._regions = regions
        self._surfaces = surfaces
        # A key or role is judged by all that use it. An audit that looks at some of them says nothing of it.
        self._keys = not scope.tiers
        self._roles = self._keys and set(regions) >= demands.regions
        self._abroad = self._keys and (
            scope.organization or {each.account for each in demands.workloads} <= set(scope.accounts)
        )

    def done(self, accounts: Iterable[str]) -> frozenset[str]:
        """The accounts of which an earlier part of this audit has read everything."""
        if self._recording is None:
            return frozenset()
        cells = self._recording.audited()
        wanted = [(region, surface) for region in self._regions for surface in self._surfaces]
        return frozenset(
            account
            for account in accounts
            if all(Cell(account, region, surface) in cells for region, surface in wanted)
        )

    def add(self, found: Iterable[tuple[Result, Subject]], *, abroad: bool = False) -> None:
        """Keep subjects."""
        if self._recording is None:
            return
        records: list[SubjectRecord] = []
        for result, subject in found:
            if isinstance(subject, Key) and not (self._abroad if abroad else self._keys):
                continue
            if isinstance(subject, Role) and not self._roles:
                continue
            records.append(record(result, subject, self._demands))
        self._recording.add(records)

    def cover(self, account: str, not_audited: Mapping[Cell, str]) -> None:
        """Say of every surface whether it was audited, so that what is no longer there counts as gone."""
        if self._recording is None:
            return
        whole = True
        for region in self._regions:
            place = Cell(account, region)
            if place in not_audited:
                self._recording.cover([place], Coverage.NOT_AUDITED, not_audited[place])
                whole = False
                continue
            cells = [Cell(account, region, surface) for surface in self._surfaces]
            missed = [cell for cell in cells if cell in not_audited]
            for cell in missed:
                self._recording.cover([cell], Coverage.NOT_AUDITED, not_audited[cell])
            read = [cell for cell in cells if cell not in not_audited]
            if self._keys and not missed:
                read.append(Cell(account, region, KEY_SURFACE))
            whole = whole and not missed
            self._recording.cover(read, Coverage.AUDITED)
        if whole and self._roles:
            self._recording.cover([Cell(account, GLOBAL, ROLE_SURFACE)], Coverage.AUDITED)

    def guardrail(self, cell: Cell, address: str, name: str, findings: tuple[Finding, ...]) -> None:
        """Keep a policy that is demanded at a target, there or not."""
        if self._recording is not None:
            self._recording.add([guardrail_record(cell, address, name, findings)])

    def cover_guardrails(self, cell: Cell, reason: str) -> None:
        """Say whether they could be compared."""
        if self._recording is not None:
            coverage = Coverage.NOT_AUDITED if reason else Coverage.AUDITED
            self._recording.cover([cell], coverage, reason)

    def finish(self, now: dt.datetime) -> None:
        """Draw the conclusions."""
        if self._recording is not None:
            self._recording.finish(now)


def recording_of(
    history: History, demands: Demands, scope: Scope, now: dt.datetime, *, resume: bool
) -> Recording:
    """Begin an audit in the history, or go on with one that asked for the same and was broken off."""
    # The same file by another path demands the same.
    asked = dataclasses.replace(demands, source=""), scope
    digest = hashlib.sha256(_stable(asked).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    found = history.unfinished(digest) if resume else None
    return found if found is not None else history.begin(now, digest)


def _stable(value: object) -> str:
    """What is asked as text, the same in every process: sets have an order of their own in each."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return (
            "{" + ",".join(sorted(f"{_stable(name)}:{_stable(each)}" for name, each in value.items())) + "}"
        )
    if isinstance(value, frozenset | set):
        return "{" + ",".join(sorted(map(_stable, value))) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_stable, value)) + "]"
    return repr(value)
