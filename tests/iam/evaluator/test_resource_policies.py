"""Policies of resources other than keys and roles: one side is enough in one account, both across accounts.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

import pytest

from bedrock_cmk_guard.iam.document import PolicyDocument
from bedrock_cmk_guard.iam.evaluator import Open, OpenRequest, Outcome, PolicySet, Request, evaluate
from tests.iam.evaluator.policies import (
    FULL,
    HERE,
    OUTSIDER,
    ROLE,
    ROOT,
    SERVICE,
    SESSION,
    THERE,
    USER,
    Part,
    document,
)

OBJECT = "arn:aws:s3:::transcripts/a"
ALLOWED, EXPLICIT, IMPLICIT = Outcome.ALLOWED, Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY
SILENT = document("identity", {"Action": "sqs:*"})
OTHERS: Part = {"Principal": {"Service": "logging.s3.amazonaws.com"}}


def to(*names: str) -> Part:
    return {"Principal": {"AWS": list(names)}}


def read(principal: str, statement: Part, **policies: object) -> Outcome:
    together = PolicySet(resource_policy=document("resource", statement), **policies)  # type: ignore[arg-type]
    return evaluate(Request(principal, "s3:GetObject", OBJECT, HERE), together).outcome


@pytest.mark.parametrize(
    ("case", "principal", "statement", "identity", "outcome"),
    [
        ("both", ROLE, to(ROLE), (FULL,), ALLOWED),
        ("the identity policy alone", ROLE, OTHERS, (FULL,), ALLOWED),
        ("the resource policy alone", ROLE, to(ROLE), (SILENT,), ALLOWED),
        ("the resource policy to the session", SESSION, to(SESSION), (), ALLOWED),
        ("the resource policy to everyone", USER, {"Principal": "*"}, (), ALLOWED),
        ("the account, which grants nothing by itself", ROLE, to(ROOT), (SILENT,), IMPLICIT),
        ("the account, to its root user", ROOT, to(ROOT), (), ALLOWED),
        ("the root user needs no policy", ROOT, OTHERS, (), ALLOWED),
        ("neither", ROLE, OTHERS, (SILENT,), IMPLICIT),
        ("across accounts, both", OUTSIDER, to(OUTSIDER), (FULL,), ALLOWED),
        ("across accounts, to the account", OUTSIDER, to(THERE), (FULL,), ALLOWED),
        ("across accounts, the resource policy alone", OUTSIDER, to(OUTSIDER), (SILENT,), IMPLICIT),
        ("across accounts, the identity policy alone", OUTSIDER, to(ROOT), (FULL,), IMPLICIT),
        ("a service", SERVICE, {"Principal": {"Service": SERVICE}}, (), ALLOWED),
        ("another service", SERVICE, OTHERS, (), IMPLICIT),
        ("denied", ROLE, {"Effect": "Deny", "Principal": "*"}, (FULL,), EXPLICIT),
    ],
)
def test_who_reads_an_object(
    case: str, principal: str, statement: Part, identity: tuple[PolicyDocument, ...], outcome: Outcome
) -> None:
    assert read(principal, statement, identity=identity) is outcome, case


@pytest.mark.parametrize(
    ("principal", "statement", "outcome"),
    [
        (USER, to(USER), ALLOWED),  # an implicit deny in the boundary does not limit a grant to the user
        (ROLE, to(ROLE), IMPLICIT),  # it does limit one to the role,
        (SESSION, to(ROLE), IMPLICIT),
        (SESSION, to(SESSION), ALLOWED),  # and not one to the session
        (ROLE, OTHERS, IMPLICIT),
    ],
)
def test_limits(principal: str, statement: Part, outcome: Outcome) -> None:
    assert read(principal, statement, identity=(FULL,), boundary=SILENT) is outcome
    if principal == SESSION:
        assert read(principal, statement, identity=(FULL,), session=SILENT) is outcome


def test_not_principal_denies_all_others() -> None:
    policy = document(
        "resource",
        {"Principal": "*"},
        {"Sid": "D", "Effect": "Deny", "NotPrincipal": {"AWS": [USER, ROOT]}},
    )
    together = PolicySet(identity=(FULL,), resource_policy=policy)

    def outcome(principal: str) -> Outcome:
        return evaluate(Request(principal, "s3:GetObject", OBJECT, HERE), together).outcome

    assert outcome(USER) is ALLOWED
    assert outcome(ROLE) is outcome(OUTSIDER) is outcome(SERVICE) is EXPLICIT


def test_an_open_caller_of_one_account() -> None:
    together = PolicySet(identity=(FULL,), resource_policy=document("resource", to(ROLE)))
    asked = OpenRequest(Open.ANYTHING, "s3:GetObject", OBJECT, HERE)

    decision = evaluate(asked, together)

    assert decision.possible == {ALLOWED, IMPLICIT}
    assert decision.depends_on == ("principal",)
