"""Comments in the code that accept a finding: who, why and until when.

    # bcg:skip=BCG_CMK_001 owner="platform team" reason="migration, CHG-1234" expires=2027-01-31

stands in the block of what it is about, or in the comment right above it. One that does not say all of that, or has
expired, or that the requirements do not allow, accepts nothing and is a finding.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bedrock_cmk_guard.controls import OF_FAULTS, no_control
from bedrock_cmk_guard.demands import Acceptance
from bedrock_cmk_guard.subjects import Fault, FaultKind, Place

MARK = "bcg:skip"
_SKIP = re.compile(r"(?:\#|//|/\*|^\s*\*)[^\n]*?\b(?P<text>bcg:skip\b.*)", re.VERBOSE)
_FORM = re.compile(
    r"""bcg:skip=(?P<ids>[A-Za-z0-9_]+(?:,[A-Za-z0-9_]+)*)(?P<fields>(?:\s+[a-z]+=(?:"[^"]*"|'[^']*'|[^\s"']+))*)\s*(?:\*/.*)?$"""
)
_FIELD = re.compile(r"""([a-z]+)=(?:"([^"]*)"|'([^']*)'|([^\s"']+))""")
_ID = re.compile(r"BCG_(?:CMK|KEY|ROLE|SCAN)_[0-9]{3}")
# In Terraform's JSON a property of this name is a comment.
_SKIP_JSON = re.compile(r'"//"\s*:\s*"(?P<text>bcg:skip\b[^"]*)"')
_NEEDED = ("owner", "reason", "expires")
EXAMPLE = 'write: bcg:skip=BCG_CMK_001 owner="…" reason="…" expires=2027-01-31'


@dataclass(frozen=True, slots=True)
class Skip:
    """An inline skip that is written as it should be."""

    controls: tuple[str, ...]
    acceptance: Acceptance
    place: Place


def skips_of(place: Place, lines: Sequence[str]) -> Iterator[Skip | Fault]:
    """Find the skips in and right above a block; what is meant as one and is none is a fault."""
    first = _comment_above(lines, place.line - 1)
    last = max(place.end_line, place.line)
    pattern = _SKIP_JSON if place.file.endswith(".json") else _SKIP
    for number, line in enumerate(lines[first:last], first + 1):
        found = pattern.search(line) if MARK in line else None
        if found:
            text = found["text"].rstrip()
            start = found.start("text") + 1
            yield _read(text, Place(place.file, number, start, number, start + len(text)))


def _comment_above(lines: Sequence[str], first: int) -> int:
    """The line at which the comments begin that stand right above a line, both counted from 0."""
    while 0 < first <= len(lines):
        text = lines[first - 1].strip()
        if text.startswith(("#", "//")) or (text.startswith("/*") and text.endswith("*/")):
            first -= 1
            continue
        if not text.endswith("*/") or "/*" in text:
            break
        start = next((n for n in range(first - 2, -1, -1) if "/*" in lines[n]), None)
        if start is None or not lines[start].lstrip().startswith("/*"):
            break
        first = start
    return first


def refused(skip: Skip, today: dt.date, *, allowed: bool) -> str:
    """Why a skip accepts nothing all the same; nothing, where it does."""
    what = f"the inline skip of {', '.join(skip.controls)}"
    unknown = next(filter(None, map(no_control, skip.controls)), "")
    if unknown:
        return f"{what} accepts nothing: {unknown}"
    if not allowed:
        return f"{what} accepts nothing: the requirements do not allow inline skips"
    if not skip.acceptance.holds(today):
        return (
            f"{what} expired on {skip.acceptance.expires} ({skip.acceptance.owner}: {skip.acceptance.reason})"
        )
    if not OF_FAULTS.isdisjoint(skip.controls):
        return f"{what} accepts nothing: what could not be read or judged cannot be skipped inline"
    return ""


def _read(text: str, place: Place) -> Skip | Fault:
    form = _FORM.fullmatch(text)
    if form is None:
        return _fault(f"this inline skip cannot be read; {EXAMPLE}", place)
    controls = tuple(form["ids"].split(","))
    for each in controls:
        if not _ID.fullmatch(each):
            return _fault(f"this inline skip accepts nothing: {each} is no control's id", place)
    fields = {name: double or single or bare for name, double, single, bare in _FIELD.findall(form["fields"])}
    missing = [name for name in _NEEDED if not fields.get(name, "").strip()]
    if missing:
        return _fault(f"this inline skip accepts nothing without {' and '.join(missing)}; {EXAMPLE}", place)
    if unknown := sorted(fields.keys() - set(_NEEDED)):
        return _fault(f"this inline skip accepts nothing: there is no {unknown[0]} in one; {EXAMPLE}", place)
    try:
        expires = dt.date.fromisoformat(fields["expires"])
    except ValueError:
        return _fault(
            f"this inline skip accepts nothing: {fields['expires']} is no date, like 2027-01-31", place
        )
    acceptance = Acceptance(owner=fields["owner"], reason=fields["reason"], expires=expires, by="inline skip")
    return Skip(controls, acceptance, place)


def _fault(message: str, place: Place) -> Fault:
    return Fault(FaultKind.ACCEPTANCE, message, place)
