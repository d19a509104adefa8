"""The figures as one CSV table, a figure a line, so that every column has one meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from bedrock_cmk_guard.reports.audit.model import Kpis
from bedrock_cmk_guard.reports.audit.spreadsheet import as_csv

Row: TypeAlias = "tuple[str, str, str, str, float | int | None, int | None, int | None]"

_HEADER = ("figure", "dimension", "name", "scope", "value", "passed", "total")


def write(kpis: Kpis) -> str:
    """Return the table."""
    at = kpis.at.isoformat()
    return as_csv(("at", *_HEADER), ((at, *row) for row in _rows(kpis)))


def _rows(kpis: Kpis) -> Iterator[Row]:
    yield "score", "", "", "all", kpis.score.value, None, None
    yield "score_then", "", "", "all", kpis.score_then.value if kpis.score_then else None, None, None
    for group in kpis.groups:
        for scope, share in (("production", group.production), ("all", group.everything)):
            figure = "as_demanded" if group.dimension == "kind" else "on_customer_keys"
            yield figure, group.dimension, group.name, scope, share.percent, share.passed, share.total
        yield "not_audited_resources", group.dimension, group.name, "all", group.not_audited, None, None
    for severity, remediation in kpis.remediation.items():
        yield "fixed", "severity", severity, "all", remediation.count, None, None
        for name, time in (("mean", remediation.mean), ("median", remediation.median)):
            seconds = time.total_seconds() if time is not None else None
            yield f"{name}_seconds_to_remediate", "severity", severity, "all", seconds, None, None
    for each in kpis.open:
        for name, number in (
            ("open", each.counted),
            ("accepted", each.accepted),
            ("recommended", each.recommended),
        ):
            yield f"{name}_findings", each.severity, each.age, "all", number, None, None
    if kpis.attempts is not None:
        yield "unauthorised_key_attempts", "", "", "all", kpis.attempts.calls, None, None
        for attempt in kpis.attempts.attempts:
            place = ("principal", attempt.principal, attempt.action)
            yield "unauthorised_key_attempts", *place, attempt.calls, None, None
    for exception in kpis.exceptions:
        days = exception.days_left(kpis.at.date())
        name = exception.resource or exception.owner
        yield "exception_days_left", exception.control, name, "all", days, None, None
    for cell in sorted(kpis.not_audited):
        yield "not_audited", cell.account, cell.region, cell.surface, 1, None, None
