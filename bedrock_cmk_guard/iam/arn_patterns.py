"""Whether a policy's resource pattern can ever match a resource of a given type."""

from __future__ import annotations

import re
from functools import lru_cache

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
_FIELDS = 5  # colons before the last field of an ARN


def can_match(pattern: str, template: str) -> bool:
    """Compare a resource pattern with an ARN that has ``${…}`` placeholders, field by field.

    A policy variable in the pattern, like a placeholder, stands for any text without a colon.
    """
    if pattern == "*":
        return True
    ours, theirs = _fields(pattern), _fields(template)
    return len(ours) == len(theirs) and all(map(overlap, ours, theirs))


@lru_cache(maxsize=4096)
def _fields(pattern: str) -> tuple[str, ...]:
    # The last field first: it differs most often.
    return tuple(reversed(_PLACEHOLDER.sub("*", pattern).split(":", _FIELDS)))


@lru_cache(maxsize=4096)
def overlap(first: str, second: str) -> bool:
    """Whether some text is matched by both patterns of ``*`` and ``?``."""
    if "*" not in first + second and "?" not in first + second:
        return first == second
    # reached[j]: first[:i] and second[:j] can stand for the same text.
    reached = [True] + [False] * len(second)
    for j, other in enumerate(second, start=1):
        reached[j] = reached[j - 1] and other == "*"
    for one in first:
        row = [reached[0] and one == "*"]
        for j, other in enumerate(second, start=1):
            if one == "*" or other == "*":
                row.append(reached[j] or row[j - 1])
            else:
                row.append(reached[j - 1] and (one == other or "?" in (one, other)))
        reached = row
    return reached[-1]
