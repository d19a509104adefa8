"""Key policies, IAM roles and their policies held to their decision tables."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from bedrock_cmk_guard.iam import PolicyDocument, PolicyKind
from bedrock_cmk_guard.iam.evaluator.principals import parse_caller
from bedrock_cmk_guard.policies import build, key_policy
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import IamPolicy, IamRole, KmsKey
from bedrock_cmk_guard.surfaces import catalogue
from tests.decision_tables import coverage, mutation
from tests.decision_tables.runner import Documents, failures, select, settle
from tests.decision_tables.table import Case
from tests.iam_simulate import driver
from tests.policies.documents import EXAMPLE, all_documents, requirements_at
from tests.policies.tables import HERE, TABLES, documents_of, every_document, table_of

pytestmark = pytest.mark.thorough

# Proved by being what another document is but for a name: see the tests of likeness below.
ALIKE = {
    "key/financial-adviser/us-east-1": "key/financial-adviser/eu-central-1",
    "key/support-desk/contoso/eu-central-1": "key/support-desk/northwind/eu-central-1",
}


def gated() -> list[tuple[str, str]]:
    """Every document whose table must leave no statement, action or key undecided."""
    return [
        (name, document)
        for name in TABLES
        for document in documents_of(name)
        if document not in ALIKE and not document.endswith(("@central", "@imported"))
    ]


def of_variants() -> list[tuple[str, str]]:
    """Those that are not of the example; damage to these is tried by test_mutation.py, with the claims beside."""
    return [(name, document) for name, document in gated() if "@" in document]


def _concerned(name: str, document: str) -> tuple[dict[str, PolicyDocument], list[Case]]:
    documents = documents_of(name)
    cases = [case for case in table_of(name).cases if document in select(case, documents)]
    return {document: documents[document]}, cases


@pytest.mark.parametrize("name", TABLES)
def test_every_case_is_decided_as_the_table_says(name: str) -> None:
    failed = failures(table_of(name).cases, documents_of(name))

    assert not failed, "\n\n".join(map(str, failed[:10]))


@pytest.mark.parametrize(("name", "document"), gated())
def test_no_statement_action_or_key_is_without_cases_one_way_and_the_other(name: str, document: str) -> None:
    gaps = coverage.gaps(*_concerned(name, document))

    assert not gaps, "\n".join(map(str, gaps))


@pytest.mark.parametrize(("name", "document"), of_variants())
def test_no_small_damage_goes_unnoticed(name: str, document: str) -> None:
    report = mutation.survivors(*_concerned(name, document))
    excused = table_of(name).equivalent.keys()

    assert report.tried
    assert [str(mutant) for mutant in report.survivors if str(mutant) not in excused] == []


@pytest.mark.parametrize("name", TABLES)
def test_what_is_excused_survives(name: str) -> None:
    alive = {
        str(mutant)
        for table, document in of_variants()
        if table == name and any(text.startswith(f"{document}: ") for text in table_of(name).equivalent)
        for mutant in mutation.survivors(*_concerned(name, document)).survivors
    }

    assert alive == set(table_of(name).equivalent)


def test_every_document_of_the_example_is_in_a_table_or_like_one_that_is() -> None:
    """Keys all of them; roles and policies of each duty in one account, because they are alike in the others."""
    tabled = {document for _, document in gated()} | ALIKE.keys()
    keys, roles = set(), set()
    for module in build(requirements_at(EXAMPLE)):
        for resource in module.resources:
            if isinstance(resource, KmsKey):
                keys.add(f"key/{resource.name}")
            elif isinstance(resource, IamRole | IamPolicy):
                roles.add(resource.name)

    assert keys <= tabled
    assert {name for name in roles if not any(document.endswith(f"/{name}") for document in tabled)} == set()


@pytest.mark.parametrize(("document", "like"), ALIKE.items())
def test_keys_of_a_workload_are_alike(document: str, like: str) -> None:
    known = documents_of("key_policy")
    region, other = document.rpartition("/")[2], like.rpartition("/")[2]

    assert known[document].minified() == known[like].minified().replace(other, region)


@pytest.mark.parametrize("name", ["financial-adviser-callers", "financial-adviser-service-role"])
def test_regions_are_alike(name: str) -> None:
    """For every statement on keys of one Region there is the same for the other, and no statement besides."""
    document = every_document(HERE / "key_policy.yaml")[f"policy/555555555555/{name}"]
    by_region: dict[str, list[str]] = {"eu-central-1": [], "us-east-1": []}
    for statement in document.statements:
        if statement.sid.startswith("Key"):
            (resource,) = statement.resources
            region = resource.split(":")[3]
            by_region[region].append(str(replace(statement, sid="")).replace(region, "REGION"))
        else:
            elsewhere = {arn for arn in statement.resources if "us-east-1" in arn}
            assert {arn.replace("us-east-1", "eu-central-1") for arn in elsewhere} == {
                arn for arn in statement.resources if "eu-central-1" in arn
            }

    assert by_region["eu-central-1"] == by_region["us-east-1"] != []


@pytest.mark.parametrize("duty", ["governance", "break-glass", "auditor"])
def test_duties_are_alike_in_every_account(duty: str) -> None:
    known = every_document(HERE / "duties.yaml")
    first, second = (
        known[f"policy/{a}/bedrock-cmk-{duty}"].minified() for a in ("222222222222", "666666666666")
    )
    two_regions = known[f"policy/555555555555/bedrock-cmk-{duty}"]
    one_region = replace(
        two_regions,
        statements=tuple(
            replace(s, resources=tuple(arn for arn in s.resources if "us-east-1" not in arn))
            for s in two_regions.statements
        ),
    ).minified()

    assert first == second.replace("666666666666", "222222222222")
    assert first == one_region.replace("555555555555", "222222222222")


def test_imported_material_adds_its_administration_and_nothing_else() -> None:
    known = documents_of("key_policy")
    plain, imported = (known[f"key/hr-assistant/eu-central-1{suffix}"] for suffix in ("", "@imported"))
    for before, after in zip(plain.statements, imported.statements, strict=True):
        if after.sid == "Governance":
            assert set(after.actions) - set(before.actions) == {
                "kms:DeleteImportedKeyMaterial",
                "kms:GetParametersForImport",
                "kms:ImportKeyMaterial",
            }
            after = replace(after, actions=before.actions)
        assert after == before


def test_a_surface_without_known_kms_statements_gets_none() -> None:
    """Then the key is administered and used by nobody, as the page says."""
    data = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    data["workloads"] = [{**data["workloads"][1], "surfaces": ["custom-model"]}]
    data["enforcement"]["layers"]["stored_data"] = None
    (key,) = {
        resource.policy
        for module in build(Requirements.model_validate(data))
        for resource in module.resources
        if isinstance(resource, KmsKey)
    }

    assert [s.sid for s in key.statements] == [
        "AccountReads",
        "AccountRecovery",
        "Governance",
        "Applier",
        "BreakGlass",
    ]
    assert any("custom models" in sentence for sentence in key_policy.POLICY.needs_first)


def test_no_encryption_context_is_invented() -> None:
    """Every context key of a rendered key policy is a row of the catalogue, where its documentation is named."""
    documented = {
        statement.context.condition_key
        for surface in catalogue().surfaces.values()
        for statement in surface.kms
        if statement.context is not None
    }
    rendered = {
        key
        for document in documents_of("key_policy").values()
        for statement in document.statements
        for block in statement.condition.values()
        for key in block
        if key.startswith("kms:EncryptionContext")
    }

    assert rendered == documented


@pytest.mark.skipif(not driver.available(), reason=str(driver.missing()))
@pytest.mark.parametrize("name", TABLES)
def test_an_independent_evaluator_agrees_on_every_case(name: str) -> None:
    documents = documents_of(name)
    asked = [_question(case, documents) for case in table_of(name).cases if case.policies[0] not in ALIKE]
    judgeable = [question for question in asked if driver.limit(question) is None]

    compared = driver.compare(judgeable)

    assert compared.judged > len(asked) * 0.8
    assert not compared.differences, "\n\n".join(compared.differences[:5])


@pytest.mark.skipif(not driver.available(), reason=str(driver.missing()))
def test_the_validators_accept_every_document_of_every_variant() -> None:
    known = {
        f"{path.stem}: {name}": document
        for path in (EXAMPLE, *sorted((HERE / "requirements").glob("*.yaml")))
        for name, document in all_documents(requirements_at(path)).items()
        if document.kind in {PolicyKind.KEY, PolicyKind.IDENTITY, PolicyKind.TRUST}
    }

    complaints = dict(zip(known, driver.validate(known.values()), strict=True))

    assert {document.kind for document in known.values()} == {
        PolicyKind.KEY,
        PolicyKind.IDENTITY,
        PolicyKind.TRUST,
    }
    assert {name: found for name, found in complaints.items() if found} == {}


def _question(case: Case, documents: Documents) -> driver.Question:
    """The case for iam-simulate, which would ask services and web identities for policies of their own."""
    policies = settle(case, documents).policies
    if not parse_caller(case.request.principal).is_iam:
        policies = replace(policies, identity=())
    return driver.Question(case.name, case.request, policies)
