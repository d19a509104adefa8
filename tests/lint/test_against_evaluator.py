"""What lint says of statements, put to the evaluator: what never matches matches no request, and the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrock_cmk_guard import Effect, PolicyDocument, PolicyError, PolicyKind, Statement, lint_policy
from bedrock_cmk_guard.iam.evaluator import Outcome, PolicySet, Request, evaluate

ROLE = "arn:aws:iam::111122223333:role/somebody"
CREATE = "bedrock:CreateAgent"
TAG, AGE, ADDRESS = "aws:RequestTag/a", "aws:MultiFactorAuthAge", "aws:SourceIp"
WORDS = ("x", "X", "y", "xy", "xyx", "x*", "*y", "x?", "*", "?*")
TEXTS = [None, *("".join(letters) for n in (1, 2, 3) for letters in product("xyX", repeat=n))]
NUMBERS = [None, *map(str, range(5, 13))]
ADDRESSES = [None, "10.0.0.1", "10.1.2.3", "10.1.255.4", "11.0.0.1", "2001:db8::1"]
NETWORKS = ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "11.0.0.0/8", "2001:db8::/32", "0.0.0.0/0", "::/0")


def lines(
    operators: Sequence[str], values: st.SearchStrategy[str]
) -> st.SearchStrategy[dict[str, list[str]]]:
    bases = [f"{name}{suffix}" for name in operators for suffix in ("", "IfExists")]
    several = st.lists(values, min_size=1, max_size=3, unique=True)
    null = st.fixed_dictionaries({}, optional={"Null": st.sampled_from([["true"], ["false"]])})
    some = st.dictionaries(st.sampled_from(bases), several, min_size=1, max_size=3)
    return st.tuples(some, null).map(lambda both: {**both[0], **both[1]})


TEXT_LINES = lines(
    [f"String{name}" for name in ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase")]
    + ["StringLike", "StringNotLike"],
    st.sampled_from(WORDS),
)
NUMBER_LINES = lines(
    [f"Numeric{name}" for name in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan")]
    + ["NumericGreaterThanEquals"],
    st.integers(6, 11).map(str),
)
ADDRESS_LINES = lines(["IpAddress", "NotIpAddress"], st.sampled_from(NETWORKS))


def matching(
    condition: Mapping[str, Sequence[str]], key: str, values: Sequence[str | None]
) -> list[str | None]:
    """The values of a key with which a statement matches."""
    of_key = {operator: {key: tuple(wanted)} for operator, wanted in condition.items()}
    document = PolicyDocument(
        PolicyKind.IDENTITY, (Statement("", Effect.ALLOW, (CREATE,), condition=of_key),)
    )
    policies = PolicySet(identity=(document,))
    found = []
    for value in values:
        request = Request(ROLE, CREATE, "*", "111122223333", {key: value} if value is not None else {})
        if evaluate(request, policies).outcome is Outcome.ALLOWED:
            found.append(value)
    return found


def said(condition: Mapping[str, Sequence[str]], key: str) -> set[str]:
    """The rules that lint finds broken by a statement."""
    block = {operator: {key: list(wanted)} for operator, wanted in condition.items()}
    statement = {"Effect": "Allow", "Action": CREATE, "Resource": "*", "Condition": block}
    return {f.rule for f in lint_policy({"Version": "2012-10-17", "Statement": [statement]}, "identity")}


@settings(max_examples=250)
@given(TEXT_LINES)
def test_texts_that_never_match(condition: dict[str, list[str]]) -> None:
    if "never-matches" in said(condition, TAG):
        assert matching(condition, TAG, TEXTS) == []


@settings(max_examples=250)
@given(NUMBER_LINES)
def test_numbers_that_never_match(condition: dict[str, list[str]]) -> None:
    if "never-matches" in said(condition, AGE):
        assert matching(condition, AGE, NUMBERS) == []


@settings(max_examples=250)
@given(ADDRESS_LINES)
def test_addresses_that_never_match(condition: dict[str, list[str]]) -> None:
    if "never-matches" in said(condition, ADDRESS):
        assert matching(condition, ADDRESS, ADDRESSES) == []


@pytest.mark.parametrize(
    ("condition", "never"),
    [
        ({"StringEquals": ["x"], "StringLike": ["y*"]}, True),
        ({"StringEquals": ["x", "y"], "StringNotEquals": ["x", "y"]}, True),
        ({"StringEquals": ["x", "xy"], "StringNotLike": ["x"]}, False),
        ({"StringLike": ["x*"], "StringNotLike": ["*"]}, True),
        ({"StringEqualsIgnoreCase": ["x"], "StringNotEqualsIgnoreCase": ["X"]}, True),
    ],
)
def test_the_comparison_is_about_something(condition: dict[str, list[str]], never: bool) -> None:
    assert ("never-matches" in said(condition, TAG)) is never
    assert (matching(condition, TAG, TEXTS) == []) is never


@pytest.mark.parametrize(
    ("operator", "value", "everyone"),
    [
        ("Null", "true", True),
        ("Null", "false", False),
        ("StringEquals", "x", False),
        ("StringNotEquals", "x", True),
    ],
)
def test_a_key_that_is_never_there_denies_everyone_or_no_one(
    operator: str, value: str, everyone: bool
) -> None:
    """As lint says of the naive SCP, so the evaluator decides, whatever a caller claims."""
    key = "bedrock:CustomerEncryptionKeyArn"
    deny = Statement("", Effect.DENY, (CREATE,), condition={operator: {key: (value,)}})
    scp = PolicyDocument(PolicyKind.SCP, (deny,))
    full = PolicyDocument(PolicyKind.SCP, (Statement("", Effect.ALLOW, ("*",)),))
    identity = PolicyDocument(PolicyKind.IDENTITY, (Statement("", Effect.ALLOW, ("*",)),))
    policies = PolicySet(scps=((full, scp),), identity=(identity,))
    decided = evaluate(Request(ROLE, CREATE, "*", "111122223333"), policies)
    (found,) = lint_policy(scp.to_dict(), "scp")
    assert found.message.endswith("to everyone" if everyone else "to no one")
    assert (decided.outcome is Outcome.ALLOWED) is not everyone


def test_the_evaluator_would_refuse_what_lint_calls_a_placeholder() -> None:
    condition = {"ArnNotLike": {"aws:PrincipalArn": ("arn:aws:iam::${Account}:role/app",)}}
    document = PolicyDocument(
        PolicyKind.IDENTITY, (Statement("", Effect.ALLOW, (CREATE,), condition=condition),)
    )
    with pytest.raises(PolicyError, match="no policy variable"):
        evaluate(Request(ROLE, CREATE, "*", "111122223333"), PolicySet(identity=(document,)))
    assert [f.rule for f in lint_policy(document.to_dict(), "identity")] == ["placeholder"]
