"""What operators do with values: equality by type and value, arithmetic, logic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from bedrock_cmk_guard.sources.terraform.language.casting import cast
from bedrock_cmk_guard.sources.terraform.language.expressions import BinaryOperator
from bedrock_cmk_guard.sources.terraform.language.numbers import computed
from bedrock_cmk_guard.sources.terraform.language.scope import EvaluationError
from bedrock_cmk_guard.sources.terraform.language.types import BOOL, NUMBER, Type
from bedrock_cmk_guard.sources.terraform.language.values import (
    Computed,
    Encoded,
    Instance,
    Joined,
    ListValue,
    MapValue,
    Number,
    SetValue,
    Value,
    is_open,
    why_unknown,
)
from bedrock_cmk_guard.subjects import Unknown

_COMPARISONS: dict[str, Callable[[Number, Number], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def binary(operator: BinaryOperator, left: Value, right: Value) -> Value:
    """The result of an operator on values none of which is a OneOf."""
    match operator:
        case "==":
            return equal(left, right)
        case "!=":
            result = equal(left, right)
            return result if isinstance(result, Unknown) else not result
        case "&&" | "||":
            return _logic(operator, left, right)
        case "<" | "<=" | ">" | ">=":
            numbers = _numbers(left, right)
            return numbers if isinstance(numbers, Unknown) else _COMPARISONS[operator](*numbers)
        case _:
            numbers = _numbers(left, right)
            return numbers if isinstance(numbers, Unknown) else _arithmetic(operator, *numbers)


def negated(value: Value) -> Value:
    """``!value``."""
    truth = _operand(value, BOOL)
    return not truth if isinstance(truth, bool) else why_unknown(truth)


def negative(value: Value) -> Value:
    """``-value``."""
    number = _operand(value, NUMBER)
    if number == 0:
        return Unknown("zero has a sign of its own in Terraform")
    if isinstance(number, Decimal):
        return number.copy_negate()
    return -number if isinstance(number, int) else why_unknown(number)


def _operand(value: Value, kind: Type) -> Value:
    if value is None:
        raise EvaluationError("an operand is null")
    return cast(value, kind)


def _logic(operator: BinaryOperator, left: Value, right: Value) -> Value:
    """``false && unknown`` is false whatever the unknown turns out to be."""
    decisive = operator == "||"
    operands = (_operand(left, BOOL), _operand(right, BOOL))
    if any(operand is decisive for operand in operands):
        return decisive
    for operand in operands:
        if not isinstance(operand, bool):
            return why_unknown(operand)
    return not decisive


def _numbers(left: Value, right: Value) -> tuple[Number, Number] | Unknown:
    first, second = _operand(left, NUMBER), _operand(right, NUMBER)
    if not isinstance(first, (int, Decimal)):
        return why_unknown(first)
    if not isinstance(second, (int, Decimal)):
        return why_unknown(second)
    return first, second


def _arithmetic(operator: str, left: Number, right: Number) -> Number | Unknown:
    if operator in "/%" and right == 0:
        if operator == "/" and left == 0:
            raise EvaluationError("zero is divided by zero")
        return Unknown("something is divided by zero")
    first, second = Fraction(left), Fraction(right)
    match operator:
        case "+":
            result = first + second
        case "-":
            result = first - second
        case "*":
            result = first * second
        case "/":
            result = first / second
        case _:
            # The rest has the sign of the first, as in Go.
            result = abs(first) % abs(second) * (1 if first >= 0 else -1)
    return computed(result, left, right)


def equal(left: Value, right: Value) -> bool | Unknown:
    """Whether two values are equal: of the same type, and the same. Text is never equal to a number."""
    if left is None or right is None:
        return _both_null(left, right)
    if is_open(left) or is_open(right):
        return _equal_open(left, right)
    match left, right:
        case (bool(), bool()) | (str(), str()):
            return left == right
        case (bool(), _) | (_, bool()):
            return False
        case int() | Decimal(), int() | Decimal():
            return left == right
        case tuple(), tuple():
            return _equal_elements(left, right)
        case Mapping(), Mapping():
            return _equal_attributes(left, right)
        case _:
            return False


def _both_null(left: Value, right: Value) -> bool | Unknown:
    for value in (left, right):
        if isinstance(value, Unknown):
            return value
        if isinstance(value, Computed) and not value.known_present:
            return why_unknown(value)
    return left is None and right is None


def _equal_open(left: Value, right: Value) -> bool | Unknown:
    """Equality with something not known. What is surely not empty is not equal to empty text."""
    for value, other in ((left, right), (right, left)):
        if other == "" and isinstance(other, str) and surely_not_empty(value):
            return False
        if isinstance(value, (Joined, Encoded)) and not isinstance(other, str) and not is_open(other):
            return False
    if isinstance(left, Computed) and left == right and left.known_present:
        return True
    return why_unknown(left if is_open(left) else right)


def surely_not_empty(value: Value) -> bool:
    """Whether it will be text, and not empty, as far as that can be known."""
    match value:
        case Computed():
            return value.known_present
        case Joined():
            return any(
                part != "" if isinstance(part, str) else surely_not_empty(part) for part in value.parts
            )
        case Encoded() | Instance():
            return True
        case str():
            return value != ""
        case _:
            return False


def _kind(value: Value) -> type:
    for kind in (ListValue, SetValue, MapValue, tuple, Mapping):
        if isinstance(value, kind):
            return kind
    return type(value)


def _equal_elements(left: tuple[Value, ...], right: tuple[Value, ...]) -> bool | Unknown:
    if _kind(left) is not _kind(right) or len(left) != len(right):
        return False
    if isinstance(left, SetValue) and len(left) > 1:
        return True if left == right else Unknown("whether two sets are the same is not known here")
    if not left and isinstance(left, (ListValue, SetValue)):
        return Unknown("whether two empty lists are of the same type is not known here")
    return _all(_equal_inside(*pair) for pair in zip(left, right, strict=True))


def _equal_attributes(left: Mapping[str, Value], right: Mapping[str, Value]) -> bool | Unknown:
    if _kind(left) is not _kind(right) or left.keys() != right.keys():
        return False
    if not left and isinstance(left, MapValue):
        return Unknown("whether two empty maps are of the same type is not known here")
    return _all(_equal_inside(left[name], right[name]) for name in left)


def _equal_inside(left: Value, right: Value) -> bool | Unknown:
    """Equality of elements: a null there has a type, which is not known here."""
    if left is None and right is None:
        return Unknown("whether two nulls are of the same type is not known here")
    return equal(left, right)


def _all(results: Iterable[bool | Unknown]) -> bool | Unknown:
    """Whether all hold; one that does not settles it."""
    unknown: list[Unknown] = []
    for result in results:
        if isinstance(result, Unknown):
            unknown.append(result)
        elif not result:
            return False
    return unknown[0] if unknown else True
