"""The prover on small policies: what it finds, what it proves, and when it does not know."""

from __future__ import annotations

import time

import pytest

from bedrock_cmk_guard.iam import Condition, Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.iam.evaluator import PolicySet
from bedrock_cmk_guard.iam.evaluator.grants import Grant
from bedrock_cmk_guard.iam.prover import (
    AXIOMS,
    IDENTITIES,
    Callers,
    Facts,
    Found,
    Kind,
    Nothing,
    Question,
    Undecided,
    answer,
)

KEY = "arn:aws:kms:eu-central-1:111111111111:key/1234"
ADMINISTRATOR = PolicyDocument(PolicyKind.IDENTITY, (Statement("All", Effect.ALLOW, ("*",)),))
FULL_ACCESS = PolicyDocument(PolicyKind.SCP, (Statement("All", Effect.ALLOW, ("*",)),))
FACTS = Facts("aws", "o-ours", frozenset({"111111111111"}))
EVERYBODY = Principal(everyone=True)
ANYBODY = Statement("Any", Effect.ALLOW, ("kms:*",), principal=EVERYBODY)
ALL_KINDS = Callers(frozenset(Kind))


def key_policies(*statements: Statement) -> PolicySet:
    return PolicySet(identity=(ADMINISTRATOR,), resource_policy=PolicyDocument(PolicyKind.KEY, statements))


def deny(condition: Condition, *actions: str) -> Statement:
    return Statement("", Effect.DENY, actions or ("kms:*",), principal=EVERYBODY, condition=condition)


def scp(*statements: Statement) -> PolicySet:
    return PolicySet(
        identity=(ADMINISTRATOR,), scps=((FULL_ACCESS, PolicyDocument(PolicyKind.SCP, statements)),)
    )


def on_key(policies: PolicySet, condition: Condition | None = None, action: str = "kms:Decrypt") -> Question:
    return Question(policies, (action,), (KEY,), condition=condition or {}, facts=FACTS)


def test_a_named_role_alone() -> None:
    role = "arn:aws:iam::111111111111:role/app"
    policies = key_policies(
        Statement("App", Effect.ALLOW, ("kms:Decrypt",), principal=Principal(aws=(role,)))
    )
    others: Condition = {"ArnNotEquals": {"aws:PrincipalArn": (role,)}}
    assert isinstance(answer(on_key(policies)), Found)
    assert isinstance(answer(on_key(policies, others)), Nothing)


def test_a_role_of_the_same_name_in_another_account_gets_in_by_a_wildcard() -> None:
    trusted = {"ArnNotLike": {"aws:PrincipalArn": ("arn:aws:iam::*:role/app",)}}
    ours: Condition = {"StringNotEquals": {"aws:PrincipalAccount": ("111111111111",)}}
    found = answer(on_key(key_policies(ANYBODY, deny(trusted)), ours))
    assert isinstance(found, Found)
    assert found.request.context["aws:PrincipalArn"] == "arn:aws:iam::999999999999:role/app"


def test_the_organisation_keeps_outsiders_out() -> None:
    outside = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ("o-ours",)}}
    wanted: Condition = {"StringNotEquals": {"aws:PrincipalOrgID": ("o-ours",)}}
    assert isinstance(answer(on_key(key_policies(ANYBODY, deny(outside)), wanted)), Nothing)
    assert isinstance(answer(on_key(key_policies(ANYBODY), wanted)), Found)


def test_a_deny_without_presence_test_lets_a_request_without_the_key_through() -> None:
    """``ForAnyValue`` with a negated operator does not match a request that lacks the key."""
    narrow = {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ("team",)}}
    found = answer(on_key(key_policies(ANYBODY, deny(narrow)), action="kms:TagResource"))
    assert isinstance(found, Found)
    assert "aws:TagKeys" not in found.request.context


def test_the_case_of_a_tag_key_gets_round_a_deny() -> None:
    plain = {"ForAnyValue:StringEquals": {"aws:TagKeys": ("guard",)}}
    folded = {"ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": ("guard",)}}
    tagging: Condition = {"StringEquals": {"aws:RequestTag/guard": ("yes",)}}
    policies = {
        name: scp(Statement("No", Effect.DENY, ("kms:CreateKey",), condition=each))
        for name, each in (("plain", plain), ("folded", folded))
    }
    asked = {name: Question(each, ("kms:CreateKey",), condition=tagging) for name, each in policies.items()}
    found = answer(asked["plain"])
    assert isinstance(found, Found)
    assert [str(tag).lower() for tag in [found.request.context["aws:TagKeys"]]] == ["guard"]
    proof = answer(asked["folded"])
    assert isinstance(proof, Nothing)
    assert "tag-keys" in proof.axioms


def test_numbers_are_intervals() -> None:
    short = {"NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": ("30",)}}
    policies = key_policies(ANYBODY, deny(short, "kms:ScheduleKeyDeletion"))
    form: Condition = {"NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": ("31",)}}
    question = on_key(policies, form, "kms:ScheduleKeyDeletion")
    found = answer(question)
    assert isinstance(found, Found)
    assert found.request.context["kms:ScheduleKeyDeletionPendingWindowInDays"] == "30"


def test_what_a_caller_needs_is_allowed_or_a_refusal_is_shown() -> None:
    policies = key_policies(
        ANYBODY, deny({"StringNotEquals": {"kms:ViaService": ("bedrock.eu-central-1.amazonaws.com",)}})
    )
    form: Condition = {"StringLike": {"kms:ViaService": ("bedrock.*.amazonaws.com",)}}
    found = answer(Question(policies, ("kms:Decrypt",), (KEY,), condition=form, allowed=False))
    assert isinstance(found, Found)
    assert not found.decision.allowed


def test_open_resources_and_actions() -> None:
    closed = Statement("No", Effect.DENY, ("iam:*",), resources=("arn:aws:iam::*:role/trusted-*",))
    found = answer(Question(scp(closed), ("iam:UpdateAssumeRolePolicy",), ("arn:aws:iam::*:role/trusted*",)))
    assert isinstance(found, Found)
    assert found.request.resource.endswith(":role/trusted")
    inside = ("arn:aws:iam::*:role/trusted-*",)
    assert isinstance(answer(Question(scp(closed), ("iam:Update*", "iam:DeleteRole"), inside)), Nothing)


def test_policy_variables_of_the_caller() -> None:
    own = {"StringNotEquals": {"aws:ResourceAccount": ("${aws:PrincipalAccount}",)}}
    policies = key_policies(ANYBODY, deny(own))
    found = answer(on_key(policies))
    assert isinstance(found, Found)
    assert ":111111111111:" in found.request.principal


def test_a_policy_variable_that_is_open_is_not_decided() -> None:
    policies = key_policies(
        ANYBODY, deny({"StringNotEquals": {"aws:ResourceTag/team": ("${aws:PrincipalTag/team}",)}})
    )
    undecided = answer(on_key(policies))
    assert isinstance(undecided, Undecided)
    assert "${aws:PrincipalTag/team}" in undecided.reason


def test_grants_are_not_decided() -> None:
    policies = PolicySet(grants=(Grant("bedrock.amazonaws.com", ("Decrypt",)),))
    undecided = answer(on_key(policies))
    assert isinstance(undecided, Undecided)
    assert "grants" in undecided.reason


def test_many_overlapping_patterns_are_not_decided_and_say_why() -> None:
    key = "kms:EncryptionContext:a"
    statements = [deny({"StringLike": {key: (f"*{char}*",)}}) for char in "abcdefghijklmnop"]
    started = time.perf_counter()
    undecided = answer(on_key(key_policies(ANYBODY, *statements), {"Null": {key: ("false",)}}))
    assert time.perf_counter() - started < 30
    assert isinstance(undecided, Undecided)
    assert key.lower() in undecided.reason
    assert "overlap in more than" in undecided.reason


def test_a_key_compared_as_text_and_as_number_is_not_decided() -> None:
    mixed = deny(
        {
            "StringLike": {"kms:EncryptionContext:a": ("1*",)},
            "NumericLessThan": {"kms:EncryptionContext:a": ("9",)},
        }
    )
    undecided = answer(on_key(key_policies(ANYBODY, mixed)))
    assert isinstance(undecided, Undecided)
    assert "compared as" in undecided.reason


def test_one_set_against_another() -> None:
    role: Condition = {"ArnNotLike": {"aws:PrincipalArn": ("arn:aws:iam::111111111111:role/app",)}}
    wider: Condition = {"ArnNotLike": {"aws:PrincipalArn": ("arn:aws:iam::111111111111:role/app*",)}}
    old, new = key_policies(ANYBODY, deny(role)), key_policies(ANYBODY, deny(wider))
    question = Question(new, ("kms:Decrypt",), (KEY,), unless=old, facts=FACTS)
    found = answer(question)
    assert isinstance(found, Found)
    assert ":role/app" in str(found.request.context["aws:PrincipalArn"])
    back = Question(old, ("kms:Decrypt",), (KEY,), unless=new, facts=FACTS)
    assert isinstance(answer(back), Nothing)


def test_axioms_are_declared_once_with_a_sentence_and_a_source() -> None:
    assert len({axiom.id for axiom in AXIOMS}) == len(AXIOMS)
    for axiom in AXIOMS:
        assert axiom.sentence.endswith(".")
        assert axiom.source.startswith("https://docs.aws.amazon.com/")


SERVICES = Callers(frozenset({Kind.SERVICE}))
TOKENS = Callers(frozenset({Kind.WEB_IDENTITY}))
TRUST = PolicySet(
    resource_policy=PolicyDocument(
        PolicyKind.TRUST, (Statement("Any", Effect.ALLOW, ("sts:*",), principal=EVERYBODY),)
    )
)
ROLE = "arn:aws:iam::111111111111:role/app"
IMPOSSIBLE = {
    "organization": on_key(
        key_policies(ANYBODY),
        {
            "StringEquals": {"aws:PrincipalAccount": ("111111111111",)},
            "StringNotEquals": {"aws:PrincipalOrgID": ("o-ours",)},
        },
    ),
    "organization-paths": on_key(
        key_policies(ANYBODY),
        {
            "StringEquals": {"aws:PrincipalOrgID": ("o-theirs",)},
            "Null": {"aws:PrincipalOrgPaths": ("false",)},
            "ForAllValues:StringLike": {"aws:PrincipalOrgPaths": ("o-ours/*",)},
        },
    ),
    "source-of-services": on_key(key_policies(ANYBODY), {"Null": {"aws:SourceAccount": ("false",)}}),
    "source-account": Question(
        key_policies(ANYBODY),
        ("kms:Decrypt",),
        (KEY,),
        SERVICES,
        {
            "StringEquals": {"aws:SourceAccount": ("111111111111",)},
            "StringNotEquals": {"aws:SourceOrgID": ("o-ours",)},
        },
        facts=FACTS,
    ),
    "forwarded": Question(
        key_policies(ANYBODY), ("kms:Decrypt",), (KEY,), SERVICES, {"Null": {"kms:ViaService": ("false",)}}
    ),
    "tag-keys": Question(
        key_policies(ANYBODY),
        ("kms:TagResource",),
        (KEY,),
        condition={"Null": {"aws:RequestTag/guard": ("false",), "aws:TagKeys": ("true",)}},
    ),
    "deletion-window": on_key(
        key_policies(ANYBODY),
        {"NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": ("7",)}},
        "kms:ScheduleKeyDeletion",
    ),
    "unsigned": Question(TRUST, ("sts:AssumeRole",), (ROLE,), TOKENS),
    "token-claims": Question(
        TRUST,
        ("sts:AssumeRoleWithWebIdentity",),
        (ROLE,),
        TOKENS,
        {"Null": {"a.example.com:sub": ("false",), "b.example.com:sub": ("false",)}},
    ),
    "kms-own-account": on_key(
        key_policies(ANYBODY),
        {"StringNotEquals": {"aws:PrincipalAccount": ("111111111111",)}},
        "kms:ScheduleKeyDeletion",
    ),
}


@pytest.mark.parametrize("name", [axiom.id for axiom in AXIOMS if not axiom.by_construction])
def test_each_axiom_rules_out_what_is_otherwise_found(name: str) -> None:
    """Without the authorization data, which says some of the same."""
    question = IMPOSSIBLE[name]
    others = tuple(axiom for axiom in AXIOMS if axiom.id != name)
    proof = answer(question, None)
    assert isinstance(proof, Nothing)
    assert name in proof.axioms
    assert isinstance(answer(question, None, others), Found)


def test_an_example_carries_what_axioms_demand_though_it_did_not_matter() -> None:
    outside = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ("o-ours",)}}
    policies = PolicySet(resource_policy=PolicyDocument(PolicyKind.KEY, (deny(outside),)))
    form: Condition = {"StringEquals": {"aws:PrincipalAccount": ("111111111111",)}}
    found = answer(Question(policies, ("kms:Decrypt",), (KEY,), condition=form, allowed=False, facts=FACTS))
    assert isinstance(found, Found)
    assert found.request.context["aws:PrincipalOrgID"] == "o-ours"


def test_service_linked_roles_are_a_kind_of_their_own() -> None:
    policies = key_policies(ANYBODY)
    plain = answer(Question(policies, ("kms:Decrypt",), (KEY,), Callers(IDENTITIES)))
    linked = answer(Question(policies, ("kms:Decrypt",), (KEY,), Callers(frozenset({Kind.SERVICE_LINKED}))))
    assert isinstance(plain, Found)
    assert isinstance(linked, Found)
    assert "aws-service-role" not in str(plain.request.context)
    assert ":role/aws-service-role/" in str(linked.request.context["aws:PrincipalArn"])
