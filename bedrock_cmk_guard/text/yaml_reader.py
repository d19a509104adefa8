"""Reads YAML text into a tree with places, without ever building objects on a file's say-so.

It takes PyYAML's event stream (libyaml's where it is there). PyYAML's loaders are not used: they lose places,
guess types (``012345678901`` would lose its zero) and can be made to overflow the stack.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from bedrock_cmk_guard.text.place import Place
from bedrock_cmk_guard.text.tree import Complaint, TextError, TreeBuilder

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


def read_yaml(text: str, file: str, tree: TreeBuilder) -> None:
    """Tell the builder all that the text holds; raises :class:`~bedrock_cmk_guard.text.tree.TextError`."""
    try:
        for event in _events(text):
            if isinstance(event, yaml.DocumentStartEvent):
                if not tree.document(_place(event, file)):
                    return
            elif isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
                _take(event, file, tree)
    except yaml.MarkedYAMLError as error:
        raise TextError([*tree.complaints, _syntax(error, text, file)]) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        if isinstance(error, TextError):
            raise
        # PyYAML's readers complain of characters without a mark, and chr() of an escape out of range.
        complaint = Complaint((), f"is not valid YAML: {' '.join(str(error).split())}", Place(file))
        raise TextError([*tree.complaints, complaint]) from None


def shown_tag(tag: str) -> str:
    """A tag as people write it: ``!!str`` for YAML's own."""
    standard = "tag:yaml.org,2002:"
    return f"!!{tag.removeprefix(standard)}" if tag.startswith(standard) else tag


def _events(text: str) -> Iterator[yaml.Event]:
    # The C loader is missing where PyYAML was built without libyaml.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    yield from yaml.parse(text, Loader=loader)


def _take(event: yaml.Event, file: str, tree: TreeBuilder) -> None:
    place = _place(event, file)
    if isinstance(event, yaml.CollectionEndEvent):
        # A block ends where the next thing begins, far behind its last word.
        is_flow = (place.end_line, place.end_column) > (place.line, place.column)
        tree.end((place.end_line, place.end_column) if is_flow else None)
    elif isinstance(event, yaml.AliasEvent):
        tree.alias(str(event.anchor), place)
    elif isinstance(event, yaml.ScalarEvent):
        quoted = event.style not in (None, "")
        is_null = not quoted and event.tag is None and event.value in _NULLS
        tree.scalar(None if is_null else event.value, place, event.anchor, quoted=quoted, tag=event.tag)
    elif isinstance(event, yaml.CollectionStartEvent):
        is_map = isinstance(event, yaml.MappingStartEvent)
        tree.start(place, is_map=is_map, anchor=event.anchor, tag=event.tag)


def _place(event: yaml.Event, file: str) -> Place:
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        return Place(file)
    return Place(file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _syntax(error: yaml.MarkedYAMLError, text: str, file: str) -> Complaint:
    mark = error.problem_mark or error.context_mark
    words = ", ".join(part for part in (error.context, error.problem) if part)
    if mark is None:
        return Complaint((), f"is not valid YAML: {words}", Place(file))
    hint = " (indent with spaces, not tabs)" if text[mark.index : mark.index + 1] == "\t" else ""
    message = f"is not valid YAML: {words}{hint}"
    return Complaint((), message, Place(file, mark.line + 1, mark.column + 1))
