"""The type that a variable declares, and values brought into it."""

from __future__ import annotations

from bedrock_cmk_guard.sources.terraform.language.casting import cast, with_defaults
from bedrock_cmk_guard.sources.terraform.language.evaluation import evaluate
from bedrock_cmk_guard.sources.terraform.language.expressions import (
    Call,
    Expression,
    Literal,
    ObjectExpression,
    Reference,
    TupleExpression,
)
from bedrock_cmk_guard.sources.terraform.language.scope import EmptyScope, EvaluationError
from bedrock_cmk_guard.sources.terraform.language.types import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    CollectionType,
    ObjectType,
    TupleType,
    Type,
)
from bedrock_cmk_guard.sources.terraform.language.values import Value
from bedrock_cmk_guard.subjects import Unknown

_SIMPLE: dict[str, Type] = {
    "string": STRING,
    "number": NUMBER,
    "bool": BOOL,
    "any": ANY,
    # As Terraform 0.11 had them.
    "list": CollectionType("list", ANY),
    "map": CollectionType("map", ANY),
}


def convert(value: Value, type_expression: Expression) -> Value:
    """The value in the type that a variable's ``type`` says; Unknown, with the reason, where it does not fit.

    Attributes that are left out, or null, get the defaults of their ``optional()``. Null stays null: whether a
    variable takes null is for its ``nullable`` and ``default`` to say (see :func:`variable_value`).
    """
    wanted = declared_type(type_expression)
    if isinstance(wanted, Unknown):
        return wanted
    try:
        return cast(with_defaults(value, wanted), wanted)
    except EvaluationError as error:
        return Unknown(f"it does not fit its type: {error}")
    except RecursionError:
        return Unknown("it is nested too deep")


def variable_value(
    given: Value, default: Value, type_expression: Expression | None, *, nullable: bool = True
) -> Value:
    """The value of a variable that is given one: not nullable, null gives way to the default.

    A variable that is given none has its default, which goes the same way: ``variable_value(default, default, …)``.
    """
    value = default if given is None and not nullable else given
    return value if type_expression is None else convert(value, type_expression)


def declared_type(expression: Expression) -> Type | Unknown:
    """The type that an expression says: ``list(object({ name = optional(string, "x") }))``."""
    try:
        return _type(expression)
    except EvaluationError as error:
        return Unknown(f"its type is not understood: {error}")
    except RecursionError:
        return Unknown("its type is nested too deep")


def _type(expression: Expression) -> Type:
    match expression:
        case Reference(_, name, ()) if name in _SIMPLE:
            return _SIMPLE[name]
        case Literal(_, str(name)) if name in _SIMPLE:
            return _SIMPLE[name]
        case Call(_, "list" | "set" | "map" as kind, (element,), False):
            return CollectionType(kind, _type(element))
        case Call(_, "object", (ObjectExpression(_, items),), False):
            return _object(items)
        case Call(_, "tuple", (TupleExpression(_, members),), False):
            return TupleType(tuple(map(_type, members)))
        case _:
            raise EvaluationError("no such type")


def _object(items: tuple[tuple[Expression, Expression], ...]) -> ObjectType:
    attributes: dict[str, Type] = {}
    optional: set[str] = set()
    defaults: dict[str, Value] = {}
    for key, kind in items:
        if not (isinstance(key, Literal) and isinstance(key.value, str)):
            raise EvaluationError("the name of an attribute is plain text")
        name = key.value
        if isinstance(kind, Call) and kind.name == "optional":
            optional.add(name)
            attributes[name] = _type(kind.arguments[0]) if kind.arguments else ANY
            if len(kind.arguments) == 2:
                defaults[name] = cast(evaluate(kind.arguments[1], EmptyScope()), attributes[name])
        else:
            attributes[name] = _type(kind)
    return ObjectType(attributes, frozenset(optional), defaults)
