"""Draws the figures of a moment from the history, in one pass over everything that was there."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from bedrock_cmk_guard.controls import no_control
from bedrock_cmk_guard.demands import Demands
from bedrock_cmk_guard.history import History, HistoryError
from bedrock_cmk_guard.history.figures import Figures, OpenFinding, Share
from bedrock_cmk_guard.history.records import NOTE
from bedrock_cmk_guard.history.scoring import Score, Standing
from bedrock_cmk_guard.reports.audit.attempts import KeyAttempts
from bedrock_cmk_guard.reports.audit.model import (
    AGES,
    SEVERITIES,
    UNASSIGNED,
    UNTAGGED,
    ExceptionInForce,
    Group,
    Kpis,
    OpenCount,
    age_of,
)

_DIMENSIONS = ("all", "tier", "surface", "account", "workload", "environment")


def kpis(
    history: History,
    demands: Demands,
    *,
    at: dt.datetime | None = None,
    since: dt.datetime | None = None,
    tags: Sequence[str] = (),
    attempts: KeyAttempts | None = None,
) -> Kpis:
    """Return the figures.

    Args:
        history: what audits saw.
        demands: what says which environments are production, and what was accepted.
        at: the moment; the last finished audit if it is not given.
        since: from when times to remediate and changes are told; the first audit if it is not given.
        tags: the keys of tags by which resources are grouped, too.
        attempts: what CloudTrail has, to be told beside it.

    Raises:
        HistoryError: no audit had finished by then, or the history cannot be read.

    """
    finished = history.finished()
    moment = _moment(finished, at)
    began = since or finished[0]
    if began > moment:
        raise HistoryError(
            f"the time from {began:%Y-%m-%d} on begins after {moment:%Y-%m-%d}, the moment asked about"
        )
    figures = Figures(history, moment)
    findings = _Findings(moment, demands)
    for each in figures.open_findings():
        findings.add(each)
    return Kpis(
        at=moment,
        since=began,
        audits=sum(each <= moment for each in finished),
        score=figures.score(demands.production),
        score_then=_score_then(history, demands, finished, began),
        groups=tuple(_groups(figures.standing(), demands.production, tags)),
        remediation={
            severity or "all": figures.remediation(since, severity) for severity in ("", *SEVERITIES)
        },
        changes=figures.changes(began),
        open=findings.counts(),
        exceptions=findings.exceptions(),
        not_audited=figures.not_audited,
        requirements=demands.source,
        attempts=attempts,
    )


def _moment(finished: Sequence[dt.datetime], at: dt.datetime | None) -> dt.datetime:
    if not finished:
        raise HistoryError(
            "no audit has finished yet: the history has no figures; bedrock-cmk-guard audit makes one"
        )
    if at is None:
        return finished[-1]
    if at < finished[0]:
        raise HistoryError(
            f"no audit had finished by {at:%Y-%m-%d %H:%M}: the first began {finished[0]:%Y-%m-%d %H:%M}"
        )
    return at


def _score_then(
    history: History, demands: Demands, finished: Sequence[dt.datetime], since: dt.datetime
) -> Score | None:
    if since < finished[0]:
        return None
    return Figures(history, since).score(demands.production)


class _Tally:
    """Counts one group."""

    def __init__(self) -> None:
        self.passed = self.total = self.production_passed = self.production_total = self.unread = 0

    def add(self, each: Standing, production: bool) -> None:
        self.total += 1
        self.passed += each.passes
        self.unread += not each.audited
        self.production_total += production
        self.production_passed += production and each.passes


def _groups(
    standing: Iterable[Standing], production: Collection[str], tags: Sequence[str]
) -> Iterator[Group]:
    found: dict[tuple[str, str], _Tally] = {("all", "all"): _Tally()}
    for each in standing:
        counts = each.environment in production or not each.workload
        for place in _places(each, tags):
            found.setdefault(place, _Tally()).add(each, counts)
    order = {name: i for i, name in enumerate((*_DIMENSIONS, *(f"tag:{tag}" for tag in tags), "kind"))}
    for (dimension, name), tally in sorted(found.items(), key=lambda item: (order[item[0][0]], item[0][1])):
        yield Group(
            dimension=dimension,
            name=name,
            production=Share(tally.production_passed, tally.production_total),
            everything=Share(tally.passed, tally.total),
            not_audited=tally.unread,
        )


def _places(each: Standing, tags: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The groups that a subject is in."""
    if not each.tier:
        # A key, a role or a guardrail: judged, and under no key itself.
        yield "kind", each.cell.surface
        return
    yield "all", "all"
    yield "tier", each.tier
    yield "surface", each.cell.surface
    yield "account", each.cell.account
    yield "workload", each.workload or UNASSIGNED
    yield "environment", each.environment or UNASSIGNED
    for tag in tags:
        yield f"tag:{tag}", each.tags.get(tag, UNTAGGED)


class _Findings:
    """Counts open findings, and those that exceptions are about."""

    def __init__(self, moment: dt.datetime, demands: Demands) -> None:
        self._moment = moment
        self._known = demands.exceptions
        self._of_known: Counter[int] = Counter()
        self._of_others: Counter[tuple[str, str, dt.date | None]] = Counter()
        self._counted: Counter[tuple[str, str]] = Counter()
        self._accepted: Counter[tuple[str, str]] = Counter()
        self._recommended: Counter[tuple[str, str]] = Counter()

    def add(self, each: OpenFinding) -> None:
        place = (each.severity, age_of((self._moment - each.opened).days))
        if each.accepted_by:
            self._accepted[place] += 1
        elif each.level == "required":
            self._counted[place] += 1
        elif each.level != NOTE:
            self._recommended[place] += 1
        fitting = [i for i, known in enumerate(self._known) if known.fits(each.control, each.arn)]
        self._of_known.update(fitting)
        if each.accepted_by and not fitting:
            self._of_others[each.control, each.accepted_by, each.accepted_until] += 1

    def counts(self) -> tuple[OpenCount, ...]:
        severities = dict.fromkeys((*SEVERITIES, *sorted({place[0] for place in self._everywhere()})))
        return tuple(
            OpenCount(
                severity=severity,
                age=age,
                counted=self._counted[severity, age],
                accepted=self._accepted[severity, age],
                recommended=self._recommended[severity, age],
            )
            for severity in severities
            for age, _ in AGES
        )

    def _everywhere(self) -> Iterator[tuple[str, str]]:
        for each in (self._counted, self._accepted, self._recommended):
            yield from each

    def exceptions(self) -> tuple[ExceptionInForce, ...]:
        """The soonest to run out first."""
        found = [
            ExceptionInForce(
                control=each.control,
                resource=each.resource,
                owner=each.acceptance.owner,
                reason=each.acceptance.reason,
                expires=each.acceptance.expires,
                findings=self._of_known[i],
                names_a_control=not no_control(each.control),
            )
            for i, each in enumerate(self._known)
        ]
        found += [
            ExceptionInForce(
                control=control, resource="", owner=owner, reason="", expires=expires, findings=number
            )
            for (control, owner, expires), number in self._of_others.items()
        ]
        return tuple(
            sorted(
                found, key=lambda each: (each.expires or dt.date.max, each.control, each.resource, each.owner)
            )
        )
