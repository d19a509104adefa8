"""Those an identity provider speaks for: the right token gets in where it is named, and no other one does."""

from __future__ import annotations

import pytest

from bedrock_cmk_guard.iam import PolicyDocument, Principal, Statement
from bedrock_cmk_guard.resources import Module
from bedrock_cmk_guard.verification import Cell, Finding, FindingKind, KeyMatrix, Standing, Verdict, Way
from tests.verify.changing import (
    HR,
    allow,
    beside,
    changed,
    deny,
    found,
    key_of,
    rcps,
    rendered,
    role,
    scps,
    verified,
    without,
)

pytestmark = pytest.mark.thorough

PIPELINE = "web identity repo:example/agents:ref:refs/heads/main"
OTHER_SUBJECT = "web identity another, of token.actions.githubusercontent.com"
OTHER_AUDIENCE = f"{PIPELINE} for another audience"
OTHER_PROVIDER = "web identity any, of idp.example.net"
SAML = "SAML identity"
SIGNED_IN = "person signed in by SAML"
PROVISIONER = "bedrock-agent-provisioner"
DIRECTORY = Principal(federated=("arn:aws:iam::222222222222:saml-provider/Directory",))


def hr(modules: tuple[Module, ...] | None = None) -> KeyMatrix:
    (key, *_) = verified(HR, modules=modules).keys
    return key


def cells(key: KeyMatrix, title: str, of: str) -> list[Cell]:
    (who,) = (who for who in key.cast if who.title == title)
    return [c for c in key.cells if c.who == who.id and c.row.startswith("assume:") and of in c.resource]


def way(title: str, modules: tuple[Module, ...]) -> Way | None:
    return next((way for way in hr(modules).ways if way.title == title), None)


def about(findings: tuple[Finding, ...], who: str, action: str) -> Finding:
    return next(f for f in findings if f.who == who and any(action in each for each in f.actions))


def test_the_token_that_is_named_assumes_the_provisioner_and_no_other_one_does() -> None:
    key = hr()
    verdicts = {
        title: {(c.verdict, c.expected) for c in cells(key, title, PROVISIONER)}
        for title in (PIPELINE, OTHER_SUBJECT, OTHER_AUDIENCE, OTHER_PROVIDER, SAML)
    }
    assert verdicts.pop(PIPELINE) == {(Verdict.ALLOWED, Verdict.ALLOWED)}
    assert len(verdicts) == 4
    assert set(map(frozenset, verdicts.values())) == {frozenset({(Verdict.DENIED, Verdict.DENIED)})}


def test_a_person_who_signed_in_is_asked_everything_and_kept_from_the_data() -> None:
    key = hr()
    (who,) = (who for who in key.cast if who.title == SIGNED_IN)
    reads = [
        c for c in key.cells if c.who == who.id and c.action in ("kms:Decrypt", "bedrock:GetAgentMemory")
    ]
    assert {c.action for c in reads} == {"kms:Decrypt", "bedrock:GetAgentMemory"}
    assert {(c.verdict, c.expected) for c in reads} == {(Verdict.DENIED, Verdict.DENIED)}


def test_a_trust_policy_that_forgets_the_subject() -> None:
    """Every repository of the provider is let in: the mistake that is made most with OIDC."""

    def any_subject(statement: Statement) -> Statement:
        condition = {
            operator: kept
            for operator, keys in statement.condition.items()
            if (kept := {k: v for k, v in keys.items() if not k.endswith(":sub")})
        }
        return Statement(
            sid=statement.sid,
            effect=statement.effect,
            principal=statement.principal,
            actions=statement.actions,
            condition=condition,
        )

    def open_to_all(document: PolicyDocument) -> PolicyDocument:
        return PolicyDocument(document.kind, tuple(map(any_subject, document.statements)))

    modules = changed(role(PROVISIONER), open_to_all)
    assert found(modules) == (), "the RCP of provisioner_trust names the subject too"
    bare = changed(rcps, lambda _: None, modules)
    finding = about(found(bare), OTHER_SUBJECT, "sts:AssumeRoleWithWebIdentity")
    assert finding.kind is FindingKind.TOO_OPEN
    assert "trust of bedrock-agent-provisioner" in finding.change


def test_a_pipeline_whose_tokens_are_shut_out() -> None:
    modules = beside(deny_tokens(), rcps)
    finding = about(found(modules), PIPELINE, "sts:AssumeRoleWithWebIdentity")
    assert finding.kind is FindingKind.LOCKED_OUT
    assert {source.sid for source in finding.decided_by} == {"NoTokens"}


def deny_tokens() -> Statement:
    statement = deny("NoTokens", "sts:AssumeRoleWithWebIdentity")
    return Statement(
        sid=statement.sid,
        effect=statement.effect,
        principal=Principal(everyone=True),
        actions=statement.actions,
    )


def test_a_role_that_a_directory_is_let_into() -> None:
    """Whoever the directory names governs the keys: an open door, and a way to what is under them."""
    trust = allow("Directory", ("sts:AssumeRoleWithSAML",), DIRECTORY)
    modules = beside(trust, role("bedrock-cmk-governance"))
    finding = about(found(modules), SAML, "sts:AssumeRoleWithSAML")
    assert finding.kind is FindingKind.TOO_OPEN
    assert {source.sid for source in finding.decided_by} == {"Directory"}
    comes = way(SAML, modules)
    assert comes is not None
    assert comes.standing is Standing.FINDING
    assert [step.does for step in comes.steps[:2]] == [
        "sts:AssumeRoleWithSAML of bedrock-cmk-governance",
        "kms:PutKeyPolicy",
    ]


def test_an_administrator_who_brings_an_identity_provider() -> None:
    """Where only sts:AssumeRole is refused, a provider of one's own goes round it."""
    modules = without("TrustedRoles", which=scps, modules=beside(deny("NoRoles", "sts:AssumeRole"), scps))
    comes = way("administrator", modules)
    assert comes is not None
    assert comes.steps[0].does == (
        "iam:UpdateAssumeRolePolicy on hr-portal → iam:CreateOpenIDConnectProvider → sts:AssumeRoleWithWebIdentity"
    )


def test_a_grant_that_only_an_accomplice_may_be_given() -> None:
    """Nobody has to become the grantee: that the outsider reads is bad enough."""
    who = next(who for who in hr().cast if who.title == "another account of the organisation")
    grants = allow(
        "Grants",
        ("kms:CreateGrant",),
        Principal(aws=("arn:aws:iam::222222222222:root",)),
        {"StringEquals": {"kms:GranteePrincipal": (who.principal,)}},
    )
    modules = without("NobodyElse", which=key_of(HR), modules=beside(grants, key_of(HR), rendered()))
    modules = without("GrantsByPeople", which=scps, modules=without("OnlyThroughServices", modules=modules))
    comes = way("administrator", modules)
    assert comes is not None
    assert [(step.who, step.does) for step in comes.steps] == [
        ("administrator", f"kms:CreateGrant to {who.title}"),
        (who.title, "kms:Decrypt directly"),
    ]
