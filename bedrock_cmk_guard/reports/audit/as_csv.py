"""The report as CSV: a line for each open finding, and one for each place that was not audited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from bedrock_cmk_guard.history.figures import OpenFinding
from bedrock_cmk_guard.history.records import Cell
from bedrock_cmk_guard.reports.audit.remedies import title_of
from bedrock_cmk_guard.reports.audit.report import AuditReport, counts
from bedrock_cmk_guard.reports.audit.spreadsheet import as_csv

Row: TypeAlias = "tuple[str | int | None, ...]"

_HEADER = (
    *(
        "verdict",
        "counts",
        "severity",
        "level",
        "control",
        "title",
        "account",
        "region",
        "surface",
        "workload",
    ),
    *("environment", "name", "resource", "opened", "days_open", "reopened", "accepted_by", "accepted_until"),
    *("message", "fix", "command"),
)


def write(report: AuditReport) -> str:
    """Return the table."""
    return as_csv(_HEADER, _rows(report))


def _rows(report: AuditReport) -> Iterator[Row]:
    for cell, reason in sorted(report.kpis.not_audited.items()):
        yield _unread(cell, reason)
    for each in report.findings:
        yield _finding(each, (report.kpis.at - each.opened).days)


def _unread(cell: Cell, reason: str) -> Row:
    place = ("not audited", "yes", "", "", "", "", cell.account, cell.region, cell.surface)
    return (*place, *[""] * (len(_HEADER) - len(place) - 3), reason or "not read", "", "")


def _finding(each: OpenFinding, days: int) -> Row:
    return (
        each.verdict,
        "yes" if counts(each) else "no",
        each.severity,
        each.level,
        each.control,
        title_of(each.control),
        each.cell.account,
        each.cell.region,
        each.cell.surface,
        each.workload,
        each.environment,
        each.name,
        each.arn,
        each.opened.isoformat(),
        days,
        "yes" if each.reopened else "no",
        each.accepted_by,
        each.accepted_until.isoformat() if each.accepted_until else "",
        each.message,
        each.fix,
        each.command,
    )
