"""Questions put together: what all of several demand, what one of several gives, with the statements that say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bedrock_cmk_guard.iam.document import Effect
from bedrock_cmk_guard.iam.evaluator.layers import Layer
from bedrock_cmk_guard.iam.evaluator.statements import Match
from bedrock_cmk_guard.iam.evaluator.truth import Truth, Turns


class Answer(NamedTuple):
    """Yes by these statements, no for want of an Allow in a layer, or open by what these statements turn on."""

    truth: Truth
    matches: tuple[Match, ...] = ()
    lacking: tuple[str, str] | None = None


YES = Answer(True)


def lacking(layer: Layer | None, why: str) -> Answer:
    """No: the layer does not allow, and why that matters."""
    return Answer(False, lacking=(layer.name if layer else "resource policy", why))


def said_by(matches: tuple[Match, ...], otherwise: Answer) -> Answer:
    """Yes where a statement applies; open where one may."""
    held = tuple(match for match in matches if match.holds is True)
    if held:
        return Answer(True, held)
    on: frozenset[str] = frozenset()
    for match in matches:
        if isinstance(match.holds, Turns):
            on |= match.holds.on
    return Answer(Turns(on), matches) if matches else otherwise


def allowed_by(layer: Layer | None, why: str) -> Answer:
    """Whether some statement of the layer allows."""
    if layer is None:
        return lacking(layer, why)
    return said_by(layer.said(Effect.ALLOW), lacking(layer, why))


def every(*answers: Answer) -> Answer:
    """Yes if all say so, no as the first that does."""
    for answer in answers:
        if answer.truth is False:
            return answer
    undecided = tuple(answer for answer in answers if answer.truth is not True)
    if undecided:
        return _open(undecided)
    return Answer(True, tuple(match for answer in answers for match in answer.matches))


def either(*answers: Answer) -> Answer:
    """Yes as the first that says so, no as the last."""
    for answer in answers:
        if answer.truth is True:
            return answer
    undecided = tuple(answer for answer in answers if answer.truth is not False)
    return _open(undecided) if undecided else answers[-1]


def choose(condition: Truth, yes: Callable[[], Answer], no: Callable[[], Answer]) -> Answer:
    """One answer or the other; where that is open, what they agree on."""
    if condition is True:
        return yes()
    if condition is False:
        return no()
    both = (yes(), no())
    if both[0].truth is both[1].truth and isinstance(both[0].truth, bool):
        return both[0]
    return _open((Answer(condition), *both))


def _open(answers: tuple[Answer, ...]) -> Answer:
    on: frozenset[str] = frozenset()
    for answer in answers:
        if isinstance(answer.truth, Turns):
            on |= answer.truth.on
    matches = dict.fromkeys(match for answer in answers for match in answer.matches)
    return Answer(Turns(on), tuple(matches))
