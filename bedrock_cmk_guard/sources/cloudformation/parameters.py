"""A template's parameters: given, or by default, or unknown."""

from __future__ import annotations

from dataclasses import replace

from bedrock_cmk_guard.sources.cloudformation.scalars import typed
from bedrock_cmk_guard.sources.cloudformation.values import Value, either, options, text_of, unknown
from bedrock_cmk_guard.subjects import Step, Unknown
from bedrock_cmk_guard.text.nodes import Entry, ListNode, MapNode, Node, Scalar

_SSM = "AWS::SSM::Parameter::Value<"


def has_default(entry: Entry) -> bool:
    """Whether a parameter may be left to its default."""
    return isinstance(entry.value, MapNode) and entry.value.get("Default") is not None


def parameter(name: str, entry: Entry, given: Value | None, *, overridden: bool = False) -> Value:
    """What a parameter comes to.

    ``overridden`` asks for what it may be if somebody sets it to another value than its default.
    """
    node = entry.value
    if not isinstance(node, MapNode):
        return unknown(f"parameter {name} is not declared as one", entry.key_place)
    kind = _text(node.get("Type")) or "String"
    if kind.startswith(_SSM):
        return unknown(f"parameter {name} is read from Systems Manager when the stack is made", node.place)
    if given is not None:
        return _listed(given, kind).after(Step(f"parameter {name} is given", given.place))
    default = node.get("Default")
    if default is None or overridden:
        return _left_open(name, entry, node, "may be given another value" if overridden else "has no default")
    if not isinstance(default, Scalar):
        return unknown(f"the default of parameter {name} is no text", default.place)
    found = _listed(Value(_default_text(default), default.place), kind)
    if isinstance(found.data, str) and "{{resolve:" in found.data:
        return unknown(f"parameter {name} is resolved when the stack is made", default.place)
    return found.after(Step(f"parameter {name} has the default {default.text!r}", default.place))


def _left_open(name: str, entry: Entry, node: MapNode, why: str) -> Value:
    """One of the values that are allowed, if they are listed."""
    reason = f"parameter {name} {why}"
    place = entry.key_place
    allowed = node.get("AllowedValues")
    if not isinstance(allowed, ListNode) or not allowed.items:
        return unknown(reason, place).after(Step(reason, place))
    kind = _text(node.get("Type")) or "String"
    found = [
        _listed(Value(_default_text(item), item.place), kind)
        for item in allowed.items
        if isinstance(item, Scalar)
    ]
    return either(found, reason, place).after(Step(reason, place))


def _default_text(node: Scalar) -> str | Unknown:
    text = text_of(Value(typed(node), node.place))
    return "" if node.text is None else text


def _text(node: Node | None) -> str:
    return node.text or "" if isinstance(node, Scalar) else ""


def _listed(value: Value, kind: str) -> Value:
    """A value of a list type, which is given as text, by commas."""
    if not (kind == "CommaDelimitedList" or kind.startswith("List<")):
        return value
    if value.unknown is not None:
        found = [_listed(option, kind) for option in options(value)]
        return value if len(found) < 2 else either(found, value.unknown.reason, value.place)
    if isinstance(value.data, tuple):
        return value
    text = text_of(value)
    if isinstance(text, Unknown):
        return value.but(text)
    words = text.split(",") if text else []
    items = tuple(replace(value, data=word.strip(), trail=()) for word in words)
    return value.but(items)
