"""The harness itself: a right template passes every tool, a wrong one is refused by the tool that should."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cloudformation.harness import Finding, create_in_moto, lint, parse, validate

TEMPLATE = Path(__file__).parent / "template.yaml"
REGIONS = ("us-east-1", "eu-west-1")


def changed(folder: Path, old: str, new: str) -> Path:
    text = TEMPLATE.read_text(encoding="utf-8")
    assert old in text
    file = folder / "changed.yaml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


def rules(findings: list[Finding]) -> set[str]:
    return {finding.rule for finding in findings}


def test_a_right_template_is_clean() -> None:
    assert lint(TEMPLATE, REGIONS) == []
    assert validate(TEMPLATE) == []


def test_advice_is_asked_for() -> None:
    assert {finding.level for finding in validate(TEMPLATE, info=True)} == {"info"}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("RotationPeriodInDays: 365", "RotationPeriodInDays: 2561", "E3034"),
        ("PendingWindowInDays: 30", "PendingWindowInDays: 31", "E3034"),
        ("Origin: EXTERNAL", "Origin: IMPORTED", "E3030"),
        ("AliasName: alias/hr", "Alias: alias/hr", "E3003"),
        ("Type: SERVICE_CONTROL_POLICY", "Type: SCP", "E3030"),
        ("TargetIds: [r-ab12]", "TargetIds: [root]", "E3031"),
        ("AgentRole.Arn", "AgentRole.Name", "E1010"),
    ],
)
def test_both_tools_refuse_a_wrong_property(tmp_path: Path, old: str, new: str, rule: str) -> None:
    wrong = changed(tmp_path, old, new)
    assert rule in rules(lint(wrong, REGIONS))
    assert validate(wrong) != []


def test_cfn_lint_looks_into_key_policies(tmp_path: Path) -> None:
    wrong = changed(tmp_path, 'Action: "kms:*"', 'Action: "kms:NoSuchAction"')
    assert rules(lint(wrong, REGIONS)) == {"W3037"}


def test_depends_on_a_conditional_resource_is_refused(tmp_path: Path) -> None:
    wrong = changed(
        tmp_path, "    Type: AWS::KMS::Alias\n", "    Type: AWS::KMS::Alias\n    DependsOn: AgentRole\n"
    )
    assert rules(lint(wrong, REGIONS)) == {"E3005"}
    assert {"E3005", "W2502"} <= rules(validate(wrong))


def test_duplicate_keys_are_refused(tmp_path: Path) -> None:
    wrong = changed(
        tmp_path, "      MultiRegion: false\n", "      MultiRegion: false\n      MultiRegion: true\n"
    )
    assert [finding.level for finding in lint(wrong, REGIONS)][:1] == ["error"]
    with pytest.raises(Exception, match="Duplicate"):
        parse(wrong)


def test_parse_gives_long_forms() -> None:
    resources = parse(TEMPLATE)["Resources"]
    assert resources["Alias"]["Properties"]["TargetKeyId"] == {"Ref": "Key"}
    assert resources["Key"]["DeletionPolicy"] == resources["Key"]["UpdateReplacePolicy"] == "Retain"
    assert resources["Scp"]["Properties"]["Content"]["Statement"][0]["Action"] == "bedrock:CreateAgent"


def test_stack_in_the_home_region_reads_back() -> None:
    properties = parse(TEMPLATE)["Resources"]["Key"]["Properties"]
    with create_in_moto(TEMPLATE, "us-east-1", account="111122223333") as stack:
        key, role = stack.key("Key"), stack.role("AgentRole")
        assert key.policy == properties["KeyPolicy"]
        assert key.tags == {"Owner": "hr"}
        assert key.rotates
        assert key.aliases == ["alias/hr"]
        assert key.metadata["Description"] == properties["Description"]
        assert role.name == "hr-agent"
        assert role.trust["Statement"][0]["Condition"] == {
            "StringEquals": {"aws:SourceAccount": "111122223333"}
        }
        assert role.inline_policies["invoke"]["Statement"][0]["Action"] == "bedrock:InvokeModel"
        assert role.tags == {"Owner": "hr"}
        assert stack.managed_policy("CallerPolicy")["Statement"][0]["Action"] == "bedrock:InvokeAgent"
        assert stack.outputs["KeyArn"].startswith("arn:aws:kms:us-east-1:111122223333:key/")
        assert stack.exports == {"template-KeyArn": stack.outputs["KeyArn"]}


def test_stack_elsewhere_has_keys_and_no_role() -> None:
    with create_in_moto(TEMPLATE, "eu-west-1", account="111122223333") as stack:
        assert "AgentRole" not in stack.resources
        assert stack.key("Key").metadata["Arn"].startswith("arn:aws:kms:eu-west-1:")


def test_parameters_are_passed() -> None:
    with create_in_moto(TEMPLATE, "eu-west-1", parameters={"HomeRegion": "eu-west-1"}) as stack:
        assert stack.role("AgentRole").name == "hr-agent"
