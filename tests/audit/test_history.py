"""What an audit keeps: what is new, fixed, gone; broken off and gone on with; nothing twice."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bedrock_cmk_guard.audit import Progress, Scope, audit
from bedrock_cmk_guard.audit.commands import IDENTIFIERS, kebab
from bedrock_cmk_guard.audit.events import Page
from bedrock_cmk_guard.audit.judging import Judging
from bedrock_cmk_guard.controls import Result
from bedrock_cmk_guard.demands import Acceptance, AcceptedFinding, Demands, Match, WorkloadDemands
from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.history import History
from bedrock_cmk_guard.history.figures import Figures
from bedrock_cmk_guard.history.records import Cell
from bedrock_cmk_guard.subjects import EncryptedResource
from bedrock_cmk_guard.surfaces import catalogue
from examples.audit.service import Asked, Refused
from tests.audit.simulated import AGENTS, FAST, HOME, NOW, OTHER, REGION, Simulation, new_role

WEEK = dt.timedelta(weeks=1)
BOTH = Scope(accounts=(HOME, OTHER), role="auditor", regions=(REGION,), tiers=AGENTS)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with History.open(str(tmp_path / "audits.db")) as opened:
        yield opened


def open_ones(history: History, at: dt.datetime) -> list[tuple[str, str]]:
    return [(each.arn.rpartition("/")[2], each.control) for each in Figures(history, at).open_findings()]


def test_fixed_gone_and_not_audited_are_three_things(world: Simulation, history: History) -> None:
    for number in range(3):
        world.agent(number, key=None)
    world.audit(history=history)
    assert open_ones(history, NOW) == [(f"AGENT0000{number}", "BCG_CMK_001") for number in range(3)]

    # One is put right, one is deleted, and the list of flows is refused.
    agents = world.bedrock.kept[HOME, REGION]
    agents[0].data["customerEncryptionKeyArn"] = world.key
    del agents[1]
    world.refuse(lambda asked: asked.operation == "ListFlows")
    world.audit(history=history, now=NOW + WEEK)
    figures = Figures(history, NOW + WEEK)
    assert open_ones(history, NOW + WEEK) == [("AGENT00002", "BCG_CMK_001")]
    assert figures.remediation().count == 1
    assert set(figures.not_audited) == {Cell(HOME, REGION, "flow")}

    # Then all of the Region refuses: nothing is concluded of what was there.
    world.refuse(lambda asked: asked.service != "sts")
    world.audit(history=history, now=NOW + 2 * WEEK)
    assert open_ones(history, NOW + 2 * WEEK) == [("AGENT00002", "BCG_CMK_001")]
    assert not any(each.audited for each in Figures(history, NOW + 2 * WEEK).standing() if each.tier)

    world.refuse(lambda asked: False)
    world.audit(history=history, now=NOW + 3 * WEEK)
    assert not Figures(history, NOW + 3 * WEEK).not_audited


def test_findings_keep_what_to_do_about_them(world: Simulation, history: History) -> None:
    world.agent(1, key=None)
    world.audit(history=history)
    (found,) = Figures(history, NOW).open_findings()
    assert found.fix.startswith("Name a customer managed KMS key")
    assert found.command.startswith(
        f"aws bedrock-agent update-agent --region {REGION} --agent-id AGENT00001 "
    )


def test_commands_have_the_options_that_the_api_has(world: Simulation) -> None:
    for surface, identifier in IDENTIFIERS.items():
        row = catalogue().surfaces[surface]
        model = world.session.client(row.service).meta.service_model.operation_model(row.operations["update"])
        path = next(each.path for each in row.key.request if each.operation == row.operations["update"])
        assert identifier in model.input_shape.required_members
        assert path in model.input_shape.members
    assert kebab("UpdateAgent") == "update-agent"
    assert kebab("customerEncryptionKeyArn") == "customer-encryption-key-arn"


def interrupt(after: int) -> Callable[[Progress], None]:
    """Somebody presses Ctrl-C when so many accounts are done."""

    def told(progress: Progress) -> None:
        if progress.accounts_done >= after:
            raise KeyboardInterrupt

    return told


def test_what_is_broken_off_is_told_and_goes_on(world: Simulation, history: History) -> None:
    new_role(OTHER)
    arns = [world.agent(1, key=None), world.agent(1, key=None, account=OTHER)]
    one_by_one = replace(FAST, accounts=1)
    result = world.audit(scope=BOTH, history=history, progress=interrupt(1), speed=one_by_one)
    assert result.interrupted
    assert arns[0] in [each.address for each in world.found]
    read = set(result.coverage.accounts)
    assert HOME in read
    # What was not read to its end is said not to be audited, and the audit counts for nothing yet.
    assert {cell.account for cell in result.coverage.not_audited} == {HOME, OTHER} - read
    assert not history.finished()

    before = world.bedrock.calls["bedrock-agent", "ListAgents"]
    result = world.audit(scope=BOTH, history=history, resume=True, now=NOW + dt.timedelta(hours=1))
    assert (result.interrupted, result.goes_on) == (False, True)
    assert world.bedrock.calls["bedrock-agent", "ListAgents"] - before == len({HOME, OTHER} - read)
    # All of it is dated as the audit that was begun.
    assert history.finished() == (NOW,)
    subjects = [each.arn for each in Figures(history, NOW).standing() if each.cell.surface == "bedrock-agent"]
    assert sorted(subjects) == sorted(arns)
    assert not Figures(history, NOW).not_audited


def test_an_account_that_is_cut_off_in_the_midst_is_read_again(
    world: Simulation, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C may come while something is judged that was the last of its account: it is not lost."""
    arns = [world.agent(number, key=None) for number in range(6)]
    world.bedrock.page = 2
    world.audit(history=history)
    page, pages = Judging.page, itertools.count()

    def cut(judging: Judging, one: Page) -> Iterator[tuple[Result, EncryptedResource]]:
        if next(pages) == 1:
            # Until everything else was read, and waits to be judged.
            time.sleep(1)
            raise KeyboardInterrupt
        return page(judging, one)

    monkeypatch.setattr(Judging, "page", cut)
    result = world.audit(history=history, now=NOW + WEEK)
    assert result.interrupted
    assert set(result.coverage.not_audited) == {Cell(HOME, REGION)}
    world.audit(history=history, resume=True, now=NOW + 2 * WEEK)
    assert history.finished() == (NOW, NOW + WEEK)
    left = [each for each in Figures(history, NOW + WEEK).standing() if each.cell.surface == "bedrock-agent"]
    assert sorted(each.arn for each in left) == arns
    assert Figures(history, NOW + WEEK).changes(NOW).deleted == 0


def test_whoever_stops_looking_leaves_no_thread_behind(world: Simulation) -> None:
    """Also when the history's disk is full, say: more waits to be told than there is room for."""
    for number in range(400):
        world.agent(number, key=None)
    world.bedrock.page = 1
    result = audit(
        world.session, Demands.default(), now=NOW, scope=Scope(regions=(REGION,), tiers=AGENTS), speed=FAST
    )
    looking = iter(result)
    next(looking)
    looking.close()  # type: ignore[attr-defined]
    deadline = time.monotonic() + 10
    while [each for each in threading.enumerate() if each.name.startswith(("account", "list", "read"))]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_was_not_audited_is_tried_again_when_it_goes_on(world: Simulation, history: History) -> None:
    new_role(OTHER)
    world.agent(1, key=None)
    world.agent(1, key=None, account=OTHER)

    def fault(asked: Asked) -> None:
        if asked.account == HOME and asked.operation == "ListAgents":
            raise Refused("AccessDeniedException", status=403)

    world.bedrock.fault = fault
    world.audit(scope=BOTH, history=history, progress=interrupt(2))
    assert not history.finished()
    world.bedrock.fault = lambda asked: None
    world.audit(scope=BOTH, history=history, resume=True)
    assert history.finished() == (NOW,)
    assert not Figures(history, NOW).not_audited
    assert len(open_ones(history, NOW)) == 2


def test_what_is_shared_is_still_seen_when_it_goes_on(world: Simulation, history: History) -> None:
    """The account that holds the key was read before; that others use it shows only now."""
    new_role(OTHER)
    world.agent(1, tags={"application": "desk"})
    world.agent(2, account=OTHER, tags={"application": "hr"})
    workloads = tuple(
        WorkloadDemands(
            name=name, account=account, regions=(REGION,), environment="prod", sensitivity="high",
            match=Match(tags={"application": name}),
        )
        for name, account in (("desk", HOME), ("hr", OTHER))
    )  # fmt: skip
    demands = Demands(tiers=Demands.default().tiers, workloads=workloads, key_accounts=frozenset({HOME}))
    one_by_one, everything = replace(FAST, accounts=1), replace(BOTH, tiers=())
    broken_off = threading.Event()

    def fault(asked: Asked) -> None:
        if asked.account == OTHER:  # nothing of it is read before Ctrl-C
            broken_off.wait(timeout=60)

    def told(progress: Progress) -> None:
        if progress.accounts_done:
            broken_off.set()
            raise KeyboardInterrupt

    world.bedrock.fault = fault
    first = world.audit(scope=everything, demands=demands, history=history, progress=told, speed=one_by_one)
    assert set(first.coverage.accounts) == {HOME}
    assert not world.said("BCG_KEY_015")
    world.audit(scope=everything, demands=demands, history=history, resume=True)
    assert len(world.said("BCG_KEY_015")) == 1
    assert [control for _, control in open_ones(history, NOW)] == ["BCG_KEY_015"]


def test_a_part_says_nothing_of_the_rest(world: Simulation, history: History) -> None:
    """An audit of some tiers sees some of a key's uses, and no other resources."""
    world.agent(1, key=None)
    world.agent(2, memory=True)
    world.audit(history=history)
    before = {(each.arn, each.cell.surface) for each in Figures(history, NOW).standing()}
    findings = open_ones(history, NOW)
    part = Scope(regions=(REGION,), tiers=("knowledge",))
    world.audit(history=history, scope=part, now=NOW + WEEK)
    assert {(each.arn, each.cell.surface) for each in Figures(history, NOW + WEEK).standing()} == before
    assert open_ones(history, NOW + WEEK) == findings
    with pytest.raises(SourceError, match="the history would take the rest for fixed"):
        world.audit(history=history, controls=frozenset({"BCG_CMK_001"}))


def test_the_same_demands_are_the_same_in_every_process() -> None:
    """Sets have an order of their own in each."""
    program = (
        "from bedrock_cmk_guard.audit.keeping import _stable\n"
        "from bedrock_cmk_guard.audit import Scope\n"
        "from bedrock_cmk_guard.demands import Demands\n"
        "print(_stable((Demands.default(), Scope(role='auditor'))))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True,
            text=True, check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(said) == 1
    assert "session-memory" in said.pop()


def test_other_demands_begin_anew(world: Simulation, history: History) -> None:
    world.agent(1, key=None)
    world.audit(history=history, progress=interrupt(1))
    default = Demands.default()
    other = Demands(tiers=default.tiers, regions=frozenset({REGION}))
    result = world.audit(history=history, demands=other, resume=True, now=NOW + WEEK)
    assert not result.goes_on
    assert history.finished() == (NOW + WEEK,)


def test_the_same_requirements_by_another_path_are_the_same(world: Simulation, history: History) -> None:
    world.agent(1, key=None)
    default = Demands.default()
    world.audit(history=history, demands=replace(default, source="a.yaml"), progress=interrupt(1))
    again = replace(default, source="./a.yaml")
    assert world.audit(history=history, demands=again, resume=True, now=NOW + WEEK).goes_on
    assert history.finished() == (NOW,)


def test_exceptions_accept_and_expire(world: Simulation, history: History) -> None:
    world.agent(1, key=None)
    held = Acceptance(owner="desk", reason="migration", expires=NOW.date())
    default = Demands.default()
    demands = Demands(
        tiers=default.tiers, source="cmk-guard.yaml",
        exceptions=(AcceptedFinding(control="BCG_CMK_001", resource="*agent/AGENT00001", acceptance=held),),
    )  # fmt: skip
    world.audit(demands=demands, history=history)
    assert not [f for each in world.found for f in each.findings if f.counts]
    (found,) = Figures(history, NOW).open_findings()
    assert (found.accepted_by, found.accepted_until) == ("desk", NOW.date())

    world.audit(demands=demands, now=NOW + WEEK)
    assert [f.control.id for each in world.found for f in each.findings if f.counts] == [
        "BCG_CMK_001",
        "BCG_SCAN_005",
    ]
    assert world.said("BCG_SCAN_005") == [
        ("fail", "the exception for BCG_CMK_001 on *agent/AGENT00001 expired on 2026-11-02 (desk: migration)")
    ]


def test_an_exception_that_names_no_control_accepts_nothing_and_is_a_finding(world: Simulation) -> None:
    """One on what nothing is wrong with is only mentioned."""
    world.agent(1, key=None)
    world.agent(2)
    held = Acceptance(owner="desk", reason="migration", expires=NOW.date())
    exceptions = tuple(
        AcceptedFinding(control="BCG_CMK_01", resource=f"*agent/AGENT0000{number}", acceptance=held)
        for number in (1, 2)
    )
    demands = Demands(tiers=Demands.default().tiers, source="cmk-guard.yaml", exceptions=exceptions)
    world.audit(demands=demands)
    said = [
        (f.control.id, f.counts, f.message.partition(" (")[0]) for each in world.found for f in each.findings
    ]
    accepts = "accepts nothing: there is no control BCG_CMK_01; did you mean BCG_CMK_001?"
    assert said[1:] == [
        ("BCG_SCAN_005", True, f"the exception for BCG_CMK_01 on *agent/AGENT00001 {accepts}"),
        ("BCG_SCAN_005", False, f"the exception for BCG_CMK_01 on *agent/AGENT00002 {accepts}"),
    ]
    assert said[0][:2] == ("BCG_CMK_001", True)
