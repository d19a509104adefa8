"""Everything that a report tells: the figures, how they came to be, what to do first, and every place and workload."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bedrock_cmk_guard.demands import Demands
from bedrock_cmk_guard.history import History
from bedrock_cmk_guard.history.figures import Figures, OpenFinding, Share
from bedrock_cmk_guard.history.records import Cell
from bedrock_cmk_guard.history.scoring import Scoring, Standing
from bedrock_cmk_guard.reports.audit.attempts import KeyAttempts
from bedrock_cmk_guard.reports.audit.gathering import kpis
from bedrock_cmk_guard.reports.audit.model import SEVERITIES, UNASSIGNED, ExceptionInForce, Kpis
from bedrock_cmk_guard.surfaces import Tier

SOON_DAYS = 30
"""An exception that runs out within so many days is about to lapse."""
MOST_POINTS = 60
_TIERS = tuple(tier.value for tier in Tier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """How things stood after an audit."""

    at: dt.datetime
    score: float | None
    production: Share
    """All production resources on customer keys."""
    tiers: Mapping[str, Share]
    """The same by tier."""


@dataclass(slots=True)
class Tally:
    """How many there are, how many pass, and how many findings are open by severity."""

    total: int = 0
    passed: int = 0
    unread: int = 0
    open: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> Share:
        """Those on customer keys."""
        return Share(self.passed, self.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An account's Region."""

    account: str
    region: str
    tally: Tally
    last_read: dt.datetime | None
    """When anything there was read last; None: never."""
    not_audited: Mapping[str, str]
    """The surfaces that could not be read, and why; ``*`` for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A workload: one of the requirements, one that audits found, or what belongs to none."""

    name: str
    account: str
    environment: str
    sensitivity: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Todo:
    """What is to be done at one place: the findings of one control on one ARN, which one change mends."""

    findings: tuple[OpenFinding, ...]

    @property
    def first(self) -> OpenFinding:
        """The gravest, which is first."""
        return self.findings[0]

    @property
    def messages(self) -> tuple[str, ...]:
        """What is wrong, each once."""
        return tuple(dict.fromkeys(each.message for each in self.findings))

    @property
    def surfaces(self) -> tuple[str, ...]:
        """What it is about: an agent and its memory share a key."""
        return tuple(dict.fromkeys(each.cell.surface for each in self.findings))

    @property
    def commands(self) -> str:
        """The commands that mend it, each once."""
        return "\n".join(dict.fromkeys(each.command for each in self.findings if each.command))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What is reported of a moment."""

    title: str
    kpis: Kpis
    trend: tuple[Point, ...]
    sampled: bool
    """Whether the trend leaves audits out, because there are many."""
    findings: tuple[OpenFinding, ...]
    """The open findings, what to do first in front."""
    places: tuple[Place, ...]
    workloads: tuple[Workload, ...]
    unread_since: Mapping[Cell, dt.datetime]
    """Since when what was not audited could not be read."""

    @property
    def counting(self) -> tuple[OpenFinding, ...]:
        """The findings that nobody accepted, on what is required."""
        return tuple(each for each in self.findings if counts(each))

    @property
    def todos(self) -> tuple[Todo, ...]:
        """What to do, in the order of what is gravest."""
        found: dict[tuple[str, str], list[OpenFinding]] = {}
        for each in self.counting:
            found.setdefault((each.arn, each.control), []).append(each)
        return tuple(Todo(tuple(each)) for each in found.values())

    @property
    def lapsing(self) -> tuple[ExceptionInForce, ...]:
        """The exceptions that have run out, or will soon, and those that never accepted anything."""
        today = self.kpis.at.date()
        found = ((each, each.days_left(today)) for each in self.kpis.exceptions)
        return tuple(
            each
            for each, left in found
            if not each.names_a_control or (left is not None and left <= SOON_DAYS)
        )


def counts(finding: OpenFinding) -> bool:
    """Whether a finding counts."""
    return finding.level == "required" and not finding.accepted_by


def report(
    history: History,
    demands: Demands,
    *,
    title: str = "Customer managed keys",
    at: dt.datetime | None = None,
    since: dt.datetime | None = None,
    tags: Sequence[str] = (),
    attempts: KeyAttempts | None = None,
) -> AuditReport:
    """Return the report of a moment; see :func:`kpis`."""
    found = kpis(history, demands, at=at, since=since, tags=tags, attempts=attempts)
    figures = Figures(history, found.at)
    findings = sorted(figures.open_findings(), key=lambda each: _urgency(each, demands))
    moments = [each for each in history.finished() if found.since <= each <= found.at]
    chosen = _sample(moments)
    places: dict[tuple[str, str], Tally] = {}
    workloads: dict[str, tuple[Standing | None, Tally]] = {
        each.name: (None, Tally()) for each in demands.workloads
    }
    for each in figures.standing():
        place = places.setdefault((each.cell.account, each.cell.region), Tally())
        _, workload = workloads.setdefault(each.workload or UNASSIGNED, (each, Tally()))
        if each.tier:
            for tally in (place, workload):
                tally.total += 1
                tally.passed += each.passes
                tally.unread += not each.audited
    for finding in findings:
        if counts(finding):
            places.setdefault((finding.cell.account, finding.cell.region), Tally()).open[
                finding.severity
            ] += 1
            workloads.setdefault(finding.workload or UNASSIGNED, (None, Tally()))[1].open[
                finding.severity
            ] += 1
    return AuditReport(
        title=title,
        kpis=found,
        trend=tuple(_point(history, demands, each) for each in chosen),
        sampled=len(chosen) < len(moments),
        findings=tuple(findings),
        places=tuple(_places(places, figures)),
        workloads=tuple(_workloads(workloads, demands)),
        unread_since={cell: figures.coverage.unread_since(cell) for cell in figures.not_audited},
    )


def _urgency(each: OpenFinding, demands: Demands) -> tuple[object, ...]:
    """What sorts findings: those that count, grave ones, production, what people typed, the oldest first."""
    known = {severity: i for i, severity in enumerate(SEVERITIES)}
    production = not each.workload or each.environment in demands.production
    tier = _TIERS.index(each.tier) if each.tier in _TIERS else len(_TIERS)
    return (
        not counts(each),
        known.get(each.severity, len(known)),
        not production,
        tier,
        each.opened,
        each.arn,
        each.control,
        each.about,
    )


def _sample(moments: Sequence[dt.datetime]) -> list[dt.datetime]:
    """Not more moments than a chart can show, the first and the last among them."""
    if len(moments) <= MOST_POINTS:
        return list(moments)
    last = len(moments) - 1
    return [moments[round(i * last / (MOST_POINTS - 1))] for i in range(MOST_POINTS)]


def _point(history: History, demands: Demands, at: dt.datetime) -> Point:
    figures = Figures(history, at)
    scoring = Scoring(demands.production)
    passed: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for each in figures.standing():
        scoring.add(each)
        if each.tier and (not each.workload or each.environment in demands.production):
            total[each.tier] += 1
            passed[each.tier] += each.passes
    return Point(
        at=at,
        score=scoring.score(figures.not_audited).value,
        production=Share(passed.total(), total.total()),
        tiers={tier: Share(passed[tier], total[tier]) for tier in sorted(total)},
    )


def _places(tallies: Mapping[tuple[str, str], Tally], figures: Figures) -> Iterator[Place]:
    read: dict[tuple[str, str], dt.datetime] = {}
    for cell, when in figures.last_read.items():
        place = cell.account, cell.region
        read[place] = max(when, read.get(place, when))
    unread: dict[tuple[str, str], dict[str, str]] = {}
    for cell, reason in sorted(figures.not_audited.items()):
        unread.setdefault((cell.account, cell.region), {})[cell.surface] = reason
    for account, region in sorted({*tallies, *read, *unread}):
        yield Place(
            account=account,
            region=region,
            tally=tallies.get((account, region), Tally()),
            last_read=read.get((account, region)),
            not_audited=unread.get((account, region), {}),
        )


def _workloads(found: Mapping[str, tuple[Standing | None, Tally]], demands: Demands) -> Iterator[Workload]:
    demanded = {each.name: each for each in demands.workloads}
    for name, (one, tally) in sorted(found.items()):
        known = demanded.get(name)
        if known is not None:
            account, environment, sensitivity = known.account, known.environment, known.sensitivity
        elif one is not None and name != UNASSIGNED:
            account, environment, sensitivity = one.cell.account, one.environment, one.sensitivity
        else:
            account = environment = sensitivity = ""
        yield Workload(
            name=name, account=account, environment=environment, sensitivity=sensitivity, tally=tally
        )
