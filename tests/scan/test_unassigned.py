"""What belongs to no workload of the requirements: listed and counted apart, judged as production, and no failure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.scan.running import KEY, Done, as_json, run, workload, write
from tests.scan.test_acceptance import MINIMAL

CONTROL = "BCG_SCAN_006"


def agent(name: str, written: str = "", key: str = f'"{KEY}"') -> str:
    return f"""resource "aws_bedrockagent_agent" "{name}" {{
  agent_name                  = {written or f'"{name}"'}
  agent_resource_role_arn     = "arn:aws:iam::111122223333:role/agent"
  foundation_model            = "anthropic.claude-v2"
  customer_encryption_key_arn = {key}
}}
"""


REQUIREMENTS = (
    MINIMAL + "workloads:\n" + workload("desk", "{names: ['desk*']}") + workload("hr", "{names: ['*-hr']}")
)
ASKED = agent("asked", "terraform_data.name.output") + 'resource "terraform_data" "name" {}\n'
TREE: dict[str, str | bytes] = {
    "cmk-guard.yaml": REQUIREMENTS,
    "own.tf": agent("desk"),
    "nobodys.tf": agent("experiment"),
    "several.tf": agent("desk-hr"),
    "asked.tf": ASKED,
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write(tmp_path, TREE)


def notes(done: Done) -> list[dict[str, Any]]:
    return [each for each in done.json["findings"] if each["control"] == CONTROL]


def test_it_is_listed_and_counted_apart_and_fails_nothing(tree: Path) -> None:
    done = as_json(".", cwd=tree)
    assert done.status == 0
    said = {each["resource"].rpartition(".")[2]: (each["verdict"], each["message"]) for each in notes(done)}
    assert said == {
        "experiment": ("fail", "no workload matches it; so it is judged as production"),
        "desk-hr": ("fail", "several workloads match it (desk, hr); so it is judged as production"),
        "asked": (
            "unknown",
            "whether it belongs to the workload desk cannot be known: terraform_data.name.output is known only once it "
            "exists; so it is judged as production",
        ),
    }
    assert {(each["level"], each["counts"]) for each in notes(done)} == {("note", False)}
    summary = done.json["summary"]
    assert (summary["unassigned"], summary["findings"], summary["recommended"]) == (3, 0, 0)
    assert summary["not_read"] == 0
    assert done.verdicts() == dict.fromkeys(done.verdicts(), "pass")
    assert done.json["warnings"] == []
    workloads = {each["address"]: each["workload"] for each in done.json["resources"]}
    assert workloads["aws_bedrockagent_agent.desk"] == "desk"
    assert workloads["aws_bedrockagent_agent.experiment"] is None


def test_it_is_judged_as_production(tmp_path: Path) -> None:
    tiers = "enforcement: {tiers: [{tiers: [agent-definition], environments: [test], demand: ignored}]}\n"
    stages = "environments: [{name: production, production: true}, {name: test, production: false}]\n"
    requirements = REQUIREMENTS.replace("environments: [{name: production, production: true}]\n", stages)
    write(
        tmp_path,
        {
            "cmk-guard.yaml": requirements.replace("environment: production", "environment: test") + tiers,
            "a.tf": agent("desk", key="null") + agent("experiment", key="null"),
        },
    )
    done = as_json(".", cwd=tmp_path)
    assert done.status == 1
    assert done.controls() == [("BCG_CMK_001", "fail", "aws_bedrockagent_agent.experiment")]
    assert [each["resource"] for each in notes(done)] == ["aws_bedrockagent_agent.experiment"]


@pytest.mark.parametrize("requirements", [None, MINIMAL])
def test_without_workloads_nothing_is_unassigned(tmp_path: Path, requirements: str | None) -> None:
    write(tmp_path, {"a.tf": agent("experiment")})
    if requirements is not None:
        write(tmp_path, {"cmk-guard.yaml": requirements})
    done = as_json(".", cwd=tmp_path)
    assert (done.status, notes(done), done.json["summary"]["unassigned"]) == (0, [], 0)


def test_a_pattern_of_a_star_matches_a_name_that_nobody_knows(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"cmk-guard.yaml": MINIMAL + "workloads:\n" + workload("all", "{names: ['*']}"), "a.tf": ASKED},
    )
    assert notes(as_json(".", cwd=tmp_path)) == []


def test_what_a_modules_callers_decide_is_theirs(tmp_path: Path) -> None:
    module = agent("this", "var.name") + 'variable "name" {\n  type = string\n}\n'
    write(tmp_path, {"cmk-guard.yaml": REQUIREMENTS, "a.tf": module})
    assert notes(as_json(".", cwd=tmp_path)) == []
    caller = 'module "agent" {\n  source = "./module"\n  name   = "experiment"\n}\n'
    write(tmp_path, {"module/a.tf": module, "a.tf": caller})
    (note,) = notes(as_json(".", cwd=tmp_path))
    assert note["resource"] == "module.agent.aws_bedrockagent_agent.this"


def test_a_scan_of_other_controls_leaves_it_out(tree: Path) -> None:
    assert notes(as_json("--control", "BCG_CMK_*", ".", cwd=tree)) == []
    assert len(notes(as_json("--control", CONTROL, ".", cwd=tree))) == 3


def test_a_baseline_takes_none_and_a_comment_accepts_one(tree: Path) -> None:
    skip = f'# bcg:skip={CONTROL} owner="Ann" reason="a trial" expires=2099-01-01\n'
    write(tree, {"nobodys.tf": skip + agent("experiment")})
    baseline = ("--baseline", "b.json")
    assert run(*baseline, "--write-baseline", ".", cwd=tree).status == 0
    assert json.loads((tree / "b.json").read_text(encoding="utf-8"))["findings"] == []
    done = as_json(*baseline, ".", cwd=tree)
    assert done.status == 0
    accepted = {each["resource"] for each in notes(done) if each["accepted"]}
    assert accepted == {"aws_bedrockagent_agent.experiment"}
    assert done.json["summary"]["accepted"] == 1


def test_every_format_shows_a_note(tree: Path) -> None:
    text = run(".", cwd=tree).out
    assert f"nobodys.tf:1:1: fail (note): {CONTROL} low\n" in text
    assert "4 resources judged (4 pass), 3 of no workload" in " ".join(text.split())
    (log,) = json.loads(run("--format", "sarif", ".", cwd=tree).out)["runs"]
    (rule,) = [each for each in log["tool"]["driver"]["rules"] if each["id"] == CONTROL]
    assert rule["defaultConfiguration"]["level"] == "note"
    assert {each["level"] for each in log["results"]} == {"note"}
    suite = ET.fromstring(run("--format", "junit", ".", cwd=tree).out)
    # Every resource passes, and the notes are cases of their own.
    passed = [case for case in suite.iter("testcase") if len(case) == 0]
    assert (len(passed), len(list(suite.iter("skipped")))) == (4, 3)
    github = run("--format", "github", ".", cwd=tree).out.splitlines()
    assert [line.partition(" ")[0] for line in github] == ["::notice", "::notice", "::notice", "0"]
    markdown = run("--format", "markdown", ".", cwd=tree).out
    assert "3 of no workload" in markdown
    assert markdown.count("noted only") == 3
