"""The matrix as people see it: one mark for each row and principal, and what decides it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from bedrock_cmk_guard.verification.model import Cell, KeyMatrix, Row, Source, Verdict, Who

_SHOWN = 3


class Mark(StrEnum):
    """What stands in a square of the grid."""

    ALLOWED = "allowed"
    DENIED = "denied"
    PARTLY = "partly"
    DEPENDS = "depends"
    FINDING = "finding"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Square:
    """One row's requests by one principal, taken together."""

    mark: Mark
    cells: tuple[Cell, ...]

    @property
    def decided_by(self) -> str:
        """The statements that decide, the most frequent first; or what lacks an Allow."""
        counted = Counter(source for cell in self.cells for source in _refusing(cell))
        reasons = Counter(cell.reason for cell in self.cells if not _refusing(cell))
        found = [str(source) for source, _ in counted.most_common()] + [
            reason for reason, _ in reasons.most_common()
        ]
        more = len(found) - _SHOWN
        return "; ".join(found[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions asked for, each once."""
        return tuple(dict.fromkeys(cell.action for cell in self.cells))


@dataclass(frozen=True, slots=True)
class Line:
    """A row with a square for each principal, in the order of the cast."""

    row: Row
    squares: tuple[Square, ...]


def letters(cast: Iterable[Who]) -> Iterator[tuple[str, Who]]:
    """A short name for each principal: a, b, …, z, aa, ab, …."""
    for number, who in enumerate(cast):
        first, second = divmod(number, 26)
        yield (chr(96 + first) if first else "") + chr(97 + second), who


def grid(matrix: KeyMatrix, columns: tuple[Who, ...] | None = None) -> Iterator[tuple[str, tuple[Line, ...]]]:
    """The lines of a matrix, by group; for some of its principals, the lines in which one of them is asked."""
    squares: dict[tuple[str, str], list[Cell]] = {}
    for cell in matrix.cells:
        squares.setdefault((cell.row, cell.who), []).append(cell)
    shown = matrix.cast if columns is None else columns
    for group, rows in groupby(matrix.rows, key=lambda row: row.group):
        lines = (Line(row, tuple(_square(squares.get((row.id, w.id), ())) for w in shown)) for row in rows)
        kept = tuple(
            line for line in lines if columns is None or any(square.cells for square in line.squares)
        )
        if kept:
            yield group, kept


def tables(matrix: KeyMatrix, most: int) -> Iterator[tuple[Who, ...]]:
    """The cast in tables of so many columns; those who are asked about few rows stand apart from the others."""
    asked: dict[str, set[str]] = {}
    for cell in matrix.cells:
        asked.setdefault(cell.who, set()).add(cell.row)
    few = len(matrix.rows) / 2
    for apart in (False, True):
        side = [who for who in matrix.cast if (len(asked.get(who.id, ())) < few) is apart]
        for start in range(0, len(side), most):
            yield tuple(side[start : start + most])


def _square(cells: Iterable[Cell]) -> Square:
    found = tuple(cells)
    verdicts = {cell.verdict for cell in found}
    if not found:
        mark = Mark.NOT_ASKED
    elif not all(cell.as_expected for cell in found):
        mark = Mark.FINDING
    elif len(verdicts) > 1:
        mark = Mark.PARTLY
    else:
        mark = Mark(next(iter(verdicts)).value)
    return Square(mark, found)


def _refusing(cell: Cell) -> tuple[Source, ...]:
    """The deciding statements that tell something: that everything is allowed at first does not."""
    return tuple(source for source in cell.decided_by if source.policy != "FullAWSAccess")


def kept_out(matrix: KeyMatrix) -> Iterator[tuple[Who, str]]:
    """Whoever can never decrypt, and the statements that see to it."""
    for who in matrix.cast:
        asked = [
            cell
            for cell in matrix.cells
            if cell.who == who.id and cell.action == "kms:Decrypt" and cell.row.startswith("use-")
        ]
        if asked and all(cell.verdict is Verdict.DENIED for cell in asked):
            yield who, Square(Mark.DENIED, tuple(asked)).decided_by
