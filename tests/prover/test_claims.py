"""The claims: proved of the example and its variants, refuted when a layer is off or a statement is taken away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from bedrock_cmk_guard.claims import Claim, Verdict, World, claims_in, claims_of, judge
from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import PolicyDocument
from bedrock_cmk_guard.iam.evaluator import evaluate, supplied_by_aws
from bedrock_cmk_guard.iam.prover import Found, answer
from bedrock_cmk_guard.requirements import Requirements, load_requirements
from bedrock_cmk_guard.requirements.enforcement import Layers
from bedrock_cmk_guard.resources import KmsKey, Resource, ResourceControlPolicy, ServiceControlPolicy
from tests.requirements.strategies import requirements

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]
EXAMPLE = load_requirements(ROOT / "examples" / "cmk-guard.yaml")
ASKED = {claim.id: claim.questions for claim in claims_of(EXAMPLE)}
VARIANTS = sorted((ROOT / "tests" / "policies" / "requirements").glob("*.yaml"))


def wrong(claims: tuple[Claim, ...]) -> dict[str, str]:
    """The claims that are meant to hold and are not proved."""
    judged = map(judge, claims)
    return {each.claim.id: each.reason or str(each.counterexample) for each in judged if not each.is_expected}


def test_everything_meant_of_the_example_is_proved() -> None:
    assert wrong(claims_of(EXAMPLE)) == {}


def test_what_is_not_meant_is_refuted_with_a_request_that_the_evaluator_confirms() -> None:
    refuted = {}
    for claim in claims_of(EXAMPLE):
        judged = judge(claim)
        if judged.counterexample is not None:
            assert judged.question is not None
            again = evaluate(judged.counterexample.request, judged.question.policies, supplied_by_aws)
            assert again.allowed is judged.question.allowed
            refuted[claim.id] = judged.counterexample.request
    assert set(refuted) == {
        *(f"decrypt-with-grants/{scope}" for scope in _OPEN),
        "stored-data/financial-adviser",
        "stored-data/support-desk",
        *(claim for claim in ASKED if claim.startswith("limit/")),
        "pasted-null",
        "pasted-value",
    }
    assert "role/bedrock-agent-provisioner" in str(
        refuted["limit/agents-without-key"].context["aws:PrincipalArn"]
    )
    assert refuted["limit/services-assume"].principal.endswith(".amazonaws.com")
    assert refuted["pasted-null"].action == "bedrock:CreateAgent"


_OPEN = ("financial-adviser", "support-desk", "support-desk/northwind", "support-desk/contoso")


@pytest.mark.parametrize("path", VARIANTS, ids=lambda path: path.stem)
def test_everything_meant_of_the_variants_is_proved(path: Path) -> None:
    assert wrong(claims_of(load_requirements(path))) == {}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(requirements())
def test_everything_meant_of_random_requirements_is_proved(found: Requirements) -> None:
    try:
        claims = claims_of(found)
    except PolicyError:
        assume(False)  # what does not fit AWS's quotas
        raise
    assert wrong(claims) == {}


REFUTED_WITHOUT: Mapping[str, tuple[str, ...]] = {
    "agent_writers": ("writers", "alias-writers", "openers"),
    "role_protection": ("trusted-roles", "trusted-policies", "passed-roles"),
    "approved_keys": ("guarded-keys-only", "approved-accounts-only"),
    "key_protection": (
        "destroy/by-scp",
        "key-changes/by-scp",
        "grants",
        "aliases",
        "deletion-window",
        "guard-tag",
    ),
    "memory_keys": ("key-of/CreateMemory",),
    "stored_data": ("stored-data/hr-assistant",),
    "key_tags": ("tags-of-new-keys",),
    "kms_perimeter": (
        "outsiders",
        "through-services",
        "destroy/by-rcp",
        "key-policy/by-rcp",
        "encryption-context",
    ),
    "provisioner_trust": ("pipeline",),
}


@pytest.mark.parametrize("layer", REFUTED_WITHOUT)
def test_claims_of_a_layer_that_is_off_are_refuted_and_say_so(layer: str) -> None:
    layers = EXAMPLE.enforcement.layers.model_copy(update={layer: None})
    without = EXAMPLE.model_copy(
        update={"enforcement": EXAMPLE.enforcement.model_copy(update={"layers": layers})}
    )
    by_id = {claim.id: claim for claim in claims_of(without)}
    for name in REFUTED_WITHOUT[layer]:
        claim = by_id[name]
        assert not claim.intended
        assert layer in claim.because
        assert judge(claim).verdict is Verdict.REFUTED, name
    assert wrong(tuple(claim for claim in by_id.values() if claim.intended)) == {}


def test_every_layer_that_refuses_has_a_limit_that_is_shown() -> None:
    """The part of a policy's page that says what it does not stop has a request to show for it."""
    false = {about for claim in claims_of(EXAMPLE) if not claim.intended for about in claim.about}
    assert {layer.replace("_", "-") for layer in REFUTED_WITHOUT} | {"closed-surfaces", "key-policy"} <= false


def test_limits_of_a_layer_that_is_off_are_not_told() -> None:
    layers = EXAMPLE.enforcement.layers.model_copy(update={"agent_writers": None})
    without = EXAMPLE.model_copy(
        update={"enforcement": EXAMPLE.enforcement.model_copy(update={"layers": layers})}
    )
    gone = set(ASKED) - {claim.id for claim in claims_of(without)}
    assert {"limit/agents-without-key", "limit/management-account/agent-writers"} <= gone


def test_every_layer_that_refuses_has_a_claim() -> None:
    assert set(REFUTED_WITHOUT) == set(Layers.model_fields) - {"tag_policy", "closed_surfaces"}


def test_claims_that_something_is_always_allowed_are_about_something() -> None:
    """The form of each question has requests: one that is allowed is found."""
    for claim in claims_of(EXAMPLE):
        for question in claim.questions:
            if not question.allowed and claim.id.startswith("can-"):
                assert isinstance(answer(replace(question, allowed=True)), Found), claim.id


_MUTATED = ("hr-assistant", "support-desk/northwind")


def document_of(resource: Resource) -> PolicyDocument | None:
    if isinstance(resource, KmsKey):
        return resource.policy
    return resource.content if isinstance(resource, ServiceControlPolicy | ResourceControlPolicy) else None


def with_document(resource: Resource, document: PolicyDocument) -> Resource:
    if isinstance(resource, KmsKey):
        return replace(resource, policy=document)
    assert isinstance(resource, ServiceControlPolicy | ResourceControlPolicy)
    return replace(resource, content=document)


# Statements that nobody misses, and why.
EQUIVALENT = {
    (
        "hr-assistant/eu-central-1",
        "Provisioners1",
    ): "Provisioners3 gives the same without asking for the context",
    ("hr-assistant/eu-central-1", "Provisioners2"): "Provisioners4 allows every grant that a service makes",
    (
        "support-desk/northwind/eu-central-1",
        "BreakGlass",
    ): "AccountRecovery and AccountReads delegate the same",
}


def mutants() -> Iterator[tuple[str, str, tuple[Resource, ...]]]:
    """The example's resources, each time without one statement of a key policy, an SCP or an RCP."""
    found = World(EXAMPLE).resources
    for place, resource in enumerate(found):
        document = document_of(resource)
        if document is None or (isinstance(resource, KmsKey) and resource.scope not in _MUTATED):
            continue
        for statement in document.statements:
            left = tuple(each for each in document.statements if each is not statement)
            changed = with_document(resource, replace(document, statements=left))
            yield resource.name, statement.sid, (*found[:place], changed, *found[place + 1 :])


MUTANTS = tuple(mutants())


@pytest.mark.parametrize(
    ("policy", "sid", "resources"), MUTANTS, ids=[f"{policy}-{sid}" for policy, sid, _ in MUTANTS]
)
def test_without_a_statement_some_claim_is_false(
    policy: str, sid: str, resources: tuple[Resource, ...]
) -> None:
    mutant = World(EXAMPLE)
    mutant.__dict__["resources"] = resources  # where the cached property keeps what it made
    changed = (claim for claim in claims_in(mutant) if claim.intended and claim.questions != ASKED[claim.id])
    missed = any(judge(claim).verdict is not Verdict.PROVED for claim in changed)
    assert missed is ((policy, sid) not in EQUIVALENT)
