"""A replay, as text for people and as JSON for programs (``schema_version`` 1; docs/trail.md describes it)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bedrock_cmk_guard.reports.terminal import count, safe, wrapped
from bedrock_cmk_guard.trail.replaying import Line, Replay

_SCHEMA_VERSION = 1
_SHOWN = 40
_TITLES = {"denied": "Would have been denied", "depends": "Depends on what CloudTrail does not tell"}


def as_json(replay: Replay) -> str:
    """Everything, for programs."""
    body = {
        "schema_version": _SCHEMA_VERSION,
        "summary": {
            "complete": not (replay.unread or replay.not_judged),
            "denied": replay.number("denied"),
            "depends": replay.number("depends"),
            "allowed": replay.allowed,
            "not_judged": sum(replay.not_judged.values()),
            "refused_already": replay.refused_already,
        },
        "calls": [
            {
                "verdict": line.verdict,
                "principal": line.principal,
                "action": line.action,
                "statement": line.statement,
                "depends_on": list(line.depends_on),
                "calls": line.calls,
                "example": line.example,
            }
            for line in replay.lines
        ],
        "keys": replay.keys,
        "keys_not_known": dict(sorted(replay.unknown_keys.items())),
        "accounts_bound_by_no_scp": dict(sorted(replay.outside.items())),
        "not_judged": dict(sorted(replay.not_judged.items())),
        "not_read": [{"file": each.file, "reason": each.reason} for each in replay.unread],
    }
    return json.dumps(body, indent=2) + "\n"


def as_text(replay: Replay) -> str:
    """The lines for people, refusals first."""
    return "".join(f"{line}\n" for line in _lines(replay))


def _lines(replay: Replay) -> Iterator[str]:
    yield from (f"not read: {safe(str(each))}" for each in replay.unread)
    yield from (
        f"not judged: {safe(what)} ({count(number, 'call')})"
        for what, number in sorted(replay.not_judged.items())
    )
    for verdict, title in _TITLES.items():
        lines = [line for line in replay.lines if line.verdict == verdict]
        yield f"{title} ({count(replay.number(verdict), 'call')})"
        for line in lines[:_SHOWN]:
            yield from _entry(line)
        if len(lines) > _SHOWN:
            yield f"  … and {len(lines) - _SHOWN:,} more (--format json)"
        yield ""
    yield from _notes(replay)
    yield from wrapped(
        f"{count(replay.allowed, 'call')} would have gone through; {count(replay.refused_already, 'call')} had been "
        "refused already and were not looked at.",
        "",
    )


def _entry(line: Line) -> Iterator[str]:
    yield f"  {safe(line.principal)} {line.action}  {count(line.calls, 'call')}"
    for statement in line.statement.split(", "):
        yield f"    by {safe(statement)}"
    if line.depends_on:
        yield f"    if so: {safe(', '.join(line.depends_on))}"
    yield f"    such as event {safe(line.example)}"


def _notes(replay: Replay) -> Iterator[str]:
    for key, number in sorted(replay.unknown_keys.items()):
        yield from wrapped(
            f"{key}: which rendered key this is, if any, the logs do not say, so no key policy was asked about "
            f"{count(number, 'call')}; --key NAME=ARN says it.",
            "",
            "  ",
        )
    if replay.outside:
        yield from wrapped(
            f"Bound by no SCP, as far as is known: principals of {', '.join(sorted(replay.outside))} "
            f"({count(sum(replay.outside.values()), 'call')}).",
            "",
            "  ",
        )
