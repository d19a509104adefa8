"""Policies in templates: as objects, or as JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from bedrock_cmk_guard.sources.cloudformation.calls import call_of
from bedrock_cmk_guard.sources.cloudformation.stack import Scoped
from bedrock_cmk_guard.sources.cloudformation.values import NoValue, Value
from bedrock_cmk_guard.subjects import Document, Fact, Unknown
from bedrock_cmk_guard.text.nodes import Node

Names = Mapping[str, str]
"""ARNs that are put together by hand, and the ARN made up for the same resource."""


def policy(node: Node | None, scope: Scoped, names: Names) -> Fact[Document]:
    """The policy that a node holds; None where it is left out."""
    if node is None:
        return Fact(None)
    call = call_of(node)
    if call is not None and call.name == "Fn::ToJsonString":
        # What is unknown in it stays where it is.
        node = call.argument
    value = scope.evaluate(node)
    return Fact(document(value, names), None if isinstance(value.data, NoValue) else node.place, value.trail)


def document(value: Value, names: Names) -> Document:
    """A value as a policy document; text is read as JSON."""
    data = value.data
    if isinstance(data, NoValue):
        return None
    if not isinstance(data, str):
        found = _plain(value, names)
        return found if isinstance(found, Mapping | Unknown) else Unknown("the policy is no object")
    try:
        read = json.loads(data)
    except (ValueError, RecursionError):
        return Unknown("the policy is not JSON")
    return (
        _renamed(cast("Document", read), names)
        if isinstance(read, dict)
        else Unknown("the policy is no object")
    )


def _plain(value: Value, names: Names) -> Document:
    if value.unknown is not None:
        return value.unknown
    data = value.data
    if isinstance(data, tuple):
        return [_plain(item, names) for item in data if not isinstance(item.data, NoValue)]
    if isinstance(data, Mapping):
        kept = {name: item for name, item in data.items() if not isinstance(item.data, NoValue)}
        return {names.get(name, name): _plain(item, names) for name, item in kept.items()}
    if isinstance(data, str):
        return names.get(data, data)
    return cast("Document", data)


def _renamed(found: Document, names: Names) -> Document:
    if isinstance(found, str):
        return names.get(found, found)
    if isinstance(found, list):
        return [_renamed(item, names) for item in found]
    if isinstance(found, dict):
        return {name: _renamed(item, names) for name, item in found.items()}
    return found
