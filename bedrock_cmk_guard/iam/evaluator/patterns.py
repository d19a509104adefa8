"""Wildcard patterns: ``*`` is any run of characters, ``?`` is exactly one; everything else is itself.

A pattern is a sequence of pieces, because text that came from a policy variable is always literal: a tag
value with a ``*`` in it must not turn into a wildcard.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

#: A stretch of a pattern and whether ``*`` and ``?`` in it are wildcards.
Piece = tuple[str, bool]
Pieces = tuple[Piece, ...]

ANYTHING: Pieces = (("*", True),)


def text_of(pieces: Pieces) -> str:
    """Join the pieces as plain text, for operators to which a wildcard is an ordinary character."""
    return "".join(text for text, _ in pieces)


@lru_cache(maxsize=65536)
def compiled(pieces: Pieces, *, ignore_case: bool = False) -> re.Pattern[str]:
    """Compile a pattern in which a wildcard may stand for any characters.

    Every ``*`` but the last becomes an atomic group that takes the leftmost continuation. For globs this
    finds a match whenever there is one, and a hostile pattern cannot make it backtrack.
    """
    chunks = _chunks(pieces)
    if len(chunks) == 1:
        source = chunks[0]
    else:
        middle = "".join(f"(?>.*?{chunk})" for chunk in chunks[1:-1])
        source = f"{chunks[0]}{middle}.*{chunks[-1]}"
    return re.compile(rf"(?s:{source})\Z", re.IGNORECASE if ignore_case else 0)


@lru_cache(maxsize=65536)
def compiled_resource(pieces: Pieces) -> re.Pattern[str]:
    """Compile a ``Resource`` pattern.

    A ``*`` crosses the colons of an ARN only where it ends a segment.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    if not _has_inner_star(pieces):
        return compiled(pieces)
    flat = [(character, wild) for text, wild in pieces for character in text]
    source = []
    for index, (character, wild) in enumerate(flat):
        if wild and character == "*":
            ends_segment = index + 1 == len(flat) or flat[index + 1][0] == ":"
            source.append(".*" if ends_segment else "[^:]*")
        else:
            source.append("." if wild and character == "?" else re.escape(character))
    return re.compile(rf"(?s:{''.join(source)})\Z")


@lru_cache(maxsize=65536)
def fixed_resource(pattern: str) -> re.Pattern[str] | None:
    """Compile a ``Resource`` pattern as it is written, or return None where it has variables."""
    return None if "${" in pattern else compiled_resource(((pattern, True),))


def matches(pieces: Pieces, value: str, *, ignore_case: bool = False) -> bool:
    """Whether the whole value fits the pattern."""
    return compiled(pieces, ignore_case=ignore_case).match(value) is not None


@lru_cache(maxsize=65536)
def action_matches(pattern: str, action: str) -> bool:
    """Whether an ``Action`` entry covers an action. Action names ignore case."""
    return matches(((pattern, True),), action, ignore_case=True)


@lru_cache(maxsize=65536)
def any_action_matches(patterns: tuple[str, ...], action: str) -> bool:
    """Whether one of several ``Action`` entries covers an action."""
    return "*" in patterns or any(action_matches(pattern, action) for pattern in patterns)


def _chunks(pieces: Pieces) -> list[str]:
    """Cut the pattern at its ``*``, each chunk already a regular expression; runs of ``*`` count once."""
    chunks = [""]
    star = False
    for text, wild in pieces:
        for character in text:
            if wild and character == "*":
                if not star:
                    chunks.append("")
                star = True
                continue
            star = False
            chunks[-1] += "." if wild and character == "?" else re.escape(character)
    return chunks


def _has_inner_star(pieces: Pieces) -> bool:
    """Whether some ``*`` is followed by more of its own ARN segment."""
    flat = [(character, wild) for text, wild in pieces for character in text]
    return any(
        wild and character == "*" and following[0] != ":" for (character, wild), following in pairwise(flat)
    )
