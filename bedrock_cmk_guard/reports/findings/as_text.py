"""A result for people: what is wrong, where, how the value came there, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bedrock_cmk_guard.reports.findings.result import Excerpts, Reported, ScanResult
from bedrock_cmk_guard.reports.terminal import (
    BOLD,
    CYAN,
    GREEN,
    RED,
    YELLOW,
    count,
    excerpt,
    paint,
    safe,
    wrapped,
)

if TYPE_CHECKING:
    from bedrock_cmk_guard.subjects import Place, Step


def write(result: ScanResult, *, colour: bool = False) -> str:
    """Return the report. What is accepted takes a line, and a clean scan two or three in all."""
    excerpts = Excerpts(result.contents)
    open_ones = [each for each in result.findings if each.counts or not each.why_not.startswith(_SETTLED)]
    parts = ["\n".join(_finding(each, excerpts, colour=colour)) + "\n" for each in open_ones]
    return "\n".join([*parts, *_settled(result), *_delegated(result), *_end(result, colour=colour)]) + "\n"


_SETTLED = ("accepted", "known")


def _finding(reported: Reported, excerpts: Excerpts, *, colour: bool) -> Iterator[str]:
    finding = reported.finding
    mark = RED if finding.verdict == "fail" else YELLOW
    if not reported.counts:
        mark = CYAN
    place = f"{finding.place.file}:{finding.place.line}:{finding.place.column}"
    level = "" if reported.counts else f" ({finding.level})"
    yield (
        f"{paint(safe(place), BOLD, colour)}: {paint(finding.verdict, mark, colour)}{level}: "
        f"{finding.control.id} {finding.control.severity}"
    )
    if finding.address:
        yield f"  {paint(safe(finding.address), BOLD, colour)}"
    yield from wrapped(safe(finding.message), "  ")
    yield from _lines(finding.place, excerpts, mark, colour=colour)
    for step in finding.trail:
        yield from _step(step, finding.place.file)
    yield from wrapped(f"fix: {safe(finding.fix)}", "  ", "       ")


def _lines(place: Place, excerpts: Excerpts, mark: str, *, colour: bool) -> Iterator[str]:
    text = excerpts.line(place)
    # A bracket alone, where an object of a plan begins, tells nobody anything.
    if text.strip(" \t{[(,"):
        length = place.end_column - place.column if place.end_line == place.line else None
        yield from excerpt(text, place.line, place.column, length, mark, colour=colour)


def _step(step: Step, file: str) -> Iterator[str]:
    where = ""
    if step.place:
        there = "line " if step.place.file == file else f"{step.place.file}:"
        where = f" ({safe(there)}{step.place.line})"
    yield from wrapped(f"- {safe(step.text)}{where}", "    ", "      ")


def _settled(result: ScanResult) -> Iterator[str]:
    """What somebody accepted, a line or two each; what the baseline has, as a number."""
    for each in result.findings:
        if each.finding.accepted is not None:
            place = f"{each.finding.place.file}:{each.finding.place.line}"
            what = f"{place}: {each.finding.control.id} {each.finding.address}"
            yield from wrapped(f"{safe(what)}: {safe(each.why_not)}", "", "  ")
    known = [each for each in result.findings if each.known]
    if known:
        unread = sum(each.is_fault for each in known)
        also = f", {unread:,} of them something that could not be read" if unread else ""
        yield f"{count(len(known), 'finding')} known to the baseline{also}"
    if result.fixed:
        yield f"{count(len(result.fixed), 'finding')} of the baseline fixed: --write-baseline takes them out"


def _delegated(result: ScanResult) -> Iterator[str]:
    for each in result.results:
        if each.verdict == "delegated":
            text = f"{each.place.file}:{each.place.line}: {each.address} leaves its key to whoever calls the module"
            yield from wrapped(safe(text), "", "  ")


def _end(result: ScanResult, *, colour: bool) -> Iterator[str]:
    if result.interrupted:
        yield paint("broken off: this is what was found until then", YELLOW, colour)
    failed, unknown = result.counted("fail"), result.counted("unknown")
    what = [f"{number:,} {word}" for number, word in ((failed, "failed"), (unknown, "not known")) if number]
    files = f"{count(result.files, 'file')} looked at"
    if not result.results and not what:
        yield f"Nothing to judge: {files}."
        return
    numbers = [
        f"{number:,} {word}"
        for word in ("pass", "fail", "unknown", "delegated")
        if (number := result.judged(word))
    ]
    subjects = f"{count(len(result.results), 'resource')} judged"
    if numbers:
        subjects += f" ({', '.join(numbers)})"
    if result.unassigned:
        subjects += f", {result.unassigned:,} of no workload"
    if what:
        head, mark = f"{count(failed + unknown, 'finding')} ({', '.join(what)})", RED
    else:
        head, mark = ("No findings that count" if result.findings else "No findings"), GREEN
    first, *rest = wrapped(f"{head}{';' if what else ':'} {subjects}, {files}.", "")
    yield first.replace(head, paint(head, mark, colour))
    yield from rest
