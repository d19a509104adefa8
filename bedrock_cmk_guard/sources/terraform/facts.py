"""Facts about an instance, from its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from bedrock_cmk_guard.sources.terraform.language.casting import cast
from bedrock_cmk_guard.sources.terraform.language.scope import EvaluationError
from bedrock_cmk_guard.sources.terraform.language.types import BOOL, NUMBER, STRING
from bedrock_cmk_guard.sources.terraform.language.values import Value, is_open, why_unknown
from bedrock_cmk_guard.subjects import Fact, Place, Step, Unknown

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.declared import Declared
    from bedrock_cmk_guard.sources.terraform.language.syntax import Attribute
    from bedrock_cmk_guard.sources.terraform.naming import Names

T = TypeVar("T", str, bool, int)


def place_of(instance: Declared) -> Place:
    """Return the whole block."""
    return instance.block.place


def text_fact(names: Names, instance: Declared, attribute: Attribute) -> Fact[str]:
    """Return an argument as text."""
    value, trail = instance.traced(attribute)
    return Fact(names.text(value), attribute.place, trail)


def fact(instance: Declared, kind: type[T], default: T | Unknown, *arguments: str) -> Fact[T]:
    """Return the first of these arguments that is written; the default, nowhere, where none is or it is null."""
    attribute = instance.attribute(*arguments)
    if attribute is None:
        return Fact(default)
    value, trail = instance.traced(attribute)
    if value is None:
        return Fact(default, None, trail)
    return Fact(_as(kind, value), attribute.place, trail)


def _as(kind: type[T], value: Value) -> T | Unknown:
    """Take a value as Terraform converts it to an argument's type."""
    wanted = {bool: BOOL, int: NUMBER, str: STRING}[kind]
    try:
        converted = cast(value, wanted)
    except EvaluationError:
        return Unknown("it is of another type than the argument")
    if isinstance(converted, kind):
        return converted
    return why_unknown(converted) if is_open(converted) else Unknown("it is no whole number")


def tags_of(names: Names, instance: Declared) -> Fact[Mapping[str, str | Unknown]]:
    """Return an instance's tags, those that its provider gives to everything among them."""
    attribute = instance.attribute("tags")
    own: Value = None
    place: Place | None = None
    trail: tuple[Step, ...] = ()
    if attribute is not None:
        own, trail = instance.traced(attribute)
        place = attribute.place
    default: Mapping[str, Value] | Unknown = {}
    if instance.type.startswith("aws_") and instance.provider is not None:
        default = instance.provider.default_tags
    if isinstance(default, Unknown):
        return Fact(default, place, trail)
    pairs = _pairs(own)
    if isinstance(pairs, Unknown):
        return Fact(pairs, place, trail)
    tags = {name: names.text(value) for name, value in {**default, **pairs}.items() if value is not None}
    return Fact(tags, place, trail)


def _pairs(value: Value) -> Mapping[str, Value] | Unknown:
    """Tags as a map, or as awscc's list of ``{ key, value }``."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, tuple):
        return why_unknown(value) if is_open(value) else Unknown("its tags are no map")
    found: dict[str, Value] = {}
    for item in value:
        key = item.get("key") if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or not isinstance(key, str):
            return why_unknown(item)
        found[key] = item.get("value")
    return found
