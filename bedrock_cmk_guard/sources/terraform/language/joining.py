"""Text put together from parts, some of which may not be known; and what is done to each option of a OneOf."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product

from bedrock_cmk_guard.sources.terraform.language.casting import named, text
from bedrock_cmk_guard.sources.terraform.language.scope import EvaluationError
from bedrock_cmk_guard.sources.terraform.language.values import (
    Computed,
    Encoded,
    Instance,
    Joined,
    OneOf,
    Value,
    one_of,
    why_unknown,
)
from bedrock_cmk_guard.subjects import Unknown

MAX_OPTIONS = 64
"""Combined of several values that are each one of several; beyond that nothing is said."""
MAY_FAIL = "it may be an error"
"""How the reason begins of what is an error under one of several options only."""
NOT_SURE = "it may be something else or an error"
"""How the reason begins of what Terraform refuses, or not, by rules that are not known here."""


def spread(compute: Callable[..., Value], values: Sequence[Value]) -> Value:
    """Compute something for every combination of options."""
    several = [value for value in values if isinstance(value, OneOf)]
    if not several:
        return _computed(compute, values)
    choices = [value.options if isinstance(value, OneOf) else (value,) for value in values]
    results: list[Value] = []
    for number, combination in enumerate(product(*choices)):
        if number >= MAX_OPTIONS:
            return Unknown(several[0].reason)
        results.append(tolerant(lambda *each: _computed(compute, each), combination))
    return one_of(results, several[0].reason)


def _computed(compute: Callable[..., Value], values: Sequence[Value]) -> Value:
    """What is computed from an error is one, even if the value were not needed."""
    failing = next((value for value in values if may_fail(value)), None)
    return compute(*values) if failing is None else failing


def gathered(values: Sequence[Value], make: Callable[[Sequence[Value]], Value]) -> Value:
    """Make a collection of values. If one of them may be an error, so may the collection."""
    failing: list[Value] = []
    fine: list[Value] = []
    reason = ""
    for value in values:
        options = value.options if isinstance(value, OneOf) else (value,)
        failing += [option for option in options if may_fail(option)]
        kept = [option for option in options if not may_fail(option)]
        if not kept:
            return failing[-1]
        if isinstance(value, OneOf):
            reason = reason if len(kept) == len(options) else value.reason
            fine.append(one_of(kept, value.reason))
        else:
            fine.append(value)
    return one_of([make(fine), *failing], reason) if failing else make(fine)


def tolerant(compute: Callable[..., Value], values: Iterable[Value]) -> Value:
    """Compute something under one of several options: an error there leaves something unknown."""
    try:
        return compute(*values)
    except EvaluationError as error:
        return Unknown(f"{MAY_FAIL}: {error}")


def may_fail(value: Value) -> bool:
    """Whether Terraform may refuse what this value stands for."""
    return isinstance(value, Unknown) and value.reason.startswith((MAY_FAIL, NOT_SURE))


def only_fails(value: Value) -> bool:
    """Whether there is no such value: either another option holds, or Terraform refuses."""
    return isinstance(value, Unknown) and value.reason.startswith(MAY_FAIL)


def joined(*parts: Value) -> Value:
    """Return the text of the parts, none of which is a OneOf, one after the other."""
    made: list[str | Unknown | Computed | OneOf | Encoded] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Joined) else (part,):
            known = _piece(piece)
            if isinstance(known, str) and made and isinstance(made[-1], str):
                made[-1] += known
            elif known != "":
                made.append(known)
    if not made:
        return ""
    return made[0] if len(made) == 1 and isinstance(made[0], str) else Joined(tuple(made))


def _piece(part: Value) -> str | Unknown | Computed | OneOf | Encoded:
    if isinstance(part, (Unknown, Computed, OneOf, Encoded)):
        return part
    if isinstance(part, Instance):
        raise EvaluationError(f"{part.address} is no text")
    if part is None:
        raise EvaluationError("null stands in a text")
    found = text(part)
    if found is None:
        raise EvaluationError(f"{named(part)} is no text")
    return found


def known_text(value: Value) -> str | Unknown:
    """Return text that is known, or why it is not. Null is an error."""
    if value is None:
        raise EvaluationError("a text is null")
    if isinstance(value, (Unknown, Computed, OneOf, Joined, Encoded)):
        return why_unknown(value)
    found = text(value)
    return found if found is not None else Unknown("it is no text")
