"""The questions, put to logs with DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.trail.definitions import QUESTIONS, RELATIONS, relation
from bedrock_cmk_guard.trail.files import Unread
from bedrock_cmk_guard.trail.loading import Loaded, database, load
from bedrock_cmk_guard.trail.places import opened
from bedrock_cmk_guard.trail.scope import Scope

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Value = str | int | None
Row = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question gave."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def total(self, column: str = "calls") -> int:
        """The sum of a column of numbers."""
        return sum(value for row in self.rows if isinstance(value := row[column], int))


@dataclass(frozen=True, slots=True)
class Trail:
    """What the logs say, and how much of them was read."""

    places: tuple[str, ...]
    scope: Scope
    files: int
    records: int
    events: int
    """Events of the services looked at, within the time asked about, each counted once."""
    first: str | None
    last: str | None
    duplicates: int
    unread: tuple[Unread, ...]
    aside: tuple[Unread, ...]
    guarded: Answer
    answers: dict[str, Answer]

    @property
    def unexpected(self) -> int:
        """Acts of administration by somebody who is not to administer keys."""
        administration = self.answers.get("administration")
        rows = administration.rows if administration is not None else ()
        return sum(int(row["calls"] or 0) for row in rows if row["expected"] == "no")

    @property
    def clean(self) -> bool:
        """Whether everything was read, and nothing stands out."""
        counted = (self.answers[name] for name in ("denied", "outside", "silent") if name in self.answers)
        return not (self.unread or self.unexpected or any(answer.rows for answer in counted))


def ask(
    places: Sequence[str],
    scope: Scope,
    questions: Iterable[str] = tuple(QUESTIONS),
    progress: Callable[[int, int], None] | None = None,
) -> Trail:
    """Read logs and put the questions to them."""
    loaded = Loaded()
    with database() as connection:
        read(connection, places, scope, loaded, progress)
        conflicts = _conflicts(connection)
        found = connection.execute(
            "SELECT count(*), min(eventtime), max(eventtime) FROM events WHERE eventtime >= ? AND eventtime < ?",
            [scope.since, scope.until],
        ).fetchone()
        events, first, last = found if found is not None else (0, None, None)
        return Trail(
            tuple(places),
            scope,
            loaded.files,
            loaded.records,
            events,
            first,
            last,
            _copies(connection),
            (*loaded.looked.unread, *conflicts),
            tuple(loaded.looked.aside),
            _guarded(connection, scope),
            {name: answered(connection, relation(name, scope, "duckdb")) for name in questions},
        )


def read(
    connection: DuckDBPyConnection,
    places: Sequence[str],
    scope: Scope,
    loaded: Loaded,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Read logs, and make of them what questions are answered from."""
    with opened(places, loaded.looked) as logs:
        load(connection, logs.files, loaded, progress, logs.done)
    if not loaded.files and not loaded.looked.unread:
        raise SourceError(f"{', '.join(places)}: there are no CloudTrail logs (*.json, *.json.gz) here")
    for name in RELATIONS:
        connection.execute(f"CREATE TABLE {name} AS {relation(name, scope, 'duckdb')}")


def answered(connection: DuckDBPyConnection, query: str) -> Answer:
    """What a query gives, by the names of its columns."""
    result = connection.execute(query)
    columns = tuple(str(column[0]).lower() for column in result.description or ())
    return Answer(columns, tuple(dict(zip(columns, row, strict=True)) for row in result.fetchall()))


def _guarded(connection: DuckDBPyConnection, scope: Scope) -> Answer:
    """The guarded keys with how each is known, those named that the logs never saw among them."""
    found = answered(
        connection,
        "SELECT guarded.key, substr(why, 3) AS known_by, count(kms_calls.key) AS calls FROM guarded "
        "LEFT JOIN kms_calls ON kms_calls.key = guarded.key GROUP BY 1, 2 ORDER BY 1",
    )
    seen = {row["key"] for row in found.rows}
    unseen: list[Row] = [
        {"key": key, "known_by": "named", "calls": 0} for key in scope.keys if key not in seen
    ]
    rows: tuple[Row, ...] = (*found.rows, *unseen)
    return Answer(found.columns, tuple(sorted(rows, key=lambda row: str(row["key"]))))


def _copies(connection: DuckDBPyConnection) -> int:
    """How many records were copies of others: delivered twice, or told to both accounts of a call."""
    (copies,) = connection.execute(
        "SELECT count(*) - count(DISTINCT coalesce(sharedeventid, eventid)) FROM cloudtrail"
    ).fetchone() or (0,)
    return int(copies)


def _conflicts(connection: DuckDBPyConnection) -> list[Unread]:
    """Ids under which records differ: only one of them is counted, and somebody may have changed a log."""
    found = connection.execute(
        "SELECT eventid FROM cloudtrail GROUP BY eventid HAVING count(*) > 1 AND count(DISTINCT hash("
        "eventtime, eventsource, eventname, awsregion, useridentity, errorcode, requestparameters, "
        "resources, recipientaccountid)) > 1 ORDER BY eventid LIMIT 101"
    ).fetchall()
    named = [
        Unread(f"eventID {eventid}", "records that differ share it; one is counted")
        for (eventid,) in found[:100]
    ]
    return [
        *named,
        *([Unread("eventID …", "there are more that records share which differ")] if found[100:] else []),
    ]
