"""Makes the plans and states in ``cases`` with real Terraform and the stand-in provider.

    python -m tests.sources.plan.made

``test_cases.py`` holds what is committed to what Terraform prints.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.sources.plan.stand_in import ServedBoth, schema
from tests.terraform.harness import Json, Terraform

CASES = Path(__file__).parent / "cases"
_OF_THE_RUN = ("timestamp", "serial", "check_results")


def _planned(terraform: Terraform) -> Json:
    return terraform.plan().raw


def _changed(terraform: Terraform) -> Json:
    _applied(terraform, "-var=step=1")
    return terraform.plan("-var=step=2").raw


def _refreshed(terraform: Terraform) -> Json:
    _applied(terraform, "-var=step=1")
    return terraform.plan("-var=step=1", "-refresh-only").raw


def _state(terraform: Terraform) -> Json:
    _applied(terraform, "-var=step=1")
    shown: dict[str, Any] = json.loads(terraform.run("show", "-json").check().stdout)
    return shown


def _kept(terraform: Terraform) -> Json:
    _applied(terraform, "-var=step=1")
    held: dict[str, Any] = json.loads((terraform.folder / "terraform.tfstate").read_text(encoding="utf-8"))
    return held


def _applied(terraform: Terraform, *options: str) -> None:
    # One after the other, because the stand-in numbers what it makes.
    terraform.run("apply", "-no-color", "-input=false", "-auto-approve", "-parallelism=1", *options).check()


MADE: dict[str, Callable[[Terraform], Json]] = {
    "greenfield/plan.json": _planned,
    "changes/plan.json": _changed,
    "changes/refresh.json": _refreshed,
    "changes/state.json": _state,
    "changes/kept.json": _kept,
    "roles/plan.json": _planned,
    "providers/plan.json": _planned,
}


def make(name: str, folder: Path, program: str = "terraform") -> Json:
    """Make one of the files in a folder that is empty."""
    case = CASES / Path(name).parent
    shutil.copytree(case, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.json"))
    with ServedBoth(schema()) as served:
        made = MADE[name](Terraform(folder, served, program).init())
    return {key: value for key, value in made.items() if key not in _OF_THE_RUN}


def text(made: Json) -> str:
    """As it is committed: laid out, so that lines tell something."""
    return json.dumps(made, indent=1) + "\n"


if __name__ == "__main__":
    for each in MADE:
        with tempfile.TemporaryDirectory() as scratch:
            (CASES / each).write_text(text(make(each, Path(scratch))), encoding="utf-8")
