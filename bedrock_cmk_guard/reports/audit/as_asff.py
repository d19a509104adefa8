"""The report's findings as one JSON list in the AWS Security Finding Format, each as of its own account."""

from __future__ import annotations

import json

from bedrock_cmk_guard.reports.audit.asff import findings
from bedrock_cmk_guard.reports.audit.report import AuditReport


def write(report: AuditReport) -> str:
    """Return the list; ``aws securityhub batch-import-findings --findings`` takes a hundred of them at a time."""
    kpis = report.kpis
    found = list(findings(report.findings, kpis.not_audited, report.unread_since, kpis.at))
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
