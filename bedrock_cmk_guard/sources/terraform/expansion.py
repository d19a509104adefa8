"""How many instances a block makes: ``count`` and ``for_each``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bedrock_cmk_guard.sources.terraform.language.evaluation import evaluate
from bedrock_cmk_guard.sources.terraform.language.scope import Scope
from bedrock_cmk_guard.sources.terraform.language.syntax import Attribute, Block
from bedrock_cmk_guard.sources.terraform.language.values import (
    OneOf,
    SetValue,
    Value,
    is_open,
    one_of,
    why_unknown,
)
from bedrock_cmk_guard.subjects import Step, Unknown

MAX_INSTANCES = 1000
"""Of one block. Whoever writes more has made a slip, or wants this program to hang."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Item:
    """One instance: its key, and what ``each`` and ``count`` are in it."""

    key: int | str | None = None
    each: tuple[Value, Value] | None = None
    count: Value | None = None
    steps: tuple[Step, ...] = ()
    """How ``each`` came to its value."""

    @property
    def suffix(self) -> str:
        """What stands behind the block's own address."""
        return "" if self.key is None else f"[{json.dumps(self.key, ensure_ascii=False)}]"


_Keys = tuple["int | str", ...]


@dataclass(frozen=True, slots=True)
class Expansion:
    """The instances of a block."""

    items: tuple[Item, ...]
    shape: Value
    """Which keys there are: None for a block without count and for_each; numbers; a mapping; or unknown."""
    attribute: Attribute | None = None
    """The count or for_each."""
    cut: bool = False
    """Whether there are more than are looked at."""

    def value(self, made: Mapping[int | str | None, Value]) -> Value:
        """Return what a reference to the block as a whole is worth, given what each instance is."""
        if self.shape is None:
            return made[None]
        return _shaped(self.shape, made)


def expand(block: Block, scope: Scope) -> Expansion:
    """Find the instances of a block."""
    for name, read in (("count", _counted), ("for_each", _for_each)):
        attribute = block.body.attributes.get(name)
        if attribute is not None:
            trail = [Step(f"{name} is set here", attribute.place)]
            value = evaluate(attribute.expression, scope, trail)
            return read(value, attribute, tuple(trail))
    return Expansion((Item(),), None)


def _counted(value: Value, attribute: Attribute, steps: tuple[Step, ...]) -> Expansion:
    del steps  # of a count they say nothing about any value
    options = value.options if isinstance(value, OneOf) else (value,)
    counts = [_number(option) for option in options]
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        reason = why_unknown(value) if is_open(value) else Unknown("its count is no number")
        # Of those that are surely possible the first stands for all of them.
        return Expansion((Item(count=reason),), reason, attribute)
    most = min(max(known), MAX_INSTANCES)
    items = tuple(Item(key=index, count=index) for index in range(most))
    shapes: list[Value] = [tuple(range(min(count, most))) for count in known]
    reason_text = value.reason if isinstance(value, OneOf) else ""
    return Expansion(items, one_of(shapes, reason_text), attribute, cut=max(known) > MAX_INSTANCES)


def _number(value: Value) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return value


def _for_each(value: Value, attribute: Attribute, steps: tuple[Step, ...]) -> Expansion:
    options = value.options if isinstance(value, OneOf) else (value,)
    walked = [_pairs(option) for option in options]
    for found in walked:
        if isinstance(found, Unknown):
            reason = why_unknown(value) if isinstance(value, OneOf) else found
            return Expansion((Item(each=(reason, reason), steps=steps),), reason, attribute)
    items: dict[str, Item] = {}
    for found in walked:
        if not isinstance(found, Unknown):
            for key, each in found:
                items.setdefault(key, Item(key=key, each=(key, each), steps=steps))
    kept = tuple(items.values())[:MAX_INSTANCES]
    shapes: list[Value] = [
        {key: key for key, _ in found if key in items} for found in walked if not isinstance(found, Unknown)
    ]
    reason_text = value.reason if isinstance(value, OneOf) else ""
    return Expansion(kept, one_of(shapes, reason_text), attribute, cut=len(items) > MAX_INSTANCES)


def _pairs(value: Value) -> Sequence[tuple[str, Value]] | Unknown:
    if isinstance(value, Mapping):
        return [(key, value[key]) for key in sorted(value)]
    if isinstance(value, SetValue):
        keys = [key for key in value if isinstance(key, str)]
        return [(key, key) for key in keys] if len(keys) == len(value) else why_unknown(value)
    return why_unknown(value) if is_open(value) else Unknown("its for_each is neither a map nor a set")


def _shaped(shape: Value, made: Mapping[int | str | None, Value]) -> Value:
    if isinstance(shape, OneOf):
        return one_of([_shaped(option, made) for option in shape.options], shape.reason)
    if isinstance(shape, Mapping):
        return {key: made[key] for key in shape if key in made}
    if isinstance(shape, tuple):
        return tuple(made[index] for index in shape if isinstance(index, int) and index in made)
    return shape


def each_made(items: Sequence[Item], make: Callable[[Item], T]) -> dict[int | str | None, T]:
    """Make something of each item, by its key."""
    return {item.key: make(item) for item in items}
