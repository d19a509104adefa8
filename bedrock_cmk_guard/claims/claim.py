"""A claim: a sentence about all requests, and how it is decided."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bedrock_cmk_guard.iam.prover import Found, Question, Undecided, answer


class Verdict(StrEnum):
    """What became of a claim."""

    PROVED = "proved"
    REFUTED = "refuted"
    NOT_DECIDED = "not decided"


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that is true if none of the questions finds a request.

    ``intended`` says whether the requirements mean it to be true; if not, ``because`` says why. ``about`` names the
    policies (by their ids) that it speaks of. ``services`` says in words whether AWS services count.
    """

    id: str
    sentence: str
    questions: tuple[Question, ...]
    intended: bool = True
    because: str = ""
    about: tuple[str, ...] = ()
    services: str = "AWS services are not counted"


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim with its verdict. ``counterexample`` refutes it; ``reason`` says why it is not decided."""

    claim: Claim
    verdict: Verdict
    seconds: float
    axioms: frozenset[str] = frozenset()
    counterexample: Found | None = None
    question: Question | None = None
    reason: str = ""
    looked_at: int = 0

    @property
    def is_expected(self) -> bool:
        """Whether the verdict is what the requirements mean it to be."""
        return self.verdict is Verdict.PROVED or not self.claim.intended


def judge(claim: Claim) -> Judged:
    """Prove a claim, or refute it, or say why neither can be done."""
    started = time.perf_counter()
    axioms: set[str] = set()
    reason, looked_at = "", 0
    for question in claim.questions:
        found = answer(question)
        if isinstance(found, Found):
            seconds = time.perf_counter() - started
            return Judged(claim, Verdict.REFUTED, seconds, counterexample=found, question=question)
        if isinstance(found, Undecided):
            reason = reason or found.reason
        else:
            axioms |= found.axioms
            looked_at += found.looked_at
    seconds = time.perf_counter() - started
    if reason:
        return Judged(claim, Verdict.NOT_DECIDED, seconds, reason=reason)
    return Judged(claim, Verdict.PROVED, seconds, frozenset(axioms), looked_at=looked_at)


def once(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """The claims in order; two of one id are a mistake of whoever wrote them."""
    found = tuple(claims)
    ids = [claim.id for claim in found]
    assert len(set(ids)) == len(ids), "two claims have one id"
    return found
