"""Logs into DuckDB, as the table that Athena has of them too; no record is lost without a word.

Files are read in batches. Where a batch fails, its files are read one by one, so that one bad file costs no other.
"""

from __future__ import annotations

import gzip
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.trail.columns import DERIVED_DAY, TABLE_COLUMNS, record_shape
from bedrock_cmk_guard.trail.files import LogFile, Looked, Unread, looked_at
from bedrock_cmk_guard.trail.surfaces import SOURCES

_BATCH_BYTES = 48 * 1024 * 1024
_BATCH_FILES = 256
_AT_A_TIME = 2
_MEMORY = "2GB"
#: What DuckDB says where it cannot write, whatever it was doing.
_NO_ROOM = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.TransactionException)
#: What of a record must be an object, a list or nothing. Asked together: DuckDB parses the record for each question.
_KINDS = (
    "json_type(raw, ['$', '$.userIdentity', '$.userIdentity.sessionContext', "
    "'$.userIdentity.sessionContext.sessionIssuer', '$.resources'])"
)
#: What every record must have, or it is not counted: (what is wrong, when).
_DEMANDS = (
    ("is no record", "coalesce(kinds[1], '') <> 'OBJECT'"),
    ("names a field twice", "len(keys) <> len(list_distinct(keys))"),
    ("has no eventID", "r.eventID IS NULL OR r.eventID = ''"),
    ("has no eventName", "r.eventName IS NULL OR r.eventName = ''"),
    ("has no eventSource", "r.eventSource IS NULL OR r.eventSource = ''"),
    ("has no userIdentity that is an object", "coalesce(kinds[2], '') <> 'OBJECT'"),
    (
        "has a sessionContext that is no object",
        "coalesce(kinds[3], 'NULL') NOT IN ('OBJECT', 'NULL') OR coalesce(kinds[4], 'NULL') NOT IN ('OBJECT', 'NULL')",
    ),
    (
        "has resources that are no list of objects",
        "coalesce(kinds[5], 'NULL') NOT IN ('ARRAY', 'NULL') "
        "OR NOT list_has_all(['OBJECT'], json_type(raw, '$.resources[*]'))",
    ),
    (
        "has no eventTime like 2026-01-31T18:00:00Z",
        "r.eventTime IS NULL OR "
        "NOT regexp_full_match(r.eventTime, '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z')",
    ),
    (
        "has an eventVersion that is not 1.x, so its fields may mean something else",
        "r.eventVersion IS NULL OR NOT regexp_full_match(r.eventVersion, '1[.][0-9]+')",
    ),
    (
        "names more than three resources in a call to KMS",
        "r.eventSource = 'kms.amazonaws.com' AND len(r.resources) > 3",
    ),
)


@dataclass(slots=True)
class Loaded:
    """What was read: files and records, and what was not."""

    files: int = 0
    records: int = 0
    kept: int = 0
    """Records of the services looked at, copies included."""
    looked: Looked = field(default_factory=Looked)

    def add(self, other: Loaded) -> None:
        """Count what was read of some files more."""
        self.files += other.files
        self.records += other.records
        self.kept += other.kept
        self.looked.unread += other.looked.unread


@contextmanager
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in a temporary folder, so that logs may be larger than memory."""
    with tempfile.TemporaryDirectory(prefix="cmk-guard-trail-") as folder:
        try:
            with duckdb.connect(str(Path(folder, "trail.duckdb"))) as connection:
                connection.execute(f"SET memory_limit = '{_MEMORY}'")
                connection.execute("SET preserve_insertion_order = false")
                connection.execute("SET enable_progress_bar = false")
                columns = ", ".join(f"{column.name} {column.duckdb}" for column in TABLE_COLUMNS)
                connection.execute(f"CREATE TABLE cloudtrail ({columns}, day VARCHAR)")
                yield connection
        except _NO_ROOM as problem:
            text = " ".join(str(problem).split())
            raise SourceError(
                f"the logs do not fit into TMPDIR and {_MEMORY} of memory: {text[:200]}"
            ) from None


def load(
    connection: duckdb.DuckDBPyConnection,
    files: Iterable[tuple[str, Path]],
    loaded: Loaded,
    progress: Callable[[int, int], None] | None = None,
    done: Callable[[Path], None] | None = None,
) -> None:
    """Read files into the table ``cloudtrail``. ``done`` is called with each file that is not needed any more."""
    under_way: deque[tuple[list[LogFile], Future[Loaded]]] = deque()

    def take() -> None:
        batch, future = under_way.popleft()
        loaded.add(future.result())
        for file in batch:
            if done is not None:
                done(file.path)
        if progress is not None:
            progress(loaded.files, loaded.records)

    # DuckDB takes a batch apart on one processor, since its files are few and large.
    pool = ThreadPoolExecutor(_AT_A_TIME, "trail")
    try:
        for batch in _batches(files, loaded.looked, done):
            if len(under_way) == _AT_A_TIME:
                take()
            under_way.append((batch, pool.submit(_load_batch, connection, batch)))
        while under_way:
            take()
    finally:
        pool.shutdown(cancel_futures=True)


def _batches(
    files: Iterable[tuple[str, Path]], looked: Looked, done: Callable[[Path], None] | None
) -> Iterator[list[LogFile]]:
    """Files together, as many as memory holds well."""
    batch: list[LogFile] = []
    for name, path in files:
        file = looked_at(name, path, looked)
        if file is None:
            if done is not None:
                done(path)
            continue
        full = len(batch) >= _BATCH_FILES or sum(each.size for each in batch) + file.size > _BATCH_BYTES
        if batch and full:
            yield batch
            batch = []
        batch.append(file)
    if batch:
        yield batch


def _load_batch(connection: duckdb.DuckDBPyConnection, batch: Sequence[LogFile]) -> Loaded:
    loaded = Loaded()
    with connection.cursor() as own:
        _load_files(own, batch, loaded)
    return loaded


def _load_files(connection: duckdb.DuckDBPyConnection, batch: Sequence[LogFile], loaded: Loaded) -> None:
    try:
        _stage(connection, batch)
    except duckdb.Error as problem:
        if len(batch) > 1:
            for file in batch:
                _load_files(connection, [file], loaded)
            return
        loaded.looked.unread.append(Unread(batch[0].name, _reason(problem)))
        return
    _take(connection, batch, loaded)


def _stage(connection: duckdb.DuckDBPyConnection, batch: Sequence[LogFile]) -> None:
    """Read whole files into a table of their own: all of the batch, or nothing.

    As text that is taken apart afterwards: DuckDB's own reader of JSON takes many times as long for files that are one
    object each.
    """
    with tempfile.TemporaryDirectory(prefix="cmk-guard-logs-") as folder:
        # Names of our own: DuckDB takes wildcards in others for patterns.
        places = [Path(folder, f"{number}") for number in range(len(batch))]
        for place, file in zip(places, batch, strict=True):
            if file.gzipped:
                with gzip.open(file.path) as packed, place.open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked, 1 << 20)
            else:
                place.symlink_to(file.path.resolve())
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE staged AS SELECT CAST(parse_filename(filename) AS INTEGER) AS file, "
            "CAST(content AS JSON) AS content FROM read_text($files)",
            {"files": [str(place) for place in places]},
        )


def _take(connection: duckdb.DuckDBPyConnection, batch: Sequence[LogFile], loaded: Loaded) -> None:
    """Count what is staged, note what is wrong with it, and keep what is asked about."""
    whole = _with_records(connection, batch, loaded.looked)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE unnested AS WITH listed AS ("
        "SELECT file, CAST(content -> '$.Records' AS JSON[]) AS records FROM staged WHERE list_contains($whole, file)) "
        "SELECT file, unnest(records) AS raw, generate_subscripts(records, 1) AS place FROM listed",
        {"whole": whole},
    )
    conditions = "CASE " + " ".join(f"WHEN {when} THEN {i}" for i, (_, when) in enumerate(_DEMANDS)) + " END"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE judged AS WITH told AS ("  # noqa: S608
        f"SELECT file, place, raw, json_transform(raw, $shape) AS r, {_KINDS} AS kinds, json_keys(raw) AS keys "
        "FROM unnested) "
        f"SELECT file, place, r, {conditions} AS wrong FROM told",
        {"shape": record_shape()},
    )
    (records,) = connection.execute("SELECT count(*) FROM judged").fetchone() or (0,)
    wrong = connection.execute(
        "SELECT file, wrong, count(*), min(place) FROM judged WHERE wrong IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()
    for file, which, count, place in wrong:
        others = f", as have {count - 1:,} more" if count > 1 else ""
        loaded.looked.unread.append(Unread(batch[file].name, f"record {place} {_DEMANDS[which][0]}{others}"))
    chosen = ", ".join(column.chosen for column in TABLE_COLUMNS)
    sources = ", ".join(f"'{source}'" for source in SOURCES)
    (kept,) = connection.execute(
        f"INSERT INTO cloudtrail SELECT {chosen}, {DERIVED_DAY} FROM judged "  # noqa: S608
        f"WHERE wrong IS NULL AND r.eventSource IN ({sources})"
    ).fetchone() or (0,)
    loaded.files += len(whole)
    loaded.records += records
    loaded.kept += kept


def _with_records(
    connection: duckdb.DuckDBPyConnection, batch: Sequence[LogFile], looked: Looked
) -> list[int]:
    """The files that hold one list of records, by their place in the batch; the others are noted."""
    found = connection.execute(
        "SELECT file FROM staged WHERE json_type(content, '$.Records') = 'ARRAY' "
        "AND len(json_keys(content)) = len(list_distinct(json_keys(content)))"
    ).fetchall()
    whole = sorted(file for (file,) in found)
    for number in sorted({*range(len(batch))}.difference(whole)):
        looked.unread.append(
            Unread(batch[number].name, 'it has no one list of "Records", so it is no CloudTrail log')
        )
    return whole


def _reason(problem: duckdb.Error) -> str:
    """What DuckDB says, without the names that we gave, and on one line."""
    text = " ".join(str(problem).split())
    if "UTF-8" in text:
        return "it is not UTF-8"
    if "Malformed JSON" in text:
        return "it is not JSON, or breaks off"
    return f"it cannot be read: {text[:200]}"
