"""The answers, as text for people, as JSON for programs, and as CSV for tables.

JSON is one object, ``schema_version`` 1; docs/trail.md describes it. Fields are only ever added.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from bedrock_cmk_guard.errors import GuardError
from bedrock_cmk_guard.reports.terminal import count, safe, wrapped
from bedrock_cmk_guard.trail.asking import Answer, Row, Trail
from bedrock_cmk_guard.trail.definitions import QUESTIONS

_SCHEMA_VERSION = 1
_SHOWN = 20


def as_json(trail: Trail) -> str:
    """Everything, for programs."""
    denied = trail.answers.get("denied")
    body = {
        "schema_version": _SCHEMA_VERSION,
        "logs": list(trail.places),
        "since": trail.scope.since,
        "until": trail.scope.until,
        "read": {
            "files": trail.files,
            "records": trail.records,
            "events": trail.events,
            "duplicates": trail.duplicates,
            "first": trail.first,
            "last": trail.last,
        },
        "not_read": [{"file": each.file, "reason": each.reason} for each in trail.unread],
        "left_aside": [{"file": each.file, "reason": each.reason} for each in trail.aside],
        "guarded_keys": list(trail.guarded.rows),
        "summary": {
            "complete": not trail.unread,
            "guarded_keys": len(trail.guarded.rows),
            "unauthorised_key_attempts": None if denied is None else denied.total(),
            "unexpected_administration": trail.unexpected,
            "clean": trail.clean,
        },
        **{name: list(answer.rows) for name, answer in trail.answers.items()},
    }
    return json.dumps(body, indent=2) + "\n"


def as_csv(trail: Trail) -> str:
    """One answer as a table. A text that a spreadsheet would take for a formula is told apart by an apostrophe."""
    if len(trail.answers) != 1:
        raise GuardError(f"--format csv is one table: give one --question; there are {', '.join(QUESTIONS)}")
    (answer,) = trail.answers.values()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(answer.columns)
    for row in answer.rows:
        writer.writerow([_cell(row[column]) for column in answer.columns])
    return text.getvalue()


def _cell(value: str | int | None) -> str | int:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t"):
        return f"'{value}"
    return "" if value is None else value


def as_text(trail: Trail) -> str:
    """The answers for people: what stands out first, each with an example to look up."""
    return "".join(f"{line}\n" for line in _lines(trail))


def _lines(trail: Trail) -> Iterator[str]:
    span = f", {trail.first} to {trail.last}" if trail.first else ""
    yield (
        f"{count(trail.files, 'file')}, {count(trail.records, 'record')}: {count(trail.events, 'event')} of KMS, "
        f"Bedrock and their neighbours{span}"
    )
    if trail.duplicates:
        yield f"{count(trail.duplicates, 'copy')} of the same events, not counted again"
    if trail.aside:
        yield f"{count(len(trail.aside), 'file')} left aside: no logs, by their names"
    yield from (f"not read: {safe(str(each))}" for each in trail.unread)
    yield ""
    yield f"Guarded keys ({len(trail.guarded.rows)})"
    if not trail.guarded.rows:
        yield from wrapped("None is known: name some with --key, or give --requirements.", "  ")
    for row in trail.guarded.rows[:_SHOWN]:
        yield f"  {safe(str(row['key']))}  {row['known_by']}, {count(int(row['calls'] or 0), 'call')}"
    yield from _more(trail.guarded)
    for name, answer in trail.answers.items():
        yield ""
        title = QUESTIONS[name]
        yield f"{title[0].upper()}{title[1:]} ({len(answer.rows)})"
        for row in answer.rows[:_SHOWN]:
            yield from _entry(name, row)
        yield from _more(answer)
    yield ""
    yield from wrapped(_verdict(trail), "")


def _more(answer: Answer) -> Iterator[str]:
    if len(answer.rows) > _SHOWN:
        yield f"  … and {len(answer.rows) - _SHOWN:,} more (--format json or csv)"


def _entry(name: str, row: Row) -> Iterator[str]:
    head = {
        "denied": "{principal} {action}",
        "decryptions": "{day} {principal}",
        "outside": "{principal} {action}",
        "administration": "{principal} {action}",
        "silent": "{resource}",
    }[name].format(**row)
    number = f"  {count(int(row['calls'] or 0), 'call')}" if "calls" in row else ""
    yield f"  {safe(head)}{number}"
    if name == "silent":
        yield f"    {safe(str(row['shows']))}: {safe(str(row['key']))}"
        yield f"    claimed {row['claimed']} by {safe(str(row['claimed_by']))}, in event {row['example']}"
        return
    about = [("of", row.get("subject", "")), ("key", row["key"])]
    for word, value in about:
        if value != "":
            yield f"    {word} {safe(str(value)) if value is not None else 'not recorded'}"
    yield f"    {safe(', '.join(_details(row)))}"


def _details(row: Row) -> Iterator[str]:
    if row.get("via"):
        yield f"through {row['via']}"
    if row.get("refused_by"):
        yield f"refused by {'an' if str(row['refused_by'])[0] == 'i' else 'a'} {row['refused_by']}"
    elif row.get("error"):
        yield f"refused: {row['error']}"
    if row.get("expected") == "no":
        yield "not by who administers keys"
    first, last = row["first_seen"], row["last_seen"]
    yield f"{first}" if first == last else f"{first} to {last}"
    yield f"such as event {row['example']}"


def _verdict(trail: Trail) -> str:
    said = []
    if trail.unread:
        said.append(f"{count(len(trail.unread), 'fault')} in the logs: what they hide is not known")
    for name, words in (
        ("denied", "denied use"),
        ("outside", "use outside Bedrock"),
    ):
        if name in trail.answers and (total := trail.answers[name].total()):
            said.append(count(total, words).replace("use outside Bedrocks", "uses outside Bedrock"))
    if trail.unexpected:
        said.append(f"{count(trail.unexpected, 'act')} of administration by others than administrators")
    if "silent" in trail.answers and trail.answers["silent"].rows:
        said.append(
            f"{count(len(trail.answers['silent'].rows), 'resource')} without a use of the key claimed"
        )
    return (
        "; ".join(said) + "."
        if said
        else "Nothing stands out. What CloudTrail does not record is not seen: docs/trail.md."
    )
