"""From the value of an attribute to the key that it names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.terraform.kinds import ALIASES, KEYS
from bedrock_cmk_guard.sources.terraform.language.joining import only_fails
from bedrock_cmk_guard.sources.terraform.language.values import Computed, OneOf, Value
from bedrock_cmk_guard.sources.terraform.naming import Names
from bedrock_cmk_guard.sources.terraform.nested import Spot
from bedrock_cmk_guard.subjects import Absent, Choice, Fact, KeyName, KeyValue, Unknown

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.world import World

_NAMING = KEYS | frozenset(ALIASES)
"""The types whose attributes name a key; of any other type an attribute is not known until it exists."""


def key_fact(world: World, names: Names, spots: Sequence[Spot]) -> Fact[KeyValue]:
    """Return the key that stands at the end of a path: one of several, where it leads to several spots."""
    values: list[KeyValue] = []
    for spot in spots:
        values.append(_at(world, names, spot))
        if spot.optional:
            values.append(Absent("left out"))
    first = spots[0]
    place = first.place
    trail = tuple(dict.fromkeys(step for spot in spots for step in spot.steps))
    reason = next((spot.doubt for spot in spots if spot.doubt), "each block names one")
    value = values[0] if len(values) == 1 else _one_of(values, reason)
    return Fact(value, place, trail)


def _at(world: World, names: Names, spot: Spot) -> KeyValue:
    return key_value(world, names, spot.value) if spot.there else Absent("left out")


def key_value(world: World, names: Names, value: Value) -> KeyValue:
    """Return the key that a value names."""
    if value is None:
        return Absent("null")
    if isinstance(value, OneOf):
        # Where Terraform refuses, nothing is made that could lack a key.
        options = [option for option in value.options if not only_fails(option)] or list(value.options)
        return _one_of([key_value(world, names, option) for option in options], value.reason)
    if isinstance(value, Computed):
        return _computed(world, names, value)
    text = names.text(value)
    if isinstance(text, Unknown):
        return text
    return KeyName(text) if text else Absent("empty")


def _computed(world: World, names: Names, value: Computed) -> KeyValue:
    declared = world.declared.get(value.address)
    written = ".".join((value.address, *map(str, value.path)))
    kinds = ("aws_kms_key", "aws_kms_alias") if declared is not None and declared.is_data else _NAMING
    if declared is None or declared.type not in kinds:
        return Unknown(f"{written} is known only once it exists")
    text = names.text(value)
    return text if isinstance(text, Unknown) else KeyName(text)


def _one_of(values: Iterable[KeyValue], reason: str) -> KeyValue:
    options: list[KeyName | Absent | Unknown] = []
    for value in values:
        options += value.options if isinstance(value, Choice) else (value,)
    distinct = tuple(dict.fromkeys(options))
    return distinct[0] if len(distinct) == 1 else Choice(distinct, reason)
