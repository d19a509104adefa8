"""Terraform's types: which one a value has, and which one several values have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from bedrock_cmk_guard.sources.terraform.language.scope import EvaluationError
from bedrock_cmk_guard.sources.terraform.language.values import (
    Encoded,
    Joined,
    ListValue,
    MapValue,
    SetValue,
    Value,
)


@dataclass(frozen=True, slots=True)
class Simple:
    """A type without parts.

    ``any`` is the type of a literal ``null`` and of what a declaration leaves open; ``undetermined`` is a type that
    Terraform knows and we do not: that of a null whose variable we have not seen, or of an unknown value.
    """

    name: Literal["string", "number", "bool", "any", "undetermined"]


STRING = Simple("string")
NUMBER = Simple("number")
BOOL = Simple("bool")
ANY = Simple("any")
UNDETERMINED = Simple("undetermined")


@dataclass(frozen=True, slots=True)
class CollectionType:
    """A list, set or map: any number of elements of one type."""

    kind: Literal["list", "set", "map"]
    element: Type


@dataclass(frozen=True, slots=True)
class TupleType:
    """So many elements, each with a type of its own."""

    items: tuple[Type, ...]


@dataclass(frozen=True)
class ObjectType:
    """Attributes by name. Those in ``optional`` may be left out, and are then null, or the default in ``defaults``."""

    attributes: Mapping[str, Type]
    optional: frozenset[str] = frozenset()
    defaults: Mapping[str, Value] = field(default_factory=dict)


Type: TypeAlias = "Simple | CollectionType | TupleType | ObjectType"


def type_of(value: Value) -> Type:
    """The type of a value, as far as the value tells."""
    match value:
        case bool():
            return BOOL
        case int() | Decimal():
            return NUMBER
        case str() | Joined() | Encoded():
            return STRING
        case ListValue():
            return CollectionType("list", _common(value))
        case SetValue():
            return CollectionType("set", _common(value))
        case tuple():
            return TupleType(tuple(map(type_of, value)))
        case MapValue():
            return CollectionType("map", _common(value.values()))
        case Mapping():
            return ObjectType({name: type_of(each) for name, each in value.items()})
        case _:
            return UNDETERMINED


def _common(elements: Iterable[Value]) -> Type:
    """The type of a collection's elements; those that tell nothing about it are left out."""
    kinds = [kind for kind in map(type_of, elements) if kind != UNDETERMINED]
    return unify(kinds) if kinds else UNDETERMINED


def unify(types: Iterable[Type]) -> Type:
    """The type that all of these convert to, as Terraform chooses it. There being none is an error."""
    seen = [each for each in types if each != ANY]
    if not seen:
        return ANY
    kinds = [each for each in seen if each != UNDETERMINED]
    if not kinds:
        return UNDETERMINED
    objects = [each for each in kinds if isinstance(each, ObjectType)]
    tuples = [each for each in kinds if isinstance(each, TupleType)]
    if len(kinds) < len(seen):
        # Text stays text whatever it is unified with, or Terraform refuses; all else may still become something else.
        return STRING if STRING in kinds else UNDETERMINED
    if len(objects) == len(kinds):
        return _unify_objects(objects)
    if len(tuples) == len(kinds):
        return _unify_tuples(tuples)
    if all(isinstance(each, Simple) for each in kinds):
        return _unify_simple(kinds)
    return _unify_collections(kinds)


def _unify_simple(kinds: list[Type]) -> Type:
    if len(set(kinds)) == 1:
        return kinds[0]
    if STRING in kinds:
        return STRING
    raise EvaluationError("a number and a bool have no type in common")


def _unify_collections(kinds: list[Type]) -> Type:
    """Lists and tuples become lists, maps and objects maps; of sets only equal ones are sure."""
    if all(each == kinds[0] for each in kinds):
        return kinds[0]
    elements: list[Type] = []
    wanted: Literal["list", "map"] | None = None
    for each in kinds:
        match each:
            case CollectionType("list", element):
                kind: Literal["list", "map"] = "list"
                elements.append(element)
            case TupleType(items):
                kind = "list"
                elements.extend(items)
            case CollectionType("map", element):
                kind = "map"
                elements.append(element)
            case ObjectType():
                kind = "map"
                elements.extend(each.attributes.values())
            case CollectionType("set", _):
                return UNDETERMINED
            case _:
                raise EvaluationError("a collection and a single value have no type in common")
        if wanted not in (None, kind):
            raise EvaluationError(f"a {wanted} and a {kind} have no type in common")
        wanted = kind
    assert wanted is not None
    return CollectionType(wanted, unify(elements) if elements else UNDETERMINED)


def _unify_objects(objects: list[ObjectType]) -> Type:
    names = objects[0].attributes.keys()
    if all(each.attributes.keys() == names for each in objects):
        return ObjectType({name: unify(each.attributes[name] for each in objects) for name in names})
    return CollectionType("map", unify(kind for each in objects for kind in each.attributes.values()))


def _unify_tuples(tuples: list[TupleType]) -> Type:
    if len({len(each.items) for each in tuples}) == 1:
        return TupleType(tuple(unify(items) for items in zip(*(each.items for each in tuples), strict=True)))
    return CollectionType("list", unify(item for each in tuples for item in each.items))
