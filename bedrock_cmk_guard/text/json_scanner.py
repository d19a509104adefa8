"""Reads JSON with places, and reads on after a fault, so that one run can tell of all of them.

The scanner tells a ``Sink`` what it meets: objects, arrays, single values and faults, each with its offset.
A sink that wants the first fault only raises; one that wants them all returns, and the scanner goes on with
what was most likely meant: a comment is skipped, a comma more or less forgiven, a bare word taken as text.
"""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder
from typing import Literal, Protocol

Kind = Literal["text", "number", "truth", "null"]

_SPACE = re.compile(r"[ \t\n\r]*")
_WORD = re.compile(r"[^\s,:{}\[\]\"]+")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_COMMENT = re.compile(r"//[^\n]*|#[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"?', re.DOTALL)
_SINGLE = re.compile(r"'((?:[^'\\\n]|\\.)*)'")
_UNKNOWN_WORD = 'a value is expected: text stands in "quotes", and so does a number that begins with 0'
_NAME = 'the name of a field is expected, in "quotes"'
_DECODER = JSONDecoder()


class Sink(Protocol):
    """Takes what the scanner meets, in the order it is written. All offsets count from 0."""

    def start(self, at: int, *, is_map: bool) -> None:
        """An object or array begins."""

    def end(self, at: int) -> None:
        """The innermost object or array ends before this offset."""

    def scalar(self, at: int, end: int, kind: Kind, text: str) -> None:
        """A single value, or the name of a field."""

    def fault(self, at: int, message: str) -> None:
        """Something is not JSON. Raise to stop reading here."""


class JsonScanner:
    """Walks JSON text. The sink bounds how deep it goes, by raising."""

    def __init__(self, text: str, sink: Sink) -> None:
        self._text = text
        self._sink = sink
        self._at = 0

    def read(self) -> None:
        """Read the one value that the text holds; nothing at all is left to the sink to notice."""
        self._skip()
        if self._at == len(self._text):
            return
        self._value()
        self._skip()
        if self._at < len(self._text):
            self._sink.fault(self._at, "something follows after the end")

    def _value(self) -> None:
        char = self._peek()
        if char == "{":
            self._collection("}", is_map=True)
        elif char == "[":
            self._collection("]", is_map=False)
        elif char == '"':
            self._string()
        else:
            self._word()

    def _collection(self, closing: str, *, is_map: bool) -> None:
        self._sink.start(self._at, is_map=is_map)
        self._at += 1
        item = _NAME if is_map else "a value is expected"
        while not self._closes(closing, item):
            if is_map:
                self._member()
            else:
                self._value()
            item = f"a comma or {closing} is expected"
            if self._closes(closing, item):
                break
            self._comma(closing)
        self._sink.end(self._at)

    def _closes(self, closing: str, wanted: str) -> bool:
        """Whether the collection ends here; a wrong bracket, or the end of the text, ends it too."""
        self._skip()
        char = self._peek()
        if char == closing:
            self._at += 1
            return True
        if not char:
            self._sink.fault(self._at, wanted)
            return True
        if char in "}]":
            self._sink.fault(self._at, wanted)
            self._at += 1
            return True
        return False

    def _comma(self, closing: str) -> None:
        at = self._at
        if self._peek() != ",":
            self._sink.fault(at, f"a comma or {closing} is expected")
            if self._peek() == ":":
                self._at += 1
            return
        self._at += 1
        self._skip()
        if self._peek() == closing:
            self._sink.fault(at, f"a comma before {closing} is one too many")

    def _member(self) -> None:
        self._skip()
        if self._peek() == '"':
            self._string()
        else:
            self._sink.fault(self._at, _NAME)
            self._bare()
        self._skip()
        if self._peek() == ":":
            self._at += 1
        else:
            self._sink.fault(self._at, "a colon is expected")
        self._skip()
        if self._peek() in ("", ",", "}", "]"):
            self._sink.fault(self._at, "a value is expected")
            self._sink.scalar(self._at, self._at, "null", "null")
        else:
            self._value()

    def _string(self) -> None:
        start = self._at
        try:
            value, self._at = _DECODER.raw_decode(self._text, start)
        except JSONDecodeError as error:
            self._sink.fault(min(error.pos, len(self._text)), error.msg)
            quoted = _QUOTED.match(self._text, start)
            value, self._at = (quoted[1], quoted.end()) if quoted else ("", start + 1)
        self._sink.scalar(start, self._at, "text", str(value))

    def _word(self) -> None:
        word = _WORD.match(self._text, self._at)
        if word is None:
            self._sink.fault(self._at, "a value is expected")
            self._sink.scalar(self._at, self._at, "null", "null")
            self._at += self._peek() == ":"
            return
        text = word[0]
        kind: Kind | None = "truth" if text in ("true", "false") else "null" if text == "null" else None
        if kind is None and _NUMBER.fullmatch(text):
            kind = "number"
        if kind is None:
            self._sink.fault(self._at, _UNKNOWN_WORD)
            self._bare()
            return
        self._at = word.end()
        self._sink.scalar(word.start(), self._at, kind, text)

    def _bare(self) -> None:
        """Take a word without quotes, or in single ones, as text."""
        start = self._at
        if quoted := _SINGLE.match(self._text, start):
            self._at = quoted.end()
            self._sink.scalar(start, self._at, "text", quoted[1])
            return
        word = _WORD.match(self._text, start)
        self._at = word.end() if word else start + 1
        self._sink.scalar(start, self._at, "text", word[0] if word else self._text[start : self._at])

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self) -> None:
        while True:
            if space := _SPACE.match(self._text, self._at):
                self._at = space.end()
            comment = _COMMENT.match(self._text, self._at)
            if comment is None:
                return
            self._sink.fault(self._at, "a comment: JSON has none")
            self._at = comment.end()
