"""What lint found, as text for people, as JSON, and as SARIF."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import version

from bedrock_cmk_guard.iam.document import Json
from bedrock_cmk_guard.lint.catalogue import RULES
from bedrock_cmk_guard.lint.files import LintReport
from bedrock_cmk_guard.lint.finding import LintFinding, Severity
from bedrock_cmk_guard.reports.sarif import SarifResult, SarifRule, sarif
from bedrock_cmk_guard.reports.terminal import BOLD, CYAN, RED, YELLOW, count, excerpt, paint, wrapped

SCHEMA_VERSION = 1
_TOOL = "bedrock-cmk-guard"
_PAGE = "https://pypi.org/project/bedrock-cmk-guard/"
_COLOURS = {Severity.ERROR: RED, Severity.WARNING: YELLOW, Severity.NOTE: CYAN}
_SNIPPET = 200


def as_text(report: LintReport, *, colour: bool = False) -> str:
    """The report for people: each finding with its line and with what to write instead."""
    parts = [_finding(finding, colour=colour) for finding in report.findings]
    return "\n".join([*parts, *_end(report)]) + "\n"


def _finding(finding: LintFinding, *, colour: bool) -> str:
    place = f"{finding.file or 'policy'}:{finding.line}:{finding.column}"
    within = ": ".join(filter(None, (finding.resource, finding.statement)))
    where = f" ({within})" if within else ""
    head = (
        f"{paint(place, BOLD, colour)}: {paint(finding.severity, _COLOURS[finding.severity], colour)}: "
        f"{finding.rule}{where}"
    )
    lines = [head, *wrapped(finding.message, "  ")]
    if finding.excerpt.strip():
        lines += _excerpt(finding, colour=colour)
    lines += wrapped(f"instead: {finding.instead}", "  ", "           ")
    return "\n".join(lines) + "\n"


def _excerpt(finding: LintFinding, *, colour: bool) -> Iterator[str]:
    length = finding.end_column - finding.column if finding.end_line == finding.line else None
    return excerpt(
        finding.excerpt,
        finding.line,
        finding.column,
        length,
        _COLOURS[finding.severity],
        colour=colour,
    )


def _end(report: LintReport) -> Iterator[str]:
    counts = [count(sum(f.severity is each for f in report.findings), each.value) for each in Severity]
    yield f"{count(len(report.linted) + len(report.held), 'policy')}: {', '.join(counts)}"
    if report.skipped:
        yield f"{count(len(report.skipped), 'JSON file')} passed over, holding no policy of these types"


def as_json(report: LintReport) -> str:
    """The report for programs."""
    findings: list[Json] = [_json(finding) for finding in report.findings]
    counts = {each.value: sum(f.severity is each for f in report.findings) for each in Severity}
    data: dict[str, Json] = {
        "schema_version": SCHEMA_VERSION,
        "policies": [
            {"file": file, "resource": resource, "type": kind.value}
            for (file, resource), kind in (
                {(file, ""): k for file, k in report.linted.items()} | report.held
            ).items()
        ],
        "skipped": [{"file": file, "reason": reason} for file, reason in report.skipped.items()],
        "summary": {**counts},
        "findings": findings,
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _json(finding: LintFinding) -> Json:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "resource": finding.resource,
        "statement": finding.statement,
        "path": finding.path,
        "message": finding.message,
        "instead": finding.instead,
    }


def _snippet(finding: LintFinding) -> str:
    """The text of the place itself."""
    end = finding.end_column - 1 if finding.end_line == finding.line else len(finding.excerpt)
    return finding.excerpt[finding.column - 1 : min(end, finding.column - 1 + _SNIPPET)]


def as_sarif(report: LintReport) -> str:
    """The report for code hosts."""
    rules = [
        SarifRule(
            rule.id,
            rule.title,
            rule.rationale,
            rule.instead,
            rule.severity.value,
            rule.references[0] if rule.references else "",
        )
        for rule in RULES
    ]
    results = (
        SarifResult(
            finding.rule,
            finding.severity.value,
            f"{finding.message}. Instead: {finding.instead}",
            finding.file,
            (finding.line, finding.column, finding.end_line, max(finding.end_column, finding.column))
            if finding.line
            else None,
            _snippet(finding),
            ".".join(filter(None, (finding.resource, finding.path))),
        )
        for finding in report.findings
    )
    return (
        json.dumps(sarif(_TOOL, version(_TOOL), _PAGE, rules, results), indent=1, ensure_ascii=False) + "\n"
    )
