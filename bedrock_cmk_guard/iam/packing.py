"""Bin packing for policies: the fewest bins, groups together where that is free, the same answer every time.

First fit in the given order already needs no more than twice the least number of bins: any two bins
hold more than one bin's room. The other orders, and a bounded search, only ever improve on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_MOST_STEPS = 20_000
_MOST_ITEMS = 200

Bins = tuple[tuple[int, ...], ...]


def pack_sizes(sizes: Sequence[int], group_lengths: Sequence[int], room: int) -> Bins:
    """Return the item numbers of each bin. No size exceeds ``room``; groups are runs of items."""
    fewest: Bins | None = None
    least = -(-sum(sizes) // room)
    for bins in _candidates(sizes, group_lengths, room):
        if fewest is None or len(bins) < len(fewest):
            fewest = bins
        if len(fewest) == least:
            return fewest
    if fewest is None:
        return ()
    for count in range(least, len(fewest)):
        if (found := _search(sizes, count, room)) is not None:
            return found
    return fewest


def _candidates(sizes: Sequence[int], group_lengths: Sequence[int], room: int) -> Iterator[Bins]:
    """Yield packings, those that keep groups together first."""
    if not sizes:
        return
    chunks = list(_chunks(sizes, group_lengths, room))
    items = [(number,) for number in range(len(sizes))]
    for parts in (chunks, items):
        yield _first_fit(parts, sizes, room)
        yield _first_fit(sorted(parts, key=lambda part: -_load(part, sizes)), sizes, room)


def _chunks(sizes: Sequence[int], group_lengths: Sequence[int], room: int) -> Iterator[tuple[int, ...]]:
    """Yield each group as one part, or as the fewest consecutive parts that fit a bin."""
    start = 0
    for length in group_lengths:
        part: list[int] = []
        for number in range(start, start + length):
            if part and _load(part, sizes) + sizes[number] > room:
                yield tuple(part)
                part = []
            part.append(number)
        if part:
            yield tuple(part)
        start += length


def _load(part: Sequence[int], sizes: Sequence[int]) -> int:
    return sum(sizes[number] for number in part)


def _first_fit(parts: Sequence[Sequence[int]], sizes: Sequence[int], room: int) -> Bins:
    bins: list[list[int]] = []
    left: list[int] = []
    for part in parts:
        load = _load(part, sizes)
        for i, free in enumerate(left):
            if load <= free:
                bins[i] += part
                left[i] -= load
                break
        else:
            bins.append(list(part))
            left.append(room - load)
    return _ordered(bins)


def _ordered(bins: Sequence[Sequence[int]]) -> Bins:
    return tuple(sorted(tuple(sorted(numbers)) for numbers in bins if numbers))


def _search(sizes: Sequence[int], count: int, room: int) -> Bins | None:
    """Look for a packing into ``count`` bins, largest items first, within a fixed number of steps."""
    if len(sizes) > _MOST_ITEMS:
        return None
    order = sorted(range(len(sizes)), key=lambda number: -sizes[number])
    left = [room] * count
    bins: list[list[int]] = [[] for _ in range(count)]
    steps = 0

    def place(position: int) -> bool:
        nonlocal steps
        if position == len(order):
            return True
        steps += 1
        number = order[position]
        tried: set[int] = set()
        for i in range(count):
            if steps > _MOST_STEPS:
                return False
            if sizes[number] <= left[i] and left[i] not in tried:
                tried.add(left[i])
                left[i] -= sizes[number]
                bins[i].append(number)
                if place(position + 1):
                    return True
                bins[i].pop()
                left[i] += sizes[number]
        return False

    return _ordered(bins) if place(0) else None
