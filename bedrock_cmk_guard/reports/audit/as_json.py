"""The report as JSON: what ``kpi`` prints, and beside it the trend, the findings, the places and the workloads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bedrock_cmk_guard.history.figures import OpenFinding
from bedrock_cmk_guard.reports.audit.kpi_json import body, share
from bedrock_cmk_guard.reports.audit.remedies import change, title_of
from bedrock_cmk_guard.reports.audit.report import AuditReport, Place, Point, Tally, Workload, counts

if TYPE_CHECKING:
    from bedrock_cmk_guard.iam import Json

SCHEMA_VERSION = 1


def write(report: AuditReport) -> str:
    """Return the one object that ``report --format json`` prints."""
    data: dict[str, Json] = {
        "schema_version": SCHEMA_VERSION,
        "title": report.title,
        **body(report.kpis),
        "trend": [_point(each) for each in report.trend],
        "places": [_place(each) for each in report.places],
        "workloads": [_workload(each) for each in report.workloads],
        "findings": [finding(each) for each in report.findings],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def finding(each: OpenFinding) -> dict[str, Json]:
    """An open finding."""
    return {
        "control": each.control,
        "title": title_of(each.control),
        "severity": each.severity,
        "level": each.level,
        "verdict": each.verdict,
        "counts": counts(each),
        "resource": each.arn,
        "name": each.name,
        "surface": each.cell.surface,
        "account": each.cell.account,
        "region": each.cell.region,
        "workload": each.workload or None,
        "environment": each.environment or None,
        "message": each.message,
        "fix": each.fix,
        "command": each.command,
        "change": change(each),
        "opened": each.opened.isoformat(),
        "last_seen": each.last_seen.isoformat(),
        "reopened": each.reopened,
        "accepted_by": each.accepted_by or None,
        "accepted_until": each.accepted_until.isoformat() if each.accepted_until else None,
    }


def _point(each: Point) -> Json:
    return {
        "at": each.at.isoformat(),
        "score": each.score,
        "production": share(each.production),
        "tiers": {tier: share(found) for tier, found in each.tiers.items()},
    }


def _tally(found: Tally) -> dict[str, Json]:
    return {
        "on_customer_keys": share(found.share),
        "not_audited_resources": found.unread,
        "open_findings": dict(found.open),
    }


def _place(each: Place) -> Json:
    return {
        "account": each.account,
        "region": each.region,
        **_tally(each.tally),
        "last_read": each.last_read.isoformat() if each.last_read else None,
        "not_audited": dict(each.not_audited),
    }


def _workload(each: Workload) -> Json:
    return {
        "name": each.name,
        "account": each.account or None,
        "environment": each.environment or None,
        "sensitivity": each.sensitivity or None,
        **_tally(each.tally),
    }
