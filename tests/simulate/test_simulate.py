"""``simulate`` as a function: a line in, an answer out."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrock_cmk_guard.simulate import Simulated, simulate

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BUCKET = "arn:aws:s3:::transcripts/a"
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Object = dict[str, Json]


def document(*statements: Object) -> Object:
    filled: list[Json] = [{"Effect": "Allow", "Action": "*", "Resource": "*", **s} for s in statements]
    return {"Version": "2012-10-17", "Statement": filled}


FULL = document({})
DELEGATES = document({"Sid": "Account", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*"})


def case(request: Object | None = None, **rest: Json) -> Object:
    asked: Object = {"principal": ROLE, "action": "kms:Decrypt", "resource": KEY, **(request or {})}
    return {"request": asked, "identity": [FULL], "resource_policy": DELEGATES, **rest}


def one(given_: Object, *, absent: bool = False) -> Simulated:
    (answer,) = simulate([json.dumps(given_)], unknown_keys_absent=absent)
    return answer


def test_an_answer_says_by_which_statement() -> None:
    answer = one(case(name="reads"))

    assert answer == {
        "name": "reads",
        "decision": "allowed",
        "statements": [
            {"policy": "key policy", "sid": "Account", "index": 0},
            {"policy": "identity policy", "sid": "", "index": 0},
        ],
        "reasons": [
            "Statement Account of key policy allows it.",
            "Statement [0] of identity policy allows it.",
        ],
    }


def test_without_a_name_it_is_null_and_an_implicit_deny_has_no_statement() -> None:
    answer = one(case(identity=[]))

    assert answer["name"] is None
    assert answer["decision"] == "implicit_deny"
    assert answer["statements"] == []
    assert answer["reasons"] == [
        "No statement of identity policy allows it, and the caller's own policies must allow."
    ]


DENY_OUTSIDERS = document(
    {
        "Sid": "Outsiders",
        "Effect": "Deny",
        "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}},
    },
    {},
)


def test_a_key_that_is_null_is_open_and_one_that_is_left_out_is_absent() -> None:
    open_ = one(case({"context": {"aws:PrincipalOrgID": None}}, scps=[[DENY_OUTSIDERS]]))
    absent = one(case({"context": {}}, scps=[[DENY_OUTSIDERS]]))
    inside = one(case({"context": {"AWS:principalorgid": "o-exampleorg1"}}, scps=[[DENY_OUTSIDERS]]))

    assert open_["decision"] == "depends"
    assert open_["depends_on"] == ["aws:PrincipalOrgID"]
    assert open_["statements"][0] == {"policy": "SCP level 0", "sid": "Outsiders", "index": 0}
    assert absent["decision"] == "explicit_deny"
    assert inside["decision"] == "allowed"
    assert "depends_on" not in inside


@pytest.mark.parametrize("part", ["principal", "action", "resource", "resource_account"])
def test_other_parts_can_be_open_too(part: str) -> None:
    policy = document({"Principal": {"AWS": ROLE}, "Action": "kms:Decrypt", "Resource": KEY})

    answer = one(case({part: None}, identity=[], resource_policy=policy))

    assert answer["decision"] == "depends"
    assert answer["depends_on"] == [part]


def test_every_kind_of_policy_has_its_place() -> None:
    kms_only = document({"Action": "kms:*"})
    s3_only = document({"Action": "s3:*"})
    rcp = document({"Effect": "Deny", "Principal": "*", "Action": "kms:*"})

    def decision(**rest: Json) -> object:
        answer = one({**case(), **rest})
        return answer.get("decision", answer.get("error"))

    assert decision(boundary=kms_only, session=kms_only, scps=[[FULL], [kms_only, s3_only]]) == "allowed"
    assert decision(boundary=s3_only) == decision(session=s3_only) == "implicit_deny"
    assert decision(scps=[[FULL], [s3_only]]) == decision(scps=[[]]) == "implicit_deny"
    assert decision(rcps=[[rcp]]) == "explicit_deny"


def test_the_policy_of_a_resource_is_read_by_what_the_resource_is() -> None:
    reader = document({"Principal": {"AWS": ROLE}, "Resource": BUCKET})
    trust: Json = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ROLE}},
    }
    read: Object = {"action": "s3:GetObject", "resource": BUCKET, "resource_account": ACCOUNT}
    assume: Object = {"action": "sts:AssumeRole", "resource": f"arn:aws:iam::{ACCOUNT}:role/other"}

    assert one(case(read, identity=[], resource_policy=reader))["decision"] == "allowed"
    assert one(case(assume, identity=[], resource_policy=trust))["decision"] == "allowed"
    assert one(case({**assume, "action": None}, resource_policy=trust))["decision"] == "depends"
    both: Object = {"action": None, "resource": None}
    assert "no telling what kind of policy" in one(case(both, resource_policy=trust))["error"]


def test_grants_are_those_of_list_grants() -> None:
    grant: Object = {
        "KeyId": KEY,
        "GrantId": "abc",
        "GranteePrincipal": ROLE,
        "RetiringPrincipal": f"arn:aws:iam::{ACCOUNT}:role/retires",
        "Operations": ["Decrypt"],
        "Constraints": {"EncryptionContextSubset": {"aws:bedrock:arn": "a"}},
        "CreationDate": 1.444151834e9,
    }
    inside: Object = {"context": {"kms:EncryptionContext:aws:bedrock:arn": "a"}}

    assert one(case(inside, identity=[], grants=[grant]))["statements"] == [
        {"policy": "grants", "sid": "abc", "index": 0}
    ]
    assert one(case(identity=[], grants=[grant]))["decision"] == "implicit_deny"
    service = {**grant, "GranteePrincipal": None, "GranteeServicePrincipal": "bedrock.amazonaws.com"}
    asked = case({**inside, "principal": "bedrock.amazonaws.com"}, identity=[], grants=[service])
    assert one(asked)["decision"] == "allowed"


def test_values_may_be_lists_numbers_and_truth_values() -> None:
    wanted: Object = {
        "Bool": {"aws:SecureTransport": True},
        "NumericLessThan": {"aws:MultiFactorAuthAge": 30},
        "ForAnyValue:StringEquals": {"aws:TagKeys": "owner"},
    }
    key: Object = {"aws:SecureTransport": True, "aws:MultiFactorAuthAge": 7, "aws:TagKeys": ["team", "owner"]}
    asked: Object = {"action": "kms:TagResource", "context": key}

    assert one(case(asked, identity=[document({"Condition": wanted})]))["decision"] == "allowed"


def test_what_aws_accepts_is_decided_though_it_is_a_trap() -> None:
    trap = document({"Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": "owner"}}})

    assert one(case({"action": "kms:TagResource"}, identity=[trap]))["decision"] == "allowed"


NAIVE = document(
    {
        "Sid": "Naive",
        "Effect": "Deny",
        "Action": "bedrock:CreateAgent",
        "Condition": {"Null": {"bedrock:CustomerEncryptionKeyArn": "true"}},
    },
    {},
)
CREATE: Object = {"action": "bedrock:CreateAgent", "resource": "*"}


def test_a_key_that_aws_does_not_have_is_an_error_or_absent() -> None:
    asked = case(CREATE, scps=[[NAIVE]], resource_policy=None)
    stated = case({**CREATE, "context": {"bedrock:CustomerEncryptionKeyArn": KEY}}, resource_policy=None)

    refused, decided = one(asked), one(asked, absent=True)

    assert "AWS has no condition key bedrock:CustomerEncryptionKeyArn" in refused["error"]
    assert "decision" not in refused
    assert decided["decision"] == "explicit_deny"
    assert "never supplies bedrock:CustomerEncryptionKeyArn" in decided["reasons"][-1]
    assert "no condition key" in one(stated)["error"]
    assert one({**stated, "scps": [[NAIVE]]}, absent=True)["decision"] == "explicit_deny"


def test_a_misspelt_key_is_told_the_nearest() -> None:
    answer = one(case({"context": {"kms:ViaServce": "x"}}))

    assert "did you mean kms:ViaService?" in answer["error"]


def test_keys_and_actions_of_services_we_have_no_data_on_are_taken_as_stated() -> None:
    allowed = document({"Condition": {"StringEquals": {"sqs:Anything": "a"}}})
    asked: Object = {"action": "sqs:SendMessage", "resource": "*", "context": {"sqs:Anything": "a"}}

    assert one(case(asked, identity=[allowed], resource_policy=None))["decision"] == "allowed"
    assert "has no action kms:Decrypte" in one(case({"action": "kms:Decrypte"}, identity=[allowed]))["error"]


WRONG: tuple[tuple[str, str], ...] = (
    ("{", "not JSON"),
    ("[]", "must be an object"),
    ("[" * 100_000, "nested too deep"),
    ('{"request": {}, "request": {}}', "written twice"),
    ("{}", "request: is missing"),
    ('{"name": 7, "request": {}}', "name must be a text"),
    (
        '{"request": {"principal": "x", "action": "kms:Decrypt", "ressource": "*"}}',
        "unknown field 'ressource'",
    ),
    ('{"request": {"principal": "x", "action": "kms:Decrypt"}}', "resource is missing; null leaves it open"),
    ('{"request": {"principal": 5, "action": "kms:Decrypt", "resource": "*"}}', "principal: must be a text"),
    ('{"polices": []}', "unknown field 'polices'"),
    ("{\udce9}", "not UTF-8"),
)
PARTS: tuple[tuple[Object, str], ...] = (
    (case({"principal": "bob"}), "the principal 'bob' is neither"),
    (case({"action": "kms:*"}), "without wildcards"),
    (case({"context": ["x"]}), "context: must be an object"),
    (case({"context": {"ViaService": "x"}}), "not a condition key"),
    (case({"context": {"aws:username": "a", "aws:UserName": "b"}}), "there twice"),
    (case({"context": {"aws:username": {}}}), "must be a text, a number"),
    (case(identity=FULL), "identity: must be a list"),
    (case(identity=[{"Version": "2008-10-17"}]), "identity[0]: Version is '2008-10-17'"),
    (case(scps=[FULL]), "scps[0]: must be a list"),
    (case(scps=[[document({"Principal": "*"})]]), "scps[0][0]: scp policy"),
    (
        case(boundary=document({"Condition": {"StringEqual": {"aws:username": "a"}}})),
        "did you mean StringEquals",
    ),
    (case(grants=[{"Operations": ["Decrypt"]}]), "one of GranteePrincipal and GranteeServicePrincipal"),
    (case(grants=[{"GranteePrincipal": ROLE, "Operations": ["Decrypted"]}]), "not Decrypted"),
    (case(grants=[{"GranteePrincipal": ROLE, "Operations": [1]}]), "grants[0].Operations: must be a text"),
)


@pytest.mark.parametrize(
    ("line", "message"), [*WRONG, *((json.dumps(given_), text) for given_, text in PARTS)]
)
def test_what_cannot_be_decided_is_an_error_with_its_line(line: str, message: str) -> None:
    _, answer = simulate([json.dumps(case()), line], where="cases.jsonl:")

    assert answer["error"].startswith("cases.jsonl: 2: ")
    assert message in answer["error"]
    assert "decision" not in answer


def test_an_error_keeps_the_name_of_its_case() -> None:
    assert one(case({"principal": "bob"}, name="b"))["name"] == "b"


def test_answers_come_while_cases_do() -> None:
    """The second case is not asked for before the first is answered, so memory holds one."""
    asked: list[int] = []

    def cases() -> Iterator[str]:
        for number in range(3):
            asked.append(number)
            yield json.dumps(case(name=str(number)))

    answers = simulate(cases())

    assert next(answers)["name"] == "0"
    assert asked == [0]
    assert [answer["name"] for answer in answers] == ["1", "2"]


JSON_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(),
        st.sampled_from((ROLE, KEY, "kms:Decrypt")),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(("AWS", "kms:ViaService", "Statement")), inner),
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_whatever_a_case_holds_there_is_one_answer(data: st.DataObject) -> None:
    given_ = case()
    for path in data.draw(
        st.lists(st.sampled_from(("request", "identity", "scps", "grants", "context", "name")), max_size=3)
    ):
        value = data.draw(JSON_VALUES)
        request = given_["request"]
        if path == "context" and isinstance(request, dict):
            request["context"] = value
        else:
            given_[path] = value

    (answer,) = simulate([json.dumps(given_)])

    assert ("error" in answer) != ("decision" in answer)
