"""Intrinsic functions as they are written: a short tag, or a mapping of one field with the function's name."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from bedrock_cmk_guard.text.nodes import MapNode, Node
from bedrock_cmk_guard.text.place import Place

FOR_EACH = "Fn::ForEach::"


class Call(NamedTuple):
    """A function and what it is given."""

    name: str
    """``Ref``, ``Condition``, or with ``Fn::``."""
    argument: Node
    place: Place


def call_of(node: Node) -> Call | None:
    """The call that a node is, if it is one. ``Condition`` in its long form is one only where a condition stands."""
    if node.tag and node.tag.startswith("!") and len(node.tag) > 1:
        word = node.tag[1:]
        name = word if word in ("Ref", "Condition") else f"Fn::{word}"
        return Call(name, replace(node, tag=None), node.place)
    if isinstance(node, MapNode) and len(node.entries) == 1:
        name, entry = next(iter(node.entries.items()))
        if name == "Ref" or (name.startswith("Fn::") and not name.startswith(FOR_EACH)):
            return Call(name, entry.value, node.place)
    return None


def condition_of(node: Node) -> Call | None:
    """The same where a condition stands."""
    if isinstance(node, MapNode) and len(node.entries) == 1 and "Condition" in node.entries:
        return Call("Condition", node.entries["Condition"].value, node.place)
    return call_of(node)
