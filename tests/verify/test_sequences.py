"""Who cannot read and comes to read all the same, one allowed step after another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bedrock_cmk_guard.iam import PolicyDocument, Principal, Statement
from bedrock_cmk_guard.policies import build
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import Module
from bedrock_cmk_guard.verification import FindingKind, Standing, Way, verify
from tests.verify.changing import (
    ADVISER,
    HR,
    TODAY,
    allow,
    beside,
    changed,
    example,
    found,
    key_of,
    rendered,
    role,
    scps,
    verified,
    without,
)

pytestmark = pytest.mark.thorough

ADMINISTRATOR = "administrator"


def ways(modules: tuple[Module, ...], workload: str = HR) -> dict[str, Way]:
    (key, *_) = verified(workload, modules=modules).keys
    return {way.title: way for way in key.ways}


def test_an_exempt_role_that_nobody_protects() -> None:
    """Whoever may change an exempt role's trust has what it is exempt from."""

    def unprotected(statement: Statement) -> Statement:
        if statement.sid != "TrustedRoles":
            return statement
        return replace(statement, resources=tuple(r for r in statement.resources if "ControlTower" not in r))

    def opened(document: PolicyDocument) -> PolicyDocument:
        return replace(document, statements=tuple(map(unprotected, document.statements)))

    way = ways(changed(scps, opened))[ADMINISTRATOR]
    assert way.standing is Standing.FINDING
    assert [step.does.split(" (")[0] for step in way.steps] == [
        "iam:UpdateAssumeRolePolicy on AWSControlTowerExecution → sts:AssumeRole",
        "iam:UpdateAssumeRolePolicy on hr-portal → sts:AssumeRole",
        "bedrock:GetAgentMemory",
    ]
    assert [step.who for step in way.steps] == [
        ADMINISTRATOR,
        "exempt role AWSControlTowerExecution",
        "caller hr-portal",
    ]


def test_a_caller_whose_trust_can_be_changed() -> None:
    findings = found(without("TrustedRoles", which=scps))
    finding = next(f for f in findings if f.kind is FindingKind.SEQUENCE and f.who == ADMINISTRATOR)
    assert "iam:UpdateAssumeRolePolicy on hr-portal" in finding.message
    assert "bedrock:GetAgentMemory" in finding.message
    assert "refuse the first step" in finding.change


def test_a_key_policy_that_the_root_user_can_write() -> None:
    modules = without("ChangeGuardedKeys", "PolicyByGovernance", "SetGuardTags")
    way = ways(modules)["root user"]
    assert way.standing is Standing.FINDING
    assert way.steps[0].does == "kms:PutKeyPolicy"
    assert "RootRecovery" in {source.sid for source in way.steps[0].decided_by}
    assert way.steps[-1].does.startswith("kms:Decrypt directly")
    assert ADMINISTRATOR not in ways(modules), "the key policy lets the root user alone recover"


def test_without_shut_out_an_administrator_may_come_to_read_by_design() -> None:
    modules = without("ChangeGuardedKeys", "PolicyByGovernance", "SetGuardTags")
    way = ways(modules, ADVISER)[ADMINISTRATOR]
    assert way.standing is Standing.BY_DESIGN
    assert "shut_out_administrators" in way.remark


def test_the_service_role_assumed_by_an_auditor() -> None:
    auditor = Principal(aws=("arn:aws:iam::222222222222:role/bedrock-cmk-auditor",))
    assumes = allow("Assume", ("sts:AssumeRole",))
    modules = beside(allow("Auditor", ("sts:AssumeRole",), auditor), role("hr-assistant-agent"))
    modules = beside(assumes, lambda r: r.name == "bedrock-cmk-auditor" and r.kind == "iam_policy", modules)
    way = ways(modules)["auditor bedrock-cmk-auditor"]
    assert way.standing is Standing.FINDING
    assert way.steps[0].does == "sts:AssumeRole of hr-assistant-agent"


def test_a_service_role_that_code_may_run_as() -> None:
    code = Principal(service=("lambda.amazonaws.com",))
    modules = beside(allow("Code", ("sts:AssumeRole",), code), role("hr-assistant-agent"))
    assert ADMINISTRATOR not in ways(modules), "passing it is refused"
    way = ways(without("PassServiceRoles", "PassServiceRolesToBedrock", which=scps, modules=modules))[
        ADMINISTRATOR
    ]
    assert way.steps[0].does == "iam:PassRole of hr-assistant-agent to lambda.amazonaws.com"
    assert {"Code"} <= {source.sid for source in way.steps[0].decided_by}


def test_a_grant_opens_the_key_but_not_what_is_denied() -> None:
    grants = allow("Grants", ("kms:CreateGrant",), Principal(aws=("arn:aws:iam::222222222222:root",)))
    modules = without("NobodyElse", which=key_of(HR), modules=beside(grants, key_of(HR)))
    modules = without("GrantsByPeople", which=scps, modules=modules)
    assert ADMINISTRATOR not in ways(modules), "OnlyThroughServices and StoredData still stand"
    opened = without("OnlyThroughServices", modules=modules)
    way = ways(opened)[ADMINISTRATOR]
    assert [step.does for step in way.steps[:1]] == ["kms:CreateGrant"]
    assert way.steps[-1].does.startswith("kms:Decrypt directly")


def test_a_role_known_by_a_pattern_can_be_made() -> None:
    data = example().model_dump(mode="json")
    data["workloads"][0]["callers"] = [{"role": "hr-portal-*"}]
    requirements = Requirements.model_validate(data)
    clean = verify(requirements, TODAY, workloads=[HR])
    assert clean.findings == ()
    assert any("hr-portal-*" in text for text in clean.assumptions)
    modules = without("TrustedRoles", which=scps, modules=build(requirements))
    findings = verify(requirements, TODAY, modules=modules, workloads=[HR]).findings
    sequences = [f.message for f in findings if f.kind is FindingKind.SEQUENCE and f.who == ADMINISTRATOR]
    assert any("hr-portal-0123" in message for message in sequences)


def test_tags_taken_off_the_key_lift_what_asks_for_them() -> None:
    """Governance writes the key policy and takes the guard tag off: by design, and told step by step."""
    way = ways(rendered())["governance bedrock-cmk-governance"]
    assert [step.does for step in way.steps] == [
        "kms:PutKeyPolicy",
        "kms:UntagResource",
        "kms:Decrypt directly",
    ]
    assert way.standing is Standing.BY_DESIGN


def test_tenants_are_not_kept_apart_where_a_service_decrypts_as_itself() -> None:
    data = example().model_dump(mode="json")
    data["workloads"][2]["surfaces"] = ["retrieve-and-generate-session"]
    data["workloads"][2]["tenants"] = [
        {"name": "northwind", "callers": [{"role": "north-app"}]},
        {"name": "contoso", "callers": [{"role": "contoso-app"}]},
    ]
    findings = verify(Requirements.model_validate(data), TODAY, workloads=["support-desk"]).findings
    assert {f.kind for f in findings} == {FindingKind.SEQUENCE}
    assert "another tenant's caller contoso-app" in {f.who for f in findings}
    assert all("account of the tenant's own" in f.message for f in findings)
