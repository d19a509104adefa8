"""Reads a file in HCL, with tree-sitter, into bodies, blocks and attributes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.terraform.language.expressions import Expression, Literal
from bedrock_cmk_guard.sources.terraform.language.grammar import read_expression
from bedrock_cmk_guard.sources.terraform.language.syntax import (
    Attribute,
    Block,
    Body,
    ParsedFile,
    SyntaxFault,
)
from bedrock_cmk_guard.sources.terraform.language.text import Source
from bedrock_cmk_guard.subjects import Place

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_BOM = b"\xef\xbb\xbf"
_DEEPEST_BLOCK = 50


@cache
def _parser() -> Parser:
    import tree_sitter_hcl
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_hcl.language()))


def parse(content: bytes, shown: str) -> ParsedFile:
    """Read a ``.tf``, ``.tofu`` or ``.tfvars`` file. What is wrong with it is among the faults; nothing is raised."""
    content = content.removeprefix(_BOM)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return ParsedFile(shown, Body(), (SyntaxFault(Place(shown, line), "it is not UTF-8"),))
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return ParsedFile(shown, Body(), (SyntaxFault(Place(shown, line), "it holds a zero byte"),))
    root = _parser().parse(content).root_node
    reader = _Reader(Source(text, shown))
    if root.has_error:
        reader.blame(root)
    body = next((child for child in root.children if child.type == "body"), None)
    return ParsedFile(shown, reader.body(body, 0), tuple(reader.faults))


class _Reader:
    """Makes bodies of tree-sitter's nodes."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.faults: list[SyntaxFault] = []
        self._reliable_before: int | None = None
        """The byte at which the first syntax error stands: only what ends before it is what it seems."""

    def blame(self, root: Node) -> None:
        """Note the first syntax error."""
        node = _first_error(root)
        self._reliable_before = node.start_byte
        missing = f"{node.type} is missing" if node.is_missing else "the syntax is wrong"
        self.faults.append(SyntaxFault(self._place(node, node), missing))

    def body(self, node: Node | None, depth: int) -> Body:
        """Read what stands between two braces."""
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        if node is None:
            return Body()
        if depth > _DEEPEST_BLOCK:
            self._fault(node, f"blocks are nested more than {_DEEPEST_BLOCK} deep")
            return Body()
        last_row = -1
        for child in node.named_children:
            if child.type not in ("attribute", "block"):
                continue
            if child.start_point.row == last_row:
                self._fault(child, "a line of its own is needed here")
            last_row = child.end_point.row
            if child.type == "block":
                blocks.append(self._block(child, depth))
            else:
                self._add(attributes, child)
        return Body(attributes, tuple(blocks))

    def _add(self, attributes: dict[str, Attribute], node: Node) -> None:
        name, value = node.named_children[0], node.named_children[-1]
        text = self._text(name)
        if text in attributes:
            self._fault(name, f"{text} is set a second time")
            return
        read = partial(self._expression, *self._offsets(value, value))
        attributes[text] = Attribute(text, self._place(name, value), read)

    def _expression(self, start: int, end: int) -> Expression:
        return read_expression(self.source, start, end)

    def _block(self, node: Node, depth: int) -> Block:
        header: list[Node] = []
        body: Node | None = None
        for child in node.named_children:
            if child.type in ("identifier", "string_lit"):
                header.append(child)
            elif child.type == "body":
                body = child
        labels = tuple(self._labels(header[1:]))
        reliable = self._reliable_before is None or node.end_byte <= self._reliable_before
        return Block(
            self._text(header[0]) if header else "",
            labels,
            self.body(body, depth + 1),
            self._place(node, node),
            self._place(header[0], header[-1]) if header else self._place(node, node),
            reliable=reliable,
        )

    def _labels(self, nodes: list[Node]) -> Iterator[str]:
        for node in nodes:
            if node.type == "identifier":
                yield self._text(node)
                continue
            label = read_expression(self.source, *self._offsets(node, node))
            if isinstance(label, Literal) and isinstance(label.value, str):
                yield label.value
            else:
                self._fault(node, "a label is plain text")
                yield self._text(node)

    def _fault(self, node: Node, message: str) -> None:
        self.faults.append(SyntaxFault(self._place(node, node), message))

    def _text(self, node: Node) -> str:
        start, end = self._offsets(node, node)
        return self.source.text[start:end]

    def _offsets(self, first: Node, last: Node) -> tuple[int, int]:
        return self.source.offset(*first.start_point), self.source.offset(*last.end_point)

    def _place(self, first: Node, last: Node) -> Place:
        return self.source.place(*self._offsets(first, last))


def _first_error(root: Node) -> Node:
    """The first node, in the order of the text, that tree-sitter could not fit in or had to invent."""
    node = root
    while not (node.is_error or node.is_missing):
        following = next((child for child in node.children if child.has_error), None)
        if following is None:
            return node
        node = following
    return node
