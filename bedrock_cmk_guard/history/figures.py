"""The figures that are reported from the history: shares, times to remediate, what is open, and one score.

All are about one moment, by default the last finished audit. A subject counts as the last audit of its cell saw it;
where that audit could not read the cell, its subjects are *not audited*, whatever was known of them before.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from bedrock_cmk_guard.history.conclusions import AnyRow
from bedrock_cmk_guard.history.coverage import Coverages
from bedrock_cmk_guard.history.records import NOTE, Cell, Closed
from bedrock_cmk_guard.history.schema import spans, states, subjects
from bedrock_cmk_guard.history.scoring import Score, Scoring, Standing
from bedrock_cmk_guard.history.store import History

_TOLD = ("tier", "name", "workload", "environment")
_OF_CLOSED = ("control", "about", "severity", "message", "opened", "closed")
_OF_OPEN = (
    *("control", "about", "severity", "level", "verdict", "message", "fix", "command"),
    *("opened", "last_seen", "accepted_by", "accepted_until"),
)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    passed: int
    total: int

    @property
    def percent(self) -> float | None:
        """Of a hundred; None where there is nothing to count."""
        return 100 * self.passed / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Remediation:
    """How long it took to put findings right that were put right."""

    count: int
    mean: dt.timedelta | None
    median: dt.timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFinding:
    """A finding that is open at a moment."""

    arn: str
    cell: Cell
    tier: str
    name: str
    workload: str
    environment: str
    control: str
    about: str
    severity: str
    level: str
    verdict: str
    message: str
    fix: str
    command: str
    opened: dt.datetime
    last_seen: dt.datetime
    reopened: bool
    accepted_by: str
    accepted_until: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedFinding:
    """A finding that is open no more."""

    arn: str
    cell: Cell
    control: str
    about: str
    severity: str
    message: str
    opened: dt.datetime
    closed: dt.datetime
    why: Closed


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of findings in a time."""

    opened: int
    reopened: int
    """Of those opened, how many had been put right before."""
    fixed: int
    deleted: int


class Figures:
    """The figures of a moment."""

    def __init__(self, history: History, at: dt.datetime) -> None:
        self.at = at
        self._history = history
        with history.reading() as connection:
            self.coverage = Coverages(connection, at)
        self._unread = self.coverage.unread()

    @property
    def not_audited(self) -> Mapping[Cell, str]:
        """The cells that could not be read, and why."""
        return self._unread

    @property
    def last_read(self) -> Mapping[Cell, dt.datetime]:
        """When each cell was last read; one that never could be is not among them."""
        return self.coverage.read

    def standing(self) -> Iterator[Standing]:
        """How every subject stands that had not gone, in the order of their ARNs."""
        asked = (
            select(subjects.c.arn, subjects.c.account, subjects.c.region, subjects.c.surface, states)
            .join(states, states.c.subject == subjects.c.id)
            .where(states.c.since <= self.at, or_(states.c.until.is_(None), states.c.until > self.at))
            .order_by(subjects.c.arn)
        )
        with self._history.reading() as connection:
            for row in connection.execute(asked).yield_per(1000):
                cell = Cell(row.account, row.region, row.surface)
                yield Standing(
                    arn=row.arn,
                    cell=cell,
                    tier=row.tier,
                    name=row.name,
                    verdict=row.verdict,
                    level=row.level,
                    workload=row.workload,
                    environment=row.environment,
                    sensitivity=row.sensitivity,
                    key=row.key,
                    tags=row.tags,
                    accepted=bool(row.accepted),
                    audited=self.coverage.says_read(cell),
                )

    def shares(
        self, by: Callable[[Standing], str], among: Iterable[Standing] | None = None
    ) -> Mapping[str, Share]:
        """Count those that pass by group. What was not audited is in the total and has not passed."""
        passed: Counter[str] = Counter()
        total: Counter[str] = Counter()
        for each in self.standing() if among is None else among:
            group = by(each)
            total[group] += 1
            passed[group] += each.passes
        return {group: Share(passed[group], total[group]) for group in sorted(total)}

    def remediation(self, since: dt.datetime | None = None, severity: str = "") -> Remediation:
        """How long findings were open that were fixed until this moment, from the time they were first seen.

        What was deleted was not put right, and what is still open has no time yet: neither counts. One that came back
        counts each time. A note has nothing that could be put right.
        """
        asked = select(spans.c.opened, spans.c.closed).where(
            spans.c.why == Closed.FIXED.value, spans.c.closed <= self.at, spans.c.level != NOTE
        )
        if since is not None:
            asked = asked.where(spans.c.closed >= since)
        if severity:
            asked = asked.where(spans.c.severity == severity)
        with self._history.reading() as connection:
            seconds = [(row.closed - row.opened).total_seconds() for row in connection.execute(asked)]
        if not seconds:
            return Remediation(0, None, None)
        mean, median = statistics.fmean(seconds), statistics.median(seconds)
        return Remediation(len(seconds), dt.timedelta(seconds=mean), dt.timedelta(seconds=median))

    def open_findings(self) -> Iterator[OpenFinding]:
        """The findings open at this moment, oldest first."""
        then = and_(
            states.c.subject == subjects.c.id,
            states.c.since <= self.at,
            or_(states.c.until.is_(None), states.c.until > self.at),
        )
        told = (func.coalesce(states.c[name], "").label(name) for name in _TOLD)
        asked = (
            select(subjects.c.arn, subjects.c.account, subjects.c.region, subjects.c.surface, spans, *told)
            .join(spans, spans.c.subject == subjects.c.id)
            .join(states, then, isouter=True)
            .where(spans.c.opened <= self.at, or_(spans.c.closed.is_(None), spans.c.closed > self.at))
            .order_by(spans.c.opened, subjects.c.arn, spans.c.control, spans.c.about)
        )
        with self._history.reading() as connection:
            for row in connection.execute(asked).yield_per(1000):
                yield OpenFinding(
                    arn=row.arn,
                    cell=Cell(row.account, row.region, row.surface),
                    reopened=bool(row.reopened),
                    **_named(row, _TOLD),
                    **_named(row, _OF_OPEN),
                )

    def closed_findings(self, since: dt.datetime) -> Iterator[ClosedFinding]:
        """The findings that were closed after a time and until this moment; of each the last time, oldest first."""
        asked = (
            select(subjects.c.arn, subjects.c.account, subjects.c.region, subjects.c.surface, spans)
            .join(spans, spans.c.subject == subjects.c.id)
            .where(spans.c.closed > since, spans.c.closed <= self.at, ~_again(self.at))
            .order_by(spans.c.closed, subjects.c.arn, spans.c.control, spans.c.about)
        )
        with self._history.reading() as connection:
            for row in connection.execute(asked).yield_per(1000):
                yield ClosedFinding(
                    arn=row.arn,
                    cell=Cell(row.account, row.region, row.surface),
                    why=Closed(row.why),
                    **_named(row, _OF_CLOSED),
                )

    def changes(self, since: dt.datetime) -> Changes:
        """What became of findings after a time and until this moment. Notes are none."""
        in_time = (spans.c.opened > since) & (spans.c.opened <= self.at)
        closed = (spans.c.closed > since) & (spans.c.closed <= self.at)
        counted = (
            in_time,
            in_time & (spans.c.reopened == 1),
            closed & (spans.c.why == Closed.FIXED.value),
            closed & (spans.c.why == Closed.DELETED.value),
        )
        asked = (
            select(*(func.count().filter(each) for each in counted))
            .select_from(spans)
            .where(spans.c.level != NOTE)
        )
        with self._history.reading() as connection:
            numbers = connection.execute(asked).one()
        return Changes(*map(int, numbers))

    def score(self, production: Collection[str]) -> Score:
        """The compliance score; see :class:`Scoring`."""
        scoring = Scoring(production)
        for each in self.standing():
            scoring.add(each)
        return scoring.score(self._unread)


def _named(row: AnyRow, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _again(at: dt.datetime) -> ColumnElement[bool]:
    """Whether a finding was opened once more after the time in which it was open."""
    later = spans.alias()
    return exists().where(
        later.c.subject == spans.c.subject,
        later.c.control == spans.c.control,
        later.c.about == spans.c.about,
        later.c.opened > spans.c.opened,
        later.c.opened <= at,
    )
