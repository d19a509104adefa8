"""scan() as a program uses it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from bedrock_cmk_guard import (
    CONTROLS,
    Demands,
    FailOn,
    GuardError,
    ScanResult,
    demands_of,
    judge,
    load_requirements,
    read_plans,
    read_templates,
    read_terraform,
    scan,
)
from bedrock_cmk_guard.demands import Demand, TierDemand
from bedrock_cmk_guard.surfaces import Tier
from tests.scan.running import NO_KEY, TEMPLATE, WITH_KEY, write
from tests.scan.test_acceptance import GOOD, MINIMAL, with_comment


def verdicts(result: ScanResult) -> dict[str, str]:
    return {each.address: each.verdict.value for each in result.results}


def test_without_requirements_the_defaults_judge_and_no_file_is_looked_for(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": NO_KEY, "cmk-guard.yaml": "broken: ["})
    result = scan([tmp_path])
    assert verdicts(result) == {"aws_bedrockagent_agent.this": "fail"}
    assert result.failed()
    assert result.failed(FailOn.FAIL)
    assert not result.failed(FailOn.NEVER)
    assert (result.requirements, len(result.warnings)) == ("", 1)
    (reported,) = [each for each in result.findings if each.finding.control.id == "BCG_CMK_001"]
    assert reported.counts
    assert reported.finding.place.line == 1


def test_requirements_are_a_model_or_its_file_or_the_demands_themselves(tmp_path: Path) -> None:
    text = MINIMAL + "enforcement: {tiers: [{tiers: [agent-definition], demand: recommended}]}\n"
    write(tmp_path, {"a.tf": NO_KEY, "r.yaml": text})
    file = tmp_path / "r.yaml"
    relaxed = Demands(tiers=(TierDemand(tiers=frozenset(Tier), demand=Demand.RECOMMENDED),))
    for given in (file, str(file), load_requirements(file), relaxed):
        result = scan([tmp_path / "a.tf"], given)
        assert verdicts(result) == {"aws_bedrockagent_agent.this": "fail"}
        assert not result.failed()
    assert scan([tmp_path / "a.tf"], file).requirements == str(file)


def test_the_day_is_given(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": with_comment(f"# {GOOD}")})
    assert not scan([tmp_path], today=dt.date(2099, 1, 31)).failed()
    assert scan([tmp_path], today=dt.date(2099, 2, 1)).failed()


def test_nothing_to_judge_is_a_result_too(tmp_path: Path) -> None:
    result = scan([tmp_path])
    assert (result.results, result.findings, result.files, result.failed()) == ((), (), 0, False)


@pytest.mark.parametrize(
    "options",
    [{"controls": ["NONE"]}, {"tiers": ["none"]}, {"baseline": "none.json"}, {"requirements": "none.yaml"}],
)
def test_what_cannot_be_done_is_an_error(tmp_path: Path, options: dict[str, object]) -> None:
    write(tmp_path, {"a.tf": WITH_KEY})
    with pytest.raises(GuardError, match=r"(?i)none"):
        scan([tmp_path], **options)  # type: ignore[arg-type]


def test_a_path_may_be_text(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": WITH_KEY})
    assert verdicts(scan([str(tmp_path)])) == {"aws_bedrockagent_agent.this": "pass"}


def test_each_source_and_control_can_be_used_by_itself(tmp_path: Path) -> None:
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": [
            {
                "address": "aws_bedrockagent_agent.planned",
                "mode": "managed",
                "type": "aws_bedrockagent_agent",
                "name": "planned",
                "change": {"actions": ["create"], "before": None, "after": {}},
            }
        ],
        "configuration": {"root_module": {}},
    }
    write(tmp_path, {"a.tf": NO_KEY, "t.yaml": TEMPLATE, "p.json": json.dumps(plan)})
    readings = [*read_terraform([tmp_path]), *read_templates([tmp_path]), *read_plans([tmp_path])]
    assert [reading.source for reading in readings] == ["terraform", "cloudformation", "plan"]
    (control,) = [each for each in CONTROLS if each.id == "BCG_CMK_001"]
    results = list(judge(readings, Demands.default(), dt.date(2026, 1, 1), controls=(control,)))
    assert [(each.address, each.verdict.value) for each in results] == [
        ("aws_bedrockagent_agent.this", "fail"),
        ("Agent", "fail"),
        ("aws_bedrockagent_agent.planned", "fail"),
    ]
    demands = demands_of(load_requirements(write(tmp_path, {"r.yaml": MINIMAL}) / "r.yaml"))
    assert list(judge(readings, demands, dt.date(2026, 1, 1), controls=(control,)))


def test_a_source_says_what_it_could_not_open(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": NO_KEY})
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere.yaml")
    faults = [fault for reading in read_templates([tmp_path]) for fault in reading.faults]
    assert [fault.kind.value for fault in faults] == ["unreadable"]
