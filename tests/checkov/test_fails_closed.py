"""Where Checkov would pass over something in silence, the adapters fail."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from pathlib import Path

import pytest

from bedrock_cmk_guard.controls import OF_FAULTS
from bedrock_cmk_guard.data import data_dir
from tests.checkov.host import MISSING, PYTHON, ROOT, Host, scanned, unread

AGENT = 'resource "aws_bedrockagent_agent" "bare" {\n  agent_name = "bare"\n%s}\n'
TEMPLATE = "Resources:\n  Bare:\n    Type: AWS::Bedrock::Agent\n    Properties:\n      AgentName: bare\n"
BROKEN = {
    "terraform": {"main.tf": 'resource "aws_bedrockagent_agent" "bare" {\n'},
    "terraform_json": {"main.tf.json": '{"resource": {"aws_bedrockagent_agent": {"bare": {'},
    "terraform_plan": {
        "plan.json": '{"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {}, '
        '"resource_changes": [{"type": "aws_bedrockagent_agent"'
    },
    "cloudformation": {"template.yaml": f"{TEMPLATE}     Bad: [\n"},
}


@pytest.mark.parametrize("framework", BROKEN)
def test_a_folder_with_nothing_but_a_broken_file_fails(framework: str, host: Host, tmp_path: Path) -> None:
    for name, text in BROKEN[framework].items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    # What stands before the fault is judged, and may pass.
    told = [each for each in host.run(framework, tmp_path).records if each.control in OF_FAULTS]
    assert {each.outcome for each in told} == {"failed"}
    assert {(each.control, os.path.realpath(each.file)) for each in told} == unread(scanned([tmp_path]))


def test_code_that_only_checkov_cannot_read_is_judged_all_the_same(host: Host, tmp_path: Path) -> None:
    """A byte order mark: Terraform reads it, and so does a scan."""
    (tmp_path / "main.tf").write_text("\ufeff" + AGENT % "", encoding="utf-8")
    (tmp_path / "more.tofu").write_text((AGENT % "").replace("bare", "more"), encoding="utf-8")
    report = host.run("terraform", tmp_path)
    told = {each.resource: each.outcome for each in report.of("BCG_CMK_001")}
    assert told == {"aws_bedrockagent_agent.bare": "failed", "aws_bedrockagent_agent.more": "failed"}


def test_a_module_that_is_not_downloaded_fails_where_it_is_called(host: Host, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'module "agent" {\n  source  = "terraform-aws-modules/bedrock/aws"\n  version = "1.0.0"\n}\n',
        encoding="utf-8",
    )
    report = host.run("terraform", tmp_path)
    assert {(each.control, os.path.realpath(each.file)) for each in report.records} == unread(
        scanned([tmp_path])
    )
    (record,) = report.records
    assert record.outcome == "failed"
    assert "not downloaded" in record.said


@pytest.mark.parametrize(
    "comment",
    [
        "#checkov:skip=BCG_CMK_001",
        "#checkov:skip=BCG_CMK_001:we know",
        "# bcg:skip=BCG_CMK_001 owner=me",
        "# bcg:skip=BCG_CMK_001 owner=me reason=old expires=2020-01-01",
    ],
)
def test_a_comment_without_owner_reason_and_expiry_skips_nothing(
    comment: str, host: Host, tmp_path: Path
) -> None:
    (tmp_path / "main.tf").write_text(AGENT % f"  {comment}\n", encoding="utf-8")
    (record,) = host.run("terraform", tmp_path).of("BCG_CMK_001")
    assert record.outcome == "failed"
    assert ("bcg:skip does" in record.said) == comment.startswith("#checkov")


def test_a_comment_with_them_skips(host: Host, tmp_path: Path) -> None:
    soon = dt.datetime.now(tz=dt.UTC).date() + dt.timedelta(days=30)
    comment = f'  # bcg:skip=BCG_CMK_001 owner="platform team" reason="CHG-1234" expires={soon}\n'
    (tmp_path / "main.tf").write_text(AGENT % comment, encoding="utf-8")
    report = host.run("terraform", tmp_path)
    (record,) = report.of("BCG_CMK_001")
    assert record.outcome == "skipped"
    assert "platform team" in record.said


@pytest.mark.parametrize("framework", ["terraform", "cloudformation"])
def test_requirements_that_cannot_be_read_fail_every_resource(
    framework: str, host: Host, tmp_path: Path
) -> None:
    (tmp_path / "main.tf").write_text(AGENT % '  customer_encryption_key_arn = "x"\n', encoding="utf-8")
    (tmp_path / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    report = host.run(
        framework, tmp_path, env={"BEDROCK_CMK_GUARD_REQUIREMENTS": str(tmp_path / "none.yaml")}
    )
    assert {each.outcome for each in report.records} == {"failed"}
    assert all("none.yaml" in each.said for each in report.of("BCG_CMK_001"))


def test_only_the_checks_asked_for_report(host: Host, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(AGENT % "", encoding="utf-8")
    (tmp_path / "broken.tf").write_text(BROKEN["terraform"]["main.tf"], encoding="utf-8")
    assert not host.run("terraform", tmp_path, checks=["CKV_AWS_1"]).records
    assert {each.control for each in host.run("terraform", tmp_path, checks=["BCG_CMK_001"]).records} == {
        "BCG_CMK_001"
    }


def checkov(
    *arguments: str | Path, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    if not PYTHON.exists():
        pytest.skip(MISSING)
    command = [PYTHON, "-m", "checkov.main", *arguments, "--compact", "--skip-download"]
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )


def test_people_see_the_reason_and_the_exit_status(tmp_path: Path) -> None:
    """As people start it, with all of Checkov's runners at once."""
    (tmp_path / "main.tf").write_text(AGENT % "", encoding="utf-8")
    (tmp_path / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    done = checkov(
        "-d", ".", "--external-checks-dir", data_dir("checks"), "--check", "BCG_CMK_*", cwd=tmp_path
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAILED for resource: aws_bedrockagent_agent.bare" in done.stdout
    assert "FAILED for resource: AWS::Bedrock::Agent.Bare" in done.stdout
    assert "customer_encryption_key_arn is left out" in done.stdout
    assert "CustomerEncryptionKeyArn is left out" in done.stdout


def test_every_folder_given_is_judged(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.tofu").write_text((AGENT % "").replace("bare", name), encoding="utf-8")
        (tmp_path / name / "main.tf").write_text(
            (AGENT % "").replace("bare", f"{name}_seen"), encoding="utf-8"
        )
    done = checkov(
        *("-d", "a", "-d", "b", "--framework", "terraform"),
        *("--external-checks-dir", data_dir("checks"), "--check", "BCG_CMK_001"),
        cwd=tmp_path,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    for name in ("a", "a_seen", "b", "b_seen"):
        assert f"FAILED for resource: aws_bedrockagent_agent.{name}\n" in done.stdout


def test_without_the_library_beside_checkov_everything_fails(tmp_path: Path) -> None:
    """As in Checkov's container, where the folder of checks can be given and the library cannot be imported."""
    if not (ROOT / "checks").is_dir():
        pytest.skip("needs the sources")
    (tmp_path / "main.tf").write_text(AGENT % '  customer_encryption_key_arn = "x"\n', encoding="utf-8")
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "bedrock_cmk_guard.py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    done = checkov(
        *("-d", ".", "--framework", "terraform"),
        *("--external-checks-dir", data_dir("checks"), "--check", "BCG_*"),
        cwd=tmp_path,
        env={"PYTHONPATH": str(hidden)},
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "install it beside Checkov" in done.stdout


def test_the_command_that_tries_them_is_content(tmp_path: Path) -> None:
    if not PYTHON.exists():
        pytest.skip(MISSING)
    command = [str(PYTHON), "-m", "bedrock_cmk_guard", "checks", "verify"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("Checkov runs ")
