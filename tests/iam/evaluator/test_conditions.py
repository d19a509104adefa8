"""Condition operators, row by row.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

import pytest

from bedrock_cmk_guard.errors import PolicyError
from tests.iam.evaluator.policies import HERE, Part, decide_condition

ABSENT = None
ARN = f"arn:aws:bedrock:us-east-1:{HERE}:agent/A"

# operator, value(s) of the policy, value of the request (None: the key is absent), whether the condition holds
ROWS: list[tuple[str, str | list[str], str | None, bool]] = [
    # String: case counts unless the operator says otherwise; * and ? are wildcards only under Like.
    ("StringEquals", "blue", "blue", True),
    ("StringEquals", "blue", "Blue", False),
    ("StringEquals", ["red", "blue"], "blue", True),
    ("StringEquals", "b*", "blue", False),
    ("StringEquals", "b*", "b*", True),
    ("StringEquals", "blue", ABSENT, False),
    ("StringEqualsIfExists", "blue", ABSENT, True),
    ("StringEqualsIfExists", "blue", "red", False),
    ("StringNotEquals", "blue", "red", True),
    ("StringNotEquals", "blue", "blue", False),
    ("StringNotEquals", ["red", "blue"], "blue", False),
    ("StringNotEquals", ["red", "blue"], "green", True),
    ("StringNotEquals", "blue", ABSENT, True),
    ("StringNotEqualsIfExists", "blue", ABSENT, True),
    ("StringEqualsIgnoreCase", "blue", "BLUE", True),
    ("StringNotEqualsIgnoreCase", "blue", "BLUE", False),
    ("StringNotEqualsIgnoreCase", "blue", "red", True),
    ("StringLike", "b*", "blue", True),
    ("StringLike", "b*", "Blue", False),
    ("StringLike", "b??e", "blue", True),
    ("StringLike", "b??", "blue", False),
    ("StringLike", "*", "any\nthing", True),
    ("StringLike", "*", ABSENT, False),
    ("StringNotLike", ["b*", "r*"], "red", False),
    ("StringNotLike", ["b*", "r*"], "green", True),
    ("StringNotLike", "*", ABSENT, True),
    # ARN: part by part, so that a wildcard stays within its part; Equals and Like are the same.
    ("ArnLike", f"arn:aws:bedrock:*:{HERE}:agent/*", ARN, True),
    ("ArnEquals", f"arn:aws:bedrock:*:{HERE}:agent/*", ARN, True),
    ("ArnLike", "arn:aws:bedrock:*:agent/*:*:*", ARN, False),
    ("ArnLike", "arn:aws:*:*:*:*", ARN, True),
    ("ArnLike", "arn:aws:bedrock:us-east-?:*:AGENT/A", ARN, False),
    ("ArnLike", f"arn:aws:logs:us-east-1:{HERE}:*", f"arn:aws:logs:us-east-1:{HERE}:log-group:x:y", True),
    ("ArnLike", "arn:aws:bedrock:*:*:*", "not an arn", False),
    ("ArnLike", "*", ARN, True),
    ("ArnLike", "*", "not an arn", False),
    ("ArnNotLike", "arn:aws:bedrock:*:*:*", "not an arn", True),
    ("ArnNotEquals", ARN, ARN, False),
    ("ArnNotLike", ["arn:aws:iam::*:role/*", ARN], ARN, False),
    ("ArnNotLike", ARN, ABSENT, True),
    ("ArnLike", ARN, ABSENT, False),
    ("ArnLikeIfExists", ARN, ABSENT, True),
    # Bool
    ("Bool", "true", "true", True),
    ("Bool", "true", "True", True),
    ("Bool", "false", "true", False),
    ("Bool", "false", ABSENT, False),
    ("BoolIfExists", "false", ABSENT, True),
    ("Bool", "true", "yes", False),
    # Numeric
    ("NumericEquals", "30", "30.0", True),
    ("NumericNotEquals", "30", "30", False),
    ("NumericNotEquals", "30", ABSENT, True),
    ("NumericLessThan", "30", "29.9", True),
    ("NumericLessThan", "30", "30", False),
    ("NumericLessThanEquals", "30", "30", True),
    ("NumericGreaterThan", "-1", "0", True),
    ("NumericGreaterThanEquals", "30", "29", False),
    ("NumericLessThan", "30", "9", True),
    ("NumericLessThan", "30", "many", False),
    ("NumericLessThan", "30", ABSENT, False),
    ("NumericLessThanIfExists", "30", ABSENT, True),
    # Date: ISO 8601 or seconds since 1970
    ("DateEquals", "2026-11-24T00:00:00Z", "2026-11-24T01:00:00+01:00", True),
    ("DateNotEquals", "2026-11-24T00:00:00Z", "2026-11-24T00:00:00Z", False),
    ("DateLessThan", "2026-11-24T00:00:00Z", "2026-11-23T23:59:59Z", True),
    ("DateLessThanEquals", "2026-11-24", "2026-11-24T00:00:00Z", True),
    ("DateGreaterThan", "2026", "2026-11-24T00:00:00Z", True),
    ("DateGreaterThanEquals", "1767225600", "2026-01-01T00:00:00Z", True),
    ("DateGreaterThan", "2026-11", "yesterday", False),
    # Binary, as base64
    ("BinaryEquals", "QmlndXJsIQ==", "QmlndXJsIQ==", True),
    ("BinaryEquals", "QmlndXJsIQ==", "QmlndXJsIg==", False),
    ("BinaryEquals", "QmlndXJsIQ==", "not base64", False),
    # IP address
    ("IpAddress", "10.0.0.0/8", "10.1.2.3", True),
    ("IpAddress", "10.0.0.0/8", "11.1.2.3", False),
    ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
    ("IpAddress", "10.0.0.0/8", "2001:db8::1", False),
    ("IpAddress", "10.1.2.3", "10.1.2.3", True),
    ("NotIpAddress", "10.0.0.0/8", "10.1.2.3", False),
    ("NotIpAddress", "10.0.0.0/8", "2001:db8::1", True),
    ("NotIpAddress", "10.0.0.0/8", "the moon", True),
    ("IpAddress", "10.0.0.0/8", ABSENT, False),
    # Null
    ("Null", "true", ABSENT, True),
    ("Null", "true", "x", False),
    ("Null", "false", "x", True),
    ("Null", "false", ABSENT, False),
]


@pytest.mark.parametrize(("operator", "wanted", "found", "holds"), ROWS)
def test_an_operator_holds_or_not(
    operator: str, wanted: str | list[str], found: str | None, holds: bool
) -> None:
    condition: Part = {operator: {"aws:RequestTag/x": wanted}}  # type: ignore[dict-item]

    decision = decide_condition(condition, {} if found is None else {"aws:RequestTag/x": found})

    assert decision.allowed is holds


# the set operator's row: values of the policy, values of the request, whether the condition holds
SETS: list[tuple[str, list[str], tuple[str, ...] | None, bool]] = [
    ("ForAnyValue:StringEquals", ["a", "b"], ("b", "c"), True),
    ("ForAnyValue:StringEquals", ["a", "b"], ("c", "d"), False),
    ("ForAnyValue:StringEquals", ["a"], (), False),
    ("ForAnyValue:StringEquals", ["a"], None, False),
    ("ForAnyValue:StringEqualsIfExists", ["a"], None, True),
    ("ForAnyValue:StringEqualsIgnoreCase", ["team"], ("TEAM",), True),
    ("ForAnyValue:StringNotEquals", ["a"], ("a", "b"), True),
    ("ForAnyValue:StringNotEquals", ["a", "b"], ("a", "b"), False),
    ("ForAnyValue:StringNotEquals", ["a"], None, False),
    ("ForAnyValue:StringLike", ["cloud*"], ("x", "cloudformation"), True),
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "c"), False),
    ("ForAllValues:StringNotEquals", ["a"], ("b", "c"), True),
    ("ForAllValues:StringNotEquals", ["a"], ("a", "c"), False),
]


@pytest.mark.parametrize(("operator", "wanted", "found", "holds"), SETS)
def test_a_set_operator_holds_or_not(
    operator: str, wanted: list[str], found: tuple[str, ...] | None, holds: bool
) -> None:
    condition: Part = {operator: {"aws:TagKeys": list(wanted)}}
    if operator.startswith("ForAllValues"):  # the grammar wants the presence test
        condition["Null"] = {"aws:TagKeys": "false"}

    decision = decide_condition(condition, {} if found is None else {"aws:TagKeys": found})

    assert decision.allowed is holds


def test_all_values_of_none_hold_and_the_presence_test_closes_that() -> None:
    """ForAllValues is true for an absent key, hence the Null beside it."""
    condition: Part = {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}, "Null": {"aws:TagKeys": "false"}}

    decision = decide_condition(condition, {})

    assert not decision.allowed
    assert decision.near_misses[0].keys == ("aws:TagKeys",)
    assert sum("does not hold" in reason for reason in decision.reasons) == 1


def test_every_operator_and_key_must_hold() -> None:
    condition: Part = {
        "StringEquals": {"aws:RequestTag/a": "1", "aws:RequestTag/b": "2"},
        "Null": {"aws:TagKeys": "true"},
    }

    assert decide_condition(condition, {"aws:RequestTag/a": "1", "aws:RequestTag/b": "2"}).allowed
    assert not decide_condition(condition, {"aws:RequestTag/a": "1"}).allowed
    assert not decide_condition(
        condition, {"aws:RequestTag/a": "1", "aws:RequestTag/b": "2", "aws:TagKeys": ("a",)}
    ).allowed


def test_key_names_ignore_case_and_values_do_not() -> None:
    condition: Part = {"StringEquals": {"aws:ResourceTag/bedrock-cmk": "attested"}}

    assert decide_condition(condition, {"AWS:resourcetag/BEDROCK-CMK": "attested"}).allowed
    assert not decide_condition(condition, {"aws:ResourceTag/bedrock-cmk": "Attested"}).allowed


def test_several_values_without_a_set_operator_are_an_error() -> None:
    with pytest.raises(PolicyError, match="without a set operator"):
        decide_condition({"StringEquals": {"aws:TagKeys": "a"}}, {"aws:TagKeys": ("a", "b")})


def test_reasons_say_which_condition_decided() -> None:
    decision = decide_condition({"StringEquals": {"aws:RequestTag/x": "blue"}}, {"aws:RequestTag/x": "red"})

    assert decision.layer == "identity policy"
    assert decision.reasons[-1] == (
        "Statement S of identity policy does not apply: "
        "StringEquals aws:RequestTag/x 'blue' does not hold: the key is 'red'."
    )
