"""The intrinsic functions that look something up: Ref, Fn::GetAtt, Fn::Sub and Fn::FindInMap."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bedrock_cmk_guard.sources.cloudformation.calls import Call
from bedrock_cmk_guard.sources.cloudformation.scope import Scope
from bedrock_cmk_guard.sources.cloudformation.values import Value, either, spread, text_of, unknown
from bedrock_cmk_guard.subjects import Place, Step, Unknown
from bedrock_cmk_guard.text.nodes import ListNode, MapNode, Node, Scalar

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")


def reference(call: Call, scope: Scope) -> Value:
    """``Ref``."""

    def refer(found: Sequence[Value]) -> Value:
        name = text_of(found[0])
        return found[0].but(name) if isinstance(name, Unknown) else scope.reference(name, call.place)

    return spread([scope.evaluate(call.argument)], refer, call.place)


def attribute(call: Call, scope: Scope) -> Value:
    """``Fn::GetAtt``, as a list or as one text with a dot."""
    parts = call.argument.items if isinstance(call.argument, ListNode) else (call.argument,)

    def get(found: Sequence[Value]) -> Value:
        words = []
        for value in found:
            word = text_of(value)
            if isinstance(word, Unknown):
                return value.but(word)
            words.append(word)
        resource, _, wanted = ".".join(words).partition(".")
        if not wanted:
            return unknown("Fn::GetAtt takes a resource and an attribute", call.place)
        return scope.attribute(resource, wanted, call.place)

    return spread([scope.evaluate(part) for part in parts], get, call.place)


def substitute(call: Call, scope: Scope) -> Value:
    """``Fn::Sub``, with or without variables of its own."""
    template, own = call.argument, None
    if isinstance(template, ListNode):
        if len(template.items) != 2 or not isinstance(template.items[1], MapNode):
            return unknown("Fn::Sub takes a text, or a text and a mapping", call.place)
        template, own = template.items
    if not isinstance(template, Scalar) or template.text is None:
        return unknown("Fn::Sub takes a text", call.place)
    names = list(dict.fromkeys(_names(template.text)))
    values = [_variable(name, own, scope, call.place) for name in names]
    text = template.text

    def fill(found: Sequence[Value]) -> Value:
        words = {}
        for name, value in zip(names, found, strict=True):
            word = text_of(value)
            if isinstance(word, Unknown):
                return value.but(word)
            words[name] = word
        return Value(_VARIABLE.sub(lambda match: _filled(match[1], words), text), call.place)

    return spread(values, fill, call.place)


def _names(text: str) -> Iterator[str]:
    return (match[1].strip() for match in _VARIABLE.finditer(text) if not match[1].startswith("!"))


def _filled(name: str, words: dict[str, str]) -> str:
    return "${" + name[1:] + "}" if name.startswith("!") else words[name.strip()]


def _variable(name: str, own: Node | None, scope: Scope, place: Place) -> Value:
    if isinstance(own, MapNode) and name in own.entries:
        return scope.evaluate(own.entries[name].value)
    resource, _, wanted = name.partition(".")
    return scope.attribute(resource, wanted, place) if wanted else scope.reference(name, place)


def find_in_map(call: Call, scope: Scope) -> Value:
    """``Fn::FindInMap``: with a key that cannot be known, any of the values that it may find."""
    if not isinstance(call.argument, ListNode) or len(call.argument.items) not in (3, 4):
        return unknown("Fn::FindInMap takes a mapping and two keys", call.place)
    keys = [scope.evaluate(node) for node in call.argument.items[:3]]
    default = _default(call.argument.items[3:], scope)
    return spread(keys, lambda found: _found(found, default, call, scope), call.place)


def _default(rest: Sequence[Node], scope: Scope) -> Value | None:
    given = rest[0].get("DefaultValue") if rest and isinstance(rest[0], MapNode) else None
    return None if given is None else scope.evaluate(given)


def _found(keys: Sequence[Value], default: Value | None, call: Call, scope: Scope) -> Value:
    name, first, second = (_key(value) for value in keys)
    if isinstance(name, Unknown):
        return keys[0].but(name)
    entry = scope.mapping(name)
    if entry is None:
        return default or unknown(f"there is no mapping {name}", call.place)
    if not isinstance(entry.value, MapNode) or "Fn::Transform" in entry.value.entries:
        return unknown(f"mapping {name} cannot be read from the template alone", call.place)
    values = [
        scope.evaluate(node).after(Step(f"mapping {name}, {one}, {other}", node.place))
        for one, below in _entries(entry.value, first)
        for other, node in _entries(below, second)
    ]
    open_key = next((key for key in (first, second) if isinstance(key, Unknown)), None)
    if open_key is None:
        missing = unknown(f"mapping {name} has nothing under {first}, {second}", call.place)
        return values[0] if values else default or missing
    if default is not None:
        values.append(default)
    if not values:
        return unknown(f"mapping {name} has nothing to be found: {open_key.reason}", call.place)
    return either(values, open_key.reason, call.place).after(
        Step(f"which entry of mapping {name} is taken cannot be known: {open_key.reason}", call.place)
    )


def _key(value: Value) -> str | Unknown:
    if value.assumed:
        return Unknown("it turns on the account, Region or partition that the stack is made in")
    return text_of(value)


def _entries(node: Node, key: str | Unknown) -> Iterator[tuple[str, Node]]:
    if isinstance(node, MapNode):
        for name, entry in node.entries.items():
            if isinstance(key, Unknown) or name == key:
                yield name, entry.value
