"""Values of properties as facts, with what AWS takes where they are left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from bedrock_cmk_guard.sources.cloudformation.stack import Scoped
from bedrock_cmk_guard.sources.cloudformation.values import NoValue, Value, items_of, options, text_of
from bedrock_cmk_guard.subjects import Absent, Choice, Fact, KeyName, KeyValue, Step, Unknown


def text(value: Value, default: str | Unknown) -> Fact[str]:
    """Text, or what is taken where it is left out."""
    if isinstance(value.data, NoValue):
        return Fact(default, None, value.trail)
    return Fact(text_of(value) if value.unknown is None else value.unknown, value.place, value.trail)


def truth(value: Value, default: bool) -> Fact[bool]:
    """True or false; CloudFormation takes the words as well."""
    found = text(value, "true" if default else "false")
    if isinstance(found.value, Unknown):
        return Fact(found.value, found.place, found.trail)
    word = found.value.lower()
    known = (
        word == "true" if word in ("true", "false") else Unknown(f"{found.value!r} is neither true nor false")
    )
    return Fact(known, found.place, found.trail)


def number(value: Value, default: int | Unknown) -> Fact[int]:
    """A whole number."""
    if isinstance(value.data, NoValue):
        return Fact(default, None, value.trail)
    word = text_of(value) if value.unknown is None else value.unknown
    if isinstance(word, Unknown):
        return Fact(word, value.place, value.trail)
    known = int(word) if word.isdecimal() and len(word) < 10 else Unknown(f"{word!r} is no whole number")
    return Fact(known, value.place, value.trail)


def tags(value: Value) -> Fact[Mapping[str, str | Unknown]]:
    """Tags, as a mapping or as a list of pairs of Key and Value."""
    if value.unknown is not None:
        return Fact(value.unknown, value.place, value.trail)
    if isinstance(value.data, NoValue):
        return Fact({}, None, value.trail)
    if isinstance(value.data, Mapping):
        found = {name: _text(item) for name, item in value.data.items() if not isinstance(item.data, NoValue)}
        return Fact(found, value.place, value.trail)
    items = items_of(value)
    if isinstance(items, Unknown):
        return Fact(items, value.place, value.trail)
    pairs: dict[str, str | Unknown] = {}
    for item in items:
        pair = item.data
        if not isinstance(pair, Mapping) or "Key" not in pair:
            reason = item.unknown
            if reason is None:
                reason = Unknown("a tag is no pair of Key and Value")
            return Fact(reason, item.place, item.trail)
        name = _text(pair["Key"])
        if isinstance(name, Unknown):
            return Fact(name, item.place, item.trail)
        pairs[name] = _text(pair["Value"]) if "Value" in pair else ""
    return Fact(pairs, value.place, value.trail)


def _text(value: Value) -> str | Unknown:
    return text_of(value) if value.unknown is None else value.unknown


def key(value: Value, attribute: str) -> Fact[KeyValue]:
    """What names a key."""
    found = tuple(dict.fromkeys(map(_key, options(value))))
    if isinstance(value.data, NoValue):
        return Fact(found[0], None, (*value.trail, Step(f"{attribute} is left out", value.place)))
    if len(found) == 1:
        return Fact(found[0], value.place, value.trail)
    reason = value.unknown.reason if value.unknown is not None else ""
    return Fact(Choice(found, reason), value.place, value.trail)


def _key(value: Value) -> KeyName | Absent | Unknown:
    if isinstance(value.data, NoValue):
        return Absent("left out")
    if value.data is None:
        return Absent("null")
    word = text_of(value)
    if isinstance(word, Unknown):
        return word
    return KeyName(word) if word.strip() else Absent("empty")


class PlaceFacts(TypedDict):
    """Where something is made."""

    account: Fact[str]
    region: Fact[str]


def place_facts(scope: Scoped) -> PlaceFacts:
    """The account and Region that a stack is made in."""
    where = scope.stack.world.environment
    return {
        "account": Fact(where.account or Unknown("its account is that in which the stack is made")),
        "region": Fact(where.region or Unknown("its Region is that in which the stack is made")),
    }
