"""Policy variables.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import pytest

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.evaluator import PolicySet, Request, evaluate
from tests.iam.evaluator.policies import HERE, KEY, ROLE, USER, decide_condition, document

# operator, the policy's value, the request's value, whether the condition holds; the caller's team tag is b*
ROWS = [
    ("StringEquals", "${aws:PrincipalAccount}", HERE, True),
    ("StringEquals", "${AWS:principalaccount}", HERE, True),
    ("StringLike", "x-${aws:PrincipalTag/team}-*", "x-b*-y", True),
    ("StringLike", "x-${aws:PrincipalTag/team}-*", "x-blue-y", False),  # a tag's * is no wildcard
    ("StringEquals", "${aws:PrincipalTag/none, 'blue'}", "blue", True),
    ("StringEquals", "${aws:PrincipalTag/team, 'blue'}", "blue", False),
    ("StringEquals", "${aws:PrincipalTag/none}", "", False),
    ("StringLike", "a${*}", "a*", True),
    ("StringLike", "a${*}", "ab", False),
    ("StringLike", "a${?}*", "a?b", True),
    ("StringEquals", "${$}{x}", "${x}", True),
    ("ArnLike", "arn:aws:iam::${aws:PrincipalAccount}:role/*", ROLE, True),
    ("ArnEquals", "${aws:PrincipalArn}", ROLE, True),
    ("ArnEquals", "${aws:PrincipalTag/team}", ROLE, False),  # not an ARN, and no mistake of the policy
    (
        "StringNotEquals",
        "${aws:PrincipalTag/none}",
        "x",
        False,
    ),  # undefined: any attempt to match it fails
    ("StringNotLike", "${aws:PrincipalTag/none, 'blue'}", "x", True),
    ("ForAnyValue:StringNotEquals", "${aws:PrincipalTag/none}", "x", False),
]


@pytest.mark.parametrize(("operator", "wanted", "found", "holds"), ROWS)
def test_a_variable_is_filled_in(operator: str, wanted: str, found: str, holds: bool) -> None:
    context: dict[str, str | tuple[str, ...]] = {"aws:RequestTag/x": found, "aws:PrincipalTag/team": "b*"}

    assert decide_condition({operator: {"aws:RequestTag/x": wanted}}, context).allowed is holds


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [
        ("arn:aws:s3:::home/${aws:username}/*", True),
        ("arn:aws:s3:::home/${aws:PrincipalTag/none}*", False),
        ("arn:aws:s3:::home/${aws:PrincipalTag/none, 'alice'}/*", True),
    ],
)
def test_a_variable_in_a_resource(resource: str, allowed: bool) -> None:
    policies = PolicySet(identity=(document("identity", {"Resource": resource}),))

    decision = evaluate(Request(USER, "s3:GetObject", "arn:aws:s3:::home/alice/x"), policies)

    assert decision.allowed is allowed


@pytest.mark.parametrize("value", ["arn:aws:iam::${Account}:role/x", "${aws:username", "${}", "${aws:x,y}"])
def test_what_is_no_variable_is_an_error(value: str) -> None:
    """Published samples hold ``${Account}`` as a placeholder: to AWS it is neither a variable nor an account."""
    with pytest.raises(PolicyError, match="policy variable"):
        decide_condition({"StringEquals": {"aws:RequestTag/x": value}}, {"aws:RequestTag/x": "x"})


def test_a_variable_with_several_values_is_an_error() -> None:
    policies = PolicySet(identity=(document("identity", {"Resource": "arn:aws:kms:*:*:${aws:TagKeys}"}),))

    with pytest.raises(PolicyError, match="has 2 values"):
        evaluate(Request(ROLE, "kms:Decrypt", KEY, None, {"aws:TagKeys": ("a", "b")}), policies)
