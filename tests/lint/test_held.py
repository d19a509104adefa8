"""Policies in Terraform plans and CloudFormation templates: found, judged, and told of where they stand."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from bedrock_cmk_guard import LintFinding, PolicyKind, lint_paths
from bedrock_cmk_guard.cli import main

HERE = Path(__file__).resolve().parent
NAIVE = (HERE / "never-supplied-key" / "fail.scp.json").read_text(encoding="utf-8")
ROLES = HERE.parent / "sources" / "plan" / "cases" / "roles" / "plan.json"
TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Admin: {Type: String}
  Open: {Type: String}
Conditions:
  IsOpen: !Equals [!Ref Open, "yes"]
Resources:
  Scp:
    Type: AWS::Organizations::Policy
    Properties:
      Name: naive
      Type: SERVICE_CONTROL_POLICY
      Content:
        Version: "2012-10-17"
        Statement:
          - Sid: NoKeyNoAgent
            Effect: Deny
            Action: [bedrock:CreateAgent, bedrock:CreateAgnt]
            Resource: "*"
            Condition:
              "Null":
                bedrock:CustomerEncryptionKeyArn: "true"
  Tags:
    Type: AWS::Organizations::Policy
    Properties: {Name: tags, Type: TAG_POLICY, Content: {tags: {}}}
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Sid: Given
            Effect: Allow
            Principal: {AWS: !Ref Admin}
            Action: kms:*
            Resource: "*"
          - Effect: Allow
            Principal: !If [IsOpen, "*", {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root"}]
            Action: kms:Decrypt
            Resource: "*"
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: {Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: sts:AssumeRole}
      Policies:
        - PolicyName: key
          PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: kms:Decript, Resource: "*"}]}
"""


def found(report_findings: list[LintFinding]) -> set[tuple[str, str, int]]:
    return {(f.rule, f.resource, f.line) for f in report_findings}


def plan(*resources: dict[str, object]) -> str:
    changes = [
        {
            "address": f"{each['type']}.it",
            "mode": "managed",
            "name": "it",
            **each,
        }
        for each in resources
    ]
    return json.dumps(
        {"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": changes}, indent=1
    )


def made(kind: str, after: dict[str, object], unknown: object = None) -> dict[str, object]:
    change = {"actions": ["create"], "before": None, "after": after, "after_unknown": unknown or {}}
    return {"type": kind, "change": change}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "stack.yaml"
    path.write_text(TEMPLATE, encoding="utf-8")
    return path


def test_a_templates_policies_are_judged_at_their_lines(template: Path) -> None:
    report = lint_paths([template])
    shown = template.as_posix()
    assert report.held == {
        (shown, "Scp.Content"): PolicyKind.SCP,
        (shown, "Key.KeyPolicy"): PolicyKind.KEY,
        (shown, "Role.AssumeRolePolicyDocument"): PolicyKind.TRUST,
        (shown, "Role.Policies[0].PolicyDocument"): PolicyKind.IDENTITY,
    }
    lines = TEMPLATE.splitlines()

    def line_of(text: str) -> int:
        return next(number for number, line in enumerate(lines, start=1) if text in line)

    assert found(report.findings) >= {
        ("never-supplied-key", "Scp.Content", line_of("CustomerEncryptionKeyArn")),
        ("unknown-action", "Scp.Content", line_of("CreateAgnt")),
        ("not-known", "Key.KeyPolicy", line_of("!Ref Admin")),
        ("confused-deputy", "Role.AssumeRolePolicyDocument", line_of("bedrock.amazonaws.com")),
        ("unknown-action", "Role.Policies[0].PolicyDocument", line_of("Decript")),
    }
    misspelt = next(f for f in report.findings if "CreateAgnt" in f.message)
    assert lines[misspelt.line - 1][misspelt.column - 1 : misspelt.end_column - 1] == "bedrock:CreateAgnt"
    assert misspelt.path == "Statement[0].Action"
    assert misspelt.statement == "NoKeyNoAgent"


def test_what_depends_on_a_parameter_is_not_clean_and_the_lockout_is_not_claimed(template: Path) -> None:
    of_key = [f for f in lint_paths([template]).findings if f.resource == "Key.KeyPolicy"]
    assert {f.rule for f in of_key} == {"not-known"}
    assert {(f.statement, f.path) for f in of_key} == {
        ("Statement[0]", "Statement[0].Principal.AWS"),
        ("Statement[1]", "Statement[1].Principal"),
    }


def test_a_statement_beside_an_unknown_one_is_judged_under_its_own_number(tmp_path: Path) -> None:
    text = TEMPLATE.replace('!If [IsOpen, "*", {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root"}]', '"*"')
    path = tmp_path / "stack.yaml"
    path.write_text(text, encoding="utf-8")
    (public,) = [f for f in lint_paths([path]).findings if f.rule == "public-policy"]
    assert public.statement == "Statement[1]"
    assert public.path.startswith("Statement[1]")
    assert text.splitlines()[public.line - 1].strip() == 'Principal: "*"'


def test_a_nested_template_is_judged_once_with_what_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "a-key.yaml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "top.yaml").write_text(
        "Resources:\n"
        "  Below:\n"
        "    Type: AWS::CloudFormation::Stack\n"
        "    Properties:\n"
        "      TemplateURL: a-key.yaml\n"
        "      Parameters: {Admin: 'arn:aws:iam::111122223333:role/admin'}\n",
        encoding="utf-8",
    )
    report = lint_paths([tmp_path])
    assert {resource.partition("/")[0] for _, resource in report.held} == {"Below"}
    assert [f.path for f in report.findings if f.rule == "not-known"] == ["Statement[1].Principal"]


def test_a_plans_policies_are_judged_under_their_addresses(tmp_path: Path) -> None:
    trust = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}'
    )
    path = tmp_path / "plan.json"
    path.write_text(
        plan(
            made("aws_organizations_policy", {"content": NAIVE, "type": "SERVICE_CONTROL_POLICY"}),
            made("aws_iam_role", {"assume_role_policy": trust, "inline_policy": []}),
            made("aws_kms_key", {}, {"policy": True}),
            made("awscc_kms_key", {"key_policy": "{"}),
            made("aws_sqs_queue_policy", {"policy": trust.replace("sts:AssumeRole", "sqs:SendMessage")}),
        ),
        encoding="utf-8",
    )
    report = lint_paths([path])
    lines = path.read_text(encoding="utf-8").splitlines()
    rules = {(f.rule, f.resource) for f in report.findings}
    assert rules >= {
        ("never-supplied-key", "aws_organizations_policy.it.content"),
        ("public-trust", "aws_iam_role.it.assume_role_policy"),
        ("not-json", "awscc_kms_key.it.key_policy"),
        ("missing-element", "aws_sqs_queue_policy.it.policy"),
    }
    naive = next(f for f in report.findings if f.rule == "never-supplied-key")
    assert '"aws_organizations_policy.it"' in "".join(lines[naive.line - 1 : naive.line + 1])
    assert naive.file == path.as_posix()
    assert naive.path == "Statement[0].Condition.Null.bedrock:CustomerEncryptionKeyArn"


def test_what_a_data_source_will_put_together_is_judged_and_what_nobody_can_know_is_not_clean() -> None:
    report = lint_paths([ROLES])
    assert (ROLES.as_posix(), "aws_iam_role_policy.document.policy") in report.held
    (unknown,) = [f for f in report.findings if f.rule == "not-known"]
    assert unknown.resource == "aws_iam_role_policy.encoded.policy"
    assert unknown.message == (
        "this policy was not judged: it depends on aws_kms_key.k.arn, which is known only after the apply"
    )
    assert ("key-lockout", "aws_kms_key_policy.apart.policy") in {
        (f.rule, f.resource) for f in report.findings
    }


def test_a_role_that_an_scp_of_the_same_plan_protects_is_told_apart(tmp_path: Path) -> None:
    """Policies of one plan are judged together, as files are."""
    named = (HERE / "role-by-name" / "fail.scp.json").read_text(encoding="utf-8")
    scp = {
        "Version": "2012-10-17",
        "Statement": {
            "Sid": "Protect",
            "Effect": "Deny",
            "Action": ["iam:*"],
            "Resource": "arn:aws:iam::*:role/*",
        },
    }
    role = made("awscc_organizations_policy", {"content": named, "type": "SERVICE_CONTROL_POLICY"})
    guard = made("aws_organizations_policy", {"content": json.dumps(scp), "type": "SERVICE_CONTROL_POLICY"})
    path = tmp_path / "plan.json"
    path.write_text(plan(role), encoding="utf-8")
    alone = {f.rule for f in lint_paths([path]).findings}
    path.write_text(plan(role, guard), encoding="utf-8")
    together = {f.rule for f in lint_paths([path]).findings}
    assert "role-by-name" in alone
    assert "role-by-name" not in together


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "cut.json",
            '{"format_version":"1.2","terraform_version":"1.9.0","resource_changes":[',
            "it is not JSON",
        ),
        ("cut.yaml", 'Resources: {Key: {Type: "AWS::KMS::Key", Properties: [', "stack.yaml"),
        ("deep.json", '{"format_version":"1.2","terraform_version":"1","x":' + "[" * 100_000, "nests deeper"),
    ],
)
def test_what_cannot_be_read_is_a_finding(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    findings = lint_paths([path]).findings
    assert [f.rule for f in findings] == ["unreadable-file"]
    assert message in findings[0].message or name == "cut.yaml"


def test_an_scp_with_the_words_of_a_template_is_an_scp(tmp_path: Path) -> None:
    for name, sid in (("words", "ProtectResources"), ("exact", "Resources")):
        statement = {
            "Sid": sid,
            "Effect": "Deny",
            "Action": "cloudformation:CreateStack",
            "Resource": "*",
            "Condition": {"ForAnyValue:StringLike": {"cloudformation:ResourceTypes": ["AWS::IAM::*"]}},
        }
        path = tmp_path / f"{name}.scp.json"
        path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}), encoding="utf-8")
        assert lint_paths([path]).linted == {path.as_posix(): PolicyKind.SCP}


def test_the_command_reads_a_plan_from_a_pipe_and_names_the_resource(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = plan(made("aws_organizations_policy", {"content": NAIVE, "type": "SERVICE_CONTROL_POLICY"}))

    def printed(output: str) -> str:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert main(["lint", "-", "--format", output]) == 1
        return capsys.readouterr().out

    assert (
        "never-supplied-key (aws_organizations_policy.it.content: DenyAgentsWithoutCustomerKey)"
        in printed("text")
    )
    first = json.loads(printed("json"))
    assert first["policies"] == [
        {"file": "<stdin>", "resource": "aws_organizations_policy.it.content", "type": "scp"}
    ]
    result = json.loads(printed("sarif"))["runs"][0]["results"][0]
    (logical,) = result["locations"][0]["logicalLocations"]
    assert logical["fullyQualifiedName"].startswith(
        "aws_organizations_policy.it.content.Statement[0].Condition"
    )


def test_a_template_without_policies_is_no_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bucket.yaml"
    path.write_text("Resources: {B: {Type: 'AWS::S3::Bucket'}}\n", encoding="utf-8")
    assert main(["lint", str(path)]) == 2
    assert "there is no policy in what was given" in capsys.readouterr().err
