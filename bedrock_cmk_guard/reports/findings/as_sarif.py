"""A result as SARIF 2.1.0, with the trail, what was accepted, and by what a finding is known again."""

from __future__ import annotations

import json
from importlib.metadata import version

from bedrock_cmk_guard.controls import CONTROLS, Control, Severity
from bedrock_cmk_guard.reports.findings.result import Excerpts, Reported, ScanResult
from bedrock_cmk_guard.reports.sarif import SarifResult, SarifRule, SarifStep, Suppression, sarif
from bedrock_cmk_guard.subjects import Place

_TOOL = "bedrock-cmk-guard"
_PAGE = "https://pypi.org/project/bedrock-cmk-guard/"
# GitHub's scale: above 7.0 is high, above 4.0 medium.
# https://docs.github.com/en/code-security/reference/code-scanning/sarif-support-for-code-scanning
_SCORES = {Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "3.0"}
_SNIPPET = 400


def write(result: ScanResult) -> str:
    """Return the log of the scan."""
    excerpts = Excerpts(result.contents)
    results = (_result(each, excerpts) for each in result.findings)
    controls = dict.fromkeys((*CONTROLS, *(each.finding.control for each in result.findings)))
    log = sarif(_TOOL, version(_TOOL), _PAGE, [rule_of(control) for control in controls], results)
    return json.dumps(log, indent=1, ensure_ascii=False) + "\n"


def rule_of(control: Control) -> SarifRule:
    """Return a control as a rule."""
    return SarifRule(
        control.id,
        control.title,
        control.rationale or control.title,
        control.remediation,
        "note" if control.note else "error",
        control.references[0] if control.references else "",
        tags=tuple(dict.fromkeys(["security", *map(str, control.frameworks)])),
        score=_SCORES[control.severity],
    )


def _result(reported: Reported, excerpts: Excerpts) -> SarifResult:
    finding = reported.finding
    line = excerpts.line(finding.place)
    return SarifResult(
        finding.control.id,
        "error" if finding.counts else "note" if finding.noted else "warning",
        f"{finding.message}. Fix: {finding.fix}",
        finding.place.file,
        _region(finding.place, line),
        line[:_SNIPPET],
        finding.address,
        steps=tuple(
            SarifStep(step.text, step.place.file, step.place.line, step.place.column)
            for step in finding.trail
            if step.place is not None
        ),
        fingerprint=reported.fingerprint,
        suppression=_suppression(reported),
        properties={
            "verdict": finding.verdict.value,
            "level": finding.level.value,
            "surface": finding.surface,
        },
    )


def _region(place: Place, line: str) -> tuple[int, int, int, int]:
    """The place; where its end is not known, the rest of its line."""
    if place.end_line and (place.end_line, place.end_column) > (place.line, place.column):
        return place.line, place.column, place.end_line, place.end_column
    return place.line, place.column, place.line, max(len(line) + 1, place.column + 1)


def _suppression(reported: Reported) -> Suppression | None:
    accepted = reported.finding.accepted
    if accepted is not None:
        return Suppression("inSource" if accepted.by == "inline skip" else "external", reported.why_not)
    return Suppression("external", reported.why_not) if reported.known else None
