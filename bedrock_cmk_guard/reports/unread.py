"""What was not audited, for a terminal: once for each account and reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bedrock_cmk_guard.history.records import Cell
from bedrock_cmk_guard.reports.terminal import safe, wrapped


def unread(not_audited: Mapping[Cell, str]) -> Iterator[str]:
    """Where something could not be read, what it is, and why."""
    together: dict[tuple[str, str], list[Cell]] = {}
    for cell, reason in sorted(not_audited.items()):
        together.setdefault((cell.account, reason), []).append(cell)
    for (account, reason), cells in together.items():
        by_region: dict[str, list[str]] = {}
        for cell in cells:
            by_region.setdefault(cell.region, []).append(cell.what)
        where = "; ".join(f"{region}: {', '.join(surfaces)}" for region, surfaces in by_region.items())
        yield from wrapped(safe(f"{account}  {where}"), "  ", "    ")
        yield from wrapped(safe(reason), "    ")
