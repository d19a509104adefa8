"""A result as workflow commands, which GitHub shows beside the lines of a change.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
"""

from __future__ import annotations

from bedrock_cmk_guard.reports.findings.result import Reported, ScanResult
from bedrock_cmk_guard.reports.terminal import count, safe


def write(result: ScanResult) -> str:
    """Return a line for each finding, and one with the numbers. What was accepted has none."""
    lines = [_command(each) for each in result.findings if each.finding.accepted is None and not each.known]
    found = count(sum(each.counts for each in result.findings), "finding")
    judged = f"{count(len(result.results), 'resource')} judged, {count(result.files, 'file')} looked at"
    return "\n".join([*lines, f"{found}; {judged}"]) + "\n"


def _command(reported: Reported) -> str:
    finding = reported.finding
    place = finding.place
    where = {
        "file": place.file,
        "line": str(place.line),
        "endLine": str(place.end_line or place.line),
        "title": f"{finding.control.id} {finding.address}".rstrip(),
    }
    if place.end_line == place.line:
        # GitHub takes columns only where begin and end are on one line.
        where |= {"col": str(place.column), "endColumn": str(max(place.end_column - 1, place.column))}
    level = "error" if reported.counts else "notice" if finding.noted else "warning"
    fields = ",".join(f"{name}={_property(value)}" for name, value in where.items())
    trail = "".join(
        f"\n- {safe(step.text)}" + (f" ({safe(step.place.file)}:{step.place.line})" if step.place else "")
        for step in finding.trail
    )
    text = f"{safe(finding.message)}{trail}\nfix: {safe(finding.fix)}"
    return f"::{level} {fields}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(safe(text)).replace(":", "%3A").replace(",", "%2C")
