"""Words of messages: what a misspelt one was meant to be, and lists of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

_FEW = 4


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint at what a misspelt word was meant to be, ready to be put behind a message."""
    by_fold = {each.lower(): each for each in known}
    near = get_close_matches(word[:100].lower(), by_fold, n=1)
    return f"; did you mean {by_fold[near[0]]}?" if near else ""


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words as a sentence lists them; many are cut short."""
    if len(words) > _FEW + 1:
        return f"{', '.join(words[:_FEW])} {last} {len(words) - _FEW} more"
    return f" {last} ".join(part for part in (", ".join(words[:-1]), words[-1]) if part) if words else ""


def short(text: str, most: int = 60) -> str:
    """A text quoted, and cut if it is long."""
    return repr(text if len(text) <= most else text[: most - 1] + "…")
