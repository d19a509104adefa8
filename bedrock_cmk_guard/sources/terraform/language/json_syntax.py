"""Terraform's JSON syntax: which objects are blocks at the top follows from the language, further down nothing says.

Inside of a resource every member is an attribute here, whatever the provider takes for a block; whoever follows a
path comes to the same values. Source: https://developer.hashicorp.com/terraform/language/syntax/json
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from bedrock_cmk_guard.sources.terraform.language.expressions import (
    Expression,
    Literal,
    ObjectExpression,
    TupleExpression,
    Unsupported,
)
from bedrock_cmk_guard.sources.terraform.language.grammar import read_bare_template, read_expression
from bedrock_cmk_guard.sources.terraform.language.numbers import parse_number
from bedrock_cmk_guard.sources.terraform.language.scope import EvaluationError
from bedrock_cmk_guard.sources.terraform.language.syntax import (
    Attribute,
    Block,
    Body,
    ParsedFile,
    SyntaxFault,
)
from bedrock_cmk_guard.sources.terraform.language.text import Source
from bedrock_cmk_guard.subjects import Place, Unknown
from bedrock_cmk_guard.text.decoding import decode
from bedrock_cmk_guard.text.json_reader import read_json
from bedrock_cmk_guard.text.nodes import Entry, ListNode, MapNode, Node, Scalar
from bedrock_cmk_guard.text.tree import TextError, TreeBuilder

MAX_BYTES = 16 * 1024 * 1024
_COMMENT = "//"
_LABELS = {
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "module": 1,
    "variable": 1,
    "output": 1,
    "provider": 1,
    "check": 1,
    "locals": 0,
    "terraform": 0,
    "moved": 0,
    "import": 0,
    "removed": 0,
}
_NESTED = {
    "terraform": {"backend": 1, "cloud": 0, "required_providers": 0},
    "resource": {"dynamic": 1, "lifecycle": 0},
    "data": {"dynamic": 1, "lifecycle": 0},
    "provider": {"dynamic": 1},
    "dynamic": {"content": 0},
    "content": {"dynamic": 1},
}
"""The blocks within blocks that are Terraform's own, and how many labels they have."""
_EXPRESSIONS = {("variable", "type"), ("dynamic", "iterator"), ("resource", "provider"), ("data", "provider")}
"""Attributes whose text is an expression by itself, without ``${…}`` around it."""


def parse_json(content: bytes, shown: str) -> ParsedFile:
    """Read a ``.tf.json`` or ``.tofu.json`` file. What is wrong with it is among the faults; nothing is raised."""
    tree = TreeBuilder()
    try:
        read_json(decode(content, shown, MAX_BYTES), shown, tree)
    except TextError as error:
        faults = tuple(SyntaxFault(each.place, each.message) for each in error.complaints)
        return ParsedFile(shown, Body(), faults)
    faults = tuple(SyntaxFault(each.place, each.message) for each in tree.complaints)
    root = tree.root
    if not isinstance(root, MapNode):
        return ParsedFile(shown, Body(), (*faults, SyntaxFault(Place(shown), "it is no JSON object")))
    blocks = [
        block
        for kind, entry in root.entries.items()
        if kind != _COMMENT and kind in _LABELS
        for block in _blocks(kind, entry, _LABELS[kind])
    ]
    return ParsedFile(shown, Body(blocks=tuple(blocks)), faults)


def _blocks(
    kind: str, entry: Entry, labels: int, above: tuple[str, ...] = (), header: Place | None = None
) -> Iterator[Block]:
    """The blocks that a member makes: one for each name below it, or each item of a list."""
    place = header or entry.key_place
    for node in _items(entry.value):
        if labels:
            for name, inner in node.entries.items():
                if name != _COMMENT:
                    yield from _blocks(kind, inner, labels - 1, (*above, name), inner.key_place)
        else:
            whole = Place(place.file, place.line, place.column, node.place.end_line, node.place.end_column)
            yield Block(kind, above, _body(kind, node), whole, place)


def _items(node: Node) -> Iterator[MapNode]:
    for each in node.items if isinstance(node, ListNode) else (node,):
        if isinstance(each, MapNode):
            yield each


def _body(kind: str, node: MapNode) -> Body:
    nested = _NESTED.get(kind, {})
    blocks = [
        block
        for name, entry in node.entries.items()
        if name in nested
        for block in _blocks(name, entry, nested[name])
    ]
    attributes = {
        name: Attribute(name, _whole(entry), partial(_reader(kind, name), entry.value))
        for name, entry in node.entries.items()
        if name not in nested and name != _COMMENT
    }
    return Body(attributes, tuple(blocks))


def _whole(entry: Entry) -> Place:
    start, end = entry.key_place, entry.value.place
    return Place(start.file, start.line, start.column, end.end_line, end.end_column)


def _reader(kind: str, name: str) -> Callable[[Node], Expression]:
    if (kind, name) in _EXPRESSIONS:
        return _written
    return _plain if (kind, name) in {("variable", "default"), ("module", "source")} else _expression


def _written(node: Node) -> Expression:
    """Text that is an expression by itself."""
    if isinstance(node, Scalar) and node.quoted and node.text is not None:
        source = Source(node.text, node.place.file, node.place)
        return read_expression(source, 0, len(node.text))
    return _expression(node)


def _plain(node: Node) -> Expression:
    """A value in which text is nothing but text."""
    return _expression(node, templates=False)


def _expression(node: Node, *, templates: bool = True) -> Expression:
    if isinstance(node, MapNode):
        return ObjectExpression(
            node.place,
            tuple(
                (_text(name, entry.key_place, templates), _expression(entry.value, templates=templates))
                for name, entry in node.entries.items()
            ),
        )
    if isinstance(node, ListNode):
        return TupleExpression(
            node.place, tuple(_expression(item, templates=templates) for item in node.items)
        )
    if node.text is None or node.quoted:
        return Literal(node.place, None) if node.text is None else _text(node.text, node.place, templates)
    if node.text in ("true", "false"):
        return Literal(node.place, node.text == "true")
    try:
        number = parse_number(node.text)
    except EvaluationError as error:
        return Unsupported(node.place, str(error))
    return (
        Unsupported(node.place, number.reason) if isinstance(number, Unknown) else Literal(node.place, number)
    )


def _text(text: str, place: Place, templates: bool) -> Expression:
    if not templates or ("${" not in text and "%{" not in text):
        return Literal(place, text)
    return read_bare_template(Source(text, place.file, place))
