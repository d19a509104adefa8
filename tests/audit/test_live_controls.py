"""The controls that only a live account can answer: what passes, what fails, and what cannot be known."""

from __future__ import annotations

import datetime as dt

import pytest
from moto.backends import get_backend

from bedrock_cmk_guard.audit import Scope
from bedrock_cmk_guard.controls import LIVE_CONTROLS
from bedrock_cmk_guard.demands import Demands, Match, WorkloadDemands
from tests.audit.simulated import AGENTS, HOME, MADE, OTHER, REGION, Simulation, new_key, new_role, statement

BEFORE = dt.datetime(2024, 12, 1, tzinfo=dt.UTC)


def test_the_version_that_answers_keeps_the_key_that_it_was_made_with(world: Simulation) -> None:
    """The case that every other tool passes: the draft has a key, and nobody talks to the draft."""
    arn = world.agent(1, versions={"1": None, "2": world.key}, live="1")
    good = world.agent(2, versions={"1": None, "2": world.key}, live="2")
    world.audit()
    assert (world.verdict(arn), world.verdict(good)) == ("fail", "pass")
    ((verdict, message),) = world.said("BCG_LIVE_001")
    assert verdict == "fail"
    assert message.startswith(
        "version 1, to which the alias live routes: customerEncryptionKeyArn is left out"
    )


def test_a_version_under_another_good_key_is_told_of(world: Simulation) -> None:
    world.agent(1, versions={"1": new_key()}, live="1")
    world.audit()
    ((verdict, message),) = world.said("BCG_LIVE_001")
    assert (verdict, "under another key than the draft" in message) == ("fail", True)


def test_versions_that_cannot_be_read_are_unknown(world: Simulation) -> None:
    arn = world.agent(1, versions={"1": world.key}, live="1")
    world.refuse(lambda asked: asked.operation == "GetAgentVersion")
    world.audit()
    assert world.verdict(arn) == "unknown"
    assert world.said("BCG_LIVE_001")[0][0] == "unknown"


def test_old_versions_are_told_of_together(world: Simulation) -> None:
    world.agent(1, versions={"1": None, "2": None, "3": world.key}, live="3")
    world.agent(2, versions={"1": world.key})
    world.audit()
    ((verdict, message),) = world.said("BCG_LIVE_002")
    assert (verdict, message.split(":")[0]) == ("fail", "versions 1, 2")


def test_an_old_version_that_cannot_be_read_is_unknown(world: Simulation) -> None:
    world.agent(1, versions={"1": None})
    world.refuse(lambda asked: asked.operation == "GetAgentVersion")
    world.audit()
    assert [verdict for verdict, _ in world.said("BCG_LIVE_002")] == ["unknown"]


@pytest.mark.parametrize(("made", "verdicts"), [(BEFORE, ["fail"]), (MADE, [])])
def test_agents_from_before_more_was_encrypted(
    world: Simulation, made: dt.datetime, verdicts: list[str]
) -> None:
    arn = world.agent(1, made=made)
    world.audit()
    assert [verdict for verdict, _ in world.said("BCG_LIVE_003")] == verdicts
    # It says less than that the data is under a key, and more than nothing.
    assert world.verdict(arn) == "pass"


def test_an_agent_that_does_not_say_when_it_was_made(world: Simulation) -> None:
    world.agent(1)
    answer = world.bedrock.answer

    def undated(asked: object) -> dict[str, object]:
        found = answer(asked)  # type: ignore[arg-type]
        found.get("agent", {}).pop("createdAt", None)
        return found

    world.bedrock.answer = undated  # type: ignore[method-assign]
    world.audit()
    assert world.said("BCG_LIVE_003") == [("unknown", "when it was made cannot be known")]


def test_a_key_that_waits_for_its_deletion_and_is_in_use(world: Simulation) -> None:
    world.agent(1)
    key = get_backend("kms")[HOME][REGION].keys[world.key.rpartition("/")[2]]
    key.enabled, key.key_state = False, "PendingDeletion"
    key.deletion_date = dt.datetime(2026, 11, 20, 12)
    world.audit()
    ((_, message),) = world.said("BCG_LIVE_004")
    assert (
        message
        == f"the key will be gone on 2026-11-20, and arn:aws:bedrock:{REGION}:{HOME}:agent/AGENT00001 lies under it"
    )
    (finding,) = [f for each in world.found for f in each.findings if f.control.id == "BCG_LIVE_004"]
    assert finding.command.startswith(f"aws kms cancel-key-deletion --region {REGION} --key-id {world.key}")
    # It is said once, not as a disabled key as well.
    assert not world.said("BCG_KEY_005")


def test_a_key_that_is_gone(world: Simulation) -> None:
    arn = world.agent(1, key=f"arn:aws:kms:{REGION}:{HOME}:key/11111111-2222-4333-8444-555555555555")
    world.audit()
    assert world.verdict(arn) == "fail"
    assert world.said("BCG_CMK_003")[0][1].endswith("does not exist any more")


@pytest.mark.parametrize(
    ("grantee", "operations", "verdicts"),
    [
        ("bedrock.amazonaws.com", ["Decrypt", "GenerateDataKey"], []),
        (f"arn:aws:iam::{HOME}:role/agents", ["Decrypt"], []),
        (f"arn:aws:iam::{HOME}:role/export", ["DescribeKey"], []),
        (f"arn:aws:iam::{HOME}:role/export", ["DescribeKey", "Decrypt"], ["fail"]),
        (f"arn:aws:iam::{OTHER}:root", ["CreateGrant"], ["fail"]),
    ],
)
def test_grants(world: Simulation, grantee: str, operations: list[str], verdicts: list[str]) -> None:
    world.agent(1)
    get_backend("kms")[HOME][REGION].create_grant(
        world.key.rpartition("/")[2], grantee, operations, "", {}, ""
    )
    world.audit()
    assert [verdict for verdict, _ in world.said("BCG_LIVE_005")] == verdicts


def test_grants_that_cannot_be_read_are_unknown(world: Simulation) -> None:
    world.agent(1)
    world.refuse(lambda asked: asked.operation == "ListGrants")
    world.audit()
    assert [verdict for verdict, _ in world.said("BCG_LIVE_005")] == ["unknown"]


def test_a_key_that_aws_manages_is_told_by_asking(world: Simulation) -> None:
    """Its ARN looks like any other's."""
    get_backend("kms")[HOME][REGION].keys[world.key.rpartition("/")[2]].key_manager = "AWS"
    arn = world.agent(1)
    world.audit()
    assert world.verdict(arn) == "fail"
    assert world.said("BCG_CMK_001")[0][1].endswith("is a key that AWS manages")


def test_a_key_of_another_account_is_read_there(world: Simulation) -> None:
    key = new_key(OTHER)
    arn = world.agent(1, key=key)
    # It is in nobody's scope, but the role can be taken there.
    world.audit(scope=Scope(accounts=(HOME,), role="auditor", regions=(REGION,), tiers=AGENTS))
    assert world.verdict(arn) == "pass"
    assert [(each.address, each.kind.value) for each in world.found if each.surface == "kms-key"] == [
        (key, "key")
    ]


def test_a_key_of_an_account_that_refuses_is_unknown(world: Simulation) -> None:
    arn = world.agent(1, key=new_key(OTHER))
    world.audit()
    assert world.verdict(arn) == "unknown"


def test_one_key_for_two_workloads_of_two_accounts(world: Simulation) -> None:
    key = new_key(OTHER)
    new_role(OTHER)
    world.agent(1, key=key, tags={"application": "desk"})
    world.agent(2, key=key, account=OTHER, tags={"application": "hr"})
    workloads = tuple(
        WorkloadDemands(
            name=name, account=account, regions=(REGION,), environment="prod", sensitivity="high",
            match=Match(tags={"application": name}),
        )
        for name, account in (("desk", HOME), ("hr", OTHER))
    )  # fmt: skip
    default = Demands.default()
    demands = Demands(tiers=default.tiers, workloads=workloads, key_accounts=frozenset({OTHER}))
    scope = Scope(accounts=(HOME, OTHER), role="auditor", regions=(REGION,), tiers=AGENTS)
    world.audit(demands=demands, scope=scope)
    messages = {message for _, message in world.said("BCG_KEY_015")}
    assert len(messages) == 1
    assert {"desk", "hr"} <= set(next(iter(messages)).split())


def test_each_key_and_role_is_read_once(world: Simulation) -> None:
    for number in range(12):
        world.agent(number, versions={"1": world.key}, live="1")
    world.bedrock.page = 3
    world.audit()
    calls = world.bedrock.calls
    once = (
        "DescribeKey",
        "GetKeyPolicy",
        "GetKeyRotationStatus",
        "ListAliases",
        "ListGrants",
        "ListResourceTags",
    )
    assert {name: calls["kms", name] for name in once} == dict.fromkeys(once, 1)
    assert calls["iam", "GetRole"] == calls["iam", "ListRolePolicies"] == 1
    assert calls["bedrock-agent", "GetAgent"] == 12


def test_a_role_is_judged_beside_the_keys_of_all_its_regions(world: Simulation) -> None:
    trust = statement(
        {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    new_role(HOME, "open", trust)
    world.agent(1, role="open")
    world.agent(2, key=new_key(region="us-east-1"), region="us-east-1", role="open")
    world.audit(scope=Scope(regions=(REGION, "us-east-1"), tiers=AGENTS))
    roles = [each for each in world.found if each.surface == "iam-role"]
    assert [(each.address, each.verdict.value) for each in roles] == [
        (f"arn:aws:iam::{HOME}:role/open", "fail")
    ]
    assert "whomever it works for" in world.said("BCG_ROLE_003")[0][1]


def test_every_live_control_is_spoken_of_here() -> None:
    """BCG_LIVE_006 is test_faults.py's, 007 test_organisation.py's."""
    assert [each.id for each in LIVE_CONTROLS] == [f"BCG_LIVE_{number:03d}" for number in range(1, 8)]
    assert all(
        each.title and each.rationale and each.remediation and each.references for each in LIVE_CONTROLS
    )
