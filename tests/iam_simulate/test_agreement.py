"""Our evaluator against iam-simulate: generated policies, and the differences that are known and explained."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from bedrock_cmk_guard.iam.document import Json, PolicyDocument, PolicyKind
from bedrock_cmk_guard.iam.evaluator import Outcome, PolicySet, Request, evaluate
from tests.iam_simulate import driver
from tests.iam_simulate.corpus import questions_about
from tests.iam_simulate.driver import Question
from tests.iam_simulate.strategies import questions

pytestmark = [pytest.mark.skipif(not driver.available(), reason=str(driver.missing())), pytest.mark.thorough]

KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
ROLE = "arn:aws:iam::111122223333:role/app"
SESSION = "arn:aws:sts::111122223333:assumed-role/app/session"
USER = "arn:aws:iam::111122223333:user/alice"


def test_generated_policies_are_decided_alike() -> None:
    asked: list[Question] = []

    # One node process judges them all, so hypothesis only generates; there is nothing to shrink.
    @seed(20261124)
    @settings(
        max_examples=350,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(questions())
    def collect(question: Question) -> None:
        if driver.limit(question) is None:
            asked.append(question)

    collect()
    outcomes = {evaluate(question.request, question.policies).outcome for question in asked}

    assert len(asked) >= 150
    assert outcomes == set(Outcome) - {Outcome.DEPENDS}
    compared = driver.compare(asked)
    assert compared.judged >= 0.9 * len(asked)
    assert not compared.differences, "\n\n".join(compared.differences)


def _document(kind: PolicyKind, *statements: dict[str, Json]) -> PolicyDocument:
    filled: list[Json] = [{"Effect": "Allow", "Action": "*", "Resource": "*", **s} for s in statements]
    return PolicyDocument.from_dict(kind, {"Version": "2012-10-17", "Statement": filled})


def _key_policy(*statements: dict[str, Json]) -> PolicyDocument:
    return _document(PolicyKind.KEY, *statements)


def _scp(*statements: dict[str, Json]) -> PolicyDocument:
    return _document(PolicyKind.SCP, {}, *statements)


FULL = _document(PolicyKind.IDENTITY, {})
NOTHING = _document(PolicyKind.IDENTITY, {"Action": "s3:GetObject"})
DENY_ALL = _scp({"Effect": "Deny"})
LINKED = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
USER_MAY: dict[str, Json] = {"Principal": {"AWS": USER}}

KNOWN = {
    "service-linked role under an SCP": (
        Request(LINKED, "kms:Decrypt", KEY),
        PolicySet(identity=(FULL,), scps=((DENY_ALL,),)),
        Outcome.ALLOWED,
    ),
    "service under an SCP": (
        Request("bedrock.amazonaws.com", "kms:Decrypt", KEY),
        PolicySet(resource_policy=_key_policy({"Principal": "*"}), scps=((DENY_ALL,),)),
        Outcome.ALLOWED,
    ),
    "root user without identity policy": (
        Request("arn:aws:iam::111122223333:root", "kms:Decrypt", KEY),
        PolicySet(resource_policy=_key_policy({"Principal": {"AWS": "111122223333"}})),
        Outcome.ALLOWED,
    ),
    "session named by the key policy, under a session policy": (
        Request(SESSION, "kms:Decrypt", KEY),
        PolicySet(session=NOTHING, resource_policy=_key_policy({"Principal": {"AWS": SESSION}})),
        Outcome.ALLOWED,
    ),
    "policy variable in an ARN pattern": (
        Request(USER, "kms:Decrypt", KEY, None, {"aws:SourceArn": ROLE}),
        PolicySet(
            resource_policy=_key_policy(
                {
                    **USER_MAY,
                    "Condition": {
                        "ArnLike": {"aws:SourceArn": "arn:aws:iam::${aws:PrincipalAccount}:role/*"}
                    },
                }
            )
        ),
        Outcome.ALLOWED,
    ),
    "IPv6 address that is not an IPv4 address": (
        Request(USER, "kms:Decrypt", KEY, None, {"aws:SourceIp": "2001:db8::1"}),
        PolicySet(
            resource_policy=_key_policy(
                {**USER_MAY, "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.1"}}}
            )
        ),
        Outcome.ALLOWED,
    ),
    "ForAnyValue with IfExists, the key is absent": (
        Request(USER, "kms:Decrypt", KEY),
        PolicySet(
            resource_policy=_key_policy(
                {
                    **USER_MAY,
                    "Condition": {"ForAnyValue:StringEqualsIfExists": {"aws:CalledVia": "s3.amazonaws.com"}},
                }
            )
        ),
        Outcome.ALLOWED,
    ),
    "federated user of the same name": (
        Request("arn:aws:sts::111122223333:federated-user/alice", "kms:Decrypt", KEY),
        PolicySet(identity=(FULL,), resource_policy=_key_policy(USER_MAY)),
        Outcome.IMPLICIT_DENY,
    ),
    "NotPrincipal that lists only the role": (
        Request(SESSION, "kms:Decrypt", KEY),
        PolicySet(
            resource_policy=_key_policy(
                {"Principal": "*"}, {"Sid": "D", "Effect": "Deny", "NotPrincipal": {"AWS": ROLE}}
            )
        ),
        Outcome.EXPLICIT_DENY,
    ),
}


@pytest.mark.parametrize("name", list(KNOWN))
def test_a_known_difference_is_one_and_is_excused(name: str) -> None:
    """If iam-simulate comes to agree, the excuse in ``driver.limit`` has had its day."""
    request, policies, ours = KNOWN[name]
    question = Question(name, request, policies)

    assert evaluate(request, policies).outcome is ours
    assert driver.simulate([question]) != [ours]
    excuse = driver.limit(question)
    assert excuse is not None
    assert excuse.document.startswith("https://docs.aws.amazon.com/")


def test_requests_made_from_a_document_are_decided_alike() -> None:
    crypto: Json = ["kms:GenerateDataKey*", "kms:Decrypt"]
    documents = {
        "scp": _scp(
            {
                "Sid": "Provisioner",
                "Effect": "Deny",
                "Action": ["bedrock:CreateAgent", "bedrock:UpdateAgent"],
                "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/provisioner"}},
            },
            {
                "Sid": "Window",
                "Effect": "Deny",
                "Action": "kms:ScheduleKeyDeletion",
                "Condition": {
                    "NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"},
                    "StringEquals": {"aws:ResourceTag/purpose": "agents"},
                },
            },
        ),
        "rcp": _document(
            PolicyKind.RCP,
            {
                "Sid": "Organization",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "kms:*",
                "Condition": {
                    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorg1"},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                },
            },
        ),
        "key": _key_policy(
            {
                "Sid": "Callers",
                "Principal": {"AWS": [ROLE, "444455556666"]},
                "Action": crypto,
                "Condition": {
                    "StringEquals": {"kms:ViaService": "bedrock.us-east-1.amazonaws.com"},
                    "ArnLike": {"kms:EncryptionContext:aws:bedrock:arn": "arn:aws:bedrock:*:*:agent/*"},
                },
            },
            {
                "Sid": "Service",
                "Principal": {"Service": "bedrock.amazonaws.com"},
                "Action": "kms:Decrypt",
                "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
            },
        ),
    }
    asked = list(questions_about(documents, per_pattern=9))

    assert {question.name.split(":")[0] for question in asked} == {"scp", "rcp", "key"}
    assert len(asked) >= 20
    compared = driver.compare(asked)
    assert compared.judged >= 0.9 * len(asked)
    assert not compared.differences, "\n\n".join(compared.differences)


def test_an_ignored_context_key_fails_the_run() -> None:
    alias = "arn:aws:bedrock:us-east-1:111122223333:agent-alias/AGENT12345/ALIAS12345"
    ignored = Request(ROLE, "bedrock:InvokeAgent", alias, None, {"kms:ViaService": "x"})

    with pytest.raises(driver.SimulatorError, match="ignored the context keys"):
        driver.simulate([Question("ignored", ignored, PolicySet(identity=(FULL,)))])


def test_the_encryption_context_reaches_the_simulator() -> None:
    condition: dict[str, Json] = {"StringEquals": {"kms:EncryptionContext:aws:bedrock:arn": "agent"}}
    policies = PolicySet(resource_policy=_key_policy({**USER_MAY, "Condition": condition}))
    key = "kms:encryptioncontext:AWS:bedrock:arn"
    asked = [
        Question(value, Request(USER, "kms:Decrypt", KEY, None, {key: value}), policies)
        for value in ("agent", "other")
    ]

    assert driver.simulate(asked) == [Outcome.ALLOWED, Outcome.IMPLICIT_DENY]
    assert driver.compare(asked) == driver.Comparison(2, ())


def test_validators_accept_good_documents_and_name_what_is_wrong() -> None:
    good = [FULL, _scp(), _key_policy({"Principal": "*"})]
    bad = _document(PolicyKind.IDENTITY, {})
    object.__setattr__(bad.statements[0], "actions", ("not an action",))

    assert driver.validate(good) == [(), (), ()]
    assert driver.validate([bad])[0] != ()
