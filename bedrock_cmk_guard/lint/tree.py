"""The text of a policy as a tree that knows where everything stands, whether or not it is JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from bedrock_cmk_guard.errors import GuardError
from bedrock_cmk_guard.iam.document import Json
from bedrock_cmk_guard.text.json_scanner import JsonScanner, Kind

# A policy is six deep: document, statements, statement, condition, operator, values.
MAX_DEPTH = 50
MAX_FAULTS = 50


class Span(NamedTuple):
    """A stretch of the text, by offsets."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value."""

    kind: Kind
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class ListNode:
    """An array."""

    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Member:
    """A field of an object: its name, where that is written, and its value."""

    name: str
    name_span: Span
    value: Node


@dataclass(frozen=True, slots=True)
class MapNode:
    """An object. A name that is written twice stands here twice."""

    members: tuple[Member, ...]
    span: Span

    def get(self, name: str) -> Member | None:
        """Return the last field of the name, which is the one that most readers keep."""
        return next((member for member in reversed(self.members) if member.name == name), None)


Node: TypeAlias = "Scalar | ListNode | MapNode"


class Fault(NamedTuple):
    """Something in the text that is not JSON."""

    at: int
    message: str


class Doubled(NamedTuple):
    """A name that an object has twice, and where it stands first."""

    name: str
    span: Span
    first: Span


class _TooMuchError(GuardError):
    """The text is nested too deep, or too broken, to go on."""


@dataclass(slots=True)
class _Open:
    """An object or array whose end has not been met."""

    start: int
    is_map: bool
    items: list[Node] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    names: dict[str, Span] = field(default_factory=dict)
    name: Scalar | None = None


class Tree:
    """Builds the tree of a text; ``root`` is None if there is nothing in it."""

    def __init__(self, text: str) -> None:
        self.root: Node | None = None
        self.faults: list[Fault] = []
        self.doubled: list[Doubled] = []
        self._stack: list[_Open] = []
        try:
            JsonScanner(text, self).read()
        except _TooMuchError:
            while self._stack:
                self.end(len(text))

    def start(self, at: int, *, is_map: bool) -> None:
        """An object or array begins."""
        if len(self._stack) >= MAX_DEPTH:
            self.faults.append(Fault(at, f"it is nested more than {MAX_DEPTH} deep, which no policy is"))
            raise _TooMuchError
        self._stack.append(_Open(at, is_map))

    def end(self, at: int) -> None:
        """The innermost one ends."""
        done = self._stack.pop()
        span = Span(done.start, at)
        if done.is_map:
            self._place(MapNode(tuple(done.members), span))
        else:
            self._place(ListNode(tuple(done.items), span))

    def scalar(self, at: int, end: int, kind: Kind, text: str) -> None:
        """A single value, or the name of a field."""
        node = Scalar(kind, text, Span(at, end))
        top = self._stack[-1] if self._stack else None
        if top and top.is_map and top.name is None:
            top.name = node
        else:
            self._place(node)

    def fault(self, at: int, message: str) -> None:
        """Something is not JSON; the scanner reads on unless there is no end of it."""
        self.faults.append(Fault(at, message))
        if len(self.faults) >= MAX_FAULTS:
            raise _TooMuchError

    def _place(self, node: Node) -> None:
        if not self._stack:
            self.root = self.root or node
            return
        top = self._stack[-1]
        if not top.is_map:
            top.items.append(node)
        elif top.name is not None:
            name, top.name = top.name, None
            first = top.names.setdefault(name.text, name.span)
            if first != name.span:
                self.doubled.append(Doubled(name.text, name.span, first))
            top.members.append(Member(name.text, name.span, node))


def plain(node: Node) -> Json:
    """The values without their places, as a JSON reader would give them."""
    if isinstance(node, MapNode):
        return {member.name: plain(member.value) for member in node.members}
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    if node.kind == "text":
        return node.text
    if node.kind == "number":
        return float(node.text) if set(node.text) & set(".eE") else int(node.text[:4000])
    return None if node.kind == "null" else node.text == "true"


def items(node: Node) -> Iterator[Node]:
    """The items of a list, or the one thing itself."""
    if isinstance(node, ListNode):
        yield from node.items
    else:
        yield node
