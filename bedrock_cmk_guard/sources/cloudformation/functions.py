"""The intrinsic functions that make values of values.

Source: the template reference of AWS CloudFormation, intrinsic functions, and AWS::LanguageExtensions.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from bedrock_cmk_guard.sources.cloudformation.calls import Call
from bedrock_cmk_guard.sources.cloudformation.conditions import choose, truth
from bedrock_cmk_guard.sources.cloudformation.lookups import attribute, find_in_map, reference, substitute
from bedrock_cmk_guard.sources.cloudformation.scope import Scope
from bedrock_cmk_guard.sources.cloudformation.values import (
    NoValue,
    Value,
    either,
    items_of,
    spread,
    text_of,
    unknown,
)
from bedrock_cmk_guard.subjects import Unknown
from bedrock_cmk_guard.text.nodes import Entry, ListNode, MapNode, Node

MAX_TEXT = 100_000
"""Longer text is no key, policy or name; nested stacks could double it without end."""

Function: TypeAlias = Callable[[Call, Scope], Value]


def apply(call: Call, scope: Scope) -> Value:
    """What a call comes to; Unknown for a function that is not known here."""
    if call.name in _ONLY_DEPLOYED:
        return unknown(f"{call.name} {_ONLY_DEPLOYED[call.name]}", call.place)
    function = _FUNCTIONS.get(call.name)
    if function is None:
        return unknown(f"{call.name} is no function that is known here", call.place)
    found = function(call, scope)
    if isinstance(found.data, str) and len(found.data) > MAX_TEXT:
        return unknown(f"{call.name} makes text of more than {MAX_TEXT:,} characters", call.place)
    return found


def _join(call: Call, scope: Scope) -> Value:
    parts = _arguments(call, 2)
    if parts is None:
        return unknown("Fn::Join takes a separator and a list", call.place)
    listed = parts[1]
    # A list as written is taken apart, so that each item may be a choice of its own.
    if isinstance(listed, ListNode) and listed.tag is None:
        values = [scope.evaluate(node) for node in (parts[0], *listed.items)]
        return spread(values, lambda found: _joined(found[0], found[1:], call), call.place)
    values = [scope.evaluate(node) for node in parts]

    def join(found: Sequence[Value]) -> Value:
        items = items_of(found[1])
        return found[1].but(items) if isinstance(items, Unknown) else _joined(found[0], items, call)

    return spread(values, join, call.place)


def _joined(separator: Value, items: Sequence[Value], call: Call) -> Value:
    texts = []
    for value in (separator, *items):
        if isinstance(value.data, NoValue):
            continue
        text = text_of(value)
        if isinstance(text, Unknown):
            return value.but(text)
        texts.append(text)
    return Value(texts[0].join(texts[1:]) if texts else "", call.place, assumed=any(v.assumed for v in items))


def _split(call: Call, scope: Scope) -> Value:
    parts = _arguments(call, 2)
    if parts is None:
        return unknown("Fn::Split takes a separator and a text", call.place)

    def split(found: Sequence[Value]) -> Value:
        separator, text = map(text_of, found)
        if isinstance(separator, Unknown) or isinstance(text, Unknown):
            return found[0].but(separator if isinstance(separator, Unknown) else text)
        if not separator:
            return unknown("Fn::Split has an empty separator", call.place)
        pieces = (Value(piece, call.place, assumed=found[1].assumed) for piece in text.split(separator))
        return Value(tuple(pieces), call.place)

    return spread([scope.evaluate(node) for node in parts], split, call.place)


def _select(call: Call, scope: Scope) -> Value:
    parts = _arguments(call, 2)
    if parts is None:
        return unknown("Fn::Select takes an index and a list", call.place)

    def select(found: Sequence[Value]) -> Value:
        items, index = items_of(found[1]), text_of(found[0])
        if isinstance(items, Unknown):
            return found[1].but(items)
        if isinstance(index, Unknown):
            return either(items, index.reason, call.place) if items else found[0].but(index)
        if not index.isdecimal() or len(index) > 9 or int(index) >= len(items):
            return unknown(f"Fn::Select asks for item {index} of {len(items)}", call.place)
        return items[int(index)]

    return spread([scope.evaluate(node) for node in parts], select, call.place)


def _base64(call: Call, scope: Scope) -> Value:
    def encode(found: Sequence[Value]) -> Value:
        text = text_of(found[0])
        if isinstance(text, Unknown):
            return found[0].but(text)
        return Value(base64.b64encode(text.encode("utf-8", "surrogatepass")).decode(), call.place)

    return spread([scope.evaluate(call.argument)], encode, call.place)


def _length(call: Call, scope: Scope) -> Value:
    def count(found: Sequence[Value]) -> Value:
        items = items_of(found[0])
        return found[0].but(items) if isinstance(items, Unknown) else Value(len(items), call.place)

    return spread([scope.evaluate(call.argument)], count, call.place)


def _to_json(call: Call, scope: Scope) -> Value:
    value = scope.evaluate(call.argument)
    missing = _first_unknown(value)
    if missing is not None:
        return Value(missing, call.place, value.trail)
    assumed = _any_assumed(value)
    return Value(json.dumps(_bare(value), ensure_ascii=False), call.place, value.trail, assumed)


def _bare(value: Value) -> object:
    if isinstance(value.data, tuple):
        return [_bare(item) for item in value.data if not isinstance(item.data, NoValue)]
    if isinstance(value.data, Mapping):
        return {k: _bare(item) for k, item in value.data.items() if not isinstance(item.data, NoValue)}
    return value.data


def _first_unknown(value: Value) -> Unknown | None:
    if isinstance(value.data, tuple):
        return next((found for item in value.data if (found := _first_unknown(item)) is not None), None)
    if isinstance(value.data, Mapping):
        return next(
            (found for item in value.data.values() if (found := _first_unknown(item)) is not None), None
        )
    return value.unknown


def _any_assumed(value: Value) -> bool:
    if isinstance(value.data, tuple):
        return any(map(_any_assumed, value.data))
    if isinstance(value.data, Mapping):
        return any(map(_any_assumed, value.data.values()))
    return value.assumed


def _truth(call: Call, scope: Scope) -> Value:
    holds = truth(MapNode(call.place, {call.name: Entry(call.place, call.argument)}), scope)
    return Value(holds, call.place)


def _arguments(call: Call, count: int) -> tuple[Node, ...] | None:
    if not isinstance(call.argument, ListNode) or len(call.argument.items) != count:
        return None
    return call.argument.items


_ONLY_DEPLOYED: Mapping[str, str] = MappingProxyType(
    {
        "Fn::ImportValue": "takes what another stack exports",
        "Fn::GetStackOutput": "takes an output of another stack",
        "Fn::GetAZs": "asks for the Region's zones",
        "Fn::Cidr": "makes address blocks",
        "Fn::Transform": "runs a macro",
    }
)
_FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "Ref": reference,
        "Fn::GetAtt": attribute,
        "Fn::Sub": substitute,
        "Fn::FindInMap": find_in_map,
        "Fn::If": choose,
        "Fn::Join": _join,
        "Fn::Split": _split,
        "Fn::Select": _select,
        "Fn::Base64": _base64,
        "Fn::Length": _length,
        "Fn::ToJsonString": _to_json,
        "Fn::And": _truth,
        "Fn::Or": _truth,
        "Fn::Not": _truth,
        "Fn::Equals": _truth,
        "Condition": _truth,
    }
)
