"""The report as Markdown, for a wiki, a ticket or a job's summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bedrock_cmk_guard.reports.audit.model import ExceptionInForce
from bedrock_cmk_guard.reports.audit.report import AuditReport, Place, Todo, Workload
from bedrock_cmk_guard.reports.audit.words import NOTHING, day, duration, expiry, minute, percent, score
from bedrock_cmk_guard.reports.markdown import cell
from bedrock_cmk_guard.reports.terminal import count, safe

_MOST_FIRST = 12


def write(report: AuditReport) -> str:
    """Return the document."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: AuditReport) -> Iterator[str]:
    yield f"# {cell(report.title)}"
    yield ""
    yield from _figures(report)
    yield from _first(report)
    yield from _table(
        "What was not audited",
        ("Account", "Region", "What", "Why"),
        (
            (each.account, each.region, each.what, reason or "not read")
            for each, reason in sorted(report.kpis.not_audited.items())
        ),
        empty="Everything that was to be audited was read.",
    )
    yield from _table(
        "Exceptions",
        ("Control", "Resource", "Owner", "Expires", "Left", "Findings"),
        (_exception(each, report) for each in report.kpis.exceptions),
        empty="Nothing is accepted.",
    )
    tried = report.kpis.attempts
    if tried is not None:
        yield from _table(
            "Unauthorised key attempts",
            ("Principal", "Action", "Key", "Calls", "Last"),
            (
                (each.principal, each.action, each.key or NOTHING, f"{each.calls:,}", each.last_seen)
                for each in tried.attempts
            ),
            empty="None was recorded.",
        )
        if not tried.complete:
            yield from ("", "Not all logs could be read: there may be more.")
    yield from _table(
        "Accounts",
        ("Account", "Region", "On customer keys", "Open findings", "Last read", "Not audited"),
        map(_place, report.places),
    )
    yield from _table(
        "Workloads",
        ("Workload", "Account", "Environment", "On customer keys", "Open findings"),
        map(_workload, report.workloads),
    )


def _figures(report: AuditReport) -> Iterator[str]:
    kpis = report.kpis
    share = kpis.on_customer_keys.production
    yield f"As of {minute(kpis.at)}, from {count(kpis.audits, 'audit')}; changes since {day(kpis.since)}."
    yield ""
    then = (
        f" (was {score(kpis.score_then.value)} on {day(kpis.since)})" if kpis.score_then is not None else ""
    )
    yield f"- Compliance score: **{score(kpis.score.value)}** of 100{then}"
    yield f"- Production on customer keys: **{percent(share)}** ({share.passed:,} of {share.total:,})"
    yield f"- Open findings: **{kpis.open_now():,}**, {kpis.open_now('high'):,} of them high"
    remediation = kpis.remediation["all"]
    yield (
        f"- Time to remediate: median {duration(remediation.median)}, mean {duration(remediation.mean)} "
        f"({remediation.count:,} fixed)"
    )
    yield f"- Not audited: **{len(kpis.not_audited):,}**"
    yield f"- Exceptions expired or about to lapse: **{len(report.lapsing):,}**"


def _first(report: AuditReport) -> Iterator[str]:
    yield from ("", "## What to fix first", "")
    todos = report.todos
    if not todos:
        yield "Nothing that was read has a finding that counts."
    for number, each in enumerate(todos[:_MOST_FIRST], start=1):
        yield from _todo(number, each)
    if (more := len(todos) - _MOST_FIRST) > 0:
        yield from ("", f"{more:,} more: `bedrock-cmk-guard report --format csv` lists all findings.")


def _todo(number: int, todo: Todo) -> Iterator[str]:
    each = todo.first
    name = cell(each.name or each.arn.rpartition("/")[2])
    place = f"account {cell(each.cell.account)}, {cell(each.cell.region)}"
    said = cell("; ".join(todo.messages))
    yield f"{number}. **{name}** ({each.severity}, {cell(each.control)}; {place}): {said}"
    inside = " " * len(f"{number}. ")
    if each.fix:
        yield f"{inside}To do: {cell(each.fix)}"
    if todo.commands:
        # Indented, not fenced: no text in it can end it.
        yield ""
        yield from (f"{inside}    {safe(line)}" for line in todo.commands.splitlines())
        yield ""


def _table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], empty: str = "None."
) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    written = [f"| {' | '.join(map(cell, row))} |" for row in rows]
    if not written:
        yield empty
        return
    yield f"| {' | '.join(columns)} |"
    yield f"|{' --- |' * len(columns)}"
    yield from written


def _exception(each: ExceptionInForce, report: AuditReport) -> Sequence[str]:
    return (
        each.control,
        each.resource or NOTHING,
        each.owner,
        each.expires.isoformat() if each.expires else NOTHING,
        expiry(each, report.kpis.at.date()),
        f"{each.findings:,}",
    )


def _place(each: Place) -> Sequence[str]:
    share = each.tally.share
    return (
        each.account,
        each.region,
        f"{percent(share)} ({share.passed:,} of {share.total:,})",
        f"{each.tally.open.total():,}",
        day(each.last_read) if each.last_read else "never",
        "; ".join(
            f"{'everything' if surface == '*' else surface}: {why}"
            for surface, why in each.not_audited.items()
        ),
    )


def _workload(each: Workload) -> Sequence[str]:
    share = each.tally.share
    return (
        each.name,
        each.account or NOTHING,
        each.environment or NOTHING,
        f"{percent(share)} ({share.passed:,} of {share.total:,})",
        f"{each.tally.open.total():,}",
    )
