"""The report as one HTML page: no script, nothing fetched, fit for paper, a phone and a screen reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from bedrock_cmk_guard.history.figures import OpenFinding, Share
from bedrock_cmk_guard.history.records import NOTE
from bedrock_cmk_guard.render.templates import fill
from bedrock_cmk_guard.reports.audit.charts import STYLES, Series, in_words, line_chart
from bedrock_cmk_guard.reports.audit.model import AGES, SEVERITIES, ExceptionInForce, Group, Kpis
from bedrock_cmk_guard.reports.audit.remedies import change, title_of
from bedrock_cmk_guard.reports.audit.report import AuditReport, Place, Point, Todo, Workload, counts
from bedrock_cmk_guard.reports.audit.words import NOTHING, day, duration, expiry, minute, percent, score
from bedrock_cmk_guard.reports.terminal import count, safe
from bedrock_cmk_guard.surfaces import catalogue

Row: TypeAlias = Mapping[str, object]

MOST_FIRST = 12
MOST_FINDINGS = 500
_DIMENSIONS = {
    "tier": "Tier",
    "surface": "Surface",
    "environment": "Environment",
    "kind": "Keys, roles, guardrails",
}


def write(report: AuditReport) -> str:
    """Return the page."""
    kpis = report.kpis
    todos = report.todos
    shown = report.findings[:MOST_FINDINGS]
    return fill(
        "report/audit.html.j2",
        title=report.title,
        at=minute(kpis.at),
        since=day(kpis.since),
        audits=count(kpis.audits, "audit"),
        verdict=_verdict(report),
        clean=not todos and not kpis.not_audited,
        requirements=kpis.requirements,
        tiles=list(_tiles(report)),
        charts=list(_charts(report)),
        trend=[_point(each) for each in report.trend],
        sampled=report.sampled,
        first=[_todo(number, each, report) for number, each in enumerate(todos[:MOST_FIRST], start=1)],
        more_first=f"{len(todos) - MOST_FIRST:,}" if len(todos) > MOST_FIRST else "",
        not_audited=[
            {
                "account": cell.account,
                "region": cell.region,
                "what": cell.what,
                "reason": safe(reason) or NOTHING,
            }
            for cell, reason in sorted(kpis.not_audited.items())
        ],
        shares=list(_shares(kpis)),
        places=[_place(each) for each in report.places],
        workloads=[_workload(each) for each in report.workloads],
        remediation=[
            {
                "severity": severity,
                "count": f"{each.count:,}",
                "mean": duration(each.mean),
                "median": duration(each.median),
            }
            for severity, each in kpis.remediation.items()
        ],
        changes={name: f"{getattr(kpis.changes, name):,}" for name in kpis.changes.__slots__},
        ages=[name for name, _ in AGES],
        open=list(_open(kpis)),
        exceptions=[_exception(each, report) for each in kpis.exceptions],
        findings=[_finding(each, report) for each in shown],
        all_findings=f"{len(report.findings):,}",
        left_out=f"{len(report.findings) - len(shown):,}" if len(report.findings) > len(shown) else "",
        score=_score(kpis),
        attempts=_attempts(kpis),
    )


def _verdict(report: AuditReport) -> str:
    kpis, number = report.kpis, len(report.counting)
    high = sum(each.severity == "high" for each in report.counting)
    said = [
        f"{count(number, 'finding')} to fix, {high:,} of them of high severity."
        if number
        else "No finding is open."
    ]
    if kpis.not_audited:
        said.append(f"{count(len(kpis.not_audited), 'place')} could not be read, and may hold anything.")
    if report.lapsing:
        said.append(f"{count(len(report.lapsing), 'exception')} expired or about to lapse.")
    return " ".join(said)


def _tiles(report: AuditReport) -> Iterator[Row]:
    kpis = report.kpis
    then = kpis.score_then
    before = f"{score(then.value)} on {day(kpis.since)}" if then is not None and kpis.since < kpis.at else ""
    yield _tile("Compliance score", score(kpis.score.value), before or "of 100")
    share = kpis.on_customer_keys.production
    yield _tile(
        "Production on customer keys", percent(share), f"{share.passed:,} of {share.total:,} resources"
    )
    high = kpis.open_now("high")
    yield _tile("Open findings", f"{kpis.open_now():,}", f"{high:,} high", bad=bool(high))
    remediation = kpis.remediation["all"]
    yield _tile(
        "Median time to fix",
        duration(remediation.median),
        f"{remediation.count:,} fixed, mean {duration(remediation.mean)}",
    )
    unread = len(kpis.not_audited)
    yield _tile("Not audited", f"{unread:,}", "accounts' Regions or surfaces", bad=bool(unread))
    lapsing = len(report.lapsing)
    yield _tile("Exceptions lapsing", f"{lapsing:,}", f"of {len(kpis.exceptions):,}", bad=bool(lapsing))


def _tile(name: str, value: str, note: str, *, bad: bool = False) -> Row:
    return {"name": name, "value": value, "note": note, "bad": bad}


def _charts(report: AuditReport) -> Iterator[Row]:
    moments = [each.at for each in report.trend]
    if not moments:
        return
    tiers = dict.fromkeys(tier for each in report.trend for tier in sorted(each.tiers))
    charts = (
        ("score-chart", "Compliance score", [Series("Score", tuple(each.score for each in report.trend))]),
        (
            "keys-chart",
            "Production on customer keys, percent",
            [
                Series("All", tuple(each.production.percent for each in report.trend)),
                *(Series(tier, tuple(_percent(each, tier) for each in report.trend)) for tier in tiers),
            ],
        ),
    )
    for identity, title, series in charts:
        yield {
            "title": title,
            "svg": line_chart(identity, title, moments, series),
            "text": in_words(moments, series),
            "legend": [
                {"style": style, "name": each.name} for style, each in zip(STYLES, series, strict=False)
            ],
        }


def _percent(point: Point, tier: str) -> float | None:
    share = point.tiers.get(tier)
    return share.percent if share is not None else None


def _point(point: Point) -> Row:
    return {
        "day": day(point.at),
        "score": score(point.score),
        "percent": percent(point.production),
        "count": f"{point.production.passed:,} of {point.production.total:,}",
    }


def _todo(number: int, todo: Todo, report: AuditReport) -> Row:
    first = todo.first
    return {
        **_finding(first, report),
        "number": str(number),
        "surface": " and ".join(map(_surface, todo.surfaces)),
        "messages": [safe(each) for each in todo.messages],
        "fix": safe(first.fix),
        "command": "\n".join(map(safe, todo.commands.splitlines())),
        "change": [{"added": line.startswith("+"), "text": line} for line in change(first).splitlines()],
    }


def _finding(each: OpenFinding, report: AuditReport) -> Row:
    days = (report.kpis.at - each.opened).days
    state = (
        "open"
        if counts(each)
        else f"accepted by {safe(each.accepted_by)}"
        if each.accepted_by
        else "noted only"
        if each.level == NOTE
        else "recommended only"
    )
    return {
        "control": each.control,
        "title": title_of(each.control),
        "severity": each.severity,
        "level": each.severity if each.severity in SEVERITIES else "low",
        "verdict": "cannot be known" if each.verdict == "unknown" else each.verdict,
        "name": safe(each.name or each.arn.rpartition("/")[2]),
        "arn": safe(each.arn),
        "surface": _surface(each.cell.surface),
        "account": each.cell.account,
        "region": each.cell.region,
        "workload": safe(each.workload) or "no workload",
        "environment": safe(each.environment),
        "message": safe(each.message),
        "age": "since the last audit" if days == 0 else f"for {count(days, 'day')}",
        "opened": day(each.opened),
        "again": each.reopened,
        "state": state,
    }


def _surface(identity: str) -> str:
    surface = catalogue().surfaces.get(identity)
    return surface.title if surface is not None else identity


def _shares(kpis: Kpis) -> Iterator[Row]:
    for dimension in (*_DIMENSIONS, *kpis.tags):
        groups = kpis.of(dimension)
        if groups:
            yield {
                "title": _DIMENSIONS.get(dimension, f"Tag {safe(dimension.removeprefix('tag:'))}"),
                "groups": [_group(each) for each in groups],
            }


def _group(each: Group) -> Row:
    name = _surface(each.name) if each.dimension == "surface" else each.name
    return {
        "name": safe(name) or "(empty)",
        "production": _share(each.production),
        "all": _share(each.everything),
        "not_audited": f"{each.not_audited:,}" if each.not_audited else "",
    }


def _share(share: Share) -> Row:
    return {
        "percent": percent(share),
        "width": f"{share.percent or 0:.1f}",
        "count": f"{share.passed:,} of {share.total:,}",
        "none": share.percent is None,
    }


def _place(each: Place) -> Row:
    return {
        "account": each.account,
        "region": each.region,
        "share": _share(each.tally.share),
        "open": _severities(each.tally.open),
        "last_read": day(each.last_read) if each.last_read is not None else "never",
        "not_audited": [
            f"{'everything' if surface == '*' else _surface(surface)}: {safe(reason) or 'not read'}"
            for surface, reason in each.not_audited.items()
        ],
    }


def _severities(found: Mapping[str, int]) -> str:
    known: Iterable[str] = dict.fromkeys((*SEVERITIES, *sorted(found)))
    return ", ".join(f"{found[each]:,} {each}" for each in known if found.get(each)) or "none"


def _workload(each: Workload) -> Row:
    return {
        "name": safe(each.name),
        "account": each.account or NOTHING,
        "environment": each.environment or NOTHING,
        "sensitivity": each.sensitivity or NOTHING,
        "share": _share(each.tally.share),
        "not_audited": f"{each.tally.unread:,}" if each.tally.unread else "",
        "open": _severities(each.tally.open),
        "empty": not each.tally.total,
    }


def _open(kpis: Kpis) -> Iterator[Row]:
    most = max((each.counted for each in kpis.open), default=0) or 1
    for severity in dict.fromkeys(each.severity for each in kpis.open):
        of = [each for each in kpis.open if each.severity == severity]
        yield {
            "severity": severity,
            "ages": [
                {"count": f"{each.counted:,}", "width": f"{100 * each.counted / most:.1f}"} for each in of
            ],
            "accepted": f"{sum(each.accepted for each in of):,}",
            "recommended": f"{sum(each.recommended for each in of):,}",
        }


def _exception(each: ExceptionInForce, report: AuditReport) -> Row:
    return {
        "control": each.control,
        "resource": safe(each.resource) or "(of another requirements file)",
        "owner": safe(each.owner),
        "reason": safe(each.reason) or NOTHING,
        "expires": each.expires.isoformat() if each.expires else NOTHING,
        "left": expiry(each, report.kpis.at.date()),
        "soon": each in report.lapsing,
        "findings": f"{each.findings:,}",
    }


def _attempts(kpis: Kpis) -> Row | None:
    found = kpis.attempts
    if found is None:
        return None
    return {
        "count": count(found.calls, "call"),
        "span": f"{found.first} to {found.last}" if found.first else "nothing",
        "complete": found.complete,
        "rows": [
            {
                "principal": safe(each.principal) or "not recorded",
                "action": safe(each.action),
                "key": safe(each.key) or "not recorded",
                "refused_by": safe(each.refused_by) or NOTHING,
                "calls": f"{each.calls:,}",
                "last_seen": safe(each.last_seen),
            }
            for each in found.attempts[:MOST_FINDINGS]
        ],
        "left_out": f"{len(found.attempts) - MOST_FINDINGS:,}" if len(found.attempts) > MOST_FINDINGS else "",
    }


def _score(kpis: Kpis) -> Row:
    found = kpis.score
    numbers = ("passed", "accepted", "failed", "not_audited", "unassigned")
    return {"value": score(found.value), **{name: f"{getattr(found, name):,}" for name in numbers}}
