"""The example organisation, and every other set of requirements that the tests have: nothing differs from intent."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.requirements import Requirements, load_requirements
from bedrock_cmk_guard.verification import Standing, Verdict, Verification, verify
from bedrock_cmk_guard.verification.text import as_text
from tests.requirements.strategies import requirements
from tests.verify.changing import HR, TODAY, verified

pytestmark = pytest.mark.thorough

VARIANTS = Path(__file__).parents[1] / "policies" / "requirements"
GOLDEN = Path(__file__).with_name("golden") / "hr-assistant.txt"


@pytest.fixture(scope="module")
def whole() -> Verification:
    return verified()


def test_there_are_no_findings(whole: Verification) -> None:
    assert whole.findings == ()
    assert len(whole.keys) == 6
    assert {cell.expected for cell in whole.cells()} == {Verdict.ALLOWED, Verdict.DENIED, None}


def test_the_administrator_of_hr_cannot_decrypt_and_the_statement_is_named(whole: Verification) -> None:
    key = next(key for key in whole.keys if key.scope == HR)
    administrator = next(who for who in key.cast if who.kind == "account administrator")
    asked = [c for c in key.cells if c.who == administrator.id and c.action == "kms:Decrypt"]
    assert {cell.row for cell in asked} >= {"use-right", "use-wrong", "use-elsewhere", "use-direct"}
    for cell in asked:
        assert cell.verdict is Verdict.DENIED
        assert cell.explicit
        assert "NobodyElse" in {source.sid for source in cell.decided_by}


def test_everybody_is_asked_about(whole: Verification) -> None:
    key = next(key for key in whole.keys if key.scope == HR)
    assert {who.kind for who in key.cast} == {
        "a role of an outside organisation",
        "a role of another account",
        "account administrator",
        "SAML identity",
        "account root user",
        "another service",
        "another web identity",
        "another workload's role",
        "applier",
        "auditor",
        "break-glass",
        "caller",
        "exempt role",
        "governance",
        "person signed in by SAML",
        "pipeline",
        "provisioner",
        "service role",
        "the service, for another account",
        "the service, for us",
        "web identity that is trusted",
    }


def test_every_call_that_reads_is_asked_for(whole: Verification) -> None:
    asked = {cell.action for cell in whole.cells()}
    assert {
        "bedrock-agentcore:GetEvent",
        "bedrock:CreateAgent",
        "bedrock:GetAgentMemory",
        "bedrock:InvokeAgent",
        "bedrock:TagResource",
        "bedrock:UpdateAgentAlias",
        "iam:AttachRolePolicy",
        "iam:PassRole",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "kms:CreateGrant",
        "kms:DisableKey",
        "kms:PutKeyPolicy",
        "kms:ReEncryptFrom",
        "kms:ScheduleKeyDeletion",
        "kms:TagResource",
        "sts:AssumeRole",
    } <= asked


def test_only_those_who_write_policies_come_to_read_hr(whole: Verification) -> None:
    key = next(key for key in whole.keys if key.scope == HR)
    standing = {way.title: way.standing for way in key.ways}
    assert standing == {
        "applier bedrock-cmk-applier": Standing.BY_DESIGN,
        "break-glass bedrock-cmk-breakglass": Standing.BY_DESIGN,
        "exempt role AWSControlTowerExecution": Standing.ACCEPTED,
        "governance bedrock-cmk-governance": Standing.BY_DESIGN,
    }
    accepted = next(way for way in key.ways if way.standing is Standing.ACCEPTED)
    assert "2027-06-30" in accepted.remark
    assert "Cloud Platform" in accepted.remark


def test_what_turns_on_an_unknown_trust_policy_is_told(whole: Verification) -> None:
    key = next(key for key in whole.keys if key.scope == HR)
    conditions = [way.condition for way in key.possible]
    assert any("hr-portal" in text and "lambda.amazonaws.com" in text for text in conditions)
    assert any("AWSControlTowerExecution" in text for text in conditions)
    assert any("hr-portal" in text for text in whole.assumptions)
    assert any("tree" in text for text in whole.assumptions)
    assert any("Lambda function" in text for text in whole.not_modelled)


def test_the_text_is_the_one_in_the_repository() -> None:
    """Where a change of this text is meant, write what the command prints to the golden file."""
    text = as_text(verified(HR))
    assert text == GOLDEN.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 80


# The others of the folder differ from these in nothing that a request shows.
DIFFERENT = (
    "alike-accounts",
    "central-keys",
    "china",
    "every-surface",
    "exemptions",
    "govcloud",
    "role-pipeline",
)


@pytest.mark.parametrize("name", DIFFERENT)
def test_other_requirements_have_no_findings_either(name: str) -> None:
    verification = verify(load_requirements(VARIANTS / f"{name}.yaml"), TODAY)
    assert [finding.message for finding in verification.findings] == []
    assert verification.keys


# Shrinking takes minutes, because each try verifies a whole organisation; the message says enough.
@settings(max_examples=8, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate])
@given(requirements(max_workloads=2))
def test_requirements_of_any_kind_have_no_findings(random: Requirements) -> None:
    """Two readings of the same requirements, the builders' and the intent's, agree on every cell."""
    assume(not _shares_an_account(random))
    try:
        verification = verify(random, TODAY)
    except PolicyError:
        return
    # Where a service decrypts as itself no policy can tell tenants apart, and verify says so.
    tenants = [
        f for f in verification.findings if f.kind == "sequence" and f.who.startswith("another tenant")
    ]
    assert [f.message for f in verification.findings if f.kind != "expired" and f not in tenants] == []


def _shares_an_account(requirements: Requirements) -> bool:
    """Whether a workload that shuts administrators out lets another workload's roles read: a gap that is documented."""
    accounts = [workload.account for workload in requirements.workloads]
    return any(w.shut_out_administrators and accounts.count(w.account) > 1 for w in requirements.workloads)
