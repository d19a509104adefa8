"""What another scanner is told: of plans, because they are read the same wherever this runs."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from bedrock_cmk_guard.answers import NO_SUBJECT, Answers, Block, block_name, types_of
from bedrock_cmk_guard.controls import CONTROLS, Control, SubjectKind

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "sources" / "plan" / "cases"
CMK = next(control for control in CONTROLS if control.id == "BCG_CMK_001")


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("BEDROCK_CMK_GUARD_REQUIREMENTS", raising=False)
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copy2(CASES / "greenfield" / "plan.json", tmp_path))


def asked(answers: Answers, file: Path, address: str, control: Control = CMK) -> str:
    block = Block(file=str(file), name=block_name(address), address=address)
    return answers.ask(control, block).outcome


@pytest.mark.parametrize(
    ("address", "outcome"),
    {
        "aws_bedrockagentcore_memory.named": "passed",
        'aws_bedrockagentcore_memory.each["a"]': "passed",
        'module.agents["a"].aws_bedrockagent_agent.input': "passed",
        "aws_bedrockagentcore_memory.null": "failed",
        "aws_bedrockagentcore_memory.local": "failed",
        "aws_bedrockagentcore_harness.own_memory": "no subject",
    }.items(),
)
def test_a_block_is_answered_as_a_scan_judges_it(plan: Path, address: str, outcome: str) -> None:
    assert asked(Answers([str(plan.parent)]), plan, address) == outcome
    assert asked(Answers([str(plan)]), plan, address) == outcome


def test_the_message_says_what_is_wrong_and_that_it_is_not_known(plan: Path) -> None:
    answers = Answers([str(plan)])
    block = Block(str(plan), "aws_bedrockagentcore_memory.null")
    assert "encryption_key_arn is null" in answers.ask(CMK, block).message
    block = Block(str(plan), "aws_bedrockagentcore_memory.local")
    assert answers.ask(CMK, block).message.startswith("not known: ")


def test_of_several_blocks_of_one_name_the_worst_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the other scanner does not say which instance it means."""
    monkeypatch.chdir(tmp_path)
    raw = json.loads((CASES / "greenfield" / "plan.json").read_text(encoding="utf-8"))
    for change in raw["resource_changes"]:
        if change["address"] == 'aws_bedrockagentcore_memory.each["b"]':
            change["change"]["after"]["encryption_key_arn"] = None
            change["change"]["after_unknown"].pop("encryption_key_arn")
    (tmp_path / "plan.json").write_text(json.dumps(raw), encoding="utf-8")
    answers = Answers([str(tmp_path)])
    name = "aws_bedrockagentcore_memory.each"
    assert answers.ask(CMK, Block(str(tmp_path / "plan.json"), name)).outcome == "failed"
    assert asked(answers, tmp_path / "plan.json", f'{name}["a"]') == "passed"
    assert asked(answers, tmp_path / "plan.json", f'{name}["b"]') == "failed"


def test_a_file_that_was_not_among_the_paths_is_scanned_when_asked_about(plan: Path) -> None:
    elsewhere = plan.parent / "elsewhere"
    elsewhere.mkdir()
    answers = Answers([str(elsewhere)])
    assert asked(answers, plan, "aws_bedrockagentcore_memory.null") == "failed"
    assert asked(answers, plan, "aws_bedrockagentcore_memory.named") == "passed"


def test_a_file_that_no_source_reads_is_no_pass(plan: Path) -> None:
    other = plan.parent / "other.json"
    other.write_text('{"a": 1}', encoding="utf-8")
    assert asked(Answers([str(plan.parent)]), other, "aws_bedrockagentcore_memory.null") == "failed"


def test_a_key_in_code_without_anything_to_judge_is_no_subject(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.tf").write_text('resource "aws_kms_key" "k" {}\n', encoding="utf-8")
    for control in CONTROLS:
        if control.kind in (SubjectKind.KEY, SubjectKind.ROLE):
            assert (
                asked(Answers([str(tmp_path)]), tmp_path / "main.tf", "aws_kms_key.k", control)
                == "no subject"
            )
    assert Answers([str(tmp_path)]).ask_lines(CMK, str(tmp_path / "main.tf"), 1, 1) == NO_SUBJECT


@pytest.mark.parametrize("text", ["", "version: 1\n", "[[["])
def test_requirements_that_do_not_load_are_the_answer(
    plan: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    requirements = plan.parent / "own.yaml"
    if text:
        requirements.write_text(text, encoding="utf-8")
    monkeypatch.setenv("BEDROCK_CMK_GUARD_REQUIREMENTS", str(requirements))
    answer = Answers([str(plan)]).ask(CMK, Block(str(plan), "aws_bedrockagentcore_memory.named"))
    assert answer.outcome == "failed"
    assert "own.yaml" in answer.message


def test_the_usual_requirements_file_is_found(plan: Path) -> None:
    (plan.parent / "cmk-guard.yaml").write_text("version: 1\n", encoding="utf-8")
    answer = Answers([str(plan)]).ask(CMK, Block(str(plan), "aws_bedrockagentcore_memory.named"))
    assert "cmk-guard.yaml" in answer.message


def test_a_note_passes_and_says_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fixture = ROOT / "tests" / "controls" / "BCG_SCAN_006"
    shutil.copy2(fixture / "fail.tf", tmp_path / "main.tf")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BEDROCK_CMK_GUARD_REQUIREMENTS", str(fixture / "cmk-guard.yaml"))
    control = next(each for each in CONTROLS if each.id == fixture.name)
    answer = Answers([str(tmp_path)]).ask(
        control, Block(str(tmp_path / "main.tf"), "aws_bedrockagent_agent.agent")
    )
    assert answer.outcome == "passed"
    assert answer.message.startswith("noted only: no workload matches it")


def test_what_nobody_asked_about_is_told(plan: Path) -> None:
    answers = Answers([str(plan.parent)])
    everything = list(answers.unasked("terraform_plan", set(), set()))
    told: Mapping[str, str] = {
        each.address: each.answer.outcome for each in everything if each.control is CMK
    }
    assert told["aws_bedrockagentcore_memory.named"] == "passed"
    assert told["aws_bedrockagentcore_memory.null"] == "failed"
    assert "aws_bedrockagentcore_harness.own_memory" not in told
    question = (CMK.id, os.path.realpath(plan), "aws_bedrockagentcore_memory.null")
    rest = list(answers.unasked("terraform_plan", {question}, set()))
    assert len(everything) - len(rest) == 1
    assert not list(answers.unasked("terraform", set(), set()))
    assert not list(answers.unasked("cloudformation", set(), set()))


@pytest.mark.parametrize(
    ("address", "name"),
    {
        "aws_x.y": "aws_x.y",
        "aws_x.y[0]": "aws_x.y",
        'module.a["x.y[0]"].module.b[1].aws_x.y["]["]': "aws_x.y",
        "LogicalId": "LogicalId",
    }.items(),
)
def test_the_name_of_a_block_has_no_modules_and_no_instance(address: str, name: str) -> None:
    assert block_name(address) == name


def test_every_control_of_something_declared_has_types() -> None:
    for control in CONTROLS:
        declared = control.kind is not SubjectKind.FAULT
        assert bool(types_of(control)) == declared
        assert bool(types_of(control, cloudformation=True)) == declared
