"""The SCPs that people paste to demand a customer managed key, and what lint says of each."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bedrock_cmk_guard import lint_policy

AGENTS = ["bedrock:CreateAgent", "bedrock:UpdateAgent"]
KEY = "bedrock:CustomerEncryptionKeyArn"
EVERYONE, NO_ONE = "to everyone", "to no one"


def scp(actions: list[str], condition: Mapping[str, object]) -> dict[str, object]:
    statement = {"Effect": "Deny", "Action": actions, "Resource": "*", "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.mark.parametrize(
    ("actions", "condition", "outcome"),
    [
        pytest.param(AGENTS, {"Null": {KEY: "true"}}, EVERYONE, id="absent"),
        pytest.param(AGENTS, {"StringNotLike": {KEY: "arn:aws:kms:*:*:key/*"}}, EVERYONE, id="not like"),
        pytest.param(AGENTS, {"ArnNotLikeIfExists": {KEY: "arn:aws:kms:*:*:key/*"}}, EVERYONE, id="if exists"),
        pytest.param(AGENTS, {"StringEquals": {KEY: ""}}, NO_ONE, id="empty"),
        pytest.param(AGENTS, {"Null": {KEY: "false"}}, NO_ONE, id="present"),
        pytest.param(AGENTS, {"StringLike": {"bedrock:kmsKeyId": "alias/aws/*"}}, NO_ONE, id="aws key"),
        pytest.param(AGENTS, {"StringNotEquals": {"kms:ViaService": "x"}}, EVERYONE, id="via service"),
        pytest.param(
            ["bedrock:CreateSession"], {"Null": {"bedrock:EncryptionKeyArn": "true"}}, EVERYONE, id="session"
        ),
        pytest.param(
            ["bedrock-agentcore:CreateMemory"],
            {"Null": {"bedrock-agentcore:EncryptionKeyArn": "true"}},
            EVERYONE,
            id="wrong key of memory",
        ),
    ],
)  # fmt: skip
def test_it_says_whom_the_statement_denies(
    actions: list[str], condition: Mapping[str, object], outcome: str
) -> None:
    found = [f for f in lint_policy(scp(actions, condition), "scp") if f.rule == "never-supplied-key"]
    if not found:  # an empty string is not even a value
        assert [f.rule for f in lint_policy(scp(actions, condition), "scp")] == ["malformed-value"]
        return
    assert len(found) == 1
    assert found[0].message.endswith(outcome)
    assert actions[0] in found[0].message


def test_it_says_what_can_be_written_instead() -> None:
    (found,) = lint_policy(scp(AGENTS, {"Null": {KEY: "true"}}), "scp")
    assert "cannot be written as an SCP" in found.instead
    assert "aws:PrincipalArn" in found.instead
    assert "AWS::Bedrock::Agent CustomerEncryptionKeyArn" in found.instead
    assert "`bedrock-cmk-guard render`" in found.instead


def test_it_names_the_key_that_there_is() -> None:
    wrong = {"Null": {"bedrock-agentcore:EncryptionKeyArn": "true"}}
    (found,) = lint_policy(scp(["bedrock-agentcore:CreateMemory"], wrong), "scp")
    assert "bedrock-agentcore:KmsKeyArn" in found.instead


def test_it_sends_kms_conditions_to_kms() -> None:
    (found,) = lint_policy(scp(AGENTS, {"StringNotEquals": {"kms:ViaService": "x"}}), "scp")
    assert "put the condition on the KMS actions" in found.instead


def test_several_conditions_are_no_excuse() -> None:
    both = {"Null": {KEY: "true"}, "StringEquals": {"aws:RequestedRegion": "eu-central-1"}}
    (found,) = lint_policy(scp(AGENTS, both), "scp")
    assert found.message.endswith("to everyone whom its other conditions leave")


def test_actions_that_do_supply_a_key_are_not_named() -> None:
    tags = {"StringNotEquals": {"aws:RequestTag/bedrock-cmk": "attested"}}
    (found,) = lint_policy(scp(AGENTS, tags), "scp")
    assert found.message.startswith("bedrock:UpdateAgent never supplies aws:RequestTag/bedrock-cmk")
    assert "aws:PrincipalArn" in found.instead
