"""The tree of a YAML or JSON text: scalars, lists and maps, each of which knows where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bedrock_cmk_guard.text.place import Place

Path: TypeAlias = "tuple[str | int, ...]"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value, as text. What type it has is for the reader to say; None is null."""

    text: str | None
    place: Place
    quoted: bool = True
    """Whether it is text whatever it looks like; a JSON number or truth value is not, nor is a bare YAML word."""
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class ListNode:
    """A list."""

    items: tuple[Node, ...]
    place: Place
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of a mapping: where its name is written, and its value."""

    key_place: Place
    value: Node


@dataclass(frozen=True, slots=True)
class MapNode:
    """A mapping of fields to values, in the order written."""

    place: Place
    entries: Mapping[str, Entry] = field(default_factory=dict)
    tag: str | None = None

    def get(self, key: str) -> Node | None:
        """The value of a field, if it is given."""
        entry = self.entries.get(key)
        return entry.value if entry else None


Node: TypeAlias = "Scalar | ListNode | MapNode"


def place_of(root: Node, path: Path) -> Place:
    """Where the field of this path is written, or the nearest thing around it that is.

    A list or mapping is pointed at by its field's name, a single value by itself.
    """
    node, place = root, root.place
    for step in path:
        if isinstance(node, MapNode) and isinstance(step, str) and step in node.entries:
            entry = node.entries[step]
            node = entry.value
            place = node.place if isinstance(node, Scalar) and node.text is not None else entry.key_place
        elif isinstance(node, ListNode) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            place = node.place
        else:
            break
    return place


def key_place(root: Node, path: Path) -> Place:
    """Where the name of this field is written, or what :func:`place_of` says if it has none."""
    node: Node = root
    for step in path[:-1]:
        if isinstance(node, MapNode) and isinstance(step, str) and step in node.entries:
            node = node.entries[step].value
        elif isinstance(node, ListNode) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            return place_of(root, path)
    if isinstance(node, MapNode) and path and isinstance(path[-1], str) and path[-1] in node.entries:
        return node.entries[path[-1]].key_place
    return place_of(root, path)
