"""The command as people start it: exit status, requirements, what is narrowed, and what is read with what."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bedrock_cmk_guard.cli import main
from tests.scan.running import KEY, NO_KEY, PROGRAM, TEMPLATE, WITH_KEY, as_json, run, write
from tests.scan.test_acceptance import MINIMAL

ROOT = Path(__file__).resolve().parents[2]
ASKED = WITH_KEY.replace(f'"{KEY}"', "data.terraform_remote_state.keys.outputs.arn")
GUARDRAIL = 'resource "aws_bedrock_guardrail" "g" {\n  name = "g"\n}\n'
MODEL = 'resource "aws_bedrock_custom_model" "m" {\n  custom_model_name = "m"\n}\n'


@pytest.mark.parametrize(
    ("code", "arguments", "status"),
    [
        (WITH_KEY, (), 0),
        (NO_KEY, (), 1),
        (NO_KEY, ("--fail-on", "fail"), 1),
        (NO_KEY, ("--fail-on", "never"), 0),
        (ASKED, (), 1),
        (ASKED, ("--fail-on", "fail"), 0),
        (ASKED, ("--fail-on", "unknown"), 1),
        (MODEL, (), 0),
        ("", (), 0),
    ],
)
def test_exit_status(tmp_path: Path, code: str, arguments: tuple[str, ...], status: int) -> None:
    done = run(*arguments, ".", cwd=write(tmp_path, {"a.tf": code}))
    assert done.status == status, done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "nowhere: there is no such file or folder"),
        (("a.txt",), "a.txt: this is neither Terraform, a plan nor a template by its name"),
        (("--requirements", "none.yaml", "."), "none.yaml: there is no such requirements file"),
        (("--requirements", "a.tf", "."), "a.tf:"),
        (("--require-requirements", "."), "there is no requirements file"),
        (
            ("--control", "BCG_NONE_*", "."),
            "--control BCG_NONE_*: there is no such control; there are BCG_CMK_001",
        ),
        (("-",), "standard input: say what it is, with --as"),
        (("-", "a.tf", "--as", "plan"), "standard input (-) is scanned alone"),
        (("--as", "plan", "a.tf"), "--as is for standard input"),
        (("--var-file", "none.tfvars", "."), "none.tfvars"),
        (("--format", "xml", "."), "invalid choice"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments, cwd=write(tmp_path, {"a.tf": NO_KEY, "a.txt": ""}))
    assert (done.status, done.out) == (2, "")
    assert said in done.err


def test_without_requirements_there_is_a_warning_where_something_was_judged(tmp_path: Path) -> None:
    write(tmp_path, {"agent/a.tf": WITH_KEY, "plain/a.tf": ""})
    assert "warning: no requirements file: judged by the shipped defaults" in run("agent", cwd=tmp_path).err
    assert run("plain", cwd=tmp_path).err == ""


def test_requirements_are_looked_for_up_to_the_root_of_the_repository_and_no_further(tmp_path: Path) -> None:
    demanding = MINIMAL + "enforcement: {tiers: [{tiers: [agent-definition], demand: recommended}]}\n"
    write(tmp_path, {"cmk-guard.yaml": demanding, "repo/.git/HEAD": "", "repo/infra/a.tf": NO_KEY})
    assert run(".", cwd=tmp_path / "repo/infra").status == 1
    write(tmp_path, {"repo/cmk-guard.yaml": demanding})
    done = as_json(".", cwd=tmp_path / "repo/infra")
    assert (done.status, done.json["findings"][0]["level"]) == (0, "recommended")
    assert run("--require-requirements", ".", cwd=tmp_path / "repo/infra").status == 0


def test_broken_requirements_fail_only_where_there_is_something_to_judge(tmp_path: Path) -> None:
    write(tmp_path, {"cmk-guard.yaml": "version: 7\n", "plain/a.tf": "", "agent/a.tf": NO_KEY})
    assert run("plain", cwd=tmp_path).status == 0
    done = run("agent", cwd=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert "cmk-guard.yaml:1:" in done.err


def test_the_environment_can_name_the_requirements(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": NO_KEY})
    done = run(".", cwd=tmp_path, BEDROCK_CMK_GUARD_REQUIREMENTS="none.yaml")
    assert (done.status, done.err.partition(":")[0]) == (2, "none.yaml")


def test_a_control_is_chosen_by_pattern_and_what_could_not_be_read_stays(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": NO_KEY, "b/broken.tf": NO_KEY + 'resource "aws_bedrockagent_agent" {'})
    done = as_json("--control", "BCG_ROLE_*", ".", cwd=tmp_path)
    assert {control for control, _, _ in done.controls()} == {"BCG_SCAN_002"}
    assert done.status == 1
    assert as_json("--control", "BCG_CMK_001", "a.tf", cwd=tmp_path).controls() == [
        ("BCG_CMK_001", "fail", "aws_bedrockagent_agent.this")
    ]


def test_a_tier_is_chosen(tmp_path: Path) -> None:
    memory = 'resource "aws_bedrockagentcore_memory" "m" {\n  name = "m"\n  event_expiry_duration = 30\n}\n'
    write(tmp_path, {"a.tf": NO_KEY + memory + GUARDRAIL})
    done = as_json("--tier", "session-memory", ".", cwd=tmp_path)
    assert done.verdicts() == {"aws_bedrockagentcore_memory.m": "fail"}
    assert len(as_json(".", cwd=tmp_path).verdicts()) == 3


@pytest.mark.parametrize(
    ("kind", "content", "address"),
    [
        ("terraform", NO_KEY, "aws_bedrockagent_agent.this"),
        ("cloudformation", TEMPLATE, "Agent"),
        (
            "cloudformation",
            '{"Resources": {"Agent": {"Type": "AWS::Bedrock::Agent", "Properties": {}}}}',
            "Agent",
        ),
    ],
)
def test_standard_input(tmp_path: Path, kind: str, content: str, address: str) -> None:
    write(tmp_path, {"other.tf": WITH_KEY})
    done = as_json("-", "--as", kind, cwd=tmp_path, stdin=content.encode())
    assert done.verdicts() == {address: "fail"}
    assert {each["file"] for each in done.json["resources"]} == {"<stdin>"}
    assert done.status == 1
    text = run("-", "--as", kind, cwd=tmp_path, stdin=content.encode()).out
    assert "<stdin>:" in text
    assert " | " in text


def test_a_plan_from_standard_input() -> None:
    plan = ROOT / "tests/sources/plan/cases/changes/plan.json"
    done = as_json("-", "--as", "plan", cwd=ROOT, stdin=plan.read_bytes())
    assert done.verdicts()["aws_bedrockagent_agent.dropped"] == "fail"
    assert done.status == 1


def test_standard_input_that_is_something_else_is_a_finding(tmp_path: Path) -> None:
    for kind, content in (
        ("plan", b"{}"),
        ("plan", b"\x00"),
        ("terraform", b'resource "aws_bedrockagent_agent" {'),
        ("cloudformation", b"["),
    ):
        done = as_json("-", "--as", kind, cwd=tmp_path, stdin=content)
        assert done.status == 1, (kind, content)
        assert done.json["summary"]["not_read"] >= 1


MODULE = """variable "key" {
  type    = string
  default = null
}

resource "aws_bedrockagent_agent" "this" {
  agent_name                  = "a"
  agent_resource_role_arn     = "arn:aws:iam::111122223333:role/agent"
  foundation_model            = "m"
  customer_encryption_key_arn = var.key
}
"""


def test_a_single_file_is_judged_with_its_module_and_the_modules_callers(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".git/HEAD": "",
            "modules/agent/variables.tf": MODULE.partition("resource")[0],
            "modules/agent/main.tf": "resource" + MODULE.partition("resource")[2],
            "live/main.tf": 'module "agent" {\n  source = "../modules/agent"\n  key    = var.key\n}\n',
            "live/variables.tf": 'variable "key" {}\n',
            "live/live.auto.tfvars": f'key = "{KEY}"\n',
            "other/main.tf": 'module "agent" {\n  source = "../modules/agent"\n}\n',
        },
    )
    expected = [
        ("module.agent.aws_bedrockagent_agent.this", "live", "pass"),
        ("module.agent.aws_bedrockagent_agent.this", "other", "fail"),
    ]
    for given in (["modules/agent/main.tf"], ["modules/agent/main.tf", "modules/agent/variables.tf"], ["."]):
        done = as_json(*given, cwd=tmp_path)
        found = [(r["address"], r["root"], r["verdict"]) for r in done.json["resources"]]
        assert sorted(found) == expected, given
    for given, root in (
        (["live/live.auto.tfvars"], "live"),
        (["live/variables.tf"], "live"),
        (["other"], "other"),
    ):
        assert {r["root"] for r in as_json(*given, cwd=tmp_path).json["resources"]} == {root}, given


def test_values_come_from_files_given(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": MODULE, "prod.tfvars": f'key = "{KEY}"\n'})
    assert as_json("main.tf", cwd=tmp_path).status == 1
    assert as_json("main.tf", "--var-file", "prod.tfvars", cwd=tmp_path).status == 0
    template = TEMPLATE + "      CustomerEncryptionKeyArn: !Ref Key\nParameters:\n  Key: {Type: String}\n"
    parameters = f'[{{"ParameterKey": "Key", "ParameterValue": "{KEY}"}}]'
    write(tmp_path, {"t.yaml": template, "p.json": parameters})
    assert as_json("t.yaml", cwd=tmp_path).verdicts() == {"Agent": "unknown"}
    assert as_json("t.yaml", "--parameter-file", "p.json", cwd=tmp_path).status == 0


def test_a_module_that_is_not_downloaded_is_a_finding_even_where_nothing_else_is(tmp_path: Path) -> None:
    call = 'module "agents" {\n  source  = "example/assistants/aws"\n  version = "1.0.0"\n}\n'
    write(tmp_path, {"main.tf": call})
    done = as_json(".", cwd=tmp_path)
    assert [verdict for _, verdict, _ in done.controls()] == ["unknown"]
    finding = done.json["findings"][0]
    assert (finding["control"][:8], finding["file"], finding["line"]) == ("BCG_SCAN", "main.tf", 2)
    assert "terraform init" in finding["message"]
    # Downloaded, it is read.
    write(
        tmp_path,
        {
            ".terraform/modules/modules.json": '{"Modules": [{"Key": "", "Source": "", "Dir": "."}, {"Key": "agents", '
            '"Source": "registry.terraform.io/example/assistants/aws", "Version": "1.0.0", '
            '"Dir": ".terraform/modules/agents"}]}',
            ".terraform/modules/agents/main.tf": "",
        },
    )
    assert as_json(".", cwd=tmp_path).status == 0
    write(tmp_path, {".terraform/modules/agents/main.tf": NO_KEY})
    assert as_json(".", cwd=tmp_path).verdicts() == {"module.agents.aws_bedrockagent_agent.this": "fail"}


@pytest.mark.parametrize(
    "code",
    [
        '# module "a" {\n#  source = "example/assistants/aws"\n# }\n',
        'module "a" {\n  # source = "example/assistants/aws"\n  source = "./b"\n}\n',
        'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n',
        'resource "aws_s3_object" "module" {\n  source = "example/assistants/aws"\n}\n',
    ],
)
def test_what_only_looks_like_a_call_is_none(tmp_path: Path, code: str) -> None:
    write(tmp_path, {"main.tf": code, "b/main.tf": ""})
    assert run(".", cwd=tmp_path).status == 0


def test_paths_with_blanks_and_from_elsewhere(tmp_path: Path) -> None:
    write(tmp_path, {"my code/über uns/a b.tf": NO_KEY})
    assert "my code/über uns/a b.tf:1:1: fail" in run(".", cwd=tmp_path).out
    inner = tmp_path / "my code" / "x"
    inner.mkdir()
    assert "../über uns/a b.tf:1:1: fail" in run("../über uns", cwd=inner).out
    absolute = str(tmp_path / "my code")
    assert f"{absolute}/über uns/a b.tf:1:1: fail" in run(absolute, cwd=ROOT).out


def test_a_pipe_that_nobody_reads_is_no_traceback(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": NO_KEY})
    with subprocess.Popen(
        [*PROGRAM, "scan", "."], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
        assert process.wait(60) == 141
    assert b"Traceback" not in err


def test_broken_off_it_prints_what_it_has(tmp_path: Path) -> None:
    # So many that a busy machine, too, comes to break it off before the end.
    many = 3_000
    for number in range(many):
        write(tmp_path, {f"r{number:04}/a.tf": NO_KEY})
    seen, terminal = os.openpty()
    with subprocess.Popen(
        [*PROGRAM, "scan", "--format", "json", "--output", "out.json", "."], cwd=tmp_path, stderr=terminal
    ) as process:
        os.close(terminal)
        # A terminal is told what is being read.
        said = b""
        while b"reading r" not in said:
            said += os.read(seen, 1000)
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):
            while said_now := os.read(seen, 10_000):
                said += said_now
        assert process.wait(60) == 130
    os.close(seen)
    assert b"Traceback" not in said
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["summary"]["interrupted"] is True
    assert 0 < len(found["resources"]) < many


def test_nothing_heavy_is_imported_where_there_is_nothing_to_judge(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".git/HEAD": "",
            "cmk-guard.yaml": MINIMAL,
            "a.tf": 'resource "aws_s3_bucket" "b" {}\n',
            "b.yaml": "Resources: {B: {Type: AWS::S3::Bucket}}\n",
            "agents/main.tf": NO_KEY,
        },
    )
    heavy = (
        "pydantic",
        "yaml",
        "jinja2",
        "tree_sitter",
        "pathspec",
        "jsonschema",
        "rich",
        "importlib.metadata",
    )
    program = (
        "import sys; from bedrock_cmk_guard.cli import main; status = main(sys.argv[1:]); "
        f"print([name for name in {heavy} if name in sys.modules]); sys.exit(status)"
    )
    for given in (["a.tf"], ["b.yaml"], ["a.tf", "b.yaml"]):
        done = subprocess.run(
            [sys.executable, "-c", program, "scan", *given],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ},
        )
        assert done.stdout.splitlines()[-1] == "[]", given


def test_explain_and_controls(capsys: pytest.CaptureFixture[str]) -> None:
    listed = run("--format", "json", cwd=ROOT, command="controls").json["controls"]
    ids = [each["id"] for each in listed]
    assert len(set(ids)) == len(ids) >= 10
    table = run("--format", "markdown", cwd=ROOT, command="controls").out.splitlines()
    assert len(table) == len(ids) + 2
    text = run(cwd=ROOT, command="controls").out
    for each in listed:
        assert each["id"] in text
        assert main(["explain", each["id"]]) == 0
        page = capsys.readouterr().out
        assert page.startswith(f"{each['id']}: ")
        assert each["references"][0] in page
    assert run("BCG_CMK_999", cwd=ROOT, command="explain").status == 2


def test_the_examples_fail_and_pass() -> None:
    failing = as_json("examples/scan/failing", cwd=ROOT)
    assert failing.status == 1
    assert {(c, r) for c, v, r in failing.controls() if c == "BCG_CMK_001"} == {
        ("BCG_CMK_001", address)
        for address in (
            "aws_bedrockagent_agent.support", "aws_bedrockagentcore_memory.support", "SupportAgent", "SupportMemory",
        )
    }  # fmt: skip
    text = run("examples/scan/failing", cwd=ROOT).out
    assert "fix: customer_encryption_key_arn = aws_kms_key.agents.arn" in text
    assert "fix: CustomerEncryptionKeyArn: !GetAtt AgentsKey.Arn" in text
    fixed = as_json("examples/scan/fixed", cwd=ROOT)
    assert (fixed.status, fixed.controls()) == (0, [])
    assert fixed.json["summary"]["pass"] >= 4


def test_what_is_rendered_passes_its_own_scan() -> None:
    done = as_json("--requirements", "examples/cmk-guard.yaml", "generated", cwd=ROOT)
    assert (done.status, done.controls()) == (0, [])


@pytest.mark.parametrize("content", ["", "  \n", "{", '{"format_ver', '{"format_version": "1.2"'])
def test_a_plan_that_is_cut_off_is_no_clean_scan(tmp_path: Path, content: str) -> None:
    done = as_json("plan.json", cwd=write(tmp_path, {"plan.json": content}))
    assert (done.status, len(done.controls())) == (1, 1), done.out


@pytest.mark.parametrize(
    "code",
    [
        """resource "aws_cloudformation_stack" "s" {
  template_body = jsonencode({ Resources = { A = { Type = "AWS::Bedrock::Agent" } } })
}""",
        """locals {
  body = <<-EOT
    Resources:
      A:
        Type: AWS::Bedrock::Agent
  EOT
}""",
        """locals {
  body = "{\\"Resources\\": {\\"A\\": {\\"Type\\": \\"AWS::Bedrock::Agent\\"}}}"
}""",
        """resource "aws_cloudcontrolapi_resource" "a" {
  type_name     = "AWS::Bedrock::Agent"
  desired_state = jsonencode({ AgentName = "a" })
}""",
    ],
)
def test_a_template_within_terraform_is_a_finding(tmp_path: Path, code: str) -> None:
    done = as_json(".", cwd=write(tmp_path, {"a.tf": code}))
    assert done.status == 1
    (finding,) = done.json["findings"]
    assert (finding["control"], finding["verdict"]) == ("BCG_SCAN_004", "unknown")
    assert "AWS::Bedrock::Agent is declared here in a template within the code" in finding["message"]


def test_a_type_that_terraform_only_names_is_no_finding(tmp_path: Path) -> None:
    code = '# Type: AWS::Bedrock::Agent\nlocals {\n  types = ["AWS::Bedrock::Agent"]\n}\n'
    assert run(".", cwd=write(tmp_path, {"a.tf": code})).status == 0
