"""``extends`` and ``include``: several files put together as one tree, each value keeping its place.

The file lies over what it extends: mappings field by field, anything else as a whole, and null takes a field
back to its default. After that the workloads, exceptions and exemptions of included files are appended.
"""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.errors import Problem, RequirementsError
from bedrock_cmk_guard.requirements.nodes import problem_at, without
from bedrock_cmk_guard.requirements.reader import read_tree
from bedrock_cmk_guard.requirements.sources import ReferencedFileError, Source
from bedrock_cmk_guard.requirements.suggest import with_hint
from bedrock_cmk_guard.text.nodes import Entry, ListNode, MapNode, Node, Scalar

INCLUDABLE = ("workloads", "exceptions", "exemptions")
_MAX_EXTENDS = 10


class Gatherer:
    """Reads a file and all that it names. Problems of every file are kept, to be told together."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        # In the order of reading; problems are told in this order.
        self.files: list[str] = []

    def gather(self, source: Source) -> MapNode | None:
        """What could be read: the whole, unless there are problems, and None if not even the first file could be."""
        return self._with_bases(source, ())

    def _with_bases(self, source: Source, above: tuple[Source, ...]) -> MapNode | None:
        own = self._read(source)
        if own is None:
            return None
        tree = without(own, ("extends", "include"))
        if (reference := own.get("extends")) is not None and (base := self._base(source, reference, above)):
            tree = overlay(base, tree)
        if (patterns := own.get("include")) is not None:
            for included in self._included(source, patterns, above):
                tree = append(tree, included)
        return tree

    def _read(self, source: Source) -> MapNode | None:
        if source.name not in self.files:
            self.files.append(source.name)
        try:
            tree = read_tree(source.read(), source.name)
        except RequirementsError as error:
            self.problems.extend(error.problems)
            return None
        if isinstance(tree, Scalar) and tree.text is None:
            self.problems.append(problem_at(tree.place, (), "the file is empty"))
            return None
        if not isinstance(tree, MapNode):
            self.problems.append(
                problem_at(tree.place, (), "the file is to hold fields (name: value) at its top")
            )
            return None
        return tree

    def _base(self, source: Source, reference: Node, above: tuple[Source, ...]) -> MapNode | None:
        if not isinstance(reference, Scalar) or not reference.text:
            self._wrong(reference, "extends", "is to be one path, or package:NAME/FILE")
            return None
        try:
            base = source.extended(reference.text)
        except ReferencedFileError as error:
            self._wrong(reference, "extends", str(error))
            return None
        chain = (*above, source)
        if any(base.identity() == seen.identity() for seen in chain):
            self._wrong(reference, "extends", f"goes round in a circle: {base.name} extends this file")
            return None
        if len(chain) >= _MAX_EXTENDS:
            self._wrong(reference, "extends", f"more than {_MAX_EXTENDS} files extend one another")
            return None
        return self._with_bases(base, chain)

    def _included(self, source: Source, patterns: Node, above: tuple[Source, ...]) -> Iterator[MapNode]:
        if not isinstance(patterns, ListNode):
            self._wrong(patterns, "include", "is to be a list of paths")
            return
        seen = {item.identity() for item in (*above, source)}
        for index, pattern in enumerate(patterns.items):
            if not isinstance(pattern, Scalar) or not pattern.text:
                self._wrong(pattern, ("include", index), "is to be a path")
                continue
            try:
                found = source.included(pattern.text)
            except ReferencedFileError as error:
                self._wrong(pattern, ("include", index), str(error))
                continue
            for file in found:
                if file.identity() in seen:
                    self._wrong(pattern, ("include", index), f"{file.name} is in these requirements already")
                    continue
                seen.add(file.identity())
                if (tree := self._read(file)) is not None:
                    yield self._only_includable(tree)

    def _only_includable(self, tree: MapNode) -> MapNode:
        for name, entry in tree.entries.items():
            if name not in INCLUDABLE:
                message = with_hint("is not a field of an included file", name, INCLUDABLE)
                self.problems.append(problem_at(entry.key_place, (name,), message))
            elif not isinstance(entry.value, ListNode) and not _is_null(entry.value):
                self.problems.append(problem_at(entry.key_place, (name,), "is to be a list"))
        return without(tree, [name for name in tree.entries if name not in INCLUDABLE])

    def _wrong(self, node: Node, field: str | tuple[str | int, ...], message: str) -> None:
        path = (field,) if isinstance(field, str) else field
        self.problems.append(problem_at(node.place, path, message))


def overlay(base: MapNode, over: MapNode) -> MapNode:
    """The base with another mapping laid over it."""
    entries = dict(base.entries)
    for key, entry in over.entries.items():
        below = base.get(key)
        if isinstance(below, MapNode) and isinstance(entry.value, MapNode):
            entry = Entry(entry.key_place, overlay(below, entry.value))
        entries[key] = entry
    return MapNode(over.place, entries)


def append(tree: MapNode, included: MapNode) -> MapNode:
    """The tree with the lists of an included file at the end of its own."""
    entries = dict(tree.entries)
    for key, entry in included.entries.items():
        mine = tree.get(key)
        if not isinstance(entry.value, ListNode):
            continue
        if mine is None or _is_null(mine):
            entries[key] = entry
        elif isinstance(mine, ListNode):
            items = (*mine.items, *entry.value.items)
            entries[key] = Entry(tree.entries[key].key_place, ListNode(items, mine.place))
    return MapNode(tree.place, entries)


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.text is None
