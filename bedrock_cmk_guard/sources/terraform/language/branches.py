"""Which branch of a conditional is taken, and of what type its value is: one that both branches convert to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from bedrock_cmk_guard.sources.terraform.language.casting import cast, type_of_element
from bedrock_cmk_guard.sources.terraform.language.joining import tolerant
from bedrock_cmk_guard.sources.terraform.language.scope import EvaluationError
from bedrock_cmk_guard.sources.terraform.language.types import BOOL, UNDETERMINED, unify
from bedrock_cmk_guard.sources.terraform.language.values import (
    OneOf,
    Value,
    one_of,
    why_unknown,
)
from bedrock_cmk_guard.subjects import Unknown

Branch = Callable[[], Value]


def choose(condition: Value, then: Branch, otherwise: Branch) -> Value:
    """Return what a conditional is worth."""
    truth = cast(condition, BOOL)
    if truth is None:
        raise EvaluationError("the condition is null")
    if isinstance(truth, bool):
        return _taken(*((then, otherwise) if truth else (otherwise, then)))
    if isinstance(truth, OneOf) and len(set(map(str, truth.options))) == 1:
        return choose(truth.options[0], then, otherwise)
    values = typed([tolerant(then, ()), tolerant(otherwise, ())])
    reason = truth.reason if isinstance(truth, (OneOf, Unknown)) else why_unknown(truth).reason
    return one_of(list(values), reason)


def _taken(branch: Branch, other: Branch) -> Value:
    """The branch that is taken; the other one has a say in the type, even if it is an error."""
    value = branch()
    if not isinstance(value, (bool, int, Decimal, tuple, dict)):
        return value
    try:
        wanted = type_of_element(other())
    except EvaluationError:
        wanted = UNDETERMINED
    return cast(value, unify([type_of_element(value), wanted]))


def typed(values: Sequence[Value]) -> Sequence[Value]:
    """Bring values into the type that they have in common; if they have none, Terraform refuses."""
    common = unify(map(type_of_element, values))
    return [cast(value, common) for value in values]
