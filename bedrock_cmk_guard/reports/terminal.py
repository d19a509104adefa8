"""Text for people at a terminal: wrapped, with the line that is meant and a mark under it, coloured where wanted."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterator
from typing import TextIO

WIDTH = 80
RED, YELLOW, CYAN, GREEN = "\x1b[31;1m", "\x1b[33;1m", "\x1b[36;1m", "\x1b[32;1m"
BOLD, DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_CONTEXT = 24
# What moves the cursor, changes colours or turns the direction of writing, were it printed as it stands.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")


def colourful(stream: TextIO) -> bool:
    """Whether a stream shows colours, and they are wanted: https://no-color.org."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def safe(text: str) -> str:
    """The text on one line, with what a terminal would obey written out instead."""
    return _UNSAFE.sub(lambda found: ascii(found[0])[1:-1], text)


def paint(text: str, code: str, colour: bool) -> str:
    """The text in a colour, where colours are shown."""
    return f"{code}{text}{_PLAIN}" if colour else text


def wrapped(text: str, indent: str, rest: str = "") -> list[str]:
    """The text in lines of the width; later lines are indented by ``rest``, if that is given."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=rest or indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def excerpt(
    text: str, line: int, column: int, length: int | None, mark: str, *, colour: bool
) -> Iterator[str]:
    """A line of a file, cut to the width around a place, and a mark under it.

    ``length`` is how many characters are meant; None stands for the rest of the line.
    """
    number = f"{line:>5} | "
    room = WIDTH - len(number)
    column = min(column - 1, len(text))
    indent = len(text) - len(text.lstrip())
    start = min(indent, column)
    if column - start > room - _CONTEXT:
        start = column - _CONTEXT
    shown = text[start : start + room].rstrip()
    length = len(text) - column if length is None else length
    length = max(1, min(length, len(shown) - (column - start)))
    yield paint(number, DIM, colour) + safe(shown.replace("\t", " "))
    yield paint("      | ", DIM, colour) + paint(" " * (column - start) + "^" * length, mark, colour)


def count(number: int, word: str) -> str:
    """A number of things: 1 policy, 2 policies, 3 days."""
    plural = word.removesuffix("y") + "ies" if re.search("[^aeiou]y$", word) else f"{word}s"
    return f"{number:,} {word if number == 1 else plural}"
