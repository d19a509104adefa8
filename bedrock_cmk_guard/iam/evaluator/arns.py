"""Amazon Resource Names: six parts, of which the last may hold further colons.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from bedrock_cmk_guard.iam.evaluator.patterns import ANYTHING, Pieces, matches

_SEGMENTS = 6


class Arn(NamedTuple):
    """The parts of an ARN after ``arn:``."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


@lru_cache(maxsize=65536)
def parse_arn(text: str) -> Arn | None:
    """Return the parts of an ARN, or None where the text is not one."""
    parts = text.split(":", _SEGMENTS - 1)
    if len(parts) != _SEGMENTS or parts[0] != "arn":
        return None
    return Arn(*parts[1:])


def arn_matches(pattern: Pieces, value: str) -> bool:
    """Whether ``ArnEquals`` and ``ArnLike`` (they are one operator) see the value as fitting the pattern.

    Each of the six parts is compared by itself, with case and with wildcards, so a wildcard never runs over
    a colon of the first five. A lone ``*`` is taken for every ARN; AWS does not say. The grammar refuses other
    patterns without six parts; one that a variable fills with something else matches nothing.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    if pattern == ANYTHING:
        return parse_arn(value) is not None
    segments = _split(pattern)
    parts = value.split(":", _SEGMENTS - 1)
    return len(segments) == len(parts) == _SEGMENTS and all(
        matches(segment, part) for segment, part in zip(segments, parts, strict=True)
    )


@lru_cache(maxsize=65536)
def _split(pieces: Pieces) -> tuple[Pieces, ...]:
    """Cut the pattern at its first five colons, wherever they come from."""
    segments: list[list[tuple[str, bool]]] = [[]]
    for text, wild in pieces:
        head, *rest = text.split(":", _SEGMENTS - len(segments))
        segments[-1].append((head, wild))
        segments.extend([(part, wild)] for part in rest)
    return tuple(tuple(segment) for segment in segments)
