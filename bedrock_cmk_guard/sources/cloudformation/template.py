"""A template as it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from bedrock_cmk_guard.sources.cloudformation.calls import FOR_EACH
from bedrock_cmk_guard.subjects import Place
from bedrock_cmk_guard.text.nodes import Entry, ListNode, MapNode, Node, Scalar

INCLUDE = "AWS::Include"
_NO_ENTRIES: Mapping[str, Entry] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A template: its file, and its tree."""

    path: Path
    file: str
    root: MapNode

    def section(self, name: str) -> Mapping[str, Entry]:
        """The entries of a section; none, where there is none."""
        node = self.root.get(name)
        return node.entries if isinstance(node, MapNode) else _NO_ENTRIES

    @property
    def transforms(self) -> tuple[str, ...]:
        """The macros that run over the whole template."""
        node = self.root.get("Transform")
        listed = node.items if isinstance(node, ListNode) else () if node is None else (node,)
        return tuple(name for item in listed if (name := _macro(item)))


@dataclass(frozen=True, slots=True)
class Declared:
    """A resource as a template declares it."""

    id: str
    type: str
    place: Place
    """The whole block, from its name on."""
    node: MapNode
    properties: MapNode


def declared(name: str, entry: Entry) -> Declared | None:
    """The resource that an entry of Resources declares."""
    node = entry.value
    if not isinstance(node, MapNode):
        return None
    kind = node.get("Type")
    if not isinstance(kind, Scalar) or not kind.text:
        return None
    properties = node.get("Properties")
    if not isinstance(properties, MapNode):
        properties = MapNode(properties.place if properties is not None else node.place)
    start, end = entry.key_place, node.place
    place = replace(start, end_line=end.end_line, end_column=end.end_column)
    return Declared(name, kind.text, place, node, properties)


def is_template(node: Node) -> bool:
    """Whether this is a template at all: it has Resources, and one of them has a type, or is made by a macro."""
    resources = node.get("Resources") if isinstance(node, MapNode) else None
    if not isinstance(resources, MapNode):
        return False
    return any(
        name.startswith((FOR_EACH, "Fn::Transform")) or declared(name, entry) is not None
        for name, entry in resources.entries.items()
    )


def strays(node: Node, types: frozenset[str]) -> Iterator[tuple[str, Place]]:
    """What declares a resource of these types, anywhere below: by a Type, and Properties beside it."""
    pending = [node]
    while pending:
        here = pending.pop()
        if isinstance(here, ListNode):
            pending.extend(reversed(here.items))
        elif isinstance(here, MapNode):
            kind = here.get("Type")
            if isinstance(kind, Scalar) and kind.text in types and "Properties" in here.entries:
                yield kind.text, here.place
            pending.extend(entry.value for entry in reversed(list(here.entries.values())))


def _macro(node: Node) -> str:
    if isinstance(node, MapNode):
        node = node.get("Name") or node
    return node.text or "" if isinstance(node, Scalar) else ""
