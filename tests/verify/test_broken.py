"""What was rendered is broken in one place: the finding names it, and what decides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import pytest

from bedrock_cmk_guard.iam import Effect, Principal, Statement
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import OrganizationPolicy, Target
from bedrock_cmk_guard.surfaces import catalogue
from bedrock_cmk_guard.verification import Finding, FindingKind, verify
from tests.verify.changing import (
    ADVISER,
    DESK,
    HR,
    TODAY,
    allow,
    beside,
    changed,
    deny,
    example,
    found,
    key_of,
    organization_policies,
    rcps,
    rendered,
    role,
    scps,
    without,
)

pytestmark = pytest.mark.thorough

ADMINISTRATOR, ROOT = "administrator", "root user"
OUTSIDE, ELSEWHERE = "an outside organisation", "another account of the organisation"
ACCOUNT_ROOT = Principal(aws=("arn:aws:iam::222222222222:root",))


def one(findings: Iterable[Finding], kind: FindingKind, who: str, action: str) -> Finding:
    """The finding about somebody and a call; there has to be one."""
    findings = tuple(findings)
    for finding in findings:
        if finding.kind is kind and finding.who == who and any(action in each for each in finding.actions):
            return finding
    raise AssertionError([(f.kind.value, f.who, f.actions) for f in findings])


def sids(finding: Finding) -> set[str]:
    return {source.sid for source in finding.decided_by}


def test_a_key_policy_that_delegates_to_the_account() -> None:
    """The default key policy's statement; while NobodyElse stands it opens nothing, and is no finding."""
    delegated = beside(allow("EnableIamPolicies", ("kms:*",), ACCOUNT_ROOT), key_of(HR))
    kept = found(delegated)
    assert not [f for f in kept if any("Decrypt" in action for action in f.actions)]
    opened = found(without("NobodyElse", which=key_of(HR), modules=delegated))
    finding = one(opened, FindingKind.TOO_OPEN, ADMINISTRATOR, "kms:Decrypt through bedrock")
    assert "EnableIamPolicies" in sids(finding)
    assert "EnableIamPolicies" in finding.change
    assert finding.key == "hr-assistant/eu-central-1"
    assert finding.workload == HR


def test_a_key_policy_open_to_everybody() -> None:
    everybody = allow("Open", ("kms:*",), Principal(everyone=True))
    modules = without("NobodyElse", which=key_of(HR), modules=beside(everybody, key_of(HR)))
    assert sids(one(found(modules), FindingKind.TOO_OPEN, ELSEWHERE, "kms:Decrypt through bedrock")) >= {
        "Open"
    }
    assert not [f for f in found(modules) if f.who == OUTSIDE], "the perimeter stands"
    bare = without("OrganizationOnly", "OnlyThroughServices", modules=modules)
    assert sids(one(found(bare), FindingKind.TOO_OPEN, OUTSIDE, "kms:Decrypt directly")) >= {"Open"}


@pytest.mark.parametrize(
    ("sid", "who", "action"),
    [
        ("Governance", "governance bedrock-cmk-governance", "kms:ScheduleKeyDeletion"),
        ("Applier", "applier bedrock-cmk-applier", "kms:PutKeyPolicy"),
        ("BreakGlass", "break-glass bedrock-cmk-breakglass", "kms:CancelKeyDeletion"),
        ("Service1", "bedrock.amazonaws.com for us", "kms:ReEncryptFrom"),
    ],
)
def test_a_statement_that_is_missing_from_a_key_policy(sid: str, who: str, action: str) -> None:
    finding = one(found(without(sid, which=key_of(HR))), FindingKind.LOCKED_OUT, who, action)
    assert finding.decided_by == ()
    assert "key policy of hr-assistant/eu-central-1" in finding.change


def test_callers_who_are_missing_from_a_key_policy() -> None:
    modules = without("Callers1", "Callers2", "Callers3", which=key_of(HR))
    finding = one(found(modules), FindingKind.LOCKED_OUT, "caller hr-portal", "kms:Decrypt")
    assert "the surface" in finding.message


def test_a_key_policy_broken_on_purpose_is_a_lockout() -> None:
    policy = without("RootRecovery", "Governance", "Applier", "BreakGlass", which=key_of(HR))
    lockout = next(f for f in found(policy) if f.kind is FindingKind.LOCKOUT)
    assert "AWS Support" in lockout.message
    assert lockout.who == "everybody"


@pytest.mark.parametrize(
    ("statement", "who", "action"),
    [
        ("StoredData1", ADMINISTRATOR, "bedrock:GetAgentMemory"),
        ("StoredData1", ROOT, "bedrock:InvokeAgent"),
        ("TrustedRoles", ADMINISTRATOR, "iam:UpdateAssumeRolePolicy on hr-portal"),
        ("PassNoKeyRoles", ADMINISTRATOR, "to lambda.amazonaws.com"),
        ("ProvisionersAgentDefinition", ADMINISTRATOR, "bedrock:CreateAgent"),
        ("AliasWriters", ROOT, "bedrock:UpdateAgentAlias"),
        ("ShortDeletionWindow", "governance bedrock-cmk-governance", "kms:ScheduleKeyDeletion in 7 days"),
        ("RecentlyUsedKeys", "governance bedrock-cmk-governance", "kms:ScheduleKeyDeletion used yesterday"),
    ],
)
def test_an_organisation_policy_without_a_statement(statement: str, who: str, action: str) -> None:
    finding = one(found(without(statement, which=organization_policies)), FindingKind.TOO_OPEN, who, action)
    assert finding.change


def test_a_closed_surface_that_is_open() -> None:
    modules = without("ClosedSurfaces", "OpenedByNobody", which=scps)
    finding = one(found(modules), FindingKind.TOO_OPEN, ADMINISTRATOR, "bedrock:InvokeInlineAgent")
    assert "the surface is closed" in finding.message
    assert "closed_surfaces" in finding.change
    # Either of the two keeps it closed.
    assert found(without("ClosedSurfaces", which=scps)) == found(rendered()) == ()


def test_passing_the_service_role_takes_two_statements() -> None:
    modules = without("PassServiceRoles", "PassServiceRolesToBedrock", which=scps)
    finding = one(found(modules), FindingKind.TOO_OPEN, ADMINISTRATOR, "to lambda.amazonaws.com")
    assert "not handed to code" in finding.message
    only = found(without("PassServiceRoles", which=scps))
    finding = one(only, FindingKind.TOO_OPEN, ADMINISTRATOR, "of hr-assistant-agent to bedrock.amazonaws.com")
    assert "only provisioners hand the service role over" in finding.message
    assert not [f for f in only if any("to lambda.amazonaws.com" in action for action in f.actions)]


def test_the_layers_are_not_attached_at_all() -> None:
    findings = found(changed(organization_policies, lambda _: None))
    read = one(findings, FindingKind.TOO_OPEN, ADMINISTRATOR, "bedrock:GetAgentMemory")
    assert "stored_data should refuse it" in read.change
    for who in (ADMINISTRATOR, ROOT):
        sequence = one(findings, FindingKind.SEQUENCE, who, "bedrock:GetDocumentContent")
        assert sequence.change == "refuse the first step: bedrock:GetDocumentContent"


def test_policies_attached_to_another_account_do_not_count() -> None:
    elsewhere = (Target("another", "123456789012"),)
    modules = tuple(
        replace(
            module,
            resources=tuple(
                replace(r, targets=elsewhere) if isinstance(r, OrganizationPolicy) else r
                for r in module.resources
            ),
        )
        for module in rendered()
    )
    assert found(modules) == found(changed(organization_policies, lambda _: None)) != ()


def test_an_scp_that_locks_the_agent_out_is_named() -> None:
    finding = one(
        found(beside(deny("NoBedrock", "bedrock:*"), scps)),
        FindingKind.LOCKED_OUT,
        "provisioner bedrock-agent-provisioner",
        "bedrock:CreateAgent",
    )
    assert sids(finding) == {"NoBedrock"}
    assert "bedrock-cmk-scp-ai-workloads-1" in finding.change


def test_an_rcp_that_locks_the_service_out_is_named() -> None:
    everyone = Statement(
        sid="NoServices",
        effect=Effect.DENY,
        principal=Principal(everyone=True),
        actions=("kms:*",),
        condition={"Bool": {"aws:PrincipalIsAWSService": ("true",)}},
    )
    modules = beside(everyone, rcps)
    finding = one(found(modules), FindingKind.LOCKED_OUT, "bedrock.amazonaws.com for us", "kms:ReEncryptFrom")
    assert sids(finding) == {"NoServices"}


def test_a_service_that_is_not_held_to_our_own_resources() -> None:
    service = Principal(service=("bedrock.amazonaws.com",))
    modules = beside(allow("AnyService", ("kms:ReEncryptFrom",), service), key_of(HR))
    who = "bedrock.amazonaws.com for another account of the organisation"
    assert sids(one(found(modules), FindingKind.TOO_OPEN, who, "kms:ReEncryptFrom")) == {"AnyService"}
    outside = "bedrock.amazonaws.com for an outside organisation"
    assert not [f for f in found(modules) if f.who == outside], "the perimeter stands"
    bare = without("ConfusedDeputy", which=rcps, modules=modules)
    one(found(bare), FindingKind.TOO_OPEN, outside, "kms:ReEncryptFrom")


def test_a_trust_policy_that_lets_the_account_in() -> None:
    modules = beside(allow("Anybody", ("sts:AssumeRole",), ACCOUNT_ROOT), role("bedrock-cmk-governance"))
    finding = one(found(modules), FindingKind.TOO_OPEN, ADMINISTRATOR, "sts:AssumeRole")
    assert "Anybody" in sids(finding)


def test_a_pipeline_that_is_shut_out() -> None:
    modules = without("Roles", which=role("bedrock-agent-provisioner"), modules=None)
    finding = one(
        found(modules), FindingKind.LOCKED_OUT, "pipeline agent-pipeline in 333333333333", "sts:AssumeRole"
    )
    assert "trust of bedrock-agent-provisioner" in finding.change


def test_a_memory_without_a_key() -> None:
    modules = without("CreateMemoryNeedsKey", which=scps)
    who = "provisioner bedrock-agent-provisioner"
    finding = one(found(modules, DESK), FindingKind.TOO_OPEN, who, "CreateMemory without a key")
    assert "memory_keys" in finding.change


def test_a_tenant_does_not_use_another_tenants_key() -> None:
    data = example().model_dump(mode="json")
    data["workloads"][2]["tenants"] = [
        {"name": "northwind", "callers": [{"role": "north-app"}]},
        {"name": "contoso", "callers": [{"role": "contoso-app"}]},
    ]
    requirements = Requirements.model_validate(data)
    verification = verify(requirements, TODAY, workloads=[DESK])
    assert verification.findings == ()
    north = next(key for key in verification.keys if key.scope == f"{DESK}/northwind")
    others = {who.title for who in north.cast if who.kind == "another tenant's caller"}
    assert others == {"another tenant's caller contoso-app", "another tenant's caller support-desk-app"}


def test_what_is_expired_is_a_finding_from_the_day_after() -> None:
    last = dt.date(2027, 6, 30)
    assert verify(example(), last, workloads=[ADVISER]).clean
    findings = verify(example(), last + dt.timedelta(days=1), workloads=[ADVISER]).findings
    (finding,) = findings
    assert finding.kind is FindingKind.EXPIRED
    assert "AWSControlTowerExecution" in finding.message
    assert "Cloud Platform" in finding.change


def test_an_expired_exception_is_one_too() -> None:
    data = example().model_dump(mode="json")
    data["exceptions"] = [
        {
            "control": "BCG_CMK_001",
            "resource": "aws_bedrockagent_agent.old",
            "owner": "Human Resources",
            "reason": "It is being replaced",
            "expires": "2026-11-01",
        }
    ]
    (finding,) = verify(Requirements.model_validate(data), TODAY, workloads=[ADVISER]).findings
    assert finding.kind is FindingKind.EXPIRED
    assert "BCG_CMK_001" in finding.message
    assert "Human Resources" in finding.change


def test_a_workload_that_only_streams_is_let_in() -> None:
    assert "retrieve-and-generate-stream-session" in catalogue().surfaces
    data = example().model_dump(mode="json")
    data["workloads"][1]["surfaces"] = ["retrieve-and-generate-stream-session"]
    requirements = Requirements.model_validate(data)
    assert verify(requirements, TODAY, workloads=[ADVISER]).findings == ()


def test_another_workload_of_the_same_account_is_told_to_move() -> None:
    data = example().model_dump(mode="json")
    data["workloads"][1]["account"] = data["workloads"][0]["account"]
    data["workloads"][1]["regions"] = ["eu-central-1"]
    findings = verify(Requirements.model_validate(data), TODAY, workloads=[HR]).findings
    assert {finding.who for finding in findings} == {
        "caller of financial-adviser",
        "service role of financial-adviser",
    }
    too_open = [finding for finding in findings if finding.kind is FindingKind.TOO_OPEN]
    assert too_open
    assert all("account of its own" in finding.change for finding in too_open)
    assert not any("kms:" in action for finding in findings for action in finding.actions)
