"""The SCPs and RCPs held to their decision tables: every statement, action and condition key, one way and the other."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from bedrock_cmk_guard.iam import PolicyDocument
from bedrock_cmk_guard.iam.evaluator.principals import parse_caller
from bedrock_cmk_guard.policies import POLICIES
from bedrock_cmk_guard.requirements.enforcement import Layers
from tests.decision_tables import coverage, mutation
from tests.decision_tables.runner import Documents, failures, select, settle
from tests.decision_tables.table import Case, Table, load_table
from tests.iam_simulate import driver
from tests.policies.documents import EXAMPLE, layer_documents, requirements_at, variants

pytestmark = pytest.mark.thorough

HERE = Path(__file__).parent
LAYERS = tuple(policy.id.replace("-", "_") for policy in POLICIES if policy.kind in {"SCP", "RCP"})
TOGETHER = "layers_together"
_OTHER_PARTITIONS = ("arn:aws-us-gov:", "arn:aws-cn:")
#: Gaps that no request can fill, each with the reason.
_UNFILLABLE = {
    "kms_perimeter: no case in which ConfusedDeputy is kept from applying by aws:principalisawsservice alone, for "
    "kms:*": "only a service's own requests carry aws:SourceAccount, so a person's are kept out by both keys",
}


@cache
def table_of(name: str) -> Table:
    return load_table(HERE / f"{name}.yaml")


@cache
def documents_of(name: str) -> dict[str, PolicyDocument]:
    """The layer's document for each of its table's requirements; all layers for those that stand together."""
    return {
        f"{layer}{suffix}": document
        for suffix, requirements in variants(table_of(name)).items()
        for layer, document in layer_documents(requirements).items()
        if name in {layer, TOGETHER}
    }


@pytest.mark.parametrize("name", [*LAYERS, TOGETHER])
def test_every_case_is_decided_as_the_table_says(name: str) -> None:
    failed = failures(table_of(name).cases, documents_of(name))

    assert not failed, "\n\n".join(map(str, failed))


@pytest.mark.parametrize("name", LAYERS)
def test_every_variant_of_the_requirements_has_cases(name: str) -> None:
    documents = documents_of(name)

    named = {found for case in table_of(name).cases for found in select(case, documents)}

    assert named == documents.keys()


@pytest.mark.parametrize("name", LAYERS)
def test_no_statement_action_or_key_is_without_cases_one_way_and_the_other(name: str) -> None:
    documents = documents_of(name)
    proved = set(_points(documents[name]))

    gaps = {
        str(gap)
        for gap in coverage.gaps(documents, table_of(name).cases)
        if gap.document == name or (gap.sid, gap.action, gap.key) not in proved
    }

    excused = {gap for gap in _UNFILLABLE if gap.startswith(f"{name}:")}
    assert gaps == excused, "\n".join(sorted(gaps ^ excused))


@pytest.mark.parametrize("name", LAYERS)
def test_no_small_damage_to_a_variant_goes_unnoticed(name: str) -> None:
    """Damage to what is rendered from the example is tried by test_mutation.py, with the claims beside."""
    documents = documents_of(name)
    others = documents.keys() - {name}
    proved = {mutant.text for mutant in mutation.mutants(documents[name], name)}
    report = mutation.survivors(documents, table_of(name).cases, of=others)
    alive = tuple(mutant for mutant in report.survivors if _in_aws(mutant.text) not in proved)

    unexcused = mutation.unexcused(mutation.Report(report.tried, alive), table_of(name))

    assert bool(report.tried) is bool(others)
    assert not unexcused, "\n".join(unexcused)


@pytest.mark.skipif(not driver.available(), reason=str(driver.missing()))
@pytest.mark.parametrize("name", [*LAYERS, TOGETHER])
def test_an_independent_evaluator_agrees_on_every_case(name: str) -> None:
    questions = [_question(case, documents_of(name)) for case in table_of(name).cases]

    compared = driver.compare([question for question in questions if driver.limit(question) is None])

    assert compared.judged > len(questions) * 0.7
    assert not compared.differences, "\n\n".join(compared.differences[:5])


@pytest.mark.skipif(not driver.available(), reason=str(driver.missing()))
def test_the_validators_accept_every_variant() -> None:
    paths = [EXAMPLE, *sorted((HERE / "requirements").glob("*.yaml"))]
    documents = {
        f"{path.stem}: {layer}": document
        for path in paths
        for layer, document in layer_documents(requirements_at(path)).items()
    }

    complaints = dict(zip(documents, driver.validate(documents.values()), strict=True))

    assert len(paths) > 1
    assert {name: found for name, found in complaints.items() if found} == {}


def test_every_layer_has_one_policy_and_every_policy_of_an_organisation_is_a_layer() -> None:
    of_organisation = [p.id.replace("-", "_") for p in POLICIES if p.kind in {"SCP", "RCP", "tag policy"}]

    assert sorted(of_organisation) == sorted(Layers.model_fields)


def test_every_policy_has_a_table() -> None:
    ids = [policy.id.replace("-", "_") for policy in POLICIES]

    assert len(set(ids)) == len(ids)
    # A tag policy decides no request; its own tests are those of its content.
    assert [name for name in ids if name != "tag_policy" and not (HERE / f"{name}.yaml").is_file()] == []


def test_no_sid_is_used_twice_in_all_layers() -> None:
    for path in (EXAMPLE, *(HERE / "requirements").glob("*.yaml")):
        sids = [s.sid for d in layer_documents(requirements_at(path)).values() for s in d.statements]

        assert len(sids) == len(set(sids)), path.name
        assert all(sids), path.name


def _points(document: PolicyDocument) -> list[tuple[str, str, str | None]]:
    """What coverage asks for: each statement's actions, with each of its keys and with none."""
    return [
        (statement.sid, action, key)
        for statement in document.statements
        for action in statement.actions
        for key in (None, *(key.lower() for block in statement.condition.values() for key in block))
    ]


def _question(case: Case, documents: Documents) -> driver.Question:
    """The case for iam-simulate, which would ask services and web identities for policies of their own."""
    policies = settle(case, documents).policies
    if not parse_caller(case.request.principal).is_iam and policies.scps is None:
        policies = replace(policies, identity=())
    return driver.Question(case.name, case.request, policies)


def _in_aws(text: str) -> str:
    """A mutant's text as it would be in the partition aws."""
    for partition in _OTHER_PARTITIONS:
        text = text.replace(partition, "arn:aws:")
    return text.replace(".amazonaws.com.cn", ".amazonaws.com")
