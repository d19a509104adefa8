"""What a property of a template comes to, and how it came to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TypeAlias

from bedrock_cmk_guard.subjects import Place, Step, Unknown

MAX_OPTIONS = 16
"""More possibilities than this are told apart by nobody: then the value is Unknown."""


@dataclass(frozen=True, slots=True)
class NoValue:
    """``AWS::NoValue``: what it stands for is left out."""


@dataclass(frozen=True, slots=True)
class Either:
    """One of several values, by something that cannot be known."""

    options: tuple[Value, ...]
    reason: str


Data: TypeAlias = (
    "str | int | float | bool | Unknown | NoValue | Either | tuple[Value, ...] | Mapping[str, Value] | None"
)
Plain: TypeAlias = "str | int | float | bool | Unknown | tuple[Value, ...] | Mapping[str, Value] | None"


@dataclass(frozen=True, slots=True)
class Value:
    """A value, where it is written, and the steps that led there."""

    data: Data
    place: Place
    trail: tuple[Step, ...] = ()
    assumed: bool = False
    """Whether an account, Region or partition in it only stands for one that is not known."""

    def after(self, *steps: Step) -> Value:
        """The same, found by way of these steps."""
        return replace(self, trail=(*steps, *self.trail))

    def but(self, data: Data) -> Value:
        """Another value, found in the same way."""
        return replace(self, data=data)

    @property
    def unknown(self) -> Unknown | None:
        """Why it is not known, if it is not; a choice is not known either."""
        if isinstance(self.data, Either):
            return Unknown(self.data.reason)
        return self.data if isinstance(self.data, Unknown) else None


def unknown(reason: str, place: Place) -> Value:
    """A value that cannot be known."""
    return Value(Unknown(reason), place)


def options(value: Value) -> Iterator[Value]:
    """Everything that it may come to."""
    if isinstance(value.data, Either):
        for option in value.data.options:
            yield from options(option)
    else:
        yield value


def either(found: Sequence[Value], reason: str, place: Place) -> Value:
    """One of these; the value itself, if they are all the same."""
    distinct: list[Value] = []
    for option in (deep for value in found for deep in options(value)):
        if not any(same(option, other) for other in distinct):
            distinct.append(option)
    if len(distinct) == 1:
        return distinct[0]
    if len(distinct) > MAX_OPTIONS:
        return unknown(f"{reason}, and it may be any of {len(distinct)} values", place)
    return Value(Either(tuple(distinct), reason), place, assumed=any(value.assumed for value in distinct))


def same(one: Value, other: Value) -> bool:
    """Whether two values are equal but for where they are written."""
    a, b = one.data, other.data
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    return type(a) is type(b) and a == b


def spread(values: Sequence[Value], apply: Callable[[Sequence[Value]], Value], place: Place) -> Value:
    """Apply a function to values that may be choices: the result is then a choice of its results.

    Its trail has the steps of all the values, in their order.
    """
    choices = [value.data for value in values if isinstance(value.data, Either)]
    if prod(len(choice.options) for choice in choices) > MAX_OPTIONS:
        return unknown(f"{choices[0].reason}, and it may be any of many values", place)
    for index, value in enumerate(values):
        if isinstance(value.data, Either):
            taken = [
                spread([*values[:index], option, *values[index + 1 :]], apply, place)
                for option in value.data.options
            ]
            return either(taken, value.data.reason, place).after(*value.trail)
    result = apply(values)
    steps = dict.fromkeys(step for value in values for step in value.trail)
    return replace(
        result,
        trail=(*(step for step in steps if step not in result.trail), *result.trail),
        assumed=result.assumed or any(value.assumed for value in values),
    )


def text_of(value: Value) -> str | Unknown:
    """The value as CloudFormation puts it into text; Unknown for what has no text."""
    data = value.data
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, str | int | float):
        return str(data)
    if isinstance(data, Unknown):
        return data
    return Unknown("a single value is expected there")


def items_of(value: Value) -> tuple[Value, ...] | Unknown:
    """The items of a list, less those that are left out."""
    data = value.data
    if isinstance(data, tuple):
        return tuple(item for item in data if not isinstance(item.data, NoValue))
    if isinstance(data, Unknown):
        return data
    return Unknown("a list is expected there")


def follow(value: Value, path: Sequence[str]) -> Value:
    """What stands at a path below a value; NoValue where nothing does."""
    if not path or isinstance(value.data, NoValue | Unknown):
        return value
    if isinstance(value.data, Either):
        found = [follow(option, path) for option in value.data.options]
        return either(found, value.data.reason, value.place).after(*value.trail)
    below = value.data.get(path[0]) if isinstance(value.data, Mapping) else None
    if below is None:
        return value.but(NoValue())
    return follow(below, path[1:]).after(*value.trail)
