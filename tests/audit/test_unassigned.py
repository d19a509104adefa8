"""Live resources that belong to no workload of the requirements."""

from __future__ import annotations

from pathlib import Path

from bedrock_cmk_guard.audit.text import write
from bedrock_cmk_guard.demands import Demands, Match, WorkloadDemands
from bedrock_cmk_guard.history import History
from bedrock_cmk_guard.history.figures import Figures
from tests.audit.simulated import HOME, NOW, REGION, Simulation

CONTROL = "BCG_SCAN_006"
DEMANDS = Demands(
    tiers=Demands.default().tiers,
    workloads=tuple(
        WorkloadDemands(
            name=name,
            account=HOME,
            regions=(REGION,),
            environment="prod",
            sensitivity="high",
            match=Match(tags={key: name}),
        )
        for name, key in (("desk", "application"), ("hr", "team"))
    ),
)


def test_they_are_noted_and_counted_apart(world: Simulation, tmp_path: Path) -> None:
    world.agent(1, tags={"application": "desk"})
    world.agent(2)
    world.agent(3, tags={"application": "desk", "team": "hr"})
    with History.open(str(tmp_path / "history.db")) as history:
        result = world.audit(demands=DEMANDS, history=history)
        nobodys = "no workload matches it; so it is judged as production"
        several = "several workloads match it (desk, hr); so it is judged as production"
        # Each is said once, although keys and roles are judged beside all that use them.
        assert sorted(message for _, message in world.said(CONTROL)) == [nobodys, several]
        findings = [finding for each in world.found for finding in each.findings]
        assert {each.level.value for each in findings if each.control.id == CONTROL} == {"note"}
        assert not [each for each in findings if each.counts]
        assert ", 2 of no workload, " in " ".join(write(result, findings).split())
        figures = Figures(history, NOW)
        assert [each.level for each in figures.open_findings()] == ["note"] * 2
        score = figures.score({"prod"})
        assert (score.value, score.accepted, score.failed) == (100, 0, 0)
        # The key and the role are of the one workload that they serve.
        assert score.unassigned == 2
        assert {each.workload for each in world.found if each.surface in ("kms-key", "iam-role")} == {"desk"}


def test_tags_that_cannot_be_read_leave_it_open(world: Simulation) -> None:
    world.agent(1, tags={"application": "desk"})
    world.refuse(lambda asked: asked.operation == "ListTagsForResource")
    world.audit(demands=DEMANDS)
    ((verdict, message),) = world.said(CONTROL)
    assert verdict == "unknown"
    assert message.startswith("whether it belongs to the workload desk cannot be known: ")


def test_without_workloads_nothing_is_unassigned(world: Simulation) -> None:
    world.agent(1)
    world.audit()
    assert world.said(CONTROL) == []
