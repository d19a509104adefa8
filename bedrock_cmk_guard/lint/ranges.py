"""Ranges of numbers, dates and addresses that lines of a condition let in, and whether two of them meet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

from bedrock_cmk_guard.iam.access import Entry

Network = IPv4Network | IPv6Network
_INFINITE = float("inf")


class Range(NamedTuple):
    """From ``low`` to ``high``; whether the ends themselves are left out."""

    low: float
    high: float
    above: bool = False
    below: bool = False

    def meets(self, other: Range) -> bool:
        """Whether some number lies in both."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        if low != high:
            return low < high
        above = any(each.above for each in (self, other) if each.low == low)
        below = any(each.below for each in (self, other) if each.high == high)
        return not (above or below)


def range_of(entry: Entry) -> Range | None:
    """What numbers or dates a line lets in, or a little more; None if that cannot be told."""
    read: Callable[[str], float] = float if entry.operator.family == "numeric" else _seconds
    try:
        values = [read(value) for value in entry.values]
    except (ValueError, OverflowError):
        return None
    comparison = entry.operator.base.removeprefix("Numeric").removeprefix("Date")
    if not values or comparison == "NotEquals":
        return None
    if comparison.startswith("LessThan"):
        return Range(-_INFINITE, max(values), below=comparison == "LessThan")
    if comparison.startswith("GreaterThan"):
        return Range(min(values), _INFINITE, above=comparison == "GreaterThan")
    return Range(min(values), max(values))


def _seconds(value: str) -> float:
    if value.isdigit():
        if len(value) <= 4:
            raise ValueError("a year, or seconds")
        return float(value)
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def addresses_meet(first: Entry, second: Entry) -> bool:
    """Whether some address satisfies both lines; the first is not negated."""
    ours = [ip_network(value, strict=False) for value in first.values]
    theirs = [ip_network(value, strict=False) for value in second.values]
    if second.operator.negated:
        return not all(any(_within(one, other) for other in theirs) for one in ours)
    return any(_within(one, other) or _within(other, one) for one in ours for other in theirs)


def _within(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)
