"""Keeps what audits saw: one SQLite file, or any database that SQLAlchemy speaks to.

An audit writes what it sees as it goes, so that an interrupted one can be resumed; when it finishes, one transaction
draws the conclusions: what is new, fixed, back again or gone. Until then it counts for nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    create_engine,
    delete,
    event,
    insert,
    select,
    tuple_,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from bedrock_cmk_guard.history.conclusions import conclude
from bedrock_cmk_guard.history.records import Cell, Coverage, SubjectRecord
from bedrock_cmk_guard.history.schema import HistoryError, audits, cells, is_current, migrate, seen, version

T = TypeVar("T")

_BUSY_SECONDS = 60
_READING = "bedrock_cmk_guard_reading"
_BATCH = 500


class History:
    """The history of an organisation's audits."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str, *, create: bool = True) -> Self:
        """Open a store, and make or update its tables.

        Args:
            url: an SQLAlchemy URL (``postgresql+psycopg://…``), or the path of an SQLite file.
            create: whether a file that is not there is made.

        Raises:
            HistoryError: it cannot be opened, or a newer version wrote it.

        """
        if "://" not in url:
            if not create and not Path(url).exists():
                raise HistoryError(f"{url}: there is no such history; bedrock-cmk-guard audit writes one")
            url = f"sqlite:///{url}"
        try:
            engine = create_engine(url)
            if engine.dialect.name == "sqlite":
                _be_safe_under_two_writers(engine)
            history = cls(engine)
            if not history._is_current():
                history._migrate()
        except (SQLAlchemyError, ImportError) as error:
            raise HistoryError(f"{_shown(url)}: {_said(error)}") from None
        return history

    def _is_current(self) -> bool:
        with self.reading() as connection:
            return is_current(connection)

    def _migrate(self) -> None:
        try:
            with self.transaction() as connection:
                migrate(connection)
        except HistoryError:
            # Another may have done it in the meantime.
            if not self._is_current():
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Do several things or none of them.

        Raises:
            HistoryError: the database refuses.

        """
        with self._refusals(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read, and keep no writer waiting.

        Raises:
            HistoryError: the database refuses.

        """
        with self._refusals(), self._engine.connect() as connection:
            connection.execution_options(**{_READING: True})
            with connection.begin():
                yield connection

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            shown = self._engine.url.render_as_string(hide_password=True)
            raise HistoryError(f"{shown.removeprefix('sqlite:///')}: {_said(error)}") from None

    def begin(self, started: dt.datetime, requirements: str = "") -> Recording:
        """Begin an audit.

        Args:
            started: when; all that it sees is dated so.
            requirements: a digest of the requirements it judges by.

        """
        with self.transaction() as connection:
            made = connection.execute(insert(audits).values(started=started, requirements=requirements))
            (number,) = made.inserted_primary_key or (0,)
        return Recording(self, int(number), started)

    def unfinished(self, requirements: str = "") -> Recording | None:
        """Return the latest audit under the same requirements that did not finish, to go on with it."""
        asked = (
            select(audits.c.id, audits.c.started)
            .where(audits.c.finished.is_(None), audits.c.requirements == requirements)
            .order_by(audits.c.started.desc())
        )
        with self.reading() as connection:
            row = connection.execute(asked).first()
        return Recording(self, row.id, row.started) if row else None

    def finished(self) -> tuple[dt.datetime, ...]:
        """When the audits began that finished, oldest first."""
        asked = select(audits.c.started).where(audits.c.finished.is_not(None)).order_by(audits.c.started)
        with self.reading() as connection:
            return tuple(connection.execute(asked).scalars())


class Recording:
    """An audit under way."""

    def __init__(self, history: History, number: int, started: dt.datetime) -> None:
        self.started = started
        self._history = history
        self._number = number

    def add(self, records: Iterable[SubjectRecord]) -> None:
        """Write down subjects. One that is seen again, as when a page repeats, replaces what was seen before."""
        for batch in _batches(records):
            latest = {(record.arn, record.cell.surface): record for record in batch}
            with self._history.transaction() as connection:
                again = and_(seen.c.audit == self._number, tuple_(seen.c.arn, seen.c.surface).in_(latest))
                connection.execute(delete(seen).where(again))
                connection.execute(insert(seen), [self._row(record) for record in latest.values()])

    def _row(self, record: SubjectRecord) -> dict[str, object]:
        return {
            "audit": self._number,
            "arn": record.arn,
            "account": record.cell.account,
            "region": record.cell.region,
            "surface": record.cell.surface,
            "tier": record.tier,
            "name": record.name,
            "verdict": record.verdict,
            "level": record.level,
            "workload": record.workload,
            "environment": record.environment,
            "sensitivity": record.sensitivity,
            "key": record.key,
            "tags": dict(record.tags),
            "findings": [
                {
                    "control": finding.control,
                    "about": finding.about,
                    "verdict": finding.verdict,
                    "severity": finding.severity,
                    "level": finding.level,
                    "message": finding.message,
                    "fix": finding.fix,
                    "command": finding.command,
                    "accepted_by": finding.accepted_by,
                    "accepted_until": finding.accepted_until.isoformat() if finding.accepted_until else None,
                }
                for finding in record.findings
            ],
        }

    def cover(self, found: Iterable[Cell], coverage: Coverage, reason: str = "") -> None:
        """Write down that cells were audited, or not and why. What is said last holds."""
        for batch in _batches(dict.fromkeys(found)):
            with self._history.transaction() as connection:
                for cell in batch:
                    connection.execute(delete(cells).where(self._in(cell)))
                rows = [
                    {
                        "audit": self._number,
                        "account": cell.account,
                        "region": cell.region,
                        "surface": cell.surface,
                        "coverage": coverage.value,
                        "reason": reason,
                    }
                    for cell in batch
                ]
                connection.execute(insert(cells), rows)

    def _in(self, cell: Cell) -> ColumnElement[bool]:
        return and_(
            cells.c.audit == self._number,
            cells.c.account == cell.account,
            cells.c.region == cell.region,
            cells.c.surface == cell.surface,
        )

    def audited(self) -> frozenset[Cell]:
        """What is done already, where an audit is resumed."""
        asked = select(cells.c.account, cells.c.region, cells.c.surface).where(
            cells.c.audit == self._number, cells.c.coverage == Coverage.AUDITED.value
        )
        with self._history.reading() as connection:
            return frozenset(Cell(*row) for row in connection.execute(asked))

    def finish(self, now: dt.datetime) -> None:
        """Draw the conclusions, all or none of them."""
        with self._history.transaction() as connection:
            # One at a time: two audits may have seen the same. SQLite's lock on the file does so anyway.
            connection.execute(select(version.c.version).with_for_update())
            conclude(connection, self._number, self.started)
            connection.execute(delete(seen).where(seen.c.audit == self._number))
            connection.execute(audits.update().where(audits.c.id == self._number).values(finished=now))


def _batches(items: Iterable[T]) -> Iterator[tuple[T, ...]]:
    # itertools.batched came with Python 3.12.
    rest = iter(items)
    while batch := tuple(islice(rest, _BATCH)):
        yield batch


def _be_safe_under_two_writers(engine: Engine) -> None:
    """Make writers wait for each other, readers for nobody, and a crash leave the last whole transaction."""

    @event.listens_for(engine, "connect")
    def _connected(connection: object, _: object) -> None:
        # SQLAlchemy says BEGIN itself, below, so that a transaction takes the lock when it begins.
        connection.isolation_level = None  # type: ignore[attr-defined]
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        reads = connection.get_execution_options().get(_READING)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _shown(url: str) -> str:
    """The URL without its password."""
    return make_url(url).render_as_string(hide_password=True) if "://" in url else url


def _said(error: Exception) -> str:
    original = getattr(error, "orig", None) or error
    return " ".join(str(original).split())
