"""Casts values to types, as Terraform does wherever it wants another type than it gets."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal

from bedrock_cmk_guard.sources.terraform.language.numbers import number_text, parse_number
from bedrock_cmk_guard.sources.terraform.language.scope import EvaluationError
from bedrock_cmk_guard.sources.terraform.language.types import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    UNDETERMINED,
    CollectionType,
    ObjectType,
    Simple,
    TupleType,
    Type,
    type_of,
    unify,
)
from bedrock_cmk_guard.sources.terraform.language.values import (
    Computed,
    Encoded,
    Instance,
    Joined,
    ListValue,
    MapValue,
    OneOf,
    SetValue,
    Value,
    is_open,
    one_of,
    same,
)
from bedrock_cmk_guard.subjects import Unknown


def cast(value: Value, wanted: Type) -> Value:
    """The value in the type that is wanted; :class:`EvaluationError` where Terraform refuses.

    What is not known stays what it is.
    """
    if value is None or isinstance(value, (Unknown, Computed)):
        return value
    if isinstance(value, OneOf):
        return one_of([cast(option, wanted) for option in value.options], value.reason)
    match wanted:
        case Simple():
            return _simple(value, wanted)
        case CollectionType():
            return _collection(value, wanted)
        case TupleType():
            return _tuple(value, wanted)
        case ObjectType():
            return _object(value, wanted)


def text(value: Value) -> str | None:
    """The value as text."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return number_text(value)
        case _:
            raise EvaluationError(f"{named(value)} is no text")


def normal(written: str) -> str:
    """Text as Terraform keeps it: Unicode in its composed form."""
    return written if written.isascii() else unicodedata.normalize("NFC", written)


def named(value: Value) -> str:
    """What kind of value it is, for a message."""
    match value:
        case None:
            return "null"
        case bool():
            return "a bool"
        case str() | Joined() | Encoded():
            return "text"
        case int() | Decimal():
            return "a number"
        case SetValue():
            return "a set"
        case tuple():
            return "a list"
        case Mapping() | Instance():
            return "an object"
        case _:
            return "an unknown value"


def _simple(value: Value, wanted: Simple) -> Value:
    if wanted == ANY:
        return value
    if wanted == UNDETERMINED:
        return _undetermined(value)
    if isinstance(value, (Joined, Encoded)):
        return value if wanted == STRING else Unknown("text that is not known is no number and no bool")
    if wanted == STRING:
        return text(value)
    if wanted == NUMBER:
        if isinstance(value, str):
            return parse_number(value)
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            return value
    if wanted == BOOL:
        if isinstance(value, bool):
            return value
        if value in ("true", "1") and isinstance(value, str):
            return True
        if value in ("false", "0") and isinstance(value, str):
            return False
    raise EvaluationError(f"{named(value)} is no {wanted.name}")


def _undetermined(value: Value) -> Value:
    """What can be said of a value whose type depends on one that is not known: text stays text."""
    match value:
        case bool() | int() | Decimal():
            return Unknown("it becomes text or stays what it is, by a type that is not known")
        case SetValue():
            return (
                Unknown("it becomes a list or stays a set, by a type that is not known") if value else value
            )
        case ListValue():
            return ListValue(_undetermined(each) for each in value)
        case tuple():
            return tuple(_undetermined(each) for each in value)
        case MapValue():
            return MapValue({name: _undetermined(each) for name, each in value.items()})
        case Mapping():
            return {name: _undetermined(each) for name, each in value.items()}
        case _:
            return value


def _collection(value: Value, wanted: CollectionType) -> Value:
    if wanted.kind == "map":
        if isinstance(value, Mapping):
            element = _element_type(value.values(), wanted.element)
            return MapValue({name: cast(value[name], element) for name in sorted(value)})
    elif isinstance(value, tuple):
        if isinstance(value, SetValue) and wanted.kind == "list":
            return list_of_set(value, wanted.element)
        element = _element_type(value, wanted.element)
        items = (cast(each, element) for each in value)
        return ListValue(items) if wanted.kind == "list" else set_of(items)
    if is_open(value):
        return Unknown(f"{named(value)} is turned into a {wanted.kind}")
    raise EvaluationError(f"{named(value)} is no {wanted.kind}")


def _element_type(elements: Iterable[Value], wanted: Type) -> Type:
    return unify(map(type_of_element, elements)) if wanted == ANY else wanted


def type_of_element(value: Value) -> Type:
    """The type of an element; one that is null has no say in what the elements have in common."""
    return ANY if value is None else type_of(value)


def list_of_set(value: SetValue, element: Type = ANY) -> Value:
    """The set as a list, in the order in which Terraform walks it."""
    if not is_ordered(value):
        return Unknown("the order of a set of objects or unknown values is not known")
    return ListValue(cast(each, element) for each in value)


def is_ordered(value: SetValue) -> bool:
    """Whether it is known in which order Terraform walks the set: not by what it holds, if that is objects."""
    return len(value) < 2 or all(each is None or isinstance(each, (str, int, Decimal)) for each in value)


def set_of(elements: Iterable[Value]) -> SetValue | Unknown:
    """A set of elements of one type."""
    distinct: list[Value] = []
    for element in elements:
        if not any(same(element, other) for other in distinct):
            distinct.append(element)
    if len(distinct) > 1 and any(
        is_open(element) and not isinstance(element, Computed) for element in distinct
    ):
        return Unknown("two elements of a set may be the same: one is not known")
    ordered = SetValue(distinct)
    return SetValue(sorted(distinct, key=_rank)) if is_ordered(ordered) else ordered


def _rank(element: Value) -> tuple[int, int | Decimal, str]:
    """Sorts text by its characters, numbers by size, false before true, and null last."""
    if isinstance(element, str):
        return 0, 0, element
    if isinstance(element, (int, Decimal)):
        return 0, element, ""
    return 1, 0, ""


def _tuple(value: Value, wanted: TupleType) -> Value:
    if isinstance(value, tuple) and not isinstance(value, (ListValue, SetValue)):
        if len(value) != len(wanted.items):
            raise EvaluationError(f"{len(wanted.items)} elements are wanted, not {len(value)}")
        return tuple(cast(each, kind) for each, kind in zip(value, wanted.items, strict=True))
    if isinstance(value, tuple) or is_open(value):
        return Unknown(f"{named(value)} is turned into a tuple")
    raise EvaluationError(f"{named(value)} is no tuple")


def _object(value: Value, wanted: ObjectType) -> Value:
    if isinstance(value, Instance):
        return Unknown(f"{value.address} is turned into an object of fewer attributes")
    if not isinstance(value, Mapping):
        if is_open(value):
            return Unknown(f"{named(value)} is turned into an object")
        raise EvaluationError(f"{named(value)} is no object")
    attributes: dict[str, Value] = {}
    for name, kind in wanted.attributes.items():
        if name in value:
            attributes[name] = cast(value[name], kind)
        elif name in wanted.optional:
            attributes[name] = None
        else:
            raise EvaluationError(f"the attribute {name} is missing")
    return attributes


def with_defaults(value: Value, wanted: Type) -> Value:
    """The value with the defaults of optional attributes that are left out or null, before it is cast.

    ``set``, ``list`` and ``map`` of objects, and objects in objects, get theirs too.
    """
    match wanted:
        case ObjectType():
            return _object_with_defaults(value, wanted)
        case CollectionType("map", element) if isinstance(value, Mapping):
            filled = {name: with_defaults(each, element) for name, each in value.items()}
            return MapValue(filled) if isinstance(value, MapValue) else filled
        case CollectionType("list" | "set", element) if isinstance(value, tuple):
            return _like(value, (with_defaults(each, element) for each in value))
        case TupleType(items) if isinstance(value, tuple) and len(value) == len(items):
            return _like(value, (with_defaults(*pair) for pair in zip(value, items, strict=True)))
        case _:
            return value


def _like(value: tuple[Value, ...], items: Iterable[Value]) -> Value:
    """A tuple, list or set as the one before."""
    if isinstance(value, ListValue):
        return ListValue(items)
    return SetValue(items) if isinstance(value, SetValue) else tuple(items)


def _object_with_defaults(value: Value, wanted: ObjectType) -> Value:
    if isinstance(value, OneOf):
        return one_of([with_defaults(option, wanted) for option in value.options], value.reason)
    if not isinstance(value, Mapping):
        return value
    filled: dict[str, Value] = dict(value)
    for name, default in wanted.defaults.items():
        given = filled.get(name)
        if given is None:
            filled[name] = default
    for name, kind in wanted.attributes.items():
        if name in filled:
            filled[name] = with_defaults(filled[name], kind)
    return filled
