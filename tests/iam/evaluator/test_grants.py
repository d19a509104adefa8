"""KMS grants: whom they cover, what their constraints ask, and what still binds.

https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
"""

from __future__ import annotations

import pytest

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.evaluator import (
    Grant,
    Open,
    OpenRequest,
    Outcome,
    PolicySet,
    Request,
    StatementRef,
    evaluate,
)
from bedrock_cmk_guard.iam.evaluator.grants import OPERATIONS, WITH_CONTEXT
from tests.iam.evaluator.policies import (
    FULL,
    HERE,
    KEY,
    NOTHING,
    OUTSIDER,
    ROLE,
    ROOT,
    SERVICE,
    SESSION,
    THERE,
    USER,
    document,
    key,
    scp,
)

ALLOWED, EXPLICIT, IMPLICIT = Outcome.ALLOWED, Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY
CLOSED = key({"Principal": {"AWS": f"arn:aws:iam::{HERE}:role/nobody"}})
OTHER_ROOT = f"arn:aws:iam::{THERE}:root"
PAIR = "kms:EncryptionContext:aws:bedrock:arn"


def decide(principal: str, grant: Grant, action: str = "kms:Decrypt", **context: str) -> Outcome:
    named = {
        PAIR if name == "pair" else f"kms:EncryptionContext:{name}": value for name, value in context.items()
    }
    policies = PolicySet(resource_policy=CLOSED, grants=(grant,))
    return evaluate(Request(principal, action, KEY, None, named), policies).outcome


DECRYPT = ("Decrypt",)


@pytest.mark.parametrize(
    ("grantee", "caller", "outcome"),
    [
        (ROLE, ROLE, ALLOWED),
        (ROLE, SESSION, ALLOWED),
        (SESSION, SESSION, ALLOWED),
        (SESSION, ROLE, IMPLICIT),
        (USER, ROLE, IMPLICIT),
        (OUTSIDER, OUTSIDER, ALLOWED),  # no policy of its own account need allow
        (ROOT, ROOT, ALLOWED),
        (ROOT, ROLE, IMPLICIT),  # its account delegates to policies it does not have
        (SERVICE, SERVICE, ALLOWED),
        (SERVICE, "s3.amazonaws.com", IMPLICIT),
    ],
)
def test_whom_a_grant_covers(grantee: str, caller: str, outcome: Outcome) -> None:
    assert decide(caller, Grant(grantee, DECRYPT)) is outcome


def test_an_account_leaves_a_grant_to_its_own_policies() -> None:
    grants = (Grant(OTHER_ROOT, DECRYPT),)
    request = Request(OUTSIDER, "kms:Decrypt", KEY)

    allowing = PolicySet(identity=(FULL,), resource_policy=CLOSED, grants=grants)
    silent = PolicySet(identity=(NOTHING,), resource_policy=CLOSED, grants=grants)

    assert evaluate(request, allowing).outcome is ALLOWED
    assert evaluate(request, silent).outcome is IMPLICIT


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        ("kms:Decrypt", ALLOWED),
        ("KMS:decrypt", ALLOWED),
        ("kms:Encrypt", IMPLICIT),
        ("kms:PutKeyPolicy", IMPLICIT),
    ],
)
def test_a_grant_allows_its_operations_only(action: str, outcome: Outcome) -> None:
    assert decide(ROLE, Grant(ROLE, DECRYPT), action) is outcome


EQUALS, SUBSET = "encryption_context_equals", "encryption_context_subset"
CONSTRAINTS = [
    (EQUALS, {"aws:bedrock:arn": "a"}, {"pair": "a"}, ALLOWED),
    (EQUALS, {"AWS:Bedrock:ARN": "a"}, {"pair": "a"}, ALLOWED),  # names ignore case
    (EQUALS, {"aws:bedrock:arn": "A"}, {"pair": "a"}, IMPLICIT),  # values do not
    (EQUALS, {"aws:bedrock:arn": "a"}, {"pair": "a", "more": "b"}, IMPLICIT),
    (EQUALS, {"aws:bedrock:arn": "a", "more": "b"}, {"pair": "a"}, IMPLICIT),
    (EQUALS, {"aws:bedrock:arn": "a"}, {}, IMPLICIT),
    (SUBSET, {"aws:bedrock:arn": "a"}, {"pair": "a", "more": "b"}, ALLOWED),
    (SUBSET, {"aws:bedrock:arn": "a", "more": "b"}, {"pair": "a"}, IMPLICIT),
    (SUBSET, {"aws:bedrock:arn": "*"}, {"pair": "a"}, IMPLICIT),
    (SUBSET, {"aws:bedrock:arn": "${aws:username}"}, {"pair": "${aws:username}"}, ALLOWED),
]


@pytest.mark.parametrize(("constraint", "pairs", "context", "outcome"), CONSTRAINTS)
def test_constraints_on_the_encryption_context(
    constraint: str, pairs: dict[str, str], context: dict[str, str], outcome: Outcome
) -> None:
    equals, subset = (pairs, {}) if constraint == EQUALS else ({}, pairs)
    grant = Grant(ROLE, ("Decrypt", "DescribeKey"), equals, subset)

    assert decide(ROLE, grant, **context) is outcome
    assert decide(ROLE, grant, "kms:DescribeKey") is ALLOWED  # it has no encryption context


def test_a_source_arn_binds_every_operation_but_retiring() -> None:
    alias = f"arn:aws:bedrock:us-east-1:{HERE}:agent-alias/A/B"
    grant = Grant(SERVICE, ("Decrypt", "DescribeKey", "RetireGrant"), source_arn=alias)
    policies = PolicySet(resource_policy=CLOSED, grants=(grant,))

    def outcome(action: str, source: str) -> Outcome:
        return evaluate(Request(SERVICE, action, KEY, None, {"aws:SourceArn": source}), policies).outcome

    assert outcome("kms:Decrypt", alias) is outcome("kms:DescribeKey", alias) is ALLOWED
    assert outcome("kms:Decrypt", KEY) is outcome("kms:DescribeKey", KEY) is IMPLICIT
    assert outcome("kms:RetireGrant", KEY) is ALLOWED


def test_the_retiring_principal_may_retire_and_nothing_else() -> None:
    grant = Grant(ROLE, DECRYPT, retiring=USER)

    assert decide(USER, grant, "kms:RetireGrant") is ALLOWED
    assert decide(USER, grant) is IMPLICIT
    assert decide(ROLE, grant, "kms:RetireGrant") is IMPLICIT


DENY = {"Sid": "D", "Effect": "Deny"}
RCP = document("rcp", {**DENY, "Principal": "*", "Action": "kms:*"})


@pytest.mark.parametrize(
    ("case", "policies", "outcome"),
    [
        ("key policy denies", {"resource_policy": key({**DENY, "Principal": "*"})}, EXPLICIT),
        ("identity policy denies", {"identity": (document("identity", {**DENY}),)}, EXPLICIT),
        ("SCP denies", {"scps": ((scp({**DENY}),),)}, EXPLICIT),
        ("SCP does not allow", {"scps": ((document("scp", {"Action": "s3:*"}),),)}, IMPLICIT),
        ("RCP denies", {"rcps": ((RCP,),)}, EXPLICIT),
        ("boundary is silent", {"boundary": NOTHING}, ALLOWED),
        ("session policy is silent", {"session": NOTHING}, ALLOWED),
        ("identity policy is silent", {"identity": (NOTHING,)}, ALLOWED),
    ],
)
def test_what_binds_a_grantee(case: str, policies: dict[str, object], outcome: Outcome) -> None:
    together = PolicySet(**{"resource_policy": CLOSED, "grants": (Grant(ROLE, DECRYPT),), **policies})  # type: ignore[arg-type]

    assert evaluate(Request(ROLE, "kms:Decrypt", KEY), together).outcome is outcome, case


def test_the_grant_is_named() -> None:
    grants = (Grant(USER, DECRYPT), Grant(ROLE, DECRYPT, encryption_context_subset={"a": "b"}, name="agents"))
    policies = PolicySet(resource_policy=CLOSED, grants=grants)
    request = Request(ROLE, "kms:Decrypt", KEY, None, {"kms:EncryptionContext:a": "b"})

    decision = evaluate(request, policies)

    assert decision.statements == (StatementRef("grants", "agents", 1),)
    assert decision.reasons[0].startswith("Statement agents of grants allows it (StringEquals")


def test_an_open_encryption_context() -> None:
    grants = (Grant(ROLE, DECRYPT, encryption_context_equals={"aws:bedrock:arn": "a"}),)
    policies = PolicySet(resource_policy=CLOSED, grants=grants)
    request = OpenRequest(
        ROLE, "kms:Decrypt", KEY, None, {PAIR: "a", "kms:EncryptionContext:more": Open.ANYTHING}
    )

    decision = evaluate(request, policies)

    assert decision.outcome is Outcome.DEPENDS
    assert decision.depends_on == ("kms:EncryptionContext:more",)
    assert evaluate(request.filled(PAIR, "b"), policies).outcome is IMPLICIT


def test_operations_that_a_grant_cannot_hold_are_an_error() -> None:
    with pytest.raises(PolicyError, match="not PutKeyPolicy"):
        Grant(ROLE, ("Decrypt", "PutKeyPolicy"))
    with pytest.raises(PolicyError, match="it has none"):
        Grant(ROLE, ())
    with pytest.raises(PolicyError, match="grant 'x': "):
        Grant("bob", DECRYPT, name="x").statements  # noqa: B018


def test_the_operations_are_those_of_the_api() -> None:
    session = pytest.importorskip("botocore.session")
    model = session.get_session().get_service_model("kms")

    assert set(model.shape_for("GrantOperation").enum) == OPERATIONS
    with_context = {
        name
        for name in OPERATIONS - {"ReEncryptFrom", "ReEncryptTo"}
        if "EncryptionContext" in model.operation_model(name).input_shape.members
    }
    assert with_context == WITH_CONTEXT - {"ReEncryptFrom", "ReEncryptTo"}
