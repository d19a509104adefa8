"""A plan and the code that it was made of get the same verdicts, but for what a plan does not tell."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bedrock_cmk_guard.scan import scan
from tests.sources.plan.made import CASES

DISAGREEMENTS = {
    "aws_bedrockagentcore_memory.local": "what a local refers to is in the code and not in the plan",
    "aws_bedrockagentcore_token_vault_cmk.dynamic": "what a dynamic block refers to is in the code and not in the plan",
    "aws_bedrockagentcore_memory.either": "each branch has a key, and a plan does not tell branches from conditions",
}


Told = set[tuple[str, ...]]


def judged(path: Path) -> tuple[Told, Told]:
    """Every subject with its verdict, and every finding."""
    result = scan([path])
    subjects: Told = {(each.address, each.surface, each.verdict.value) for each in result.results}
    found = (each.finding for each in result.findings)
    return subjects, {(each.address, each.surface, each.control.id, each.verdict.value) for each in found}


@pytest.mark.parametrize("case", ["greenfield", "roles", "providers"])
def test_a_plan_is_judged_as_its_code_is(case: str, tmp_path: Path) -> None:
    shutil.copytree(CASES / case, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.json"))
    code, plan = judged(tmp_path), judged(CASES / case / "plan.json")
    assert {each[:2] for each in code[0]} == {each[:2] for each in plan[0]}
    for of_code, of_plan in zip(code, plan, strict=True):
        differing = of_code ^ of_plan
        assert {each[0] for each in differing} <= DISAGREEMENTS.keys()
        assert {each[-1] for each in of_plan - of_code} <= {"unknown"}
    if case == "greenfield":
        assert {each[0] for each in code[0] ^ plan[0]} == DISAGREEMENTS.keys()
