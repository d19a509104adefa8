"""Builds a tree from what a YAML or JSON reader meets, within limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple, NoReturn

from bedrock_cmk_guard.text.nodes import Entry, ListNode, MapNode, Node, Path, Scalar
from bedrock_cmk_guard.text.place import Place

MAX_DEPTH = 100
# A requirements file of a thousand workloads comes to about 40,000 nodes, CloudFormation's largest template to
# 100,000. Aliases count as often as they are used.
MAX_NODES = 500_000


class Complaint(NamedTuple):
    """Something wrong with a text: with which field, what, and where it is written."""

    path: Path
    message: str
    place: Place


class TextError(ValueError):
    """The text cannot be read. ``complaints`` holds what was found wrong until then."""

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("; ".join(complaint.message for complaint in self.complaints))


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not been met."""

    place: Place
    is_map: bool
    anchor: str | None
    tag: str | None
    counted_before: int
    is_key: bool
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    merged: list[Node] = field(default_factory=list)
    awaits_key: bool = True
    # None while a value is read whose key could not be used.
    key: str | None = None
    key_place: Place | None = None
    is_merge: bool = False
    # How many levels of lists and mappings lie within.
    height: int = 0

    def finish(self, end: tuple[int, int]) -> Node:
        place = replace(self.place, end_line=end[0], end_column=end[1])
        if self.is_map:
            return MapNode(place, self.entries, self.tag)
        return ListNode(tuple(self.items), place, self.tag)

    @property
    def expects_key(self) -> bool:
        return self.is_map and self.awaits_key


class _Anchored(NamedTuple):
    node: Node
    size: int
    height: int


class TreeBuilder:
    """Takes starts, ends, single values and aliases in the order they are written.

    What is merely wrong is kept in ``complaints``, so that all of it is told at once; what goes beyond a limit
    stops the reading with a :class:`TextError`. A subclass may take less than YAML does.
    """

    def __init__(self) -> None:
        self.complaints: list[Complaint] = []
        self.roots: list[Node] = []
        self._stack: list[_Open] = []
        self._anchors: dict[str, _Anchored] = {}
        self._count = 0
        # Behind the last thing that ended: where a YAML block ends, whatever blanks and comments follow it.
        self._last_end = (1, 1)

    @property
    def root(self) -> Node | None:
        """The first document, if there is any."""
        return self.roots[0] if self.roots else None

    def document(self, place: Place) -> bool:
        """A YAML document begins here; whether to read it."""
        self._anchors.clear()
        return True

    def start(self, place: Place, *, is_map: bool, anchor: str | None = None, tag: str | None = None) -> None:
        """A list or mapping begins."""
        if len(self._stack) >= MAX_DEPTH:
            self._too_deep(place)
        before = self._count
        self._spend(1, place)
        is_key = bool(self._stack) and self._stack[-1].expects_key
        if is_key:
            self.refuse(place, "a list or mapping cannot be the name of a field")
        self._last_end = (place.line, place.column)
        self._stack.append(_Open(place, is_map, anchor, tag, before, is_key))

    def end(self, at: tuple[int, int] | None = None) -> None:
        """The innermost list or mapping ends before ``at``, or behind what it held last."""
        done = self._stack.pop()
        if at is not None:
            self._last_end = at
        node = done.finish(self._last_end)
        for merged in reversed(done.merged):
            node = self._merge(node, merged)
        if done.anchor is not None:
            self._anchors[done.anchor] = _Anchored(node, self._count - done.counted_before, done.height + 1)
        if done.is_key:
            self._stack[-1].awaits_key = False
            self._stack[-1].key = None
        else:
            self._place(node, height=done.height + 1)

    def scalar(
        self,
        text: str | None,
        place: Place,
        anchor: str | None = None,
        *,
        quoted: bool = True,
        tag: str | None = None,
    ) -> None:
        """A single value."""
        self._spend(1, place)
        self._last_end = (place.end_line, place.end_column)
        node = Scalar(text, place, quoted, tag)
        if anchor is not None:
            self._anchors[anchor] = _Anchored(node, 1, 0)
        self._place(node)

    def alias(self, anchor: str, place: Place) -> None:
        """What an anchor named before stands here again."""
        if anchor not in self._anchors:
            self.stop(place, f"*{anchor} is not the name of anything that ends before this line")
        node, size, height = self._anchors[anchor]
        self._spend(size, place)
        if len(self._stack) + height > MAX_DEPTH:
            self._too_deep(place)
        self._last_end = (place.end_line, place.end_column)
        self._place(node, place, height)

    def refuse(self, place: Place, message: str, *below: str) -> None:
        """Something stands here that is not taken. What is read next may be wrong too, so it goes on."""
        self.complaints.append(Complaint((*self._path(), *below), message, place))

    def stop(self, place: Place, message: str) -> NoReturn:
        """Nothing can be read beyond this."""
        raise TextError([*self.complaints, Complaint((), message, place)])

    def refused_name(self, name: str) -> str | None:
        """Why this cannot be the name of a field, or None if it can."""
        return None

    def _too_deep(self, place: Place) -> NoReturn:
        self.stop(place, f"is nested more than {MAX_DEPTH} deep")

    def _place(self, node: Node, written: Place | None = None, height: int = 0) -> None:
        if not self._stack:
            self.roots.append(node)
            return
        top = self._stack[-1]
        top.height = max(top.height, height)
        if top.expects_key:
            self._name(top, node, written or node.place)
        elif top.is_map:
            if top.is_merge:
                top.merged.append(node)
            elif top.key is not None and top.key_place is not None:
                top.entries[top.key] = Entry(top.key_place, node)
            top.awaits_key = True
        else:
            top.items.append(node)

    def _name(self, top: _Open, node: Node, place: Place) -> None:
        top.awaits_key, top.key, top.key_place, top.is_merge = False, None, place, False
        if not isinstance(node, Scalar):
            self.refuse(place, "a list or mapping cannot be the name of a field")
        elif node.text is None:
            self.refuse(place, "a field has no name")
        elif refused := self.refused_name(node.text):
            self.refuse(place, refused)
        elif node.text == "<<" and not node.quoted:
            top.is_merge = True
        elif node.text in top.entries:
            first = top.entries[node.text].key_place
            self.refuse(place, f"is written twice, first on line {first.line}", node.text)
        else:
            top.key = node.text

    def _merge(self, node: Node, merged: Node) -> Node:
        """The mapping with the fields of others that ``<<`` names; its own, and those of the first, come first."""
        others = merged.items if isinstance(merged, ListNode) else (merged,)
        for other in others:
            if isinstance(node, MapNode) and isinstance(other, MapNode):
                node = replace(node, entries={**other.entries, **node.entries})
            else:
                self.refuse(other.place, "<< takes a mapping, or a list of mappings")
        return node

    def _spend(self, nodes: int, place: Place) -> None:
        self._count += nodes
        if self._count > MAX_NODES:
            self.stop(
                place, f"the file comes to more than {MAX_NODES:,} values, aliases counted as often as used"
            )

    def _path(self) -> Path:
        steps: list[str | int] = []
        for open_ in self._stack:
            if not open_.is_map:
                steps.append(len(open_.items))
            elif not open_.awaits_key and open_.key is not None:
                steps.append(open_.key)
        return tuple(steps)
