"""Policy variables: ``${aws:PrincipalAccount}``, ``${aws:PrincipalTag/team, 'none'}``, ``${*}``, ``${$}``.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.evaluator.patterns import Pieces
from bedrock_cmk_guard.iam.evaluator.truth import OpenValue

#: Looks a condition key up: its values, None where the request does not carry it, or what they turn on.
Lookup = Callable[[str], tuple[str, ...] | OpenValue | None]

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_NAMED = re.compile(r"\s*([A-Za-z0-9-]+:[^,']+?)\s*(?:,\s*'([^']*)'\s*)?")
_SPECIAL = frozenset({"*", "?", "$"})


class OpenPieces(NamedTuple):
    """A value with open variables: ``widest`` has a wildcard in place of each, and matches all that it can.

    ``undefined`` says that one of them may turn out to be.
    """

    widest: Pieces
    on: frozenset[str]
    undefined: bool


class Variable(NamedTuple):
    """A reference to a condition key, and the text to use where the request lacks it."""

    key: str
    default: str | None


@lru_cache(maxsize=65536)
def parse(text: str) -> tuple[tuple[str, bool] | Variable, ...]:
    """Cut a policy value into literal pieces, pieces with wildcards, and variables.

    Raises PolicyError for a ``${...}`` that is not a policy variable: AWS would take it as text, and whoever
    wrote it did not mean that (``${Account}`` in published samples is a placeholder to be replaced).
    """
    parts: list[tuple[str, bool] | Variable] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        if match.start() > end:
            parts.append((text[end : match.start()], True))
        end = match.end()
        inner = match[1]
        if inner in _SPECIAL:
            parts.append((inner, False))
            continue
        named = _NAMED.fullmatch(inner)
        if named is None:
            msg = f"{match[0]} in {text!r} is no policy variable; write ${{service:Key}}"
            raise PolicyError(msg)
        parts.append(Variable(named[1], named[2]))
    if end < len(text):
        parts.append((text[end:], True))
    if any("${" in part[0] for part in parts if not isinstance(part, Variable)):
        msg = f"{text!r} opens a policy variable and does not close it"
        raise PolicyError(msg)
    return tuple(parts)


def resolve(text: str, lookup: Lookup) -> Pieces | OpenPieces | None:
    """Fill in the variables of a value, or return None where one is undefined.

    AWS says that any attempt to match such a value fails, and that it may make the whole statement invalid. So it
    matches nothing, and no negated comparison with it holds either: a Deny that relies on one does not count.
    The documents of this library keep variables out of Deny conditions wherever the key may be missing.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
    """
    if "${" not in text:
        return ((text, True),)
    pieces: list[tuple[str, bool]] = []
    on: frozenset[str] = frozenset()
    undefined = may_be = False
    for part in parse(text):
        if not isinstance(part, Variable):
            pieces.append(part)
            continue
        values = lookup(part.key)
        if isinstance(values, OpenValue):
            on |= values.on
            may_be |= not values.present and part.default is None
            pieces.append(("*", True))
        elif (value := _single(part, values)) is None:
            undefined = True
        else:
            pieces.append((value, False))
    if undefined:
        return None
    return OpenPieces(tuple(pieces), on, may_be) if on else tuple(pieces)


def widest(text: str) -> Pieces:
    """Put a wildcard in place of every variable: whatever the value can match, this does."""
    parts = parse(text)
    return tuple(("*", True) if isinstance(part, Variable) else part for part in parts)


def _single(variable: Variable, values: tuple[str, ...] | None) -> str | None:
    if not values:
        return variable.default
    if len(values) > 1:
        msg = f"${{{variable.key}}} has {len(values)} values in this request; a policy variable needs one"
        raise PolicyError(msg)
    return values[0]
