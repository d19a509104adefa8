from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pytest

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import Condition, Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.iam.grammar import operator

SCP, RCP, IDENTITY, TRUST, KEY, RESOURCE = PolicyKind
EVERYONE = Principal(everyone=True)
ROLE = Principal(aws=("arn:aws:iam::111122223333:role/app",))
Element = Mapping[str, object]


def build(kind: PolicyKind, **changes: object) -> PolicyDocument:
    """A statement that the kind admits, changed."""
    principal = {RCP: EVERYONE, TRUST: ROLE, KEY: ROLE, RESOURCE: ROLE}.get(kind)
    action = "sts:AssumeRole" if kind is TRUST else "kms:Decrypt"
    given: dict[str, object] = {
        "sid": "Test",
        "effect": Effect.DENY,
        "actions": (action,),
        "principal": principal,
    }
    statement = Statement(**{**given, **changes})  # type: ignore[arg-type]
    return PolicyDocument(kind, (statement,))


def when(**condition: Mapping[str, tuple[str, ...]]) -> Element:
    return {"condition": {name.replace("__", ":"): block for name, block in condition.items()}}


@pytest.mark.parametrize("kind", PolicyKind)
def test_a_plain_statement_of_each_kind_can_be_built(kind: PolicyKind) -> None:
    assert build(kind).statements[0].sid == "Test"


COMMON: tuple[tuple[str, Element, str], ...] = (
    ("no action", {"actions": ()}, "exactly one of actions and not_actions"),
    ("both actions", {"not_actions": ("kms:Encrypt",)}, "exactly one of actions and not_actions"),
    ("no resource", {"resources": ()}, "exactly one of resources and not_resources"),
    (
        "both resources",
        {"resources": ("arn:aws:kms:*:*:key/*",), "not_resources": ("arn:aws:kms:*:*:key/a",)},
        "exactly one of resources and not_resources",
    ),
    ("an action as bare string", {"actions": "kms:Decrypt"}, "must be a tuple of strings"),
    ("an action that is no string", {"actions": (1,)}, "must hold only strings"),
    ("an empty action", {"actions": ("",)}, "is not an action"),
    ("an action without service", {"actions": ("Decrypt",)}, "is not an action"),
    ("an action without name", {"actions": ("kms:",)}, "is not an action"),
    ("a wildcard for the service", {"actions": ("*:Decrypt",)}, "is not an action"),
    ("a space in an action", {"actions": ("kms:Decrypt ",)}, "is not an action"),
    ("a variable in an action", {"actions": ("kms:${aws:username}",)}, "is not an action"),
    ("an empty resource", {"resources": ("",)}, "an empty string"),
    ("a resource that is no ARN", {"resources": ("alias/app",)}, "is not a resource"),
    ("an ARN of five fields", {"resources": ("arn:aws:kms:*:key/*",)}, "is not a resource"),
    ("a control character", {"resources": ("arn:aws:kms:*:*:key/\x07",)}, r"U\+0007"),
    ("a C1 control character", {"resources": ("arn:aws:kms:*:*:key/\x85",)}, r"U\+0085"),
    ("half a surrogate pair", {"resources": ("arn:aws:kms:*:*:key/\ud83d",)}, r"U\+D83D"),
    ("an unknown effect", {"effect": "Permit"}, "Allow or Deny"),
    ("a Sid that is no string", {"sid": 7}, "must be a string"),
    ("an unknown operator", when(StringEqual={"aws:PrincipalTag/a": ("b",)}), "did you mean StringEquals"),
    (
        "an operator in other letters",
        when(stringEquals={"aws:PrincipalTag/a": ("b",)}),
        "unknown condition operator",
    ),
    ("an unknown set operator", when(ForEach__StringEquals={"aws:TagKeys": ("b",)}), "unknown set operator"),
    ("NullIfExists", when(NullIfExists={"aws:PrincipalTag/a": ("true",)}), "Null takes neither"),
    ("a set operator on Null", when(ForAnyValue__Null={"aws:TagKeys": ("true",)}), "Null takes neither"),
    ("an operator without key", when(StringEquals={}), "has no key"),
    ("a key without value", when(StringEquals={"aws:PrincipalTag/a": ()}), "has no value"),
    ("an empty value", when(StringEquals={"aws:PrincipalTag/a": ("",)}), "an empty string"),
    ("a value as bare string", when(StringEquals={"aws:PrincipalTag/a": "b"}), "must be a tuple of strings"),  # type: ignore[dict-item]
    ("a key without prefix", when(StringEquals={"PrincipalTag": ("b",)}), "is not a condition key"),
    (
        "a key twice in other letters",
        when(StringEquals={"aws:PrincipalTag/a": ("b",), "AWS:principaltag/A": ("c",)}),
        "do not depend on case",
    ),
    ("a Bool that is none", when(Bool={"aws:SecureTransport": ("yes",)}), "'true' or 'false'"),
    ("a Null that is none", when(Null={"aws:TagKeys": ("1",)}), "'true' .* or 'false'"),
    ("a number that is none", when(NumericLessThan={"kms:RotationPeriodInDays": ("30d",)}), "a number"),
    ("a number in other digits", when(NumericLessThan={"kms:RotationPeriodInDays": ("٣٠",)}), "a number"),
    ("a date that is none", when(DateLessThan={"aws:CurrentTime": ("tomorrow",)}), "an ISO 8601 date"),
    ("an address that is none", when(IpAddress={"aws:SourceIp": ("10.0.0.0/33",)}), "a CIDR block"),
    ("base64 that is none", when(BinaryEquals={"kms:x": ("abc",)}), "base64"),
    ("an ARN operator on a name", when(ArnLike={"aws:PrincipalArn": ("role/app",)}), "an ARN pattern"),
    ("a condition that is none", {"condition": ("StringEquals",)}, "must be a mapping"),
    ("an operator that is no mapping", {"condition": {"StringEquals": ("aws:PrincipalTag/a",)}}, "to keys"),
)


@pytest.mark.parametrize("kind", PolicyKind)
@pytest.mark.parametrize(
    ("changes", "message"), [case[1:] for case in COMMON], ids=[case[0] for case in COMMON]
)
def test_what_no_policy_can_hold_is_refused(kind: PolicyKind, changes: Element, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        build(kind, **changes)


SERVICE = Principal(service=("bedrock.amazonaws.com",))
OF_A_KIND: tuple[tuple[str, PolicyKind, Element, str], ...] = (
    *(
        (f"{element} in an {kind}", kind, {element: ROLE}, "no place here")
        for kind in (SCP, IDENTITY)
        for element in ("principal", "not_principal")
    ),
    ("an RCP that allows", RCP, {"effect": Effect.ALLOW}, "can only Deny"),
    ("an RCP without Principal", RCP, {"principal": None}, "must be '\\*'"),
    ("an RCP for a role", RCP, {"principal": ROLE}, "must be '\\*'"),
    ("an RCP for AWS *", RCP, {"principal": Principal(aws=("*",))}, "must be '\\*'"),
    ("an RCP with NotPrincipal", RCP, {"principal": None, "not_principal": EVERYONE}, "no NotPrincipal"),
    ("an RCP with NotAction", RCP, {"actions": (), "not_actions": ("kms:Decrypt",)}, "no NotAction"),
    ("an RCP with the bare *", RCP, {"actions": ("*",)}, "cannot have the action"),
    ("an RCP on Bedrock", RCP, {"actions": ("bedrock:*",)}, "does not apply RCPs to bedrock,"),
    ("an RCP on AgentCore", RCP, {"actions": ("kms:*", "bedrock-agentcore:*")}, "does not apply RCPs to"),
    ("a trust policy without Principal", TRUST, {"principal": None}, "needs a Principal"),
    (
        "a trust policy with NotPrincipal",
        TRUST,
        {"principal": None, "not_principal": ROLE},
        "no NotPrincipal",
    ),
    ("a trust policy with Resource", TRUST, {"resources": ("arn:aws:iam::1:role/a",)}, "no Resource"),
    ("a trust policy with NotResource", TRUST, {"not_resources": ("arn:aws:iam::1:role/a",)}, "no Resource"),
    ("a trust policy on KMS", TRUST, {"actions": ("kms:Decrypt",)}, "can only have sts actions"),
    ("a key policy without Principal", KEY, {"principal": None}, "needs a Principal"),
    (
        "a key policy that allows all but one",
        KEY,
        {"effect": Effect.ALLOW, "principal": None, "not_principal": ROLE},
        "for Deny only",
    ),
    *(
        (f"a Sid with {sid!r} in a {kind}", kind, {"sid": sid}, "A-Z, a-z and 0-9")
        for kind in (SCP, RCP, IDENTITY, TRUST)
        for sid in ("Deny all", "deny-all", "deny_all", "é", "٣")
    ),
    ("a Sid of two lines in a key policy", KEY, {"sid": "Enable\nadmin"}, "on one line"),
    *(
        (
            f"{text!r} in a {kind} policy",
            kind,
            when(StringEquals={"aws:PrincipalTag/a": (text,)}),
            r"above U\+00FF",
        )
        for kind in (IDENTITY, TRUST, KEY)
        for text in ("\u0100", "\u20ac", "\U0001f511")
    ),
)


@pytest.mark.parametrize(
    ("kind", "changes", "message"), [case[1:] for case in OF_A_KIND], ids=[case[0] for case in OF_A_KIND]
)
def test_what_a_kind_cannot_hold_is_refused(kind: PolicyKind, changes: Element, message: str) -> None:
    with pytest.raises(PolicyError, match=message) as caught:
        build(kind, **changes)
    assert repr(changes.get("sid", "Test")) in str(caught.value)


ADMITTED: tuple[tuple[str, PolicyKind, Element], ...] = (
    ("any text in an SCP", SCP, when(StringEquals={"aws:PrincipalTag/a": ("€\U0001f511\u2028",)})),
    ("Latin-1 in a key policy", KEY, when(StringEquals={"kms:EncryptionContext:é": ("ÿ\t\r\n ",)})),
    ("a Sid with spaces in a key policy", KEY, {"sid": "Enable IAM User Permissions"}),
    ("no Sid", SCP, {"sid": ""}),
    ("NotResource in an SCP", SCP, {"not_resources": ("arn:aws:kms:*:*:key/*",)}),
    ("NotAction in an SCP", SCP, {"actions": (), "not_actions": ("kms:*",)}),
    ("NotPrincipal in a key policy's Deny", KEY, {"principal": None, "not_principal": ROLE}),
    ("a service principal", TRUST, {"principal": SERVICE}),
    ("an account", KEY, {"principal": Principal(aws=("111122223333",))}),
    ("what a deleted role leaves", KEY, {"principal": Principal(aws=("AROADBQP57FF2AEXAMPLE",))}),
    ("an IPv6 block", SCP, when(IpAddress={"aws:SourceIp": ("2001:db8::/32",)})),
    ("a date", SCP, when(DateLessThan={"aws:CurrentTime": ("2026-11-24T00:00:00Z", "1790000000")})),
    ("a fraction", SCP, when(NumericEquals={"ec2:RoleDelivery": ("2.0",)})),
    ("a variable for an ARN", SCP, when(ArnLike={"aws:PrincipalArn": ("${aws:PrincipalArn}", "*")})),
)


@pytest.mark.parametrize(
    ("kind", "changes"), [case[1:] for case in ADMITTED], ids=[case[0] for case in ADMITTED]
)
def test_what_a_kind_can_hold_is_kept(kind: PolicyKind, changes: Element) -> None:
    document = build(kind, **changes)
    assert PolicyDocument.from_dict(kind, document.to_dict()) == document


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "either everyone"),
        ({"everyone": True, "aws": ("111122223333",)}, "either everyone"),
        ({"aws": ("",)}, "an empty string"),
        ({"aws": ("app",)}, "is not an AWS principal"),
        ({"aws": ("1111222233334",)}, "is not an AWS principal"),
        ({"aws": ("arn:aws:iam::111122223333:role/*",)}, "has a wildcard"),
        ({"service": ("*",)}, "is not a service principal"),
        ({"service": ("bedrock",)}, "is not a service principal"),
        ({"federated": ("arn:aws:iam::1:oidc-provider/*",)}, "is not a federated principal"),
        ({"aws": "111122223333"}, "must be a tuple of strings"),
    ],
)
def test_principals_that_aws_refuses_cannot_be_built(arguments: Element, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        Principal(**arguments)  # type: ignore[arg-type]


def test_a_statement_has_a_principal_or_a_not_principal() -> None:
    with pytest.raises(PolicyError, match="at most one"):
        build(KEY, not_principal=ROLE)


def test_sids_are_unique_in_a_document() -> None:
    statement = build(SCP).statements[0]
    with pytest.raises(PolicyError, match="two statements have the Sid 'Test'"):
        PolicyDocument(SCP, (statement, statement))


def test_a_document_has_statements_the_current_version_and_a_known_kind() -> None:
    statements = build(SCP).statements
    version: Literal["2012-10-17"] = "2008-10-17"  # type: ignore[assignment]
    with pytest.raises(PolicyError, match="at least one statement"):
        PolicyDocument(SCP, ())
    with pytest.raises(PolicyError, match="must be 2012-10-17"):
        PolicyDocument(SCP, statements, version=version)
    with pytest.raises(PolicyError, match="policy document"):
        PolicyDocument("acl", statements)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", PolicyKind)
def test_only_resource_and_identity_policies_have_an_id(kind: PolicyKind) -> None:
    statements = build(kind).statements
    if kind in (SCP, RCP):
        with pytest.raises(PolicyError, match="no Id"):
            PolicyDocument(kind, statements, "name")
    else:
        assert PolicyDocument(kind, statements, "name").to_dict()["Id"] == "name"


# Set operators

TAGS: Condition = {"ForAllValues:StringEquals": {"aws:TagKeys": ("owner",)}}


@pytest.mark.parametrize("effect", Effect)
def test_for_all_values_is_true_without_the_key_and_wants_a_presence_test(effect: Effect) -> None:
    verb = {"Allow": "allows", "Deny": "denies"}[effect]
    with pytest.raises(PolicyError, match=f"also {verb} every request without that key"):
        build(SCP, effect=effect, condition=TAGS)
    for key in ("aws:TagKeys", "AWS:tagkeys"):
        build(SCP, effect=effect, condition={**TAGS, "Null": {key: ("false",)}})


@pytest.mark.parametrize("null", [{"aws:TagKeys": ("true",)}, {"aws:SourceArn": ("false",)}])
def test_another_null_test_is_not_the_presence_test(null: Mapping[str, tuple[str, ...]]) -> None:
    with pytest.raises(PolicyError, match="every request without that key"):
        build(SCP, effect=Effect.ALLOW, condition={**TAGS, "Null": null})


def test_a_deny_unless_one_of_the_values_is_there_may_leave_the_presence_test_out() -> None:
    negated = {"ForAllValues:StringNotEquals": {"aws:TagKeys": ("owner",)}}
    build(SCP, condition=negated)
    with pytest.raises(PolicyError, match="also allows"):
        build(SCP, effect=Effect.ALLOW, condition=negated)


@pytest.mark.parametrize("name", ["ForAnyValue:StringEquals", "ForAllValues:StringLikeIfExists"])
def test_kms_refuses_set_operators_on_one_encryption_context_pair(name: str) -> None:
    key = "kms:encryptioncontext:aws:bedrock:arn"
    with pytest.raises(PolicyError, match="KMS refuses set operators"):
        build(KEY, condition={name: {key: ("x",)}, "Null": {key: ("false",)}})


@pytest.mark.parametrize(
    "value",
    [
        "${aws:PrincipalOrgID}",
        "${AWS:principalorgid}",
        "${aws:PrincipalOrgID, 'o-none'}",
        "${ aws:PrincipalOrgID }",
    ],
)
def test_a_deny_names_the_organisation_literally(value: str) -> None:
    condition = {"StringNotEquals": {"aws:ResourceOrgID": (value,)}}
    with pytest.raises(PolicyError, match="id literally"):
        build(SCP, condition=condition)
    build(SCP, effect=Effect.ALLOW, condition=condition)


BASES = (
    *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    *("StringLike", "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan"),
    *(
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
        "DateEquals",
        "DateNotEquals",
    ),
    *(
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
        "Bool",
        "BinaryEquals",
    ),
    *("IpAddress", "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
)


@pytest.mark.parametrize("base", BASES)
def test_every_operator_of_aws_is_known_in_all_its_forms(base: str) -> None:
    for prefix in ("", "ForAnyValue:", "ForAllValues:"):
        for suffix in ("", "IfExists"):
            found = operator(prefix + base + suffix)
            assert (found.base, found.quantifier, found.if_exists) == (base, prefix.rstrip(":"), bool(suffix))
            assert found.negated == ("Not" in base)


# Immutability and AWS's JSON form


def test_nothing_of_a_document_can_be_changed() -> None:
    block = {"aws:ResourceTag/a": ("b",)}
    condition = {"StringEquals": block}
    actions = ["kms:Decrypt"]
    document = build(SCP, condition=condition, actions=actions)
    before = document.minified()
    block["aws:ResourceTag/a"] = ("c",)
    condition.clear()
    actions.append("kms:Encrypt")
    assert document.minified() == before
    with pytest.raises(TypeError):
        document.statements[0].condition["StringEquals"] = {}  # type: ignore[index]


def test_the_order_of_a_condition_does_not_matter() -> None:
    one = {
        "StringEquals": {"aws:ResourceTag/a": ("b",), "aws:ResourceTag/c": ("d",)},
        "Null": {"aws:x": ("true",)},
    }
    other = {name: dict(reversed(block.items())) for name, block in reversed(one.items())}
    assert build(SCP, condition=one) == build(SCP, condition=other)
    assert build(SCP, condition=one).minified() == build(SCP, condition=other).minified()


def test_the_form_is_the_one_that_aws_stores() -> None:
    principal = Principal(aws=("111122223333", "444455556666"), service=("bedrock.amazonaws.com",))
    condition: Condition = {"StringEquals": {"kms:ViaService": ("s3.us-east-1.amazonaws.com",)}}
    statement = Statement(
        "Use", Effect.ALLOW, ("kms:Decrypt", "kms:Encrypt"), principal=principal, condition=condition
    )
    assert PolicyDocument(KEY, (statement,), "app").to_dict() == {
        "Version": "2012-10-17",
        "Id": "app",
        "Statement": [
            {
                "Sid": "Use",
                "Effect": "Allow",
                "Principal": {"AWS": ["111122223333", "444455556666"], "Service": "bedrock.amazonaws.com"},
                "Action": ["kms:Decrypt", "kms:Encrypt"],
                "Resource": "*",
                "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
            }
        ],
    }
    assert "Resource" not in str(build(TRUST).to_dict())


def test_aws_own_rcp_is_read_and_no_other_allow() -> None:
    full: Element = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    document = PolicyDocument.from_dict(RCP, {"Version": "2012-10-17", "Statement": [full]})
    assert document.to_dict()["Statement"] == [full]
    with pytest.raises(PolicyError, match="can only Deny"):
        PolicyDocument.from_dict(RCP, {"Version": "2012-10-17", "Statement": [{**full, "Action": "kms:*"}]})


MINIMAL: Element = {"Effect": "Deny", "Action": "kms:*", "Resource": "*"}


def scp(**changes: object) -> Element:
    return {"Version": "2012-10-17", "Statement": [{**MINIMAL, **changes}]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], r"file\.json: must be an object"),
        ({"Version": "2012-10-17"}, "Statement must be a list"),
        ({"Version": "2012-10-17", "Statement": []}, "Statement must be a list"),
        ({"Statement": [MINIMAL]}, "Version is missing"),
        ({"Version": "2008-10-17", "Statement": [MINIMAL]}, "Version is '2008-10-17'"),
        ({"Version": "2012-10-17", "ID": "x", "Statement": [MINIMAL]}, "unknown element 'ID'"),
        ({"Version": "2012-10-17", "Id": 1, "Statement": [MINIMAL]}, "Id must be a string"),
        ({"Version": "2012-10-17", "Statement": ["x"]}, r"Statement\[0\]: must be an object"),
        (scp(action="kms:*"), r"Statement\[0\]: unknown element 'action'"),
        (scp(Sid=1), "Sid must be a string"),
        (scp(Effect="deny"), 'Effect must be "Allow" or "Deny"'),
        (scp(Effect=["Deny"]), 'Effect must be "Allow" or "Deny"'),
        (scp(Action=[]), "Action must be a string or a list of at least one"),
        (scp(Action={"a": 1}), "Action must be a string"),
        (scp(Resource=[1]), "Resource must be a string"),
        (scp(NotAction="kms:*"), "exactly one of actions"),
        (scp(Condition=[]), "Condition must be an object"),
        (scp(Condition={"Bool": "x"}), r"Condition\.Bool must be an object"),
        (scp(Condition={"Bool": {"aws:SecureTransport": None}}), r"aws:SecureTransport: a value must be"),
        (scp(Condition={"Bool": {"aws:SecureTransport": []}}), "has no value"),
        (scp(Principal={"AWS": "*"}), "no place here"),
        (scp(Principal={"CanonicalUser": "x"}), "unknown element 'CanonicalUser'"),
        (scp(Principal={}), "either everyone"),
        (scp(Principal="arn:aws:iam::111122223333:root"), "Principal: must be an object"),
    ],
)
def test_the_reader_says_where_and_what(data: object, message: str) -> None:
    with pytest.raises(PolicyError, match=message) as caught:
        PolicyDocument.from_dict(SCP, data, where="file.json")
    assert str(caught.value).startswith("file.json")


def test_a_trust_policy_with_a_resource_is_not_read() -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*", "Resource": "*"}
    with pytest.raises(PolicyError, match="no Resource"):
        PolicyDocument.from_dict(TRUST, {"Version": "2012-10-17", "Statement": statement})


def test_what_aws_reads_in_two_ways_is_read_as_one() -> None:
    condition = {"Bool": {"aws:SecureTransport": False}, "NumericLessThan": {"s3:max-keys": [10, "20"]}}
    read = PolicyDocument.from_dict(
        SCP, {"Version": "2012-10-17", "Statement": {**MINIMAL, "Condition": condition}}
    )
    assert read.statements[0].condition == {
        "Bool": {"aws:SecureTransport": ("false",)},
        "NumericLessThan": {"s3:max-keys": ("10", "20")},
    }


def test_the_policy_of_a_resource_names_whom_it_speaks_of() -> None:
    with pytest.raises(PolicyError, match="needs a Principal in every statement"):
        build(RESOURCE, principal=None)
    with pytest.raises(PolicyError, match="NotPrincipal with Allow"):
        build(RESOURCE, principal=None, not_principal=ROLE, effect=Effect.ALLOW)
    assert build(RESOURCE, principal=None, not_principal=ROLE, actions=("*",)).kind is RESOURCE


def test_what_aws_accepts_is_read_where_it_was_found() -> None:
    """Traps are refused in what we write, and known in what others wrote."""
    traps: tuple[tuple[str, Condition], ...] = (
        ("Allow", {"ForAllValues:StringEquals": {"aws:TagKeys": ("owner",)}}),
        ("Deny", {"StringNotEquals": {"aws:ResourceOrgID": ("${aws:PrincipalOrgID}",)}}),
    )
    for effect, condition in traps:
        block = {
            name: {key: list(values) for key, values in keys.items()} for name, keys in condition.items()
        }
        data = {
            "Version": "2012-10-17",
            "Statement": {"Effect": effect, "Action": "*", "Resource": "*", "Condition": block},
        }
        with pytest.raises(PolicyError):
            PolicyDocument.from_dict(IDENTITY, data)
        found = PolicyDocument.from_dict(IDENTITY, data, found=True)
        assert found.statements[0].condition == condition
