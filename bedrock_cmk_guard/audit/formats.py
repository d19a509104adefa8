"""An audit in the formats of a scan, with what was audited and what was not beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bedrock_cmk_guard.audit.result import AuditResult
from bedrock_cmk_guard.controls import Result, SubjectKind
from bedrock_cmk_guard.reports.findings import formatted as as_scan
from bedrock_cmk_guard.reports.findings.result import Reported, ScanResult


def formatted(result: AuditResult, kept: Sequence[Result], marks: Sequence[str], form: str) -> str:
    """Return the audit as JSON, SARIF or JUnit XML. ``marks`` are the findings' fingerprints, in their order."""
    findings = [finding for each in kept for finding in each.findings]
    scanned = ScanResult(
        results=tuple(each for each in kept if each.kind is not SubjectKind.FAULT),
        findings=tuple(Reported(finding, mark) for finding, mark in zip(findings, marks, strict=True)),
        interrupted=result.interrupted,
    )
    text = as_scan(scanned, form)
    if form != "json":
        return text
    data = json.loads(text)
    data["coverage"] = coverage(result)
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def coverage(result: AuditResult) -> dict[str, object]:
    """What was audited, and what was not and why."""
    found = result.coverage
    return {
        "accounts": [
            {"account": account, "resources": number} for account, number in sorted(found.accounts.items())
        ],
        "not_audited": [
            {"account": cell.account, "region": cell.region, "surface": cell.surface, "reason": reason}
            for cell, reason in sorted(found.not_audited.items())
        ],
        "not_offered": [
            {"service": service, "region": region} for service, region in sorted(found.not_offered)
        ],
        "inactive_accounts": list(found.inactive),
        "never_audited": [{"surface": surface, "reason": why} for surface, why in found.never.items()],
        "calls": {f"{service}:{name}": number for (service, name), number in sorted(result.calls.items())},
    }
