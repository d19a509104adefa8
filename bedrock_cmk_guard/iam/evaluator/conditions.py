"""Conditions: every operator and key must hold; several values of one key are alternatives.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import grammar
from bedrock_cmk_guard.iam.evaluator.context import Context, Value
from bedrock_cmk_guard.iam.evaluator.operators import COMPARE
from bedrock_cmk_guard.iam.evaluator.patterns import ANYTHING, Pieces, matches
from bedrock_cmk_guard.iam.evaluator.truth import OpenValue, Truth, Turns, agree, all_of, any_of
from bedrock_cmk_guard.iam.evaluator.variables import OpenPieces, resolve
from bedrock_cmk_guard.iam.grammar import Condition, Operator


class Check(NamedTuple):
    """One operator and key of a condition, put to one request."""

    operator: str
    key: str
    wanted: tuple[str, ...]
    found: Value
    holds: Truth

    def __str__(self) -> str:
        if isinstance(self.holds, Turns):
            return f"{self.operator} {self.key} {_listed(self.wanted)} turns on {_and(self.holds.on)}"
        if isinstance(self.found, OpenValue):
            found = "is open"
        else:
            found = "is absent" if self.found is None else f"is {_listed(self.found)}"
        verdict = "holds" if self.holds else "does not hold"
        return f"{self.operator} {self.key} {_listed(self.wanted)} {verdict}: the key {found}"


def check_condition(condition: Condition, context: Context) -> tuple[Check, ...]:
    """Put every operator and key of a condition to the request."""
    checks = []
    for name, keys in condition.items():
        operator = _operator(name)
        for key, wanted in keys.items():
            checks.append(_check(operator, key, wanted, context))
    return tuple(checks)


def _check(operator: Operator, key: str, wanted: tuple[str, ...], context: Context) -> Check:
    found = context.values(key)
    if isinstance(found, OpenValue):
        holds = _holds_when_open(operator, key, wanted, found, context)
    else:
        holds = _holds(operator, key, wanted, found, context)
    return Check(operator.name, key, wanted, found, holds)


@lru_cache(maxsize=1024)
def _operator(name: str) -> Operator:
    try:
        return grammar.operator(name)
    except ValueError as error:
        raise PolicyError(str(error)) from error


def _holds(
    operator: Operator, key: str, wanted: tuple[str, ...], found: tuple[str, ...] | None, context: Context
) -> Truth:
    if operator.family == "null":
        return any((value.lower() == "true") is (not found) for value in wanted)
    if not found:
        return _holds_when_absent(operator)
    expected = _expected(operator, wanted, context)
    if expected is None:
        return False
    if operator.quantifier == "ForAllValues":
        return all_of(_fits(operator, value, expected) for value in found)
    if operator.quantifier == "ForAnyValue":
        return any_of(_fits(operator, value, expected) for value in found)
    if len(found) > 1:
        msg = (
            f"{operator.name} compares {key}, which has {len(found)} values in this request, without a set"
            " operator; AWS leaves the result open: use ForAnyValue: or ForAllValues:"
        )
        raise PolicyError(msg)
    return _fits(operator, found[0], expected)


def _holds_when_open(
    operator: Operator, key: str, wanted: tuple[str, ...], found: OpenValue, context: Context
) -> Truth:
    """Decide for a key whose values are open: by all that it can be, or where its value does not matter."""
    if found.candidates is not None:
        return agree(
            found.on, found.candidates, lambda values: _holds(operator, key, wanted, values, context)
        )
    if operator.family == "null":
        tests = {value.lower() for value in wanted}
        if found.present or len(tests) > 1:
            return "false" in tests
        return Turns(found.on)
    expected = _expected(operator, wanted, context)
    always = _matches_always(operator, expected)
    if always is not None:
        holds = expected is not None and always is not operator.negated
        if found.present or holds is _holds_when_absent(operator):
            return holds
    return Turns(found.on.union(*(each.on for each in expected or () if isinstance(each, OpenPieces))))


def _matches_always(operator: Operator, expected: tuple[Pieces | OpenPieces, ...] | None) -> bool | None:
    """Whether every value matches (True), or none (False: variables are undefined)."""
    if not expected:
        return False
    return True if operator.base in _LIKE and ANYTHING in expected else None


_LIKE = frozenset({"StringLike", "StringNotLike"})


def _expected(
    operator: Operator, wanted: tuple[str, ...], context: Context
) -> tuple[Pieces | OpenPieces, ...] | None:
    """Fill in the variables of the policy's values; one with an undefined variable is left out.

    None says that nothing compares: the operator is negated, and a variable undefined.
    """
    if operator.family not in {"string", "arn"}:
        return tuple(((value, True),) for value in wanted)
    resolved = [resolve(value, context.values) for value in wanted]
    if operator.negated and None in resolved:
        return None
    return tuple(pieces for pieces in resolved if pieces is not None)


def _holds_when_absent(operator: Operator) -> bool:
    """Decide for a missing key: IfExists and ForAllValues hold, ForAnyValue does not, else negation."""
    if operator.if_exists or operator.quantifier == "ForAllValues":
        return True
    return operator.negated and operator.quantifier != "ForAnyValue"


def _fits(operator: Operator, value: str, expected: tuple[Pieces | OpenPieces, ...]) -> Truth:
    """One value of the request against all of the policy's: any of them, or none where negated."""
    compare = COMPARE[operator.base]
    on: frozenset[str] = frozenset()
    for pieces in expected:
        if isinstance(pieces, OpenPieces):
            # A negated comparison turns on it too where the variable may be undefined: then it does not hold.
            if (operator.negated and pieces.undefined) or matches(pieces.widest, value, ignore_case=True):
                on |= pieces.on
        elif compare(value, pieces):
            return not operator.negated
    return Turns(on) if on else operator.negated


def _listed(values: tuple[str, ...]) -> str:
    return "empty" if not values else " or ".join(repr(value) for value in values)


def _and(names: frozenset[str]) -> str:
    return " and ".join(sorted(names))
