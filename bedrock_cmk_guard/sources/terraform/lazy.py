"""A mapping whose values are computed when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")


class OnDemand(Mapping[str, T]):
    """Knows its keys at once, and each value once it was asked for."""

    __slots__ = ("_compute", "_known", "_names")

    def __init__(self, names: Iterable[str], compute: Callable[[str], T]) -> None:
        self._names = dict.fromkeys(names)
        self._compute = compute
        self._known: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._known:
            self._known[name] = self._compute(name)
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
