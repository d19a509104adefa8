"""``lint_policy`` as a library: texts and objects, kinds, budgets, and policies that apply beside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from bedrock_cmk_guard import LintFinding, PolicyError, PolicyKind, Severity, lint_policy

HERE = Path(__file__).resolve().parent
BY_NAME = HERE / "role-by-name"


def rules(found: list[LintFinding]) -> list[str]:
    return [finding.rule for finding in found]


def scp(*statements: Mapping[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def test_an_object_gives_the_findings_of_its_text_without_lines() -> None:
    text = (HERE / "never-matches" / "fail.scp.json").read_text(encoding="utf-8")
    of_text = lint_policy(text, PolicyKind.SCP)
    of_object = lint_policy(json.loads(text), "scp")
    assert [(f.rule, f.message, f.path) for f in of_text] == [(f.rule, f.message, f.path) for f in of_object]
    assert all(finding.line for finding in of_text)
    assert not any(finding.line or finding.excerpt for finding in of_object)
    assert str(of_object[0]).startswith("policy: error: ")


def test_findings_name_statement_and_path() -> None:
    (first, *_) = lint_policy(
        (HERE / "never-matches" / "fail.scp.json").read_bytes(), "scp", file="mine.json"
    )
    assert first.statement == "TwoServices"
    assert first.path == "Statement[0].Condition.StringLike.kms:ViaService"
    assert str(first).startswith("mine.json:14:11: error: ")


def test_an_unknown_type_is_an_error() -> None:
    with pytest.raises(PolicyError, match="there are scp, rcp"):
        lint_policy("{}", "bucket")


def test_what_no_json_holds_is_an_error() -> None:
    circular: dict[str, object] = {}
    circular["Statement"] = circular
    with pytest.raises(PolicyError, match="not what JSON could hold"):
        lint_policy(circular, "scp")
    with pytest.raises(PolicyError, match="not what JSON could hold"):
        lint_policy({"Statement": {1, 2}}, "scp")


def test_an_scp_beside_protects_a_name() -> None:
    trusting = (BY_NAME / "fail.scp.json").read_text(encoding="utf-8")
    protecting = (BY_NAME / "pass.scp.json").read_text(encoding="utf-8")
    assert rules(lint_policy(trusting, "scp")) == ["role-by-name"]
    assert lint_policy(trusting, "scp", beside=[(protecting, "scp")]) == []
    # Where it does not bind, it protects nothing.
    assert rules(lint_policy(trusting, "scp", beside=[(protecting, "identity")])) == ["role-by-name"]


def test_control_towers_own_roles_are_protected_by_control_tower() -> None:
    deny: Mapping[str, object] = {
        "Effect": "Deny",
        "Action": "kms:ScheduleKeyDeletion",
        "Resource": "*",
        "Condition": {
            "ArnNotLike": {
                "aws:PrincipalArn": [
                    "arn:aws:iam::*:role/AWSControlTowerExecution",
                    "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*",
                    "arn:aws:iam::*:role/aws-service-role/*",
                ]
            }
        },
    }
    (found,) = lint_policy(scp(deny), "scp")
    assert (found.rule, found.severity) == ("role-by-name", Severity.NOTE)
    assert "mandatory control" in found.message


@pytest.mark.parametrize(("budget", "found"), [(None, []), (400, []), (100, ["over-quota"])])
def test_a_budget_is_held(budget: int | None, found: list[str]) -> None:
    policy = scp({"Effect": "Deny", "Action": "bedrock:CreateAgent", "Resource": "*", "Sid": "NoAgents"})
    assert rules(lint_policy(policy, "scp", budget=budget)) == found


def test_an_scp_larger_than_it_used_to_be_is_noted() -> None:
    arns = [f"arn:aws:kms:*:111122223333:alias/{number:0>40}" for number in range(90)]
    large = scp({"Effect": "Deny", "Action": "kms:UpdateAlias", "Resource": arns})
    (note,) = lint_policy(large, "scp")
    assert (note.rule, note.severity) == ("near-quota", Severity.NOTE)
    assert "of the 10,240" in note.message
    assert "5,120" in note.message
    # Whoever holds to the old size is told that it does not fit.
    assert rules(lint_policy(large, "scp", budget=5_120)) == ["over-quota"]


def test_all_faults_of_all_statements_are_told_in_one_run() -> None:
    found = lint_policy(
        """{"Statement": [
          {"Effect": "Permit", "Action": "bedrock:CreateAgnet", "Resources": "*"},
          {"Effect": "Deny", "Action": ["kms:Decrypt", 7], "Resource": "*",
           "Condition": {"StringNotEqual": {"a:b": "c"}, "Bool": {"aws:SecureTransport": "no"}}},
          "none",
          {"Effect": "Deny", "Action": "bedrock:CreateAgent", "Resource": "*",
           "Condition": {"Null": {"bedrock:KmsKeyArn": true}}}
        ], }""",
        "scp",
    )
    assert sorted(rules(found)) == [
        *["malformed-value"] * 4,
        "missing-element",
        "never-supplied-key",
        "not-json",
        "policy-version",
        "unknown-element",
        "unknown-operator",
    ]


@pytest.mark.parametrize(
    ("condition", "contradicts"),
    [
        ({"StringEquals": {"aws:PrincipalAccount": "1"}, "StringNotEquals": {"aws:PrincipalAccount": "2"}}, False),
        ({"StringEquals": {"aws:PrincipalAccount": "1"}, "StringNotEquals": {"aws:PrincipalAccount": "1"}}, True),
        ({"StringEqualsIfExists": {"aws:RequestTag/a": "x"}, "StringLikeIfExists": {"aws:RequestTag/a": "y"}}, False),
        ({"StringEquals": {"aws:RequestTag/a": "x"}, "StringLikeIfExists": {"aws:RequestTag/a": "y"}}, True),
        ({"StringEqualsIgnoreCase": {"aws:RequestTag/a": "X"}, "StringEquals": {"aws:RequestTag/a": "x"}}, False),
        ({"StringEqualsIgnoreCase": {"aws:RequestTag/a": "X"}, "StringNotEquals": {"aws:RequestTag/a": "x"}}, False),
        ({"StringLike": {"aws:RequestTag/a": "x*"}, "StringNotLike": {"aws:RequestTag/a": "xy*"}}, False),
        ({"StringLike": {"aws:RequestTag/a": "xy*"}, "StringNotLike": {"aws:RequestTag/a": "x*"}}, True),
        ({"StringEquals": {"aws:RequestTag/a": "${aws:PrincipalAccount}"},
          "StringNotEquals": {"aws:RequestTag/a": "x"}}, False),
        ({"Null": {"aws:RequestTag/a": "true"}, "StringNotEquals": {"aws:RequestTag/a": "x"}}, False),
        ({"Null": {"aws:RequestTag/a": "true"}, "StringLike": {"aws:RequestTag/A": "x*"}}, True),
        ({"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}, "NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "NotIpAddress": {"aws:SourceIp": "10.1.0.0/16"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-02-01T00:00:00Z"},
          "DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
          "DateLessThan": {"aws:CurrentTime": "2026-02-01T00:00:00+01:00"}}, False),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}, "ForAnyValue:StringLike": {"aws:TagKeys": "b*"}}, False),
    ],
)  # fmt: skip
def test_contradictions(condition: Mapping[str, object], contradicts: bool) -> None:
    policy = scp({"Effect": "Deny", "Action": "bedrock:CreateAgent", "Resource": "*", "Condition": condition})
    assert ("never-matches" in rules(lint_policy(policy, "scp"))) is contradicts


def test_a_bucket_policy_is_judged_as_a_resource_policy() -> None:
    policy = scp(
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example/*"}
    )
    assert rules(lint_policy(policy, "resource")) == ["public-policy"]


def test_two_accounts_cannot_both_own_a_key() -> None:
    roots = [f"arn:aws:iam::{account}:root" for account in ("111122223333", "444455556666")]
    policy = scp({"Effect": "Allow", "Principal": {"AWS": roots}, "Action": "kms:*", "Resource": "*"})
    found = [f for f in lint_policy(policy, "key") if f.rule == "outside-key-administration"]
    assert [f.message.split()[1] for f in found] == ["111122223333", "444455556666"]
    assert "in one account only" in found[0].message


@pytest.mark.parametrize(
    ("effect", "principal", "action", "locked"),
    [
        ("Allow", {"AWS": "111122223333"}, "kms:*", False),
        ("Allow", {"AWS": "arn:aws:iam::111122223333:role/key-admin"}, "kms:Put*", False),
        ("Allow", {"AWS": "AROAEXAMPLEID1234567"}, "kms:*", True),
        ("Allow", {"Service": "bedrock.amazonaws.com"}, "kms:*", True),
        ("Allow", {"AWS": "111122223333"}, "kms:Get*", True),
        ("Deny", "*", "kms:PutKeyPolicy", True),
    ],
)
def test_who_can_still_change_a_key_policy(
    effect: str, principal: str | Mapping[str, str], action: str, locked: bool
) -> None:
    policy = scp({"Effect": effect, "Principal": principal, "Action": action, "Resource": "*"})
    assert ("key-lockout" in rules(lint_policy(policy, "key"))) is locked


def test_a_deny_for_everybody_locks_out_whoever_else_is_let_in() -> None:
    root = {"AWS": "arn:aws:iam::111122223333:root"}
    allow = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "kms:PutKeyPolicy", "Resource": "*"}
    assert "key-lockout" in rules(lint_policy(scp(allow, deny), "key"))
    narrow = {
        **deny,
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/owner"}},
    }
    assert "key-lockout" not in rules(lint_policy(scp(allow, narrow), "key"))


@pytest.mark.parametrize(
    ("provider", "condition", "found"),
    [
        ("cognito-identity.amazonaws.com", {}, ["oidc-subject"]),
        ("cognito-identity.amazonaws.com",
         {"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-central-1:pool"}}, []),
        ("arn:aws:iam::111122223333:saml-provider/idp", {}, []),
        ("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", {},
         ["oidc-audience", "oidc-subject"]),
        ("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
         {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:example/*"},
          "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}, []),
        ("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
         {"StringLike": {"token.actions.githubusercontent.com:sub": "*"},
          "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}, ["oidc-subject"]),
    ],
)  # fmt: skip
def test_who_comes_through_an_identity_provider(
    provider: str, condition: Mapping[str, object], found: list[str]
) -> None:
    saml = "saml" in provider
    action = "sts:AssumeRoleWithSAML" if saml else "sts:AssumeRoleWithWebIdentity"
    statement = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": action}
    policy = scp({**statement, **({"Condition": condition} if condition else {})})
    assert rules(lint_policy(policy, "trust")) == found


@pytest.mark.parametrize(
    ("action", "key", "advice"),
    [
        ("bedrock:CreateAgent", "aws:ResourceTag/team", "no tags to see yet"),
        ("bedrock:UpdateAgent", "aws:RequestTag/team", "The action supplies aws:ResourceTag/${TagKey}"),
        ("bedrock:CreateAgent", "aws:PrincipleArn", "Did you mean aws:PrincipalArn?"),
        ("bedrock:InvokeInlineAgent", "bedrock:AgentName", "Did you mean bedrock:InlineAgentName?"),
        ("s3:ListAllMyBuckets", "s3:VersionId", "s3:"),
        ("kms:Decrypt", "bedrock:InlineAgentName", "kms:"),
        ("bedrock:PrepareAgent", "bedrock:KmsKeyArn", "let a check in the pipeline read the key"),
        ("bedrock-agentcore:UpdateMemory", "bedrock-agentcore:KmsKeyArn", "cannot be written as an SCP"),
        ("sts:GetCallerIdentity", "sts:Nothing", "global condition keys only"),
        ("s3:PutObject", "s3:KmsKeyIdentifier", "s3:"),
    ],
)
def test_advice_fits_the_key_that_is_missed(action: str, key: str, advice: str) -> None:
    statement = {
        "Effect": "Deny",
        "Action": action,
        "Resource": "*",
        "Condition": {"StringNotEquals": {key: "x"}},
    }
    (found,) = (f for f in lint_policy(scp(statement), "scp") if f.rule == "never-supplied-key")
    assert advice in found.instead
