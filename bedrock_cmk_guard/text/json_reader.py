"""Reads JSON text into a tree with places. YAML readers take nearly all JSON, but not its surrogate pairs."""

from __future__ import annotations

from typing import NoReturn

from bedrock_cmk_guard.text.json_scanner import JsonScanner, Kind
from bedrock_cmk_guard.text.lines import Lines
from bedrock_cmk_guard.text.place import Place
from bedrock_cmk_guard.text.tree import TreeBuilder


def read_json(text: str, file: str, tree: TreeBuilder) -> None:
    """Tell the builder all that the text holds; raises :class:`~bedrock_cmk_guard.text.tree.TextError`."""
    JsonScanner(text, _Sink(text, file, tree)).read()


class _Sink:
    """Passes what the scanner meets on to the builder, which bounds how deep it goes."""

    def __init__(self, text: str, file: str, tree: TreeBuilder) -> None:
        self._file = file
        self._tree = tree
        self._lines = Lines(text)

    def start(self, at: int, *, is_map: bool) -> None:
        self._tree.start(Place(self._file, *self._lines.place(at)), is_map=is_map)

    def end(self, at: int) -> None:
        self._tree.end(self._lines.place(at))

    def scalar(self, at: int, end: int, kind: Kind, text: str) -> None:
        place = Place(self._file, *self._lines.place(at), *self._lines.place(end))
        self._tree.scalar(None if kind == "null" else text, place, quoted=kind == "text")

    def fault(self, at: int, message: str) -> NoReturn:
        self._tree.stop(Place(self._file, *self._lines.place(at)), f"is not valid JSON: {message}")
