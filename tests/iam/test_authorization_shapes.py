"""Statements that differ only in names are judged once; each comes out as if it had been judged by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import Condition, Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.iam.authorization import Problem, check, check_statement, untagged_creation
from bedrock_cmk_guard.iam.service_data import frozen_service, source

TWELVE_DIGITS = re.compile("[0-9]{12}")
ROLE, OTHER = "arn:aws:iam::111122223333:role/app", "arn:aws:iam::444455556666:role/other"
ACTIONS = (
    ("bedrock:GetAgent",),
    ("bedrock:GetAgent", "bedrock:GetAgentAlias"),
    ("bedrock:*Agent",),
    ("bedrock:CreateAgent",),
    ("kms:Decrypt", "kms:CreateAlias"),
    ("kms:ListKeys",),
    ("kms:*",),
    ("sts:AssumeRole",),
    ("bedrock:NoSuchAction",),
    ("*",),
)
RESOURCES = (
    ("*",),
    ("arn:aws:bedrock:*:111122223333:agent/*",),
    ("arn:aws:bedrock:us-east-1:444455556666:agent/*",),
    ("arn:aws:bedrock:*:111122223333:agent/*", "arn:aws:bedrock:*:111122223333:agent-alias/*"),
    ("arn:aws:kms:us-east-1:111122223333:key/*", "arn:aws:kms:us-east-1:111122223333:alias/x"),
)
CONDITIONS: tuple[Condition, ...] = (
    {},
    {"StringEquals": {"aws:ResourceTag/x": ("a",)}},
    {"StringEquals": {"aws:ResourceTag/x": ("b",)}},
    {"StringLike": {"aws:ResourceTag/x": ("${no:Variable}",)}},
    {"StringEquals": {"aws:ResourceTag/x": ("*",)}},
    {"StringEqualsIfExists": {"aws:RequestTag/x": ("a",)}},
    {"StringNotEquals": {"aws:RequestTag/x": ("a",)}},
    {"Null": {"aws:ResourceTag/x": ("false",)}},
    {"Null": {"aws:ResourceTag/x": ("true",)}},
    {"ForAnyValue:StringEquals": {"aws:TagKeys": ("x",)}},
    {"StringEquals": {"aws:SourceAccount": ("111122223333",)}},
    {"ArnLike": {"aws:PrincipalArn": (ROLE,)}},
    {"StringEquals": {"bedrock:kmsKeyArn": ("x",)}},
)
PRINCIPALS = (
    Principal(service=("bedrock.amazonaws.com",)),
    Principal(everyone=True),
    Principal(aws=(ROLE,)),
    Principal(aws=(OTHER,)),
)


def statements(kind: PolicyKind) -> Iterator[Statement]:
    """All that these words make, the sound and the others in turn."""
    principals = PRINCIPALS if kind in (PolicyKind.TRUST, PolicyKind.KEY, PolicyKind.RCP) else (None,)
    words = product(("actions", "not_actions"), ACTIONS, ("resources", "not_resources"), RESOURCES)
    for (actions, some, resources, others), principal, condition, effect in product(
        words, principals, CONDITIONS, Effect
    ):
        yield Statement(
            sid="Test",
            effect=effect,
            principal=principal,
            condition=condition,
            **{actions: some, resources: others},  # type: ignore[arg-type]
        )


def documents(kind: PolicyKind) -> Iterator[PolicyDocument]:
    """Those of the statements that this kind of policy takes."""
    for statement in statements(kind):
        try:
            yield PolicyDocument(kind, (statement,))
        except PolicyError:
            continue


def alone(document: PolicyDocument, *, trust_guide: bool = False) -> list[Problem]:
    problems = [
        problem
        for statement in document.statements
        for problem in check_statement(document.kind, statement, trust_guide=trust_guide)
    ]
    return problems + list(untagged_creation(document.statements, frozen_service))


@pytest.mark.parametrize("kind", [PolicyKind.SCP, PolicyKind.RCP, PolicyKind.TRUST])
def test_every_statement_is_judged_as_it_is_alone(kind: PolicyKind) -> None:
    for document in documents(kind):
        assert check(document) == alone(document)


POOL = [document for kind in (PolicyKind.IDENTITY, PolicyKind.KEY) for document in documents(kind)]


@given(st.lists(st.tuples(st.sampled_from(POOL), st.booleans()), min_size=40, max_size=80))
def test_whatever_was_judged_before(several: list[tuple[PolicyDocument, bool]]) -> None:
    for document, trust_guide in several:
        assert check(document, trust_guide=trust_guide) == alone(document, trust_guide=trust_guide)


def test_problems_name_the_statement_at_hand() -> None:
    for account in ("111122223333", "444455556666"):
        resource = f"arn:aws:bedrock:*:{account}:agent-alias/*"
        wrong = Statement(
            sid=f"In{account}", effect=Effect.DENY, actions=("kms:Decrypt",), resources=(resource,)
        )
        first, second = check(PolicyDocument(PolicyKind.SCP, (wrong,)))
        assert first.sid == second.sid == f"In{account}"
        assert first.resource == resource
        assert resource in second.message


def test_accounts_in_patterns_decide_nothing_because_no_type_of_resource_has_one() -> None:
    services = [service for prefix in source()["services"] if (service := frozen_service(prefix))]
    arns = [kind.arn for service in services for kind in service.resource_types.values()]
    assert len(arns) > 50
    assert not [arn for arn in arns if TWELVE_DIGITS.search(arn)]
