"""Walks JSON text member by member, at the speed of the standard library's scanner, and knows where it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = JSONDecoder()


class Cursor:
    """A position in JSON text.

    :meth:`members` and :meth:`items` stop before each value, and whoever iterates takes it: by :meth:`value`, or by
    walking into it. So a plan of 50 MB is decoded one resource at a time, and nothing of it twice.
    """

    __slots__ = ("_text", "at")

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0
        self.skip()

    def skip(self) -> None:
        """Go on to what is not blank."""
        blank = _SPACE.match(self._text, self.at)
        self.at = blank.end() if blank else self.at

    def value(self) -> Json:
        """Take the value here, whole."""
        decoded: Json
        decoded, self.at = _DECODER.raw_decode(self._text, self.at)
        self.skip()
        return decoded

    def members(self) -> Iterator[str]:
        """Give the name of each member of the object here; the caller takes the value. No object has no members."""
        if not self._opens("{"):
            return
        while not self._closes("}"):
            name = self.value()
            if not isinstance(name, str):
                raise self._expected('the name of a field, in "quotes"')
            self._take(":")
            yield name
            self._comma("}")

    def items(self) -> Iterator[int]:
        """Stop at each item of the array here, and give its offset; the caller takes the value."""
        if not self._opens("["):
            return
        while not self._closes("]"):
            yield self.at
            self._comma("]")

    def end(self) -> None:
        """See that nothing follows."""
        if self.at < len(self._text):
            raise self._expected("the end")

    def _opens(self, bracket: str) -> bool:
        if self._text[self.at : self.at + 1] != bracket:
            self.value()
            return False
        self._take(bracket)
        return True

    def _closes(self, bracket: str) -> bool:
        closes = self._text[self.at : self.at + 1] == bracket
        if closes:
            self._take(bracket)
        return closes

    def _comma(self, closing: str) -> None:
        if self._text[self.at : self.at + 1] == closing:
            return
        self._take(",")
        if self._text[self.at : self.at + 1] == closing:
            raise self._expected("a value")

    def _take(self, sign: str) -> None:
        if self._text[self.at : self.at + 1] != sign:
            raise self._expected(sign)
        self.at += 1
        self.skip()

    def _expected(self, what: str) -> JSONDecodeError:
        return JSONDecodeError(f"Expecting {what}", self._text, self.at)
