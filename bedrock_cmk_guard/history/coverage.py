"""What was read and what was not, by what audits said of it last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from bedrock_cmk_guard.history.records import Cell, Coverage
from bedrock_cmk_guard.history.schema import audits, cells


@dataclass(frozen=True, slots=True)
class _Said:
    number: int
    """Which audit said it, counted from the first."""
    read: bool
    reason: str
    since: dt.datetime
    """When it was said first without anything else being said in between."""


class Coverages:
    """The coverage at a moment. What an audit says of a surface goes before what it says of all."""

    def __init__(self, connection: Connection, at: dt.datetime) -> None:
        self.read: dict[Cell, dt.datetime] = {}
        """When each cell was last read."""
        self._said: dict[Cell, _Said] = {}
        self._failed: dict[Cell, dt.datetime] = {}
        self._reached: dict[tuple[str, str], int] = {}
        asked = (
            select(cells, audits.c.started)
            .join(audits, audits.c.id == cells.c.audit)
            .where(audits.c.finished.is_not(None), audits.c.started <= at)
            .order_by(audits.c.started, audits.c.id)
        )
        numbers: dict[int, int] = {}
        for row in connection.execute(asked).yield_per(1000):
            cell = Cell(row.account, row.region, row.surface)
            number = numbers.setdefault(row.audit, len(numbers))
            read = row.coverage == Coverage.AUDITED.value
            before = self._said.get(cell)
            since = before.since if before is not None and before.read == read else row.started
            self._said[cell] = _Said(number, read, row.reason, since)
            if not read:
                self._failed[cell] = row.started
            else:
                self.read[cell] = row.started
                self._reached[cell.account, cell.region] = number

    def says_read(self, cell: Cell) -> bool:
        """Whether the last audit that said something of a cell could read it."""
        said = [each for each in (self._said.get(cell), self._said.get(_whole(cell))) if each is not None]
        # The cell's own goes first, so that it is what counts where one audit says both.
        return not said or max(said, key=lambda each: each.number).read

    def unread(self) -> Mapping[Cell, str]:
        """The cells that could not be read, and why.

        One is no longer among them when a later audit read all of its Region, or, where it stands for all of a Region,
        when a later audit read anything there: that one says of each surface itself whether it was read.
        """
        return {
            cell: said.reason
            for cell, said in self._said.items()
            if not said.read and said.number >= self._later(cell)
        }

    def unread_since(self, cell: Cell) -> dt.datetime:
        """When a cell that could not be read could not be read first."""
        return self._said[cell].since

    def read_again(self, since: dt.datetime) -> Mapping[Cell, dt.datetime]:
        """The cells that could not be read after a time, and no longer are among those, by when that was last."""
        now = self.unread()
        return {cell: when for cell, when in self._failed.items() if when > since and cell not in now}

    def _later(self, cell: Cell) -> int:
        if cell == _whole(cell):
            return self._reached.get((cell.account, cell.region), -1)
        whole = self._said.get(_whole(cell))
        return whole.number if whole is not None and whole.read else -1


def _whole(cell: Cell) -> Cell:
    return Cell(cell.account, cell.region)
