"""Tables of plain columns, no wider than a terminal of 80."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bedrock_cmk_guard.reports.terminal import WIDTH


@dataclass(frozen=True, slots=True)
class Table:
    """A table: every column after the first ``text`` ones holds numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text: int = 2


def plain(table: Table) -> Iterator[str]:
    """Lay a table out in columns, no wider than a terminal of 80."""
    rows = [table.columns, *table.rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.columns))]
    widths[0] -= max(0, sum(widths) + 2 * (len(widths) - 1) - WIDTH)
    yield table.title
    for row in rows:
        cells = (
            _cut(cell, width).ljust(width) if column < table.text else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
