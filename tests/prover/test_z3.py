"""z3 says the same of the example's claims about keys. A cross-check of the prover, by another method."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bedrock_cmk_guard.claims import claims_of
from bedrock_cmk_guard.iam.prover import Callers, Found, Kind, Nothing, Question, answer
from bedrock_cmk_guard.iam.prover.actions import expanded
from bedrock_cmk_guard.iam.prover.axioms import AXIOMS
from bedrock_cmk_guard.requirements import load_requirements

pytest.importorskip("z3", reason="z3-solver is not installed")
from tests.prover.z3_world import KINDS, NotTranslated, is_possible

pytestmark = pytest.mark.thorough

EXAMPLE = Path(__file__).parents[2] / "examples" / "cmk-guard.yaml"
FAMILIES = (
    "decrypt",
    "decrypt-with-grants",
    "destroy",
    "outsiders",
    "deletion-window",
    "key-policy",
    "through-services",
)
# Which calls can be made across accounts is not for z3 to know.
KNOWN = tuple(axiom for axiom in AXIOMS if axiom.id != "kms-own-account")


def cases() -> Iterator[tuple[str, Question]]:
    """Every question of these claims, action by action, for callers that z3 is told about."""
    for claim in claims_of(load_requirements(EXAMPLE)):
        if claim.id.partition("/")[0] not in FAMILIES:
            continue
        for number, question in enumerate(claim.questions):
            kinds = question.callers.kinds & frozenset(KINDS)
            callers = Callers(kinds, question.callers.accounts, question.callers.outside)
            for action in expanded(question.actions)[:2]:
                yield f"{claim.id} {number} {action}", replace(question, callers=callers, actions=(action,))


CASES = dict(cases())


def test_the_kinds_of_caller_are_those_told_to_z3() -> None:
    assert (
        {kind for question in CASES.values() for kind in question.callers.kinds}
        == set(KINDS)
        == {Kind.ROOT, Kind.USER, Kind.ROLE}
    )


@pytest.mark.parametrize("name", CASES)
def test_z3_agrees(name: str) -> None:
    question = CASES[name]
    found = answer(question, axioms=KNOWN)
    try:
        possible = is_possible(question, question.actions[0])
    except NotTranslated as problem:
        pytest.skip(f"not translated: {problem}")
    if possible is None:
        pytest.skip("z3 did not say in time")
    assert isinstance(found, Found if possible else Nothing)
