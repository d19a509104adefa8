"""The command around the adapters, with a program in Checkov's place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bedrock_cmk_guard.cli.checks_sample import EXPECTED, write_sample


def guard(*arguments: str, path: Path | None = None, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = dict(os.environ)
    if path is not None:
        env["PATH"] = f"{path}{os.pathsep}{env['PATH']}"
    command = [sys.executable, "-m", "bedrock_cmk_guard", "checks", *arguments]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def fake(folder: Path, printed: str, status: int = 0) -> Path:
    """A program that tells its arguments, prints something and exits."""
    (folder / "printed").write_text(printed, encoding="utf-8")
    program = folder / "checkov"
    program.write_text(
        f'#!/bin/sh\necho "$CKV_PARSE_ERROR_FAIL" "$@" > {folder}/arguments\ncat {folder}/printed\nexit {status}\n'
    )
    program.chmod(0o755)
    return program


def report(framework: str, passed: frozenset[str], failed: frozenset[str]) -> dict[str, object]:
    records = {
        "passed_checks": [{"check_id": each} for each in sorted(passed)],
        "failed_checks": [{"check_id": each} for each in sorted(failed)],
        "skipped_checks": [],
    }
    return {"check_type": framework, "results": records}


WHOLE = [report(name, expected.reports, expected.both) for name, expected in EXPECTED.items()]


def test_path_is_a_folder_that_checkov_can_load(tmp_path: Path) -> None:
    done = guard("path", cwd=tmp_path)
    assert done.returncode == 0
    assert Path(done.stdout.strip(), "__init__.py").is_file()
    assert Path(done.stdout.strip(), "bcg_terraform.py").is_file()


def test_verify_is_content_with_every_control_in_every_framework(tmp_path: Path) -> None:
    done = guard("verify", "--checkov", str(fake(tmp_path, json.dumps(WHOLE))), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "cloudformation, terraform, terraform_json, terraform_plan" in done.stdout
    assert "--external-checks-dir" in (tmp_path / "arguments").read_text()


@pytest.mark.parametrize("framework", EXPECTED)
def test_verify_misses_a_control_that_does_not_report(framework: str, tmp_path: Path) -> None:
    reports = [
        report(framework, expected.both, frozenset()) if name == framework else whole
        for (name, expected), whole in zip(EXPECTED.items(), WHOLE, strict=True)
    ]
    done = guard("verify", "--checkov", str(fake(tmp_path, json.dumps(reports))), cwd=tmp_path)
    assert done.returncode == 1
    assert f"{framework}: BCG_CMK_001 did not fail where there is no key" in done.stdout


def test_verify_fails_where_checkov_loads_nothing(tmp_path: Path) -> None:
    """An empty report, as Checkov gives for a folder of checks that it cannot load."""
    empty = json.dumps({"check_type": "terraform", "results": {"passed_checks": []}})
    done = guard("verify", "--checkov", str(fake(tmp_path, empty)), cwd=tmp_path)
    assert done.returncode == 1
    assert "terraform: BCG_CMK_001 did not report" in done.stdout
    assert "cloudformation: Checkov reported nothing at all" in done.stdout


@pytest.mark.parametrize("printed", ["", "no JSON", "null", "[1]", '{"passed": 0}'])
def test_verify_says_when_checkov_says_nothing(printed: str, tmp_path: Path) -> None:
    done = guard("verify", "--checkov", str(fake(tmp_path, printed)), cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert done.stdout + done.stderr


def test_a_checkov_that_is_not_there(tmp_path: Path) -> None:
    done = guard("verify", "--checkov", str(tmp_path / "none"), cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot be run" in done.stderr


def test_run_hands_its_arguments_on(tmp_path: Path) -> None:
    program = fake(tmp_path, "", status=1)
    done = guard("run", "--quiet", "-f", "main.tf", path=program.parent, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    told = (tmp_path / "arguments").read_text().split()
    assert told[0] == "true"
    assert told[-5:] == ["-f", "main.tf", "--check", "BCG_*", "--skip-download"]


def test_run_scans_this_folder_unless_told_otherwise(tmp_path: Path) -> None:
    program = fake(tmp_path, "")
    done = guard("run", "--check", "BCG_CMK_001", path=program.parent, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = (tmp_path / "arguments").read_text().split()
    assert told[-2:] == ["--directory", "."]
    assert told.count("--check") == 1


def test_the_sample_has_a_file_for_each_framework(tmp_path: Path) -> None:
    write_sample(tmp_path)
    assert {path.parent.name for path in tmp_path.glob("*/*")} == set(EXPECTED)
