"""A result as Markdown, for a job's summary or a comment on a change."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.reports.findings.result import Reported, ScanResult
from bedrock_cmk_guard.reports.markdown import cell
from bedrock_cmk_guard.reports.terminal import count


def write(result: ScanResult) -> str:
    """Return the summary: the numbers, a table of what counts, and what does not."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: ScanResult) -> Iterator[str]:
    failed, unknown = result.counted("fail"), result.counted("unknown")
    yield "## Customer managed keys"
    yield ""
    if result.interrupted:
        yield "**Broken off: this is what was found until then.**"
        yield ""
    yield (
        f"{count(failed, 'finding')} failed, {unknown:,} not known; {count(len(result.results), 'resource')} judged "
        f"({result.judged('pass'):,} pass), {result.unassigned:,} of no workload; "
        f"{count(result.files, 'file')} looked at."
    )
    yield from _table("Findings", [each for each in result.findings if each.counts])
    yield from _table(
        "Not counted", [each for each in result.findings if not each.counts and not each.known], why=True
    )
    known = sum(each.known for each in result.findings)
    if known:
        yield ""
        yield f"{count(known, 'finding')} known to the baseline."
    if result.fixed:
        yield ""
        yield f"{count(len(result.fixed), 'finding')} of the baseline fixed."


def _table(title: str, findings: list[Reported], *, why: bool = False) -> Iterator[str]:
    if not findings:
        return
    last = "Why not" if why else "Fix"
    yield ""
    yield f"### {title}"
    yield ""
    yield f"| Control | Verdict | Where | Resource | What | {last} |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for each in findings:
        finding = each.finding
        cells = (
            finding.control.id,
            finding.verdict.value,
            f"{finding.place.file}:{finding.place.line}",
            finding.address,
            finding.message,
            each.why_not if why else finding.fix,
        )
        yield f"| {' | '.join(map(cell, cells))} |"
