"""Guesses what a misspelt word was meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_FEW = 12


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one, if any is much like it."""
    # Comparing grows with the length of both words, and nothing known is longer than this.
    return next(iter(difflib.get_close_matches(word[:100], sorted(known), n=1)), None)


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint at what was meant: the nearest known word, or all of them where there are few."""
    words = sorted(known)
    if close := closest(word, words):
        return f"did you mean {close!r}?"
    return f"known: {', '.join(words)}" if len(words) <= _FEW else ""


def with_hint(message: str, word: str, known: Iterable[str]) -> str:
    """The message, and after it the hint if there is one."""
    hint = nearest(word, known)
    return f"{message}; {hint}" if hint else message
