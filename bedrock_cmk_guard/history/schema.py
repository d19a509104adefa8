"""The tables, and how a store of an older version becomes one of this."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    inspect,
    select,
)
from sqlalchemy.types import TypeDecorator

from bedrock_cmk_guard.errors import GuardError

METADATA = MetaData()


class HistoryError(GuardError):
    """The history cannot be opened, read or written."""


class Moment(TypeDecorator[dt.datetime]):
    """A time in UTC. SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: object) -> dt.datetime | None:
        """Store UTC."""
        return value.astimezone(dt.UTC).replace(tzinfo=None) if value is not None else None

    def process_result_value(self, value: dt.datetime | None, dialect: object) -> dt.datetime | None:
        """Return UTC."""
        return value.replace(tzinfo=dt.UTC) if value is not None else None


def _text(name: str, *, index: bool = False) -> Column[str]:
    return Column(name, String, nullable=False, server_default="", index=index)


def _standing() -> tuple[Column[object], ...]:
    """How a subject stands: what is told of it beside its ARN and its cell."""
    names = ("tier", "name", "verdict", "level", "workload", "environment", "sensitivity", "key")
    return (*(_text(name) for name in names), Column("tags", JSON, nullable=False))


version = Table("guard_version", METADATA, Column("version", Integer, nullable=False))

audits = Table(
    "guard_audits",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("started", Moment, nullable=False),
    Column("finished", Moment),
    _text("requirements"),
)
"""An audit that did not finish counts for nothing; it can be resumed."""

cells = Table(
    "guard_cells",
    METADATA,
    Column("audit", ForeignKey("guard_audits.id", ondelete="CASCADE"), primary_key=True),
    Column("account", String, primary_key=True),
    Column("region", String, primary_key=True),
    Column("surface", String, primary_key=True),
    Column("coverage", String, nullable=False),
    _text("reason"),
)

seen = Table(
    "guard_seen",
    METADATA,
    Column("audit", ForeignKey("guard_audits.id", ondelete="CASCADE"), primary_key=True),
    Column("arn", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("surface", String, primary_key=True),
    *_standing(),
    Column("findings", JSON, nullable=False),
)
"""What an audit under way has seen. Emptied when it finishes: the other tables then say it in less room."""

subjects = Table(
    "guard_subjects",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("arn", String, nullable=False),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("surface", String, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("gone", Moment),
    # An agent that keeps memory is two: its definition and its memory have demands of their own.
    UniqueConstraint("arn", "surface"),
    Index("guard_subjects_cell", "account", "region", "surface"),
)

states = Table(
    "guard_states",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("subject", ForeignKey("guard_subjects.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
    *_standing(),
    Column("accepted", Integer, nullable=False, server_default="0"),
)
"""How a subject stood from one time to another; the last has no end."""

spans = Table(
    "guard_spans",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("subject", ForeignKey("guard_subjects.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("control", String, nullable=False),
    _text("about"),
    Column("opened", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("closed", Moment),
    _text("why"),
    Column("reopened", Integer, nullable=False, server_default="0"),
    _text("severity"),
    _text("level"),
    _text("verdict"),
    _text("message"),
    _text("fix"),
    _text("command"),
    _text("accepted_by"),
    Column("accepted_until", Date),
    UniqueConstraint("subject", "control", "about", "opened"),
)
"""A time in which a finding was open."""

# What brings a store from the version before to this one; the first makes the tables.
MIGRATIONS: tuple[Callable[[Connection], None], ...] = (METADATA.create_all,)


def is_current(connection: Connection) -> bool:
    """Whether the tables are there and of this version, so that nothing is to be written to use them."""
    return inspect(connection).has_table(version.name) and connection.execute(
        select(version.c.version)
    ).scalar() == len(MIGRATIONS)


def migrate(connection: Connection) -> None:
    """Make the tables, or bring them up to date; refuse a store that a newer version wrote."""
    version.create(connection, checkfirst=True)
    current = connection.execute(select(version.c.version)).scalar()
    if current is not None and current > len(MIGRATIONS):
        raise HistoryError(
            f"the history is of version {current}, and this bedrock-cmk-guard knows {len(MIGRATIONS)}: "
            "use the newer one that wrote it"
        )
    for migration in MIGRATIONS[current or 0 :]:
        migration(connection)
    if current is None:
        connection.execute(version.insert().values(version=len(MIGRATIONS)))
    elif current < len(MIGRATIONS):
        connection.execute(version.update().values(version=len(MIGRATIONS)))
