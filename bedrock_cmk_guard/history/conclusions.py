"""What a finished audit means beside what was known before: what is new, changed, fixed, back again or gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, insert, or_, select, update

from bedrock_cmk_guard.history.records import NOTE, Closed, Coverage
from bedrock_cmk_guard.history.schema import cells, seen, spans, states, subjects

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

_BATCH = 500
_STANDING = ("tier", "name", "verdict", "level", "workload", "environment", "sensitivity", "key", "tags")
_OF_FINDING = ("severity", "level", "verdict", "message", "fix", "command", "accepted_by")


def conclude(connection: Connection, audit: int, when: dt.datetime) -> None:
    """Bring subjects, states and spans up to what the audit saw."""
    for rows in _batches(connection, audit):
        _take(connection, rows, when)
    _say_goodbye(connection, audit, when)


def _batches(connection: Connection, audit: int) -> Iterator[Sequence[AnyRow]]:
    """What was seen, some at a time, so that memory does not grow with it."""
    last = ("", "")
    while True:
        later = or_(seen.c.arn > last[0], and_(seen.c.arn == last[0], seen.c.surface > last[1]))
        asked = (
            select(seen)
            .where(seen.c.audit == audit, later)
            .order_by(seen.c.arn, seen.c.surface)
            .limit(_BATCH)
        )
        rows = connection.execute(asked).all()
        if not rows:
            return
        yield rows
        last = _identity(rows[-1])


def _take(connection: Connection, rows: Sequence[AnyRow], when: dt.datetime) -> None:
    known = _subjects(connection, rows)
    new = [row for row in rows if _identity(row) not in known]
    if new:
        connection.execute(insert(subjects), [_subject(row, when) for row in new])
        known |= _subjects(connection, new)
    # A subject that a later audit has seen already stays as that audit saw it.
    current = [row for row in rows if row in new or known[_identity(row)].last_seen < when]
    if not current:
        return
    numbers = {_identity(row): known[_identity(row)].id for row in current}
    connection.execute(
        update(subjects).where(subjects.c.id.in_(numbers.values())).values(last_seen=when, gone=None)
    )
    _change_states(connection, current, numbers, when)
    _change_spans(connection, current, numbers, when)


def _identity(row: AnyRow) -> tuple[str, str]:
    return row.arn, row.surface


def _subjects(connection: Connection, rows: Sequence[AnyRow]) -> dict[tuple[str, str], AnyRow]:
    asked = select(subjects.c.id, subjects.c.arn, subjects.c.surface, subjects.c.last_seen).where(
        subjects.c.arn.in_({row.arn for row in rows})
    )
    return {_identity(row): row for row in connection.execute(asked)}


def _subject(row: AnyRow, when: dt.datetime) -> dict[str, object]:
    place = {name: getattr(row, name) for name in ("arn", "account", "region", "surface")}
    return {**place, "first_seen": when, "last_seen": when}


def _change_states(
    connection: Connection,
    rows: Sequence[AnyRow],
    numbers: Mapping[tuple[str, str], int],
    when: dt.datetime,
) -> None:
    asked = select(states).where(states.c.subject.in_(numbers.values()), states.c.until.is_(None))
    before = {row.subject: row for row in connection.execute(asked)}
    ended, begun = [], []
    for row in rows:
        number = numbers[_identity(row)]
        now = {name: getattr(row, name) for name in _STANDING} | {"accepted": _accepted(row.findings)}
        old = before.get(number)
        if old is not None and all(getattr(old, name) == value for name, value in now.items()):
            continue
        if old is not None:
            ended.append(old.id)
        begun.append({"subject": number, "since": when, **now})
    if ended:
        connection.execute(update(states).where(states.c.id.in_(ended)).values(until=when))
    if begun:
        connection.execute(insert(states), begun)


def _accepted(findings: Sequence[Mapping[str, str]]) -> int:
    """Whether every finding that speaks against the subject was accepted."""
    against = [finding for finding in findings if finding["level"] != NOTE]
    return int(bool(against) and all(finding["accepted_by"] for finding in against))


def _change_spans(
    connection: Connection,
    rows: Sequence[AnyRow],
    numbers: Mapping[tuple[str, str], int],
    when: dt.datetime,
) -> None:
    before = {
        (row.subject, row.control, row.about): row
        for row in connection.execute(
            select(spans).where(spans.c.subject.in_(numbers.values())).order_by(spans.c.opened)
        )
    }
    opened: list[dict[str, object]] = []
    current: set[int] = set()
    for row in rows:
        for finding in row.findings:
            old = before.get((numbers[_identity(row)], finding["control"], finding["about"]))
            if old is not None and old.closed is None:
                current.add(old.id)
                connection.execute(
                    update(spans).where(spans.c.id == old.id).values(last_seen=when, **_said(finding))
                )
            else:
                place = {
                    "subject": numbers[_identity(row)],
                    "control": finding["control"],
                    "about": finding["about"],
                }
                times = {"opened": when, "last_seen": when, "reopened": int(old is not None)}
                opened.append({**place, **times, **_said(finding)})
    fixed = [row.id for row in before.values() if row.closed is None and row.id not in current]
    if fixed:
        closed = {"closed": when, "why": Closed.FIXED.value}
        connection.execute(update(spans).where(spans.c.id.in_(fixed)).values(**closed))
    if opened:
        connection.execute(insert(spans), opened)


def _said(finding: Mapping[str, str]) -> dict[str, object]:
    until = finding["accepted_until"]
    said: dict[str, object] = {name: finding[name] for name in _OF_FINDING}
    return {**said, "accepted_until": dt.date.fromisoformat(until) if until else None}


def _say_goodbye(connection: Connection, audit: int, when: dt.datetime) -> None:
    """What was not seen in a cell that was audited is gone; of a cell that was not audited nothing is concluded."""
    missing = select(subjects.c.id).where(
        subjects.c.gone.is_(None),
        subjects.c.last_seen < when,
        _said_of_its_cell(audit, Coverage.AUDITED),
        ~_said_of_its_cell(audit, Coverage.NOT_AUDITED),
    )
    numbers = list(connection.execute(missing).scalars())
    for start in range(0, len(numbers), _BATCH):
        some = numbers[start : start + _BATCH]
        connection.execute(update(subjects).where(subjects.c.id.in_(some)).values(gone=when))
        connection.execute(
            update(states).where(states.c.subject.in_(some), states.c.until.is_(None)).values(until=when)
        )
        connection.execute(
            update(spans)
            .where(spans.c.subject.in_(some), spans.c.closed.is_(None))
            .values(closed=when, why=Closed.DELETED.value)
        )


def _said_of_its_cell(audit: int, coverage: Coverage) -> ColumnElement[bool]:
    return exists().where(
        cells.c.audit == audit,
        cells.c.coverage == coverage.value,
        cells.c.account == subjects.c.account,
        cells.c.region == subjects.c.region,
        or_(cells.c.surface == subjects.c.surface, cells.c.surface == "*"),
    )
