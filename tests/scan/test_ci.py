"""The GitHub Action and the GitLab job, their own scripts run as their runners run them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.scan.running import NO_KEY, WITH_KEY, write

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action.yml"
GITLAB = ROOT / "examples" / "ci" / "gitlab-ci.yml"
pytestmark = [
    pytest.mark.skipif(not ACTION.exists(), reason="the action is not here"),
    pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not on PATH: runners have it"),
]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The program, where the action installs it."""
    program = tmp_path / "runner" / "bedrock-cmk-guard" / "bin" / "bedrock-cmk-guard"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bedrock_cmk_guard "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return program


def bash(script: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script as GitHub's runner does."""
    here = {"PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=cwd,
        env={**os.environ, **here, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def action(program: Path, code: str, **inputs: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    work = write(program.parents[3] / "work", {"infra one/a.tf": code, "other/b.tf": NO_KEY})
    data = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    (scan,) = [step for step in data["runs"]["steps"] if step.get("name") == "Scan"]
    given = {name: str(each["default"]) for name, each in data["inputs"].items()} | inputs
    environment = {
        name: given[expression.removeprefix("${{ inputs.").removesuffix(" }}")]
        for name, expression in scan["env"].items()
    }
    places = {
        "RUNNER_TEMP": str(program.parents[2]),
        "GITHUB_STEP_SUMMARY": str(work / "summary.md"),
    }
    return bash(scan["run"], work, **environment, **places), work


@pytest.mark.parametrize(("code", "status"), [(NO_KEY, 1), (WITH_KEY, 0)])
def test_the_action_scans_what_it_is_given(program: Path, code: str, status: int) -> None:
    done, work = action(program, code, paths="infra one\n")
    assert done.returncode == status, done.stdout + done.stderr
    assert ("::error" in done.stdout) == bool(status)
    log = json.loads((work / "bedrock-cmk-guard.sarif").read_text(encoding="utf-8"))
    assert len(log["runs"][0]["results"]) == status
    assert (work / "summary.md").read_text(encoding="utf-8")


def test_the_action_fails_where_the_scan_cannot_be_done(program: Path) -> None:
    done, _ = action(program, WITH_KEY, paths="nowhere")
    assert done.returncode == 2
    assert "nowhere" in done.stderr


def test_what_is_typed_into_the_action_never_runs(program: Path) -> None:
    done, work = action(program, WITH_KEY, paths="$(touch run)\n; touch run\n")
    assert done.returncode == 2
    assert not (work / "run").exists()


@pytest.mark.parametrize(("code", "status"), [(NO_KEY, 1), (WITH_KEY, 0)])
def test_the_job_for_gitlab_keeps_its_reports(program: Path, code: str, status: int, tmp_path: Path) -> None:
    work = write(tmp_path / "work", {"a.tf": code})
    job = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))["cmk-guard"]
    script = "\n".join(line for line in job["script"] if not line.startswith("pip "))
    done = bash(script, work, PATH=f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    assert done.returncode == status, done.stdout + done.stderr
    for name in (*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]):
        assert (work / name).stat().st_size > 100
