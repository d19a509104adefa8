"""What is inside of a value: attributes, elements, and the elements in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TypeVar

from bedrock_cmk_guard.sources.terraform.language.casting import cast, is_ordered, named, text
from bedrock_cmk_guard.sources.terraform.language.scope import EvaluationError
from bedrock_cmk_guard.sources.terraform.language.types import NUMBER
from bedrock_cmk_guard.sources.terraform.language.values import (
    Computed,
    Encoded,
    Instance,
    Joined,
    OneOf,
    SetValue,
    Value,
    is_open,
    one_of,
    why_unknown,
)
from bedrock_cmk_guard.subjects import Unknown

_Key = TypeVar("_Key", bound="Value")


def attribute(value: Value, name: str) -> Value:
    """``value.name``."""
    match value:
        case Unknown():
            return value
        case Computed():
            return Computed(value.address, (*value.path, name))
        case Instance():
            return value.attribute(name)
        case OneOf():
            return one_of([_tolerant(attribute, option, name) for option in value.options], value.reason)
        case Mapping():
            if name not in value:
                raise EvaluationError(f"there is no attribute {name}")
            return value[name]
        case _:
            raise EvaluationError(f"{named(value)} has no attributes")


def element(value: Value, key: Value) -> Value:
    """``value[key]``."""
    if isinstance(value, OneOf):
        return one_of([_tolerant(element, option, key) for option in value.options], value.reason)
    if isinstance(key, OneOf):
        return one_of([_tolerant(element, value, option) for option in key.options], key.reason)
    if value is None or key is None:
        raise EvaluationError("null has no elements" if value is None else "a key is null")
    if isinstance(value, (str, bool, int, Decimal, SetValue, Joined, Encoded)):
        raise EvaluationError(f"{named(value)} has no elements that a key leads to")
    if isinstance(value, Unknown):
        return value
    if is_open(key):
        return why_unknown(key)
    if isinstance(value, (Computed, Instance)):
        return _computed(value, key)
    if isinstance(value, Mapping):
        name = text(key)
        if name is None or name not in value:
            raise EvaluationError(f"there is no element {name}")
        return value[name]
    return _item(value, key)


def _computed(value: Computed | Instance, key: Value) -> Value:
    if isinstance(value, Instance):
        return attribute(value, text(key) or "")
    if isinstance(key, (str, int)) and not isinstance(key, bool):
        return Computed(value.address, (*value.path, key))
    raise EvaluationError(f"{named(key)} is no key")


def _item(value: tuple[Value, ...], key: Value) -> Value:
    position = cast(key, NUMBER)
    if isinstance(position, Unknown):
        return position
    if not isinstance(position, int) or not 0 <= position < len(value):
        raise EvaluationError(f"there is no element {position} among {len(value)}")
    return value[position]


def _tolerant(take: Callable[[Value, _Key], Value], value: Value, key: _Key) -> Value:
    """What an option gives; an option that would be an error leaves something unknown."""
    try:
        return take(value, key)
    except EvaluationError as error:
        return Unknown(f"it may be an error: {error}")


def entries(value: Value) -> Iterator[tuple[Value, Value]] | Unknown:
    """Keys and values in the order in which ``for`` walks them."""
    if isinstance(value, OneOf) or (is_open(value) and not isinstance(value, (Joined, Encoded, Instance))):
        return why_unknown(value)
    if isinstance(value, Instance):
        return Unknown(f"not all attributes of {value.address} are known")
    if isinstance(value, SetValue):
        if not is_ordered(value):
            return Unknown("the order of a set of objects or unknown values is not known")
        return ((each, each) for each in value)
    if isinstance(value, tuple):
        return iter(enumerate(value))
    if isinstance(value, Mapping):
        return ((name, value[name]) for name in sorted(value))
    raise EvaluationError(f"{named(value)} cannot be walked")


def splat_items(value: Value) -> tuple[Value, ...] | Unknown:
    """The elements over which ``[*]`` goes: those of a list, none of null, and otherwise the value alone."""
    if isinstance(value, tuple):
        walked = entries(value)
        return walked if isinstance(walked, Unknown) else tuple(each for _, each in walked)
    if value is None:
        return ()
    if isinstance(value, Unknown) or (isinstance(value, Computed) and value.path):
        return why_unknown(value)
    return (value,)
