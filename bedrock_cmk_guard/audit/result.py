"""What an audit yields: results as they arrive, and at every moment what was audited and what was not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from bedrock_cmk_guard.controls import Result, SubjectKind
from bedrock_cmk_guard.history.records import Cell


@dataclass(slots=True)
class Coverage:
    """What was audited, and what was not and why."""

    accounts: dict[str, int] = field(default_factory=dict)
    """The accounts of which a Region at least was read, with the number of resources found in each."""
    not_audited: dict[Cell, str] = field(default_factory=dict)
    not_offered: dict[tuple[str, str], None] = field(default_factory=dict)
    """Services that have no endpoint in a Region."""
    inactive: tuple[str, ...] = ()
    """Accounts of the organisation that are closed or suspended."""
    never: Mapping[str, str] = field(default_factory=dict)
    """Surfaces that no audit reads, and why."""


class AuditResult:
    """An audit. It is done by going through it; what it says of itself is of what was gone through until then."""

    def __init__(
        self,
        work: Callable[[AuditResult], Iterator[Result]],
        coverage: Coverage,
        stop: Callable[[], None],
        *,
        goes_on: bool = False,
    ) -> None:
        self.coverage = coverage
        self.goes_on = goes_on
        """Whether it goes on with one that was broken off."""
        self.verdicts: Counter[tuple[str, str]] = Counter()
        """How many subjects there are, by surface and verdict."""
        self.resources = 0
        self.interrupted = False
        self.hurried = False
        """Whether it was broken off twice: what is under way is not waited for."""
        self.calls: Mapping[tuple[str, str], int] = {}
        """How many calls were made, by service and operation."""
        self._stop = stop
        self._work = work(self)

    def __iter__(self) -> Iterator[Result]:
        yield from self._work

    def interrupt(self) -> None:
        """Break off: no more is read, what was read is judged and told. May be called by a signal's handler."""
        self.hurried = self.interrupted
        self.interrupted = True
        self._stop()

    def run(self) -> AuditResult:
        """Go through all of it, and keep only the numbers."""
        for _ in self:
            pass
        return self

    def count(self, result: Result) -> None:
        """Take a result into the numbers."""
        if result.kind is not SubjectKind.FAULT:
            self.verdicts[result.surface, result.verdict.value] += 1
        self.resources += result.kind is SubjectKind.RESOURCE


def collapsed(not_audited: Mapping[Cell, str], surfaces: Callable[[str], int]) -> dict[Cell, str]:
    """A Region of which nothing was read is said once, not once for each of the surfaces that it has."""
    by_place: dict[tuple[str, str], dict[Cell, str]] = {}
    for cell, reason in not_audited.items():
        by_place.setdefault((cell.account, cell.region), {})[cell] = reason
    found: dict[Cell, str] = {}
    for (account, region), cells in by_place.items():
        whole = Cell(account, region)
        if whole in cells:
            found[whole] = cells[whole]
        elif len(cells) == surfaces(region):
            reasons = Counter(cells.values())
            # Of several that are as frequent always the same, in whatever order they came.
            reason = min(reasons, key=lambda each: (-reasons[each], each))
            found[whole] = reason if len(reasons) == 1 else f"{reason}; and so on, for every surface"
        else:
            found.update(cells)
    return found
