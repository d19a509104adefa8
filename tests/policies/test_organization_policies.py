"""SCPs and RCPs as they are attached: partitions, the management account, packing, sizes and slots."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bedrock_cmk_guard.errors import PolicyError, RequirementsError
from bedrock_cmk_guard.iam import PolicyDocument, PolicyKind
from bedrock_cmk_guard.iam.evaluator import Outcome, evaluate
from bedrock_cmk_guard.iam.quotas import sent_size
from bedrock_cmk_guard.policies import build
from bedrock_cmk_guard.requirements import Requirements, load_requirements
from bedrock_cmk_guard.resources import OrganizationPolicy, ResourceControlPolicy, ServiceControlPolicy
from tests.decision_tables.runner import load_table, settle
from tests.policies.documents import EXAMPLE, layer_documents, requirements_at

HERE = Path(__file__).parent


@pytest.fixture
def variant(tmp_path: Path) -> Variant:
    return Variant(tmp_path)


class Variant:
    """Makes requirements that lie over the example's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, text: str) -> Requirements:
        shutil.copy(EXAMPLE, self._folder / "example.yaml")
        path = self._folder / "cmk-guard.yaml"
        path.write_text(f"extends: example.yaml\n{text}", encoding="utf-8")
        return load_requirements(path)


def attached(requirements: Requirements) -> list[ServiceControlPolicy | ResourceControlPolicy]:
    return [
        resource
        for module in build(requirements)
        for resource in module.resources
        if isinstance(resource, (ServiceControlPolicy, ResourceControlPolicy))
    ]


def scps(requirements: Requirements) -> list[PolicyDocument]:
    return [p.content for p in attached(requirements) if isinstance(p, ServiceControlPolicy)]


def statements(documents: list[PolicyDocument]) -> dict[str, object]:
    return {statement.sid: statement for document in documents for statement in document.statements}


# Partitions


@pytest.mark.parametrize(
    ("one", "other"),
    [("govcloud", ("aws-us-gov", "amazonaws.com")), ("china", ("aws-cn", "amazonaws.com.cn"))],
)
def test_partitions_have_the_same_policies_but_for_their_own_names(one: str, other: tuple[str, str]) -> None:
    """Service principals are named alike in every partition; kms:ViaService ends in the partition's domain."""
    rendered = layer_documents(requirements_at(HERE / "requirements" / f"{one}.yaml"))
    partition, suffix = other

    for layer, document in rendered.items():
        text = document.minified()
        assert "arn:aws:" not in text, layer
        assert set(re.findall(r"arn:([a-z-]+):", text)) <= {partition}, layer
        assert all(via.endswith(f".{suffix}") for via in re.findall(r'"([a-z-]+\.\*\.[a-z.]+)"', text)), layer
    assert rendered.keys() == layer_documents(requirements_at(EXAMPLE)).keys()


def test_what_shares_a_key_does_not_change_the_organisations_policies(variant: Variant) -> None:
    shared = variant(
        "key_standard: {isolation: environment}\n"
        "workloads:\n"
        + "".join(
            f"  - {{name: {name}, account: '222222222222', regions: [eu-central-1], environment: production,"
            " data_owner: HR, sensitivity: restricted, surfaces: [bedrock-agent, bedrock-session],"
            f" service_role: {{role: {name}-agent}}, callers: [{{role: {name}-portal}}],"
            " shut_out_administrators: true, tags: {cost-centre: CC-1}}\n"
            for name in ("payroll", "leave")
        )
    )
    alone = shared.model_copy(update={"key_standard": requirements_at(EXAMPLE).key_standard})

    assert layer_documents(shared) == layer_documents(alone)


# The management account


def test_the_management_account_is_bound_by_no_scp_but_its_people_meet_the_rcp() -> None:
    documents = layer_documents(requirements_at(EXAMPLE))
    case = next(
        c for c in load_table(HERE / "layers_together.yaml").cases if c.name == "who decrypts directly"
    )
    setting = settle(case, documents)
    destroy = replace(
        case.request,
        principal="arn:aws:sts::111111111111:assumed-role/administrator/alice",
        action="kms:ScheduleKeyDeletion",
    )

    with_both = evaluate(destroy, setting.policies)
    without_scps = evaluate(destroy, replace(setting.policies, scps=None))
    in_management = evaluate(
        replace(destroy, resource=destroy.resource.replace("222222222222", "111111111111")),
        replace(setting.policies, scps=None, rcps=None),
    )

    assert {"DestroyGuardedKeys", "DestroyedByGovernance"} <= with_both.sids
    assert without_scps.outcome is Outcome.EXPLICIT_DENY
    assert without_scps.sids == {"DestroyedByGovernance"}
    assert in_management.outcome is Outcome.ALLOWED


# Surfaces that cannot be closed


@pytest.mark.parametrize(
    ("surfaces", "closed"),
    [
        ("[retrieve-and-generate-stream-session]", "retrieve-and-generate-stream-session"),
        ("[prompt, agentcore-runtime-session-storage]", "agentcore-runtime-session-storage"),
    ],
)
def test_a_surface_without_actions_that_are_free_cannot_be_closed(
    variant: Variant, surfaces: str, closed: str
) -> None:
    """One shares its only action with a surface in use; the other has none."""
    text = (
        "workloads:\n"
        "  - {name: hr, account: '222222222222', regions: [eu-central-1], environment: production, data_owner: HR,"
        " sensitivity: restricted, surfaces: [retrieve-and-generate-session], service_role: {role: hr-agent},"
        " callers: [{role: hr-portal}], tags: {cost-centre: CC-1}}\n"
        "enforcement:\n"
        "  layers:\n"
        "    stored_data: null\n"
        f"    closed_surfaces: {{attach: [ai-workloads], surfaces: {surfaces}}}\n"
    )

    with pytest.raises(
        RequirementsError, match=rf"closed_surfaces\.surfaces\[\d\]: '{closed}' cannot be closed"
    ):
        variant(text)


# Packing


@pytest.mark.parametrize(("budget", "policies"), [(10_240, 2), (5_120, 4)])
def test_the_example_fits_few_policies_and_nothing_is_lost(
    variant: Variant, budget: int, policies: int
) -> None:
    requirements = variant(f"enforcement: {{scp_budget: {budget}}}")
    packed = scps(requirements)

    assert len(packed) == policies
    assert all(len(document.minified()) <= budget for document in packed)
    assert statements(packed) == statements(
        [d for d in layer_documents(requirements).values() if d.kind is PolicyKind.SCP]
    )


def test_all_rcps_go_into_one_policy() -> None:
    requirements = requirements_at(EXAMPLE)
    rcps = [p for p in attached(requirements) if isinstance(p, ResourceControlPolicy)]

    assert [p.layers for p in rcps] == [("kms_perimeter", "provisioner_trust")]
    assert len(rcps[0].content.minified()) <= 5_120
    assert statements([rcps[0].content]) == statements(
        [d for d in layer_documents(requirements).values() if d.kind is PolicyKind.RCP]
    )


def test_layers_of_different_targets_are_packed_apart(variant: Variant) -> None:
    requirements = variant(
        "enforcement: {layers: {role_protection: {attach: [security, ai-workloads]}, "
        "key_protection: {attach: [security, ai-workloads]}, key_tags: {attach: [security]}}}"
    )
    policies = attached(requirements)
    where = {layer: [t.name for t in p.targets] for p in policies for layer in p.layers}

    assert where["key_protection"] == where["role_protection"] == ["security", "ai-workloads"]
    assert where["key_tags"] == ["security"]
    assert where["agent_writers"] == ["ai-workloads"]
    assert len({p.name for p in policies}) == len(policies)


def test_a_policy_is_as_large_as_its_minified_text() -> None:
    """Nothing of ours is a character that Terraform writes with six."""
    for policy in attached(requirements_at(EXAMPLE)):
        text = json.dumps(policy.content.to_dict(), separators=(",", ":"), ensure_ascii=False)

        assert policy.content.minified() == text
        assert sent_size(policy.content) == len(text)
        assert not set("<>&") & set(text)


def test_a_layer_that_is_off_is_nowhere(variant: Variant) -> None:
    requirements = variant(
        "enforcement: {layers: {key_tags: null, kms_perimeter: null, provisioner_trust: null}}"
    )

    assert not any(isinstance(p, ResourceControlPolicy) for p in attached(requirements))
    assert not {sid for sid in statements(scps(requirements)) if sid.startswith("KeyTag")}


@pytest.mark.parametrize(
    ("occupied", "message"),
    [
        (
            "{scp: 9, rcp: 1}",
            "target 'ai-workloads' (ou-ab12-11111111): 2 policies to attach and 9 slots taken make 11, and AWS "
            "attaches at most 10 of the type service control policy to one target; free 1 there",
        ),
        (
            "{scp: 1, rcp: 5}",
            "target 'ai-workloads' (ou-ab12-11111111): 1 policies to attach and 5 slots taken make 6, and AWS "
            "attaches at most 5 of the type resource control policy to one target; free 1 there",
        ),
    ],
)
def test_a_target_without_room_is_an_error_with_the_numbers(
    variant: Variant, occupied: str, message: str
) -> None:
    requirements = variant(
        "organization: {targets: ["
        f"{{name: ai-workloads, id: ou-ab12-11111111, occupied: {occupied}}}, "
        "{name: security, id: ou-ab12-22222222}]}"
    )

    with pytest.raises(PolicyError) as caught:
        build(requirements)

    assert str(caught.value) == message


def test_the_last_free_slots_may_be_used(variant: Variant) -> None:
    requirements = variant(
        "organization: {targets: ["
        "{name: ai-workloads, id: ou-ab12-11111111, occupied: {scp: 8, rcp: 4, tag_policy: 9}}, "
        "{name: security, id: ou-ab12-22222222, occupied: {scp: 10}}]}"
    )

    found = [r for m in build(requirements) for r in m.resources if isinstance(r, OrganizationPolicy)]

    assert len(found) == 4


def test_a_statement_that_no_policy_can_hold_is_an_error_with_the_numbers(variant: Variant) -> None:
    exempt = ", ".join(f'"arn:aws:iam::222222222222:role/exempt-role-number-{n:04d}"' for n in range(250))
    rows = "\n".join(
        f"  - {{role: {{role_arn: {arn}}}, owner: a, reason: b, expires: 2027-06-30, layers: [key_tags]}}"
        for arn in exempt.split(", ")
    )

    with pytest.raises(
        PolicyError, match=r"TrustedRoles' alone makes a document of 1\d,\d{3} characters.* 10,240"
    ):
        build(variant(f"exemptions:\n{rows}\n"))
