"""How everything stands at a moment, and the one score that is made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bedrock_cmk_guard.history.records import Cell

PRODUCTION_WEIGHT = 3
ACCEPTED_VALUE = 0.5
_PASS, _REQUIRED = "pass", "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a subject stands at a moment."""

    arn: str
    cell: Cell
    tier: str
    name: str
    verdict: str
    level: str
    workload: str
    environment: str
    sensitivity: str
    key: str
    tags: Mapping[str, str]
    accepted: bool
    audited: bool
    """Whether the last audit that was to read its cell could."""

    @property
    def passes(self) -> bool:
        """Whether it was read and is as demanded."""
        return self.audited and self.verdict == _PASS


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The compliance score, and what it is made of. ``value`` is None where there is nothing to judge."""

    value: float | None
    passed: int
    accepted: int
    failed: int
    unassigned: int
    not_audited: int
    """Subjects and cells that could not be read."""


class Scoring:
    """The compliance score, 0 to 100, made of how everything stands.

        100 * sum of weight * value / sum of weight

    over everything of which a key is required: resources, keys and roles. A weight is 3 in a production environment and
    1 in others; what is unassigned weighs as production. A value is 1 for what passes, a half for what fails with every
    finding accepted, 0 for what fails or is unknown. Where an account's Region (or a surface there) could not be read,
    what was last known there counts 0, and at least one thing of production weight does. What was deleted, and what is
    recommended only, does not count.
    """

    def __init__(self, production: Collection[str]) -> None:
        self._production = production
        self._weight = self._value = 0.0
        self._counts: Counter[str] = Counter()
        self._unread: set[tuple[str, str]] = set()

    def add(self, each: Standing) -> None:
        """Take one thing in."""
        if each.level != _REQUIRED:
            return
        own = PRODUCTION_WEIGHT if not each.workload or each.environment in self._production else 1
        kind = _kind(each)
        self._counts[kind] += 1
        self._counts["unassigned"] += not each.workload
        if not each.audited:
            self._unread.add((each.cell.account, each.cell.region))
        self._weight += own
        self._value += own * {"passed": 1.0, "accepted": ACCEPTED_VALUE}.get(kind, 0.0)

    def score(self, not_audited: Mapping[Cell, str]) -> Score:
        """The score of what was taken in, and of what could not be read."""
        empty = {(cell.account, cell.region) for cell in not_audited} - self._unread
        weight = self._weight + PRODUCTION_WEIGHT * len(empty)
        return Score(
            value=100 * self._value / weight if weight else None,
            passed=self._counts["passed"],
            accepted=self._counts["accepted"],
            failed=self._counts["failed"],
            unassigned=self._counts["unassigned"],
            not_audited=self._counts["not audited"] + len(empty),
        )


def _kind(each: Standing) -> str:
    if not each.audited:
        return "not audited"
    if each.verdict == _PASS:
        return "passed"
    return "accepted" if each.accepted else "failed"
