"""The mutation gate over everything rendered from the example, and that its two judges do notice."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bedrock_cmk_guard.iam import PolicyKind
from tests.decision_tables.mutation import mutants
from tests.decision_tables.runner import failures
from tests.policies.by_claims import claim_against
from tests.policies.mutation_gate import claim_that_notices, excused, judge
from tests.policies.spoken_of import cases, pieces, rendered

pytestmark = pytest.mark.thorough

LEAST = 0.95


@pytest.mark.parametrize("name", rendered())
def test_what_nothing_notices_is_listed_with_its_reason_and_nothing_else_is(name: str) -> None:
    report = judge(name)
    print(report)

    assert report.tried
    assert set(report.alive) == {mutant for mutant in excused() if mutant.startswith(f"{name}: ")}


def test_few_are_listed_and_all_are_of_rendered_documents() -> None:
    every = {str(mutant) for name, each in rendered().items() for mutant in mutants(each.document, name)}
    print(f"{len(every):,} mutants, of which {1 - len(excused()) / len(every):.1%} are noticed")

    assert excused().keys() <= every
    assert len(excused()) <= (1 - LEAST) * len(every)


@pytest.mark.parametrize("name", rendered())
def test_the_document_as_it_is_rendered_is_decided_as_its_tables_say(name: str) -> None:
    for piece, document in pieces(name).items():
        assert cases(piece), piece
        assert failures(cases(piece), {piece: document}) == []


def test_every_statement_is_in_one_piece_of_its_document() -> None:
    for name, each in rendered().items():
        found = [statement for document in pieces(name).values() for statement in document.statements]

        assert sorted(map(str, found)) == sorted(map(str, each.document.statements))


def test_the_documents_are_of_every_kind_that_decides_requests() -> None:
    assert {each.document.kind for each in rendered().values()} == set(PolicyKind) - {PolicyKind.RESOURCE}


def test_claims_hold_for_what_is_rendered_and_say_so_of_the_same_again() -> None:
    each = rendered()["key/hr-assistant/eu-central-1"]

    assert claim_against(each.resource, each.document.statements) is None


def dropped() -> Mapping[str, str]:
    """What claim notices, for each statement of the organisation's policies, that it is gone."""
    return {
        mutant.text: str(claim_that_notices(mutant))
        for name, each in rendered().items()
        if each.document.kind in {PolicyKind.SCP, PolicyKind.RCP}
        for mutant in mutants(each.document, name)
        if mutant.text.endswith(" is dropped")
    }


def test_no_refusal_of_the_organisation_goes_without_a_claim_noticing() -> None:
    found = dropped()

    assert len(found) == 45
    assert found["DestroyGuardedKeys is dropped"] == "destroy/by-scp"
    assert found["DestroyedByGovernance is dropped"] == "destroy/by-rcp"
    assert [text for text, claim in found.items() if claim == "None"] == []
