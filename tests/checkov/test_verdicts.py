"""In Checkov every control says what a scan says, of the same blocks of the same files, and of no others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bedrock_cmk_guard.controls import OF_FAULTS
from tests.checkov.host import FRAMEWORKS, ROOT, Host, expected, scanned, unread

KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
CASES = {
    "one_of_each": {
        "main.tf": f"""
            resource "aws_bedrockagent_agent" "keyed" {{
              agent_name                  = "keyed"
              agent_resource_role_arn     = aws_iam_role.agent.arn
              foundation_model            = "m"
              customer_encryption_key_arn = "{KEY}"
            }}
            resource "aws_bedrockagent_agent" "bare" {{
              agent_name              = "bare"
              agent_resource_role_arn = aws_iam_role.agent.arn
              foundation_model        = "m"
            }}
            resource "aws_bedrockagentcore_harness" "own_memory" {{
              harness_name = "own_memory"
              memory {{
                agentcore_memory_configuration {{
                  arn = "arn:aws:bedrock-agentcore:eu-west-1:111122223333:memory/own"
                }}
              }}
            }}
            resource "aws_bedrockagentcore_memory" "unknown" {{
              name               = "unknown"
              encryption_key_arn = var.key_arn
            }}
            resource "aws_bedrockagentcore_memory" "null" {{
              name               = "null"
              encryption_key_arn = var.no_key_arn
            }}
            resource "aws_kms_key" "unrelated" {{}}
            resource "aws_iam_role" "agent" {{
              name               = "agent"
              assume_role_policy = "{{}}"
            }}
            variable "key_arn" {{}}
            variable "no_key_arn" {{
              default = null
            }}
            terraform {{
              backend "s3" {{}}
            }}
        """,
    },
    "instances": {
        "main.tf": f"""
            resource "aws_bedrockagentcore_memory" "counted" {{
              count              = 2
              name               = "counted"
              encryption_key_arn = count.index == 0 ? "{KEY}" : null
            }}
            resource "aws_bedrockagentcore_memory" "each" {{
              for_each           = {{ a = "{KEY}", b = "{KEY}" }}
              name               = each.key
              encryption_key_arn = each.value
            }}
            resource "aws_bedrockagentcore_memory" "never" {{
              count = 0
              name  = "never"
            }}
        """,
    },
    "two_roots_one_module": {
        "a/main.tf": f"""
            module "memory" {{
              source  = "../module"
              key_arn = "{KEY}"
            }}
        """,
        "b/main.tf": """
            module "memory" {
              source  = "../module"
              key_arn = null
            }
        """,
        "module/main.tf": """
            variable "key_arn" {}
            resource "aws_bedrockagentcore_memory" "this" {
              name               = "this"
              encryption_key_arn = var.key_arn
            }
        """,
    },
    "modules_in_modules": {
        "main.tf": f"""
            module "outer" {{
              source   = "./outer"
              for_each = {{ a = "{KEY}" }}
              key_arn  = each.value
            }}
        """,
        "outer/main.tf": """
            variable "key_arn" {}
            module "inner" {
              source  = "./inner"
              count   = 2
              key_arn = var.key_arn
            }
        """,
        "outer/inner/main.tf": """
            variable "key_arn" {}
            resource "aws_bedrockagentcore_memory" "this" {
              name               = "this"
              encryption_key_arn = var.key_arn
            }
        """,
    },
    "published_module": {
        "main.tf": """
            resource "aws_bedrockagentcore_memory" "delegated" {
              name               = "delegated"
              encryption_key_arn = var.key_arn
            }
            variable "key_arn" {
              type = string
            }
        """,
    },
    "json": {
        "main.tf.json": f"""
            {{"resource": {{"aws_bedrockagentcore_memory": {{
              "keyed": {{"name": "keyed", "encryption_key_arn": "{KEY}"}},
              "bare": {{"name": "bare"}}
            }}}}}}
        """,
    },
    "template": {
        "template.yaml": f"""
            Parameters:
              KeyArn:
                Type: String
                Default: ""
            Resources:
              Keyed:
                Type: AWS::Bedrock::Agent
                Properties:
                  AgentName: keyed
                  CustomerEncryptionKeyArn: {KEY}
              Bare:
                Type: AWS::Bedrock::Agent
                Properties:
                  AgentName: bare
              Empty:
                Type: AWS::Bedrock::Agent
                Properties:
                  AgentName: empty
                  CustomerEncryptionKeyArn: !Ref KeyArn
              Own:
                Type: AWS::Bedrock::Agent
                Properties:
                  AgentName: own
                  AgentResourceRoleArn: !GetAtt Role.Arn
                  CustomerEncryptionKeyArn: !GetAtt Key.Arn
              Key:
                Type: AWS::KMS::Key
                Properties:
                  KeyPolicy: {{}}
              Role:
                Type: AWS::IAM::Role
                Properties:
                  AssumeRolePolicyDocument: {{}}
        """,
    },
    "nested_stacks": {
        "parent.yaml": """
            Resources:
              Child:
                Type: AWS::CloudFormation::Stack
                Properties:
                  TemplateURL: ./child.yaml
        """,
        "child.yaml": """
            Parameters:
              KeyArn:
                Type: String
                Default: ""
            Resources:
              Agent:
                Type: AWS::Bedrock::Agent
                Properties:
                  AgentName: agent
                  CustomerEncryptionKeyArn: !Ref KeyArn
        """,
    },
    "nothing_to_judge": {
        "main.tf": """
            resource "aws_kms_key" "k" {}
            resource "aws_iam_role" "r" {
              name               = "r"
              assume_role_policy = "{}"
            }
        """,
    },
}


def laid_out(case: str, folder: Path) -> Path:
    for name, text in CASES[case].items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = text.strip("\n").rstrip(" ").split("\n")
        margin = len(lines[0]) - len(lines[0].lstrip())
        path.write_text("\n".join(line[margin:] for line in lines), encoding="utf-8")
    return folder


def hold_to_scan(host: Host, folder: Path, requirements: Path | None = None) -> int:
    """Compare all runners with a scan of the folder; return how many outcomes there are."""
    result = scanned([folder], requirements)
    env = {"BEDROCK_CMK_GUARD_REQUIREMENTS": str(requirements)} if requirements else {}
    told: dict[tuple[str, str, str], str] = {}
    faults: set[tuple[str, str]] = set()
    for framework in FRAMEWORKS:
        report = host.run(framework, folder, env=env)
        outcomes = report.outcomes()
        faults |= {(control, file) for control, file, _ in outcomes if control in OF_FAULTS}
        told |= {about: outcome for about, outcome in outcomes.items() if about[0] not in OF_FAULTS}
    assert told == expected(result)
    assert faults == unread(result)
    return len(told)


@pytest.mark.parametrize("case", CASES)
def test_checkov_says_what_a_scan_says(case: str, host: Host, tmp_path: Path) -> None:
    judged = hold_to_scan(host, laid_out(case, tmp_path))
    assert bool(judged) == (case != "nothing_to_judge")


def control_cases() -> list[Path]:
    home = ROOT / "tests" / "controls"
    return sorted(
        path
        for control in home.glob("BCG_*")
        for path in control.iterdir()
        if path.stem in ("pass", "fail", "unknown")
    )


@pytest.mark.parametrize("path", control_cases(), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_checkov_says_what_a_scan_says_of_each_control(path: Path, host: Host, tmp_path: Path) -> None:
    shutil.copy2(path, tmp_path / f"main{path.suffix}")
    requirements = path.parent / "cmk-guard.yaml"
    judged = hold_to_scan(host, tmp_path, requirements if requirements.exists() else None)
    # What cannot be read may hold nothing that was judged.
    assert judged or path.parent.name in OF_FAULTS


def source_cases() -> list[Path]:
    home = ROOT / "tests" / "sources"
    return sorted(
        path
        for language in ("terraform", "cloudformation")
        for path in (home / language / "cases").glob("*")
        if path.is_dir()
    )


@pytest.mark.parametrize("path", source_cases(), ids=lambda path: f"{path.parents[1].name}-{path.name}")
def test_checkov_says_what_a_scan_says_of_what_sources_are_tried_on(
    path: Path, host: Host, tmp_path: Path
) -> None:
    shutil.copytree(path, tmp_path, symlinks=True, dirs_exist_ok=True)
    hold_to_scan(host, tmp_path)


@pytest.mark.parametrize("name", ["greenfield", "changes", "roles", "providers"])
def test_checkov_says_what_a_scan_says_of_plans(name: str, host: Host, tmp_path: Path) -> None:
    plan = ROOT / "tests" / "sources" / "plan" / "cases" / name / "plan.json"
    shutil.copy2(plan, tmp_path)
    assert hold_to_scan(host, tmp_path)


@pytest.mark.parametrize("case", ["one_of_each", "two_roots_one_module", "modules_in_modules"])
def test_files_by_name_are_judged_as_in_their_folder(case: str, host: Host, tmp_path: Path) -> None:
    folder = laid_out(case, tmp_path)
    files = sorted(folder.rglob("*.tf"))
    told = host.run("terraform", files=files).outcomes()
    wanted = expected(scanned([folder]))
    assert {about: outcome for about, outcome in told.items() if about[0] not in OF_FAULTS} == wanted


def test_a_module_s_file_alone_is_judged_by_its_callers(host: Host, tmp_path: Path) -> None:
    """Its worst caller counts, wherever in the repository that is."""
    folder = laid_out("two_roots_one_module", tmp_path)
    (folder / ".git").mkdir()
    report = host.run("terraform", files=[folder / "module" / "main.tf"])
    assert {each.outcome for each in report.of("BCG_CMK_001")} == {"failed"}


def test_each_caller_has_its_own_verdict(host: Host, tmp_path: Path) -> None:
    folder = laid_out("two_roots_one_module", tmp_path)
    records = host.run("terraform", folder).of("BCG_CMK_001")
    assert sorted(each.outcome for each in records) == ["failed", "passed"]


def test_each_instance_has_its_own_verdict(host: Host, tmp_path: Path) -> None:
    folder = laid_out("instances", tmp_path)
    told = {each.resource: each.outcome for each in host.run("terraform", folder).of("BCG_CMK_001")}
    assert told == {
        "aws_bedrockagentcore_memory.counted[0]": "passed",
        "aws_bedrockagentcore_memory.counted[1]": "failed",
        'aws_bedrockagentcore_memory.each["a"]': "passed",
        'aws_bedrockagentcore_memory.each["b"]': "passed",
    }
