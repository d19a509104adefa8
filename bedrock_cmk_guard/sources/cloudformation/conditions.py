"""Conditions, in three values: true, false, and unknown with the reason."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.sources.cloudformation.calls import Call, call_of, condition_of
from bedrock_cmk_guard.sources.cloudformation.scope import Scope
from bedrock_cmk_guard.sources.cloudformation.values import (
    NoValue,
    Value,
    either,
    options,
    same,
    text_of,
    unknown,
)
from bedrock_cmk_guard.subjects import Step, Unknown
from bedrock_cmk_guard.text.nodes import ListNode, Node, Scalar


def truth(node: Node, scope: Scope) -> bool | Unknown:
    """Whether a condition holds."""
    call = condition_of(node)
    if call is None:
        return _plain_truth(scope.evaluate(node))
    arguments = call.argument.items if isinstance(call.argument, ListNode) else (call.argument,)
    match call.name:
        case "Condition":
            if isinstance(call.argument, Scalar) and call.argument.text:
                return scope.condition(call.argument.text)
            return Unknown("a condition is named by something other than text")
        case "Fn::And":
            return _all([truth(each, scope) for each in arguments])
        case "Fn::Or":
            return _not(_all([_not(truth(each, scope)) for each in arguments]))
        case "Fn::Not" if len(arguments) == 1:
            return _not(truth(arguments[0], scope))
        case "Fn::Equals" if len(arguments) == 2:
            return _equal(scope.evaluate(arguments[0]), scope.evaluate(arguments[1]))
    return _plain_truth(scope.evaluate(node))


def choose(call: Call, scope: Scope) -> Value:
    """``Fn::If``: one of two values, or the choice between them."""
    if not isinstance(call.argument, ListNode) or len(call.argument.items) != 3:
        return unknown("Fn::If takes a condition and two values", call.place)
    named, when_true, when_false = call.argument.items
    name = named.text if isinstance(named, Scalar) and call_of(named) is None else None
    holds = scope.condition(name) if name else truth(named, scope)
    shown = name or "of Fn::If"
    if not isinstance(holds, Unknown):
        taken = when_true if holds else when_false
        inside = scope.assuming(name, holds) if name else scope
        step = Step(f"condition {shown} is {'true' if holds else 'false'}", call.place)
        return inside.evaluate(taken).after(step)
    found = [
        (scope.assuming(name, branch) if name else scope).evaluate(node)
        for branch, node in ((True, when_true), (False, when_false))
    ]
    reason = f"condition {shown} cannot be known: {holds.reason}"
    return either(found, reason, call.place).after(Step(reason, call.place))


def implied(node: Node, holds: bool) -> Iterator[tuple[str, bool]]:
    """The conditions that are known by this one being true, or false."""
    call = condition_of(node)
    if call is None:
        return
    arguments = call.argument.items if isinstance(call.argument, ListNode) else (call.argument,)
    if call.name == "Condition" and isinstance(call.argument, Scalar) and call.argument.text:
        yield call.argument.text, holds
    elif call.name == "Fn::Not":
        for each in arguments:
            yield from implied(each, not holds)
    elif call.name == ("Fn::And" if holds else "Fn::Or"):
        for each in arguments:
            yield from implied(each, holds)


def _all(found: list[bool | Unknown]) -> bool | Unknown:
    if any(each is False for each in found):
        return False
    return next((each for each in found if isinstance(each, Unknown)), True)


def _not(holds: bool | Unknown) -> bool | Unknown:
    return holds if isinstance(holds, Unknown) else not holds


def _equal(one: Value, other: Value) -> bool | Unknown:
    found = [_same_text(a, b) for a in options(one) for b in options(other)]
    if all(each is True for each in found):
        return True
    if all(each is False for each in found):
        return False
    reasons = (*(each for each in found if isinstance(each, Unknown)), one.unknown, other.unknown)
    return next((each for each in reasons if each is not None), Unknown("it may be either"))


def _same_text(one: Value, other: Value) -> bool | Unknown:
    for value in (one, other):
        if isinstance(value.data, Unknown):
            return value.data
        if value.assumed:
            return Unknown("it turns on the account, Region or partition that the stack is made in")
        if isinstance(value.data, NoValue):
            return Unknown("it compares with a value that is left out")
    a, b = text_of(one), text_of(other)
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return same(one, other)
    return a == b


def _plain_truth(value: Value) -> bool | Unknown:
    if value.unknown is not None:
        return value.unknown
    text = text_of(value)
    if isinstance(text, str) and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return Unknown("a condition is expected there")
