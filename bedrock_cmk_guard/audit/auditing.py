"""The audit: enter the accounts, have them read and judged, keep what is found, say what was not read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from bedrock_cmk_guard.audit.commands import advice, command
from bedrock_cmk_guard.audit.events import Done, Event, Listed, NotOffered, Page, Unread
from bedrock_cmk_guard.audit.guardrails import GUARDRAIL_SURFACE, guardrails
from bedrock_cmk_guard.audit.judging import EVERY, Judging, demanded_of
from bedrock_cmk_guard.audit.keeping import Keeping, recording_of
from bedrock_cmk_guard.audit.reading import Readers
from bedrock_cmk_guard.audit.result import AuditResult, Coverage, collapsed
from bedrock_cmk_guard.audit.scope import Progress, Scope, Speed, Tell
from bedrock_cmk_guard.audit_calls import calls_of, why_unread
from bedrock_cmk_guard.controls import Result
from bedrock_cmk_guard.demands import Demands
from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.history.records import Cell
from bedrock_cmk_guard.sources.aws.calls import Shared, configured
from bedrock_cmk_guard.sources.aws.limits import Limiter
from bedrock_cmk_guard.sources.aws.organization import members
from bedrock_cmk_guard.sources.aws.refusals import NotRead
from bedrock_cmk_guard.sources.aws.resources import groups
from bedrock_cmk_guard.sources.aws.roles import GLOBAL
from bedrock_cmk_guard.sources.aws.sessions import Ways
from bedrock_cmk_guard.sources.aws.spot import Spot
from bedrock_cmk_guard.subjects import EncryptedResource, FaultKind, Key, Role
from bedrock_cmk_guard.surfaces import catalogue

if TYPE_CHECKING:
    import boto3

    from bedrock_cmk_guard.history import History, Recording
    from bedrock_cmk_guard.requirements import Requirements

_EVERY_ID = frozenset(each.id for each in EVERY)


def audit(
    session: boto3.Session,
    requirements: Requirements | Demands | None = None,
    *,
    now: dt.datetime,
    scope: Scope | None = None,
    speed: Speed | None = None,
    controls: frozenset[str] = _EVERY_ID,
    history: History | None = None,
    resume: bool = False,
    progress: Tell | None = None,
) -> AuditResult:
    """Audit live accounts. Nothing is written to AWS, ever.

    Args:
        session: boto3's, of the account from which others are entered.
        requirements: an organisation's; without any the shipped defaults judge.
        now: the moment of the audit; everything that it sees is dated so.
        scope: which accounts, Regions and surfaces; the session's own account, if nothing is said.
        speed: how much at a time.
        controls: the ids of the controls that judge.
        history: where what is found is kept.
        resume: whether an audit in the history that was broken off goes on.
        progress: told how far it is.

    Raises:
        SourceError: nobody knows who the session is, where to read, or which accounts there are.

    """
    if history is not None and controls != _EVERY_ID:
        raise SourceError(
            "an audit by some controls only is not kept: the history would take the rest for fixed"
        )
    demands, scope = _demands(requirements), scope or Scope()
    work = _Audit(session, requirements, demands, now, scope, speed or Speed(), controls, progress)
    recording = None if history is None else recording_of(history, demands, scope, now, resume=resume)
    goes_on = recording is not None and recording.started < now
    return AuditResult(
        lambda result: work.results(result, recording), work.coverage, work.stop, goes_on=goes_on
    )


def _demands(requirements: Requirements | Demands | None) -> Demands:
    if requirements is None:
        return Demands.default()
    if isinstance(requirements, Demands):
        return requirements
    from bedrock_cmk_guard.requirements.demands import demands_of

    return demands_of(requirements)


class _Audit:
    """One audit."""

    def __init__(
        self,
        session: boto3.Session,
        requirements: Requirements | Demands | None,
        demands: Demands,
        now: dt.datetime,
        scope: Scope,
        speed: Speed,
        controls: frozenset[str],
        progress: Tell | None,
    ) -> None:
        self.scope = scope
        self._requirements = requirements
        self._demands = demands
        self._now = now
        self._speed = speed
        self._progress = progress
        self._judging = Judging(demands, now.date(), controls)
        self._shared = Shared(
            Limiter(speed.rate),
            configured(speed.attempts, speed.connect_seconds, speed.read_seconds, speed.reads),
        )
        self._regions = scope.regions or tuple(sorted(demands.regions)) or _own_region(session)
        role, outside = scope.role, scope.external_id
        self._ways = Ways(session, self._regions, self._shared, role=role, external_id=outside)
        self._surfaces = [
            surface
            for surface in catalogue().surfaces.values()
            if calls_of(surface) is not None
            and demanded_of(demands, surface.id)
            and (not scope.tiers or surface.tier.value in scope.tiers)
        ]
        never = {each.id: why for each in catalogue().surfaces.values() if (why := why_unread(each))}
        self.coverage = Coverage(never=never)
        self._accounts = self._which()
        self._found: dict[str, int] = {}
        self._ended: set[str] = set()
        self._waiting: list[str] = []
        """Accounts that use keys of others: they are done when those keys are judged."""

    def results(self, result: AuditResult, recording: Recording | None) -> Iterator[Result]:
        """Do the audit, and give every result."""
        result.calls = self._shared.calls
        names = tuple(each.id for each in self._surfaces)
        self._keeping = Keeping(recording, self._demands, self.scope, self._regions, names)
        done = self._keeping.done(self._accounts)
        yield from self._accounts_read([each for each in self._accounts if each not in done], result)
        # What was read before this was resumed is not known any more; a key that it shares with others needs it.
        holders = self._judging.holders_abroad()
        yield from self._accounts_read([each for each in self._accounts if each in done & holders], result)
        yield from self._subjects(self._judging.abroad(), result, abroad=True)
        for account in self._waiting:
            self._keeping.cover(account, self.coverage.not_audited)
        if not result.interrupted:
            yield from self._guardrails(result)
        for each in self._judging.void_exceptions():
            result.count(each)
            yield each
        if not result.interrupted:
            self._keeping.finish(self._now)

    def _accounts_read(self, accounts: list[str], result: AuditResult) -> Iterator[Result]:
        if not accounts or result.interrupted:
            return
        read = list(groups(self._surfaces))
        readers = Readers(self._ways, self._shared, accounts, self._regions, read, self._speed)
        lists = len(read) * len(accounts) * len(self._regions)
        state = _State(len(self._accounts), lists, len(self._accounts) - len(accounts))
        whole = True
        try:
            try:
                for event in readers.events(lambda: result.interrupted):
                    yield from self._taken(event, result, state)
            except KeyboardInterrupt:
                # It may have come in the midst of what an account is made of: of none is all there for sure.
                result.interrupt()
                whole = False
            if self._shared.stop.is_set():
                self._progress = None
                for event in readers.stop(lambda: result.hurried):
                    if whole or not isinstance(event, Done):
                        yield from self._taken(event, result, state)
                for account in accounts:
                    if account not in self._ended:
                        yield from self._broken_off(account, result)
        finally:
            # Whatever happened here, or to whoever goes through the results, no thread waits for it.
            readers.abandon()

    def stop(self) -> None:
        """Let no further call through."""
        self._shared.stop.set()

    def _which(self) -> tuple[str, ...]:
        if not self.scope.organization:
            return tuple(dict.fromkeys(self.scope.accounts)) or (self._ways.home.id,)
        try:
            found = members(self._home())
        except NotRead as problem:
            raise SourceError(
                f"the organisation's accounts cannot be listed: {problem.reason}; use the management account or a "
                "delegated administrator, or name accounts with --account"
            ) from None
        self.coverage.inactive = tuple(each.id for each in found if not each.active)
        return tuple(each.id for each in found if each.active)

    def _home(self) -> Spot:
        return Spot(self._ways.home, self._ways.region, self._ways.partition)

    def _taken(self, event: Event, result: AuditResult, state: _State) -> Iterator[Result]:
        if isinstance(event, Page):
            self._found[event.account] = self._found.get(event.account, 0) + len(event.resources)
            yield from self._subjects(self._judging.page(event), result)
        elif isinstance(event, Unread):
            self.coverage.not_audited[event.cell] = event.reason
        elif isinstance(event, NotOffered):
            self.coverage.not_offered[event.service, event.cell.region] = None
        elif isinstance(event, Listed):
            state.lists_done += 1
        elif event.whole:
            state.accounts_done += 1
            yield from self._account_done(event.account, result)
        if self._progress is not None:
            self._progress(state.progress(result.resources, self._shared.calls.total()))

    def _account_done(self, account: str, result: AuditResult) -> Iterator[Result]:
        abroad = self._judging.uses_keys_abroad(account)
        yield from self._subjects(self._judging.account(account), result)
        yield from self._unread(account, result)
        if any(Cell(account, region) not in self.coverage.not_audited for region in self._regions):
            self.coverage.accounts[account] = self._found.get(account, 0)
        if abroad:
            self._waiting.append(account)
        else:
            self._keeping.cover(account, self.coverage.not_audited)
        self._ended.add(account)

    def _broken_off(self, account: str, result: AuditResult) -> Iterator[Result]:
        """Say of an account that it was not read to its end, and judge what was."""
        yield from self._subjects(self._judging.account(account), result)
        others = {cell: why for cell, why in self.coverage.not_audited.items() if cell.account != account}
        why = "the audit was broken off before it was read"
        self.coverage.not_audited = others | {Cell(account, region): why for region in self._regions}
        yield from self._unread(account, result)

    def _unread(self, account: str, result: AuditResult) -> Iterator[Result]:
        """What was not audited of an account is a finding each."""
        own = {cell: why for cell, why in self.coverage.not_audited.items() if cell.account == account}
        others = {cell: why for cell, why in self.coverage.not_audited.items() if cell.account != account}
        shorter = collapsed(own, self._offered)
        self.coverage.not_audited = others | shorter
        for cell in shorter:
            yield from self._not_audited(cell, result)

    def _offered(self, region: str) -> int:
        """How many surfaces there are to read in a Region."""
        return sum((each.service, region) not in self.coverage.not_offered for each in self._surfaces)

    def _not_audited(self, cell: Cell, result: AuditResult) -> Iterator[Result]:
        whole = cell.surface == "*"
        said = f"nothing was read in {cell.region}" if whole else f"{cell.surface} was not read"
        place = f"aws/{cell.account}/{cell.region}/{'all' if whole else cell.surface}"
        message = f"{said}: {self.coverage.not_audited[cell]}"
        for each in self._judging.fault(FaultKind.NOT_AUDITED, message, place):
            result.count(each)
            yield each

    def _subjects(
        self,
        found: Iterable[tuple[Result, EncryptedResource | Key | Role]],
        result: AuditResult,
        *,
        abroad: bool = False,
    ) -> Iterator[Result]:
        told = [(self._with_advice(each, subject), subject) for each, subject in found]
        self._keeping.add(told, abroad=abroad)
        for each, _ in told:
            result.count(each)
            yield each

    def _with_advice(self, result: Result, subject: EncryptedResource | Key | Role) -> Result:
        findings = tuple(
            replace(each, fix=advice(each, subject), command=command(each, subject, self._demands))
            for each in result.findings
        )
        return replace(result, findings=findings)

    def _guardrails(self, result: AuditResult) -> Iterator[Result]:
        asked = self.scope.organization if self.scope.guardrails is None else self.scope.guardrails
        if not asked or self._requirements is None or isinstance(self._requirements, Demands):
            return
        home = self._ways.home.id
        cell = Cell(home, GLOBAL, GUARDRAIL_SURFACE)
        place = f"aws/{home}/{GLOBAL}/{GUARDRAIL_SURFACE}"
        for each in guardrails(self._home(), self._requirements):
            if each.unknown:
                self.coverage.not_audited[cell] = each.unknown
                continue
            address = f"{each.target}/{each.policy}"
            said = (
                f"{each.policy} does not bind {each.target_name} ({each.target}) as it is demanded to: missing are "
                f"{', '.join(each.missing)}"
            )
            found = self._judging.fault(FaultKind.GUARDRAIL, said, place, address) if each.missing else []
            findings = tuple(finding for told in found for finding in told.findings)
            self._keeping.guardrail(cell, address, f"{each.policy} at {each.target_name}", findings)
            for told in found:
                result.count(told)
                yield told
        if cell in self.coverage.not_audited:
            yield from self._not_audited(cell, result)
        self._keeping.cover_guardrails(cell, self.coverage.not_audited.get(cell, ""))


class _State:
    """How far it is."""

    def __init__(self, accounts: int, lists: int, done: int) -> None:
        self._accounts = accounts
        self._lists = lists
        self.accounts_done = done
        self.lists_done = 0

    def progress(self, resources: int, calls: int) -> Progress:
        """What is told to people."""
        return Progress(self._accounts, self.accounts_done, resources, calls, self._lists, self.lists_done)


def _own_region(session: boto3.Session) -> tuple[str, ...]:
    if not session.region_name:
        raise SourceError("say which Regions to audit, with --region or in the requirements")
    return (session.region_name,)
