"""What requirements do with the tree of their file: values are text, and a problem names its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from bedrock_cmk_guard.errors import Problem
from bedrock_cmk_guard.text.nodes import ListNode, MapNode, Node, Path, Scalar
from bedrock_cmk_guard.text.place import Place

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"


def problem_at(place: Place, path: Path, message: str) -> Problem:
    """A problem with what is written here."""
    return Problem(path, message, place.file, place.line, place.column)


def without(node: MapNode, keys: Iterable[str]) -> MapNode:
    """The same mapping, less these fields."""
    left_out = frozenset(keys)
    return MapNode(node.place, {k: e for k, e in node.entries.items() if k not in left_out})


def plain(node: Node) -> Plain:
    """The values without their places, and as text: what type each has is for the model to say."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return {key: plain(entry.value) for key, entry in node.entries.items()}
