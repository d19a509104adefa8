"""Whole decisions: which layers bind whom, and who grants.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
"""

from __future__ import annotations

import pytest

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.evaluator import (
    Outcome,
    PolicySet,
    Request,
    StatementRef,
    evaluate,
    supplied_by_aws,
)
from tests.iam.evaluator.policies import (
    FULL,
    HERE,
    KEY,
    LINKED,
    NOTHING,
    OUTSIDER,
    ROLE,
    ROOT,
    SERVICE,
    SESSION,
    THERE,
    USER,
    Part,
    document,
    key,
    scp,
)

ALLOWED, EXPLICIT, IMPLICIT = Outcome.ALLOWED, Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY


def decrypt(principal: str, policies: PolicySet) -> Outcome:
    return evaluate(Request(principal, "kms:Decrypt", KEY), policies).outcome


def to(*names: str) -> Part:
    return {"Principal": {"AWS": list(names)}}


# Who may use a key: caller, key policy's statement, identity policy, outcome
KEY_POLICIES = [
    ("role named", ROLE, to(ROLE), (), ALLOWED),
    ("session by its role", SESSION, to(ROLE), (), ALLOWED),
    ("session by name", SESSION, to(SESSION), (), ALLOWED),
    ("role by its session's name", ROLE, to(SESSION), (), IMPLICIT),
    ("another session's name", SESSION, to(f"{SESSION}2"), (), IMPLICIT),
    ("account delegated, identity allows", ROLE, to(ROOT), (FULL,), ALLOWED),
    ("account id delegated, identity allows", ROLE, to(HERE), (FULL,), ALLOWED),
    ("account delegated, identity silent", ROLE, to(ROOT), (NOTHING,), IMPLICIT),
    ("not delegated: no identity policy counts", ROLE, to(USER), (FULL,), IMPLICIT),
    ("everyone", ROLE, {"Principal": "*"}, (), ALLOWED),
    ("everyone, other spelling", ROLE, to("*"), (), ALLOWED),
    ("account root user", ROOT, to(ROOT), (), ALLOWED),
    ("other account, both sides", OUTSIDER, to(OUTSIDER), (FULL,), ALLOWED),
    ("other account, by its account", OUTSIDER, to(THERE), (FULL,), ALLOWED),
    ("other account, identity silent", OUTSIDER, to(OUTSIDER), (NOTHING,), IMPLICIT),
    ("other account, key silent", OUTSIDER, to(ROOT), (FULL,), IMPLICIT),
    ("other account, everyone", OUTSIDER, {"Principal": "*"}, (), IMPLICIT),
    ("service", SERVICE, {"Principal": {"Service": SERVICE}}, (), ALLOWED),
    ("service, other named", SERVICE, {"Principal": {"Service": "s3.amazonaws.com"}}, (), IMPLICIT),
    ("service by the account", SERVICE, to(ROOT), (), IMPLICIT),
    ("service, everyone", SERVICE, {"Principal": "*"}, (), ALLOWED),
]


@pytest.mark.parametrize(("case", "principal", "statement", "identity", "outcome"), KEY_POLICIES)
def test_key_policy(
    case: str, principal: str, statement: Part, identity: tuple[()], outcome: Outcome
) -> None:
    assert decrypt(principal, PolicySet(identity=identity, resource_policy=key(statement))) is outcome, case


DENY: Part = {"Sid": "D", "Effect": "Deny"}
# A Deny with NotPrincipal spares a caller only if all of its names are listed.
NOT_PRINCIPALS = [
    (SESSION, [ROLE], EXPLICIT),
    (SESSION, [ROLE, HERE], EXPLICIT),
    (SESSION, [ROLE, SESSION, ROOT], ALLOWED),
    (USER, [USER], EXPLICIT),
    (USER, [USER, HERE], ALLOWED),
    (ROOT, [ROOT], ALLOWED),
    (SERVICE, [ROOT], EXPLICIT),
]


@pytest.mark.parametrize(("principal", "listed", "outcome"), NOT_PRINCIPALS)
def test_not_principal(principal: str, listed: list[str], outcome: Outcome) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html"""
    policy = key({"Principal": "*"}, {**DENY, "NotPrincipal": {"AWS": list(listed)}})

    assert decrypt(principal, PolicySet(resource_policy=policy)) is outcome


def test_not_principal_spares_nobody_with_a_boundary() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"""
    policy = key({"Principal": "*"}, {**DENY, "NotPrincipal": {"AWS": [USER, HERE]}})

    assert decrypt(USER, PolicySet(resource_policy=policy, boundary=FULL)) is EXPLICIT


# What a boundary or a session policy without an Allow does to a grant of the key policy itself
LIMITS = [
    (USER, to(USER), "boundary", ALLOWED),
    (ROLE, to(ROLE), "boundary", IMPLICIT),
    (SESSION, to(ROLE), "boundary", IMPLICIT),
    (SESSION, to(SESSION), "boundary", ALLOWED),
    (SESSION, {"Principal": "*"}, "boundary", ALLOWED),
    (SESSION, to(ROLE), "session", IMPLICIT),
    (SESSION, to(SESSION), "session", ALLOWED),
    (SESSION, to(ROOT), "session", IMPLICIT),
]


@pytest.mark.parametrize(("principal", "statement", "limit", "outcome"), LIMITS)
def test_limits_on_a_direct_grant(principal: str, statement: Part, limit: str, outcome: Outcome) -> None:
    policies = PolicySet(
        identity=(FULL,),
        resource_policy=key(statement),
        boundary=NOTHING if limit == "boundary" else None,
        session=NOTHING if limit == "session" else None,
    )

    assert decrypt(principal, policies) is outcome


@pytest.mark.parametrize("limit", ["boundary", "session"])
def test_a_limit_must_allow_what_the_identity_policy_allows(limit: str) -> None:
    open_ = PolicySet(identity=(FULL,), boundary=FULL, session=FULL)
    closed = PolicySet(
        identity=(FULL,),
        boundary=NOTHING if limit == "boundary" else FULL,
        session=NOTHING if limit == "session" else FULL,
    )

    assert decrypt(SESSION, open_) is ALLOWED
    assert decrypt(SESSION, closed) is IMPLICIT


# Who is bound by an SCP, and by an RCP, that denies everything
BOUND = [
    ("role", ROLE, EXPLICIT, EXPLICIT),
    ("session", SESSION, EXPLICIT, EXPLICIT),
    ("user", USER, EXPLICIT, EXPLICIT),
    ("root of a member account", ROOT, EXPLICIT, EXPLICIT),
    ("service-linked role", LINKED, ALLOWED, ALLOWED),
    ("service", SERVICE, ALLOWED, EXPLICIT),
]
DENY_KMS = document("rcp", {"Sid": "D", "Effect": "Deny", "Principal": "*", "Action": "kms:*"})


@pytest.mark.parametrize(("case", "principal", "under_scp", "under_rcp"), BOUND)
def test_whom_organization_policies_bind(
    case: str, principal: str, under_scp: Outcome, under_rcp: Outcome
) -> None:
    open_ = key({"Principal": "*"})

    by_scp = PolicySet(identity=(FULL,), resource_policy=open_, scps=((scp(DENY),),))
    by_rcp = PolicySet(identity=(FULL,), resource_policy=open_, rcps=((DENY_KMS,),))

    assert decrypt(principal, by_scp) is under_scp, case
    assert decrypt(principal, by_rcp) is under_rcp, case
    assert decrypt(principal, PolicySet(identity=(FULL,), resource_policy=open_)) is ALLOWED, case


def test_a_session_of_a_service_linked_role_is_known_by_its_stated_principal_arn() -> None:
    session = f"arn:aws:sts::{HERE}:assumed-role/AWSServiceRoleForX/s"
    policies = PolicySet(identity=(FULL,), scps=((scp(DENY),),))

    stated = Request(session, "kms:Decrypt", KEY, None, {"aws:PrincipalArn": LINKED})

    assert evaluate(stated, policies).outcome is ALLOWED
    assert decrypt(session, policies) is EXPLICIT  # a name proves nothing


def test_the_management_account_has_no_scps_but_an_empty_level_allows_nothing() -> None:
    assert decrypt(ROLE, PolicySet(identity=(FULL,), scps=None)) is ALLOWED
    assert decrypt(ROLE, PolicySet(identity=(FULL,), scps=((scp(),), ()))) is IMPLICIT


def test_every_level_of_scps_must_allow() -> None:
    only_s3 = document("scp", {"Action": "s3:*"})
    policies = PolicySet(identity=(FULL,), scps=((scp(),), (only_s3,), (scp(),)))

    decision = evaluate(Request(ROLE, "kms:Decrypt", KEY), policies)

    assert decision.outcome is IMPLICIT
    assert decision.layer == "SCP level 1"


def test_rcps_leave_retire_grant_and_other_services_alone() -> None:
    policies = PolicySet(identity=(FULL,), resource_policy=key({"Principal": "*"}), rcps=((DENY_KMS,),))

    assert evaluate(Request(ROLE, "kms:RetireGrant", KEY), policies).outcome is ALLOWED
    assert evaluate(Request(ROLE, "bedrock:InvokeAgent", KEY), policies).outcome is ALLOWED


TRUST_ACTION: Part = {"Action": "sts:AssumeRole"}
PROVIDER = f"arn:aws:iam::{HERE}:oidc-provider/token.actions.githubusercontent.com"


@pytest.mark.parametrize(
    ("principal", "action", "statement", "identity", "outcome"),
    [
        (ROLE, "sts:AssumeRole", {**TRUST_ACTION, **to(ROLE)}, (), ALLOWED),
        (ROLE, "sts:AssumeRole", {**TRUST_ACTION, **to(ROOT)}, (FULL,), ALLOWED),
        (ROLE, "sts:AssumeRole", {**TRUST_ACTION, **to(ROOT)}, (), IMPLICIT),
        (ROLE, "sts:AssumeRole", {**TRUST_ACTION, **to(USER)}, (FULL,), IMPLICIT),
        (SERVICE, "sts:AssumeRole", {**TRUST_ACTION, "Principal": {"Service": SERVICE}}, (), ALLOWED),
        (
            PROVIDER,
            "sts:AssumeRoleWithWebIdentity",
            {"Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": PROVIDER}},
            (),
            ALLOWED,
        ),
        (
            PROVIDER,
            "sts:AssumeRoleWithWebIdentity",
            {"Action": "sts:AssumeRoleWithWebIdentity", **to(ROOT)},
            (),
            IMPLICIT,
        ),
    ],
)
def test_trust_policy(
    principal: str, action: str, statement: Part, identity: tuple[()], outcome: Outcome
) -> None:
    request = Request(principal, action, f"arn:aws:iam::{HERE}:role/target")

    assert (
        evaluate(request, PolicySet(identity, resource_policy=document("trust", statement))).outcome
        is outcome
    )


def test_a_web_identity_has_no_principal_arn() -> None:
    """So an ArnNotLikeIfExists on it applies to every OIDC pipeline."""
    rcp = document(
        "rcp",
        {
            "Sid": "Pipelines",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"ArnNotLikeIfExists": {"aws:PrincipalArn": "arn:aws:iam::*:role/pipeline"}},
        },
    )
    trust = document("trust", {"Action": "sts:*", "Principal": {"Federated": PROVIDER}})
    request = Request(PROVIDER, "sts:AssumeRoleWithWebIdentity", f"arn:aws:iam::{HERE}:role/target")

    decision = evaluate(request, PolicySet(resource_policy=trust, rcps=((rcp,),)))

    assert decision.outcome is EXPLICIT
    assert decision.statements == (StatementRef("RCP level 0", "Pipelines", 0),)


@pytest.mark.parametrize(
    ("statement", "action", "outcome"),
    [
        ({"NotAction": "iam:*"}, "kms:Decrypt", ALLOWED),
        ({"NotAction": "KMS:*"}, "kms:Decrypt", IMPLICIT),
        ({"NotResource": KEY}, "kms:Decrypt", IMPLICIT),
        ({"NotResource": "arn:aws:s3:::*"}, "kms:Decrypt", ALLOWED),
        ({"NotResource": "arn:aws:kms:*:*:*/${aws:PrincipalTag/none}"}, "kms:Decrypt", IMPLICIT),
    ],
)
def test_not_action_and_not_resource(statement: Part, action: str, outcome: Outcome) -> None:
    policies = PolicySet(identity=(document("identity", statement),))

    assert evaluate(Request(ROLE, action, KEY), policies).outcome is outcome


# context that follows from the principal: principal, condition that must hold
DERIVED = [
    (SESSION, {"ArnEquals": {"aws:PrincipalArn": ROLE}}),
    (
        USER,
        {"StringEquals": {"aws:PrincipalArn": USER, "aws:username": "alice", "aws:PrincipalType": "User"}},
    ),
    (ROLE, {"StringEquals": {"aws:PrincipalAccount": HERE, "aws:PrincipalType": "AssumedRole"}}),
    (ROOT, {"StringEquals": {"aws:PrincipalType": "Account", "aws:PrincipalArn": ROOT}}),
    (ROLE, {"Bool": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"}}),
    (SERVICE, {"Bool": {"aws:PrincipalIsAWSService": "true"}}),
    (SERVICE, {"StringEquals": {"aws:PrincipalServiceName": SERVICE}}),
    (
        SERVICE,
        {"Null": {"aws:PrincipalArn": "true", "aws:PrincipalAccount": "true", "kms:CallerAccount": "true"}},
    ),
    (ROLE, {"StringEquals": {"kms:CallerAccount": HERE, "aws:ResourceAccount": HERE}}),
]


@pytest.mark.parametrize(("principal", "condition"), DERIVED)
def test_keys_that_follow_from_the_principal(principal: str, condition: Part) -> None:
    policy = key({"Principal": "*", "Condition": condition})

    assert decrypt(principal, PolicySet(resource_policy=policy)) is ALLOWED


def test_given_keys_win_over_derived_ones() -> None:
    policy = key({"Principal": "*", "Condition": {"StringEquals": {"aws:ResourceAccount": THERE}}})
    request = Request(ROLE, "kms:Decrypt", KEY, None, {"AWS:RESOURCEACCOUNT": THERE})

    assert evaluate(request, PolicySet(resource_policy=policy)).outcome is ALLOWED


def test_the_chain_of_services_gives_its_ends() -> None:
    condition: Part = {
        "StringEquals": {"aws:CalledViaFirst": "cloudformation.amazonaws.com", "aws:CalledViaLast": SERVICE},
        "Bool": {"aws:ViaAWSService": "true"},
    }
    policies = PolicySet(identity=(document("identity", {"Condition": condition}),))
    chain = ("cloudformation.amazonaws.com", SERVICE)

    assert evaluate(Request(ROLE, "kms:Decrypt", KEY, None, {"aws:CalledVia": chain}), policies).allowed
    assert not evaluate(Request(ROLE, "kms:Decrypt", KEY), policies).allowed


def test_keys_the_action_never_supplies_are_absent_and_reported() -> None:
    """The policy everybody asks for: it denies with the key and without."""
    invented = "bedrock:CustomerEncryptionKeyArn"
    policies = PolicySet(
        identity=(FULL,), scps=((scp({**DENY, "Condition": {"Null": {invented: "true"}}}),),)
    )
    request = Request(ROLE, "bedrock:CreateAgent", "*", None, {invented: KEY})

    naive = evaluate(request, policies)
    decision = evaluate(request, policies, supplied_by_aws)

    assert naive.outcome is ALLOWED
    assert naive.unsupplied == ()
    assert decision.outcome is EXPLICIT
    assert decision.unsupplied == (invented,)
    assert decision.reasons[-1] == f"bedrock:CreateAgent never supplies {invented}, so it counts as absent."


def test_every_denying_statement_is_named() -> None:
    policies = PolicySet(identity=(FULL,), scps=((scp(DENY),), (scp({**DENY, "Sid": "E"}),)))

    decision = evaluate(Request(ROLE, "kms:Decrypt", KEY), policies)

    assert decision.statements == (StatementRef("SCP level 0", "D", 1), StatementRef("SCP level 1", "E", 1))
    assert decision.sids == {"D", "E"}


@pytest.mark.parametrize(
    "principal",
    [
        "bob",
        "arn:aws:iam::111122223333:group/g",
        "arn:aws:iam::x:role/r",
        "arn:aws:sts::111122223333:assumed-role/r",
    ],
)
def test_what_is_no_principal_is_an_error(principal: str) -> None:
    with pytest.raises(PolicyError, match="the principal"):
        decrypt(principal, PolicySet(identity=(FULL,)))


@pytest.mark.parametrize("action", ["kms", "kms:*", ":Decrypt", "kms:"])
def test_what_is_no_single_action_is_an_error(action: str) -> None:
    with pytest.raises(PolicyError, match="the action of a request"):
        Request(ROLE, action, KEY)


def test_a_document_in_the_wrong_place_is_an_error() -> None:
    with pytest.raises(PolicyError, match="among the SCPs"):
        decrypt(ROLE, PolicySet(identity=(FULL,), scps=((FULL,),)))
    with pytest.raises(PolicyError, match="cannot be a resource's policy"):
        decrypt(ROLE, PolicySet(identity=(FULL,), resource_policy=FULL))


AGENT = f"arn:aws:bedrock:us-east-1:{HERE}:agent/AGENT12345"


@pytest.mark.parametrize(
    ("request_", "name", "supplied"),
    [
        (Request(ROLE, "kms:Decrypt", KEY), "kms:ViaService", True),
        (Request(SERVICE, "kms:Decrypt", KEY), "kms:ViaService", False),
        (Request(ROLE, "kms:Decrypt", KEY), "kms:EncryptionContext:aws:bedrock:arn", True),
        (Request(ROLE, "kms:DescribeKey", KEY), "kms:EncryptionContext:aws:bedrock:arn", False),
        (Request(ROLE, "kms:Decrypt", KEY), "aws:ResourceTag/bedrock-cmk", True),
        (Request(SERVICE, "kms:Decrypt", KEY), "aws:SourceArn", True),
        (Request(ROLE, "kms:Decrypt", KEY), "aws:SourceArn", False),
        (Request(ROLE, "bedrock:CreateAgent"), "aws:RequestTag/team", True),
        (Request(ROLE, "bedrock:UpdateAgent", AGENT), "aws:RequestTag/team", False),
        (Request(ROLE, "bedrock:CreateAgent"), "aws:PrincipalArn", True),
        (Request(ROLE, "bedrock-agentcore:CreateMemory"), "bedrock-agentcore:KmsKeyArn", True),
    ],
)
def test_what_aws_supplies(request_: Request, name: str, supplied: bool) -> None:
    assert supplied_by_aws(request_, name) is supplied


def test_an_action_that_aws_does_not_have_is_an_error() -> None:
    with pytest.raises(PolicyError, match="no action bedrock:CreateAgentt"):
        supplied_by_aws(Request(ROLE, "bedrock:CreateAgentt"), "aws:PrincipalArn")
