"""Code that other tests are about, planned by real Terraform: nothing passes here and fails there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bedrock_cmk_guard.scan import ScanResult, scan
from bedrock_cmk_guard.subjects import Verdict
from tests.sources.plan.stand_in import ServedBoth, lenient
from tests.terraform.harness import Terraform, missing_program
from tests.terraform.provider import Served

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[3]
_OPEN = {Verdict.UNKNOWN, Verdict.DELEGATED}


def code() -> Iterator[Path]:
    for main in sorted((ROOT / "tests" / "sources" / "terraform" / "cases").glob("*/main.tf")):
        yield main.parent
    yield from sorted((ROOT / "tests" / "controls").glob("*/*.tf"))
    yield from (path.parent for path in sorted((ROOT / "examples" / "scan").glob("*/main.tf")))


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with ServedBoth(lenient()) as started:
        yield started


def requirements_of(path: Path) -> Path | None:
    beside = path.parent / "cmk-guard.yaml"
    return beside if beside.exists() else None


def planned(folder: Path, served: Served) -> Path:
    """The plan; a skip where Terraform, or the stand-in's schema, has none for this code."""
    terraform = Terraform(folder, served)
    for command in (("init", "-input=false"), ("plan", "-input=false", "-out=made.tfplan")):
        done = terraform.run(*command, "-no-color")
        if done.code:
            problems = [line for line in done.stderr.splitlines() if line.startswith(("Error:", "│ Error:"))]
            pytest.skip(f"terraform {command[0]}: {problems[0] if problems else done.stderr[-200:]}")
    shown = json.loads(terraform.run("show", "-json", "made.tfplan").check().stdout)
    (folder / "made").mkdir()
    plan = folder / "made" / "plan.json"
    plan.write_text(json.dumps(shown, indent=1), encoding="utf-8")
    return plan


def verdicts(result: ScanResult) -> dict[tuple[str, str], Verdict]:
    return {(each.address, each.surface): each.verdict for each in result.results}


@pytest.mark.parametrize("path", list(code()), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_no_verdict_of_a_plan_contradicts_that_of_its_code(
    path: Path, served: Served, tmp_path: Path
) -> None:
    if reason := missing_program("terraform"):
        pytest.skip(reason)
    if path.is_dir():
        shutil.copytree(path, tmp_path, dirs_exist_ok=True, symlinks=True)
    else:
        shutil.copy2(path, tmp_path)
    requirements = requirements_of(path)
    of_code = verdicts(scan([tmp_path], requirements))
    of_plan = verdicts(scan([planned(tmp_path, served)], requirements))
    assert of_plan.keys() <= of_code.keys()
    for subject, verdict in of_plan.items():
        assert verdict == of_code[subject] or _OPEN & {verdict, of_code[subject]}, subject
