"""Three-valued truth: yes, no, or "it turns on what the request leaves open".

Kleene's logic: a conjunction with one No is No, whatever else is open, and so on. It never says Yes or No where
some way of filling in the open parts would say otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import NoReturn, TypeVar


class Open(Enum):
    """A part of a request that is left open."""

    ANYTHING = "anything"
    """Any value; of a condition key, several values or none as well."""
    PRESENT = "present"
    """Of a condition key: any value, but the request carries it."""

    def __bool__(self) -> NoReturn:
        raise TypeError("an open part of a request is neither true nor false; compare with `is`")


@dataclass(frozen=True, slots=True)
class Turns:
    """Neither yes nor no: it turns on these open parts of the request."""

    on: frozenset[str]

    def __bool__(self) -> NoReturn:
        raise TypeError(f"this turns on {', '.join(sorted(self.on))}; compare with `is`")


Truth = bool | Turns
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OpenValue:
    """The values of a condition key that turn on open parts.

    ``present`` says that the request carries the key all the same. ``candidates`` are all that the key can be,
    where that is known.
    """

    on: frozenset[str]
    present: bool = False
    candidates: tuple[tuple[str, ...] | None, ...] | None = None


def all_of(truths: Iterable[Truth]) -> Truth:
    """Whether all hold."""
    on: frozenset[str] | None = None
    for truth in truths:
        if truth is False:
            return False
        if truth is not True:
            on = truth.on if on is None else on | truth.on
    return True if on is None else Turns(on)


def any_of(truths: Iterable[Truth]) -> Truth:
    """Whether some hold."""
    on: frozenset[str] | None = None
    for truth in truths:
        if truth is True:
            return True
        if truth is not False:
            on = truth.on if on is None else on | truth.on
    return False if on is None else Turns(on)


def negate(truth: Truth) -> Truth:
    """Whether it does not hold."""
    return not truth if isinstance(truth, bool) else truth


def agree(on: frozenset[str], alternatives: Iterable[T], judge: Callable[[T], Truth]) -> Truth:
    """What all the alternatives say, or that it turns on ``on``, which chooses between them."""
    truths = {judge(alternative) for alternative in alternatives}
    if len(truths) == 1 and isinstance(only := next(iter(truths)), bool):
        return only
    return Turns(on.union(*(truth.on for truth in truths if isinstance(truth, Turns))))
