"""A result as JSON, of the form that scripts rely on: fields may be added, and none goes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from bedrock_cmk_guard.reports.findings.result import Reported, ScanResult

if TYPE_CHECKING:
    from bedrock_cmk_guard.controls.finding import Result
    from bedrock_cmk_guard.subjects import Step

    Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

SCHEMA_VERSION = 1


def write(result: ScanResult) -> str:
    """Return the one object that a scan prints."""
    resources: list[Json] = [_resource(each) for each in result.results]
    findings: list[Json] = [_finding(each) for each in result.findings]
    fixed: list[Json] = [
        {
            "fingerprint": each.fingerprint,
            "control": each.control,
            "resource": each.address,
            "file": each.file,
        }
        for each in result.fixed
    ]
    data: dict[str, Json] = {
        "schema_version": SCHEMA_VERSION,
        "resources": resources,
        "findings": findings,
        "fixed": fixed,
        "skipped": list(result.skipped),
        "warnings": list(result.warnings),
        "summary": summary(result),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def summary(result: ScanResult) -> dict[str, Json]:
    """The numbers: subjects by verdict, and findings by whether they count."""
    verdicts: dict[str, Json] = {
        verdict: result.judged(verdict) for verdict in ("pass", "fail", "unknown", "delegated")
    }
    return {
        "files": result.files,
        "resources": len(result.results),
        **verdicts,
        "findings": sum(each.counts for each in result.findings),
        "failed": result.counted("fail"),
        "not_known": result.counted("unknown"),
        "not_read": result.not_read,
        "unassigned": result.unassigned,
        "recommended": sum(each.finding.level == "recommended" for each in result.findings),
        "accepted": sum(each.finding.accepted is not None for each in result.findings),
        "baseline": sum(each.known for each in result.findings),
        "fixed": len(result.fixed),
        "requirements": result.requirements or None,
        "interrupted": result.interrupted,
    }


def _resource(result: Result) -> Json:
    return {
        "address": result.address,
        "surface": result.surface,
        "file": result.place.file,
        "line": result.place.line,
        "verdict": result.verdict.value,
        "level": result.level.value,
        "root": result.root,
        "workload": result.workload or None,
        "note": result.note,
    }


def _finding(reported: Reported) -> Json:
    finding = reported.finding
    place = finding.place
    trail: list[Json] = [_step(step) for step in finding.trail]
    accepted = finding.accepted
    return {
        "control": finding.control.id,
        "title": finding.control.title,
        "severity": finding.control.severity.value,
        "verdict": finding.verdict.value,
        "level": finding.level.value,
        "resource": finding.address,
        "surface": finding.surface,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line or place.line,
        "end_column": place.end_column or place.column,
        "message": finding.message,
        "fix": finding.fix,
        "command": finding.command or None,
        "trail": trail,
        "root": finding.root,
        "fingerprint": reported.fingerprint,
        "counts": reported.counts,
        "baseline": reported.known,
        "accepted": None
        if accepted is None
        else {
            "by": accepted.by,
            "owner": accepted.owner,
            "reason": accepted.reason,
            "expires": accepted.expires.isoformat(),
        },
    }


def _step(step: Step) -> Json:
    if step.place is None:
        return {"text": step.text}
    return {
        "text": step.text,
        "file": step.place.file,
        "line": step.place.line,
        "column": step.place.column,
    }
