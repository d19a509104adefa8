"""An audit for people: what is wrong and the command that mends it, what was audited, and what was not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bedrock_cmk_guard.audit.result import AuditResult
from bedrock_cmk_guard.controls import Finding, Severity
from bedrock_cmk_guard.reports.findings.result import UNASSIGNED
from bedrock_cmk_guard.reports.terminal import (
    BOLD,
    CYAN,
    GREEN,
    RED,
    YELLOW,
    count,
    paint,
    safe,
    wrapped,
)
from bedrock_cmk_guard.reports.unread import unread
from bedrock_cmk_guard.subjects import Verdict

_SEVERITIES = (Severity.HIGH, Severity.MEDIUM, Severity.LOW)
_VERDICTS = (Verdict.FAIL, Verdict.UNKNOWN)
_UNREAD = "BCG_LIVE_006"


def write(result: AuditResult, findings: Sequence[Finding], *, colour: bool = False) -> str:
    """Return the report."""
    parts = [
        *_findings([each for each in findings if each.control.id != _UNREAD], colour=colour),
        *_coverage(result, colour=colour),
        *_end(result, findings, colour=colour),
    ]
    return "\n".join(parts) + "\n"


def _findings(findings: Sequence[Finding], *, colour: bool) -> Iterator[str]:
    accepted = [each for each in findings if each.accepted is not None]
    shown = sorted((each for each in findings if each.accepted is None), key=_order)
    account = ""
    for finding in shown:
        if _account(finding) != account:
            account = _account(finding)
            yield paint(f"Account {safe(account)}", BOLD, colour)
            yield ""
        yield from _finding(finding, colour=colour)
        yield ""
    for finding in accepted:
        who = finding.accepted
        if who is not None:
            text = f"accepted by {who.owner} until {who.expires}: {finding.control.id} {finding.address}: {who.reason}"
            yield from wrapped(safe(text), "", "  ")
    if accepted:
        yield ""


def _finding(finding: Finding, *, colour: bool) -> Iterator[str]:
    mark = CYAN if not finding.counts else RED if finding.verdict is Verdict.FAIL else YELLOW
    level = "" if finding.counts else f" ({finding.level})"
    surface = f", {finding.surface}" if finding.surface else ""
    yield (
        f"{paint(finding.verdict.value, mark, colour)}{level}: {finding.control.id} "
        f"{finding.control.severity}{safe(surface)}"
    )
    if finding.address:
        yield f"  {paint(safe(finding.address), BOLD, colour)}"
    yield from wrapped(safe(finding.message), "  ")
    yield from wrapped(f"fix: {safe(finding.fix)}", "  ", "       ")
    if finding.command:
        # On one line, whatever its length, so that it can be copied.
        yield f"  run: {safe(finding.command)}"


def _coverage(result: AuditResult, *, colour: bool) -> Iterator[str]:
    coverage = result.coverage
    yield paint("Audited", BOLD, colour)
    for account, number in sorted(coverage.accounts.items()):
        yield f"  {safe(account)}  {count(number, 'resource')} found"
    if not coverage.accounts:
        yield "  no account"
    if coverage.not_audited:
        yield ""
        yield paint("Not audited", RED, colour)
        yield from unread(coverage.not_audited)
    if coverage.inactive:
        yield from wrapped(f"not active, and so left out: {', '.join(coverage.inactive)}", "  ", "    ")
    if coverage.not_offered:
        yield ""
        yield "Not offered, by the name of its endpoint"
        by_service: dict[str, list[str]] = {}
        for service, region in coverage.not_offered:
            by_service.setdefault(service, []).append(region)
        for service, regions in sorted(by_service.items()):
            yield from wrapped(f"{service}: {', '.join(sorted(regions))}", "  ", "    ")
    yield ""
    yield "Never audited"
    by_reason: dict[str, list[str]] = {}
    for surface, reason in coverage.never.items():
        by_reason.setdefault(reason, []).append(surface)
    for reason, surfaces in by_reason.items():
        yield from wrapped(f"{', '.join(surfaces)}: {reason}", "  ", "    ")
    yield ""


def _end(result: AuditResult, findings: Iterable[Finding], *, colour: bool) -> Iterator[str]:
    if result.interrupted:
        yield paint("broken off: this is what was found until then", YELLOW, colour)
    counted = Counter(each.verdict for each in findings if each.counts)
    verdicts: Counter[str] = Counter()
    for (_, verdict), number in result.verdicts.items():
        verdicts[verdict] += number
    numbers = ", ".join(
        f"{verdicts[each]:,} {each}" for each in ("pass", "fail", "unknown") if verdicts[each]
    )
    judged = f"{verdicts.total():,} resources, keys and roles judged"
    judged += f" ({numbers})" if numbers else ""
    if unassigned := sum(each.control.id == UNASSIGNED for each in findings):
        judged += f", {unassigned:,} of no workload"
    calls = sum(result.calls.values())
    words = {Verdict.FAIL: "failed", Verdict.UNKNOWN: "not known"}
    found = [f"{counted[each]:,} {words[each]}" for each in _VERDICTS if counted[each]]
    head = f"{count(counted.total(), 'finding')} ({', '.join(found)})" if found else "No findings that count"
    text = f"{head}; {judged}, {count(calls, 'call')} to AWS."
    first, *rest = wrapped(text, "")
    yield first.replace(head, paint(head, RED if found else GREEN, colour))
    yield from rest


def _account(finding: Finding) -> str:
    """Whose account it is about, as its place has it."""
    return finding.place.file.split("/")[1] if finding.place.file.startswith("aws/") else ""


def _order(finding: Finding) -> tuple[object, ...]:
    return (
        _account(finding),
        not finding.counts,
        _SEVERITIES.index(finding.control.severity),
        finding.control.id,
        finding.address,
        finding.surface,
    )
