"""Whatever goes wrong at AWS: nothing is lost, nothing is counted twice, nothing is called clean that was not read."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, TokenRetrievalError
from botocore.model import OperationModel

from bedrock_cmk_guard.audit import Scope
from bedrock_cmk_guard.history.records import Cell
from bedrock_cmk_guard.sources.aws import resources, shapes
from bedrock_cmk_guard.sources.aws.refusals import NotRead, Refusal
from bedrock_cmk_guard.surfaces import catalogue
from examples.audit.service import Asked, Refused
from tests.audit.simulated import AGENTS, FAST, HOME, OTHER, REGION, Simulation, new_role

US = "us-east-1"


def test_a_clean_account_is_clean(world: Simulation) -> None:
    arn = world.agent(1, versions={"1": world.key}, live="1")
    result = world.audit()
    assert world.verdict(arn) == "pass"
    assert not [finding for each in world.found for finding in each.findings]
    assert result.coverage.accounts == {HOME: 1}
    assert not result.coverage.not_audited


# Each of these, refused, leaves something that nobody knows.
_NEEDED = (
    "ListAgents", "GetAgent", "ListAgentVersions", "GetAgentVersion", "ListAgentAliases", "ListFlows", "ListMemories",
    "ListSessions", "DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListGrants", "GetRole", "ListRolePolicies",
    "ListAttachedRolePolicies",
)  # fmt: skip


@pytest.mark.parametrize("operation", _NEEDED)
def test_a_refused_call_is_never_clean(world: Simulation, operation: str) -> None:
    world.agent(1, versions={"1": world.key}, live="1")
    world.refuse(lambda asked: asked.operation == operation)
    result = world.audit()
    unknown = [finding for each in world.found for finding in each.findings if finding.verdict == "unknown"]
    assert unknown
    assert any("refused for the test" in finding.message for finding in unknown)
    if operation.startswith("List") and operation not in (
        "ListAgentVersions",
        "ListAgentAliases",
        "ListGrants",
    ):
        assert result.coverage.not_audited or "Role" in operation


def test_a_refused_list_is_not_audited_and_the_rest_is(world: Simulation) -> None:
    arn = world.agent(1)
    world.refuse(lambda asked: asked.operation == "ListFlows")
    result = world.audit()
    assert set(result.coverage.not_audited) == {Cell(HOME, REGION, "flow")}
    assert world.verdict(arn) == "pass"
    ((verdict, message),) = world.said("BCG_LIVE_006")
    assert verdict == "unknown"
    assert message.startswith("flow was not read: ListFlows was refused: AccessDeniedException")


def test_a_region_in_which_everything_is_refused_is_said_once(world: Simulation) -> None:
    """As where an SCP closes it to everybody. What no list shows, like the token vault, is not audited either."""
    world.agent(1)
    world.refuse(lambda asked: asked.region == US)
    result = world.audit(scope=Scope(regions=(REGION, US)))
    assert set(result.coverage.not_audited) == {Cell(HOME, US)}
    assert result.coverage.not_audited[Cell(HOME, US)].endswith("; and so on, for every surface")
    assert len(world.said("BCG_LIVE_006")) == 1
    assert not [each for each in world.found if f":{US}:" in each.address]


def test_what_is_there_once_and_refuses_is_not_audited(world: Simulation) -> None:
    world.refuse(lambda asked: asked.operation == "GetTokenVault")
    result = world.audit(scope=Scope(regions=(REGION,), tiers=("other",)))
    assert set(result.coverage.not_audited) == {Cell(HOME, REGION, "agentcore-token-vault")}
    assert not [each for each in world.found if each.surface == "agentcore-token-vault"]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two tries."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.mark.usefixtures("patient")
def test_a_call_that_is_throttled_to_the_end_is_unknown(world: Simulation) -> None:
    throttled, fine = world.agent(1), world.agent(2)
    world.refuse(
        lambda asked: asked.operation == "GetAgent" and asked.parameters["agentId"] == "AGENT00001",
        "ThrottlingException",
        429,
    )
    world.audit()
    assert (world.verdict(throttled, "bedrock-agent"), world.verdict(fine)) == ("unknown", "pass")
    assert "throttled every time" in world.said("BCG_CMK_001")[0][1]


@pytest.mark.usefixtures("patient")
def test_a_call_that_is_throttled_once_is_made_again(world: Simulation) -> None:
    arn = world.agent(1)
    tried: list[str] = []

    def fault(asked: Asked) -> None:
        if asked.operation == "GetAgent" and not tried:
            tried.append("once")
            raise Refused("ThrottlingException", status=429)

    world.bedrock.fault = fault
    world.audit()
    assert (tried, world.verdict(arn)) == (["once"], "pass")


def test_credentials_that_expire_stop_the_account(world: Simulation) -> None:
    for number in range(3):
        world.agent(number)
    world.refuse(lambda asked: asked.service != "sts", "ExpiredTokenException", 400)
    result = world.audit()
    assert result.coverage.not_audited == {
        Cell(HOME, REGION): next(iter(result.coverage.not_audited.values()))
    }
    assert "the credentials do not hold" in result.coverage.not_audited[Cell(HOME, REGION)]
    # The first calls go out side by side; after one of them has said so, no other does.
    assert sum(world.bedrock.calls.values()) < 40


def test_a_login_that_ends_stops_the_account(world: Simulation) -> None:
    def fault(asked: Asked) -> None:
        if asked.service != "sts":
            raise TokenRetrievalError(provider="sso", error_msg="Token has expired and refresh failed")

    world.bedrock.fault = fault
    result = world.audit()
    (reason,) = result.coverage.not_audited.values()
    assert "Token has expired and refresh failed" in reason
    assert sum(world.bedrock.calls.values()) < 40


def test_a_region_that_is_not_enabled_stops_nothing_else(world: Simulation) -> None:
    """It answers like credentials that do not hold, to good ones; iam and sts have no Region."""
    for number in range(3):
        world.agent(number)
    there = world.agent(4, region=US)
    world.refuse(lambda asked: asked.region == REGION, "UnrecognizedClientException")
    result = world.audit(scope=Scope(regions=(REGION, US), tiers=AGENTS))
    assert set(result.coverage.not_audited) == {Cell(HOME, REGION)}
    reason = result.coverage.not_audited[Cell(HOME, REGION)]
    assert reason.startswith("the account has not enabled this Region, or the credentials do not hold: Unrec")
    assert result.coverage.accounts == {HOME: 1}
    assert [each.address for each in world.found if each.surface == "bedrock-agent"] == [there]


def test_a_region_that_does_not_answer_is_not_audited(world: Simulation) -> None:
    arn = world.agent(1)

    def fault(asked: Asked) -> None:
        if asked.region == US:
            raise ConnectTimeoutError(endpoint_url=f"https://{asked.service}.{US}.amazonaws.com")

    world.bedrock.fault = fault
    result = world.audit(scope=Scope(regions=(REGION, US), tiers=AGENTS))
    assert set(result.coverage.not_audited) == {Cell(HOME, US)}
    assert "did not answer in time" in result.coverage.not_audited[Cell(HOME, US)]
    assert world.verdict(arn) == "pass"


def test_where_two_services_do_not_answer_and_nothing_does_no_more_are_tried(world: Simulation) -> None:
    """Each would take as long as all its tries."""
    asked: set[str] = set()

    def fault(call: Asked) -> None:
        if call.region == US:
            asked.add(call.service)
            raise ConnectTimeoutError(endpoint_url=f"https://{call.service}.{US}.amazonaws.com")

    world.bedrock.fault = fault
    one_by_one = replace(FAST, lists=1)
    result = world.audit(scope=Scope(regions=(REGION, US), tiers=AGENTS), speed=one_by_one)
    assert len(asked) == 2
    assert set(result.coverage.not_audited) == {Cell(HOME, US)}


def test_one_service_that_does_not_answer_costs_no_other(world: Simulation) -> None:
    arn = world.agent(1)

    def fault(call: Asked) -> None:
        if call.service in ("bedrock-data-automation", "agent-registry-control"):
            raise ConnectTimeoutError(endpoint_url=f"https://{call.service}.{REGION}.amazonaws.com")

    world.bedrock.fault = fault
    result = world.audit(scope=Scope(regions=(REGION,)), speed=replace(FAST, lists=1))
    surfaces = {catalogue().surfaces[cell.surface].service for cell in result.coverage.not_audited}
    assert surfaces == {"bedrock-data-automation", "agent-registry-control"}
    assert world.verdict(arn) == "pass"


def test_a_service_without_an_endpoint_is_not_offered_only_where_kms_is(
    world: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NameResolutionError(Exception):
        pass

    def fault(asked: Asked) -> None:
        if asked.service == "agent-registry-control":
            raise EndpointConnectionError(endpoint_url="https://nowhere", error=NameResolutionError())

    world.bedrock.fault = fault
    reachable = True

    def resolve(host: str, port: int) -> list[object]:
        assert host.startswith("kms.")
        if not reachable:
            raise OSError
        return [host]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    result = world.audit()
    assert (dict(result.coverage.not_audited), list(result.coverage.not_offered)) == (
        {},
        [("agent-registry-control", REGION)],
    )
    reachable = False
    result = world.audit()
    assert set(result.coverage.not_audited) == {Cell(HOME, REGION, "agent-registry")}


def test_a_page_that_comes_again_and_again_ends(world: Simulation) -> None:
    arns = [world.agent(number) for number in range(4)]
    world.bedrock.page = 2
    answer = world.bedrock.answer

    def again(asked: Asked) -> dict[str, object]:
        found = answer(asked)
        return {**found, "nextToken": "2"} if asked.operation == "ListAgents" else found

    world.bedrock.answer = again  # type: ignore[method-assign]
    result = world.audit()
    assert "the same page again and again" in result.coverage.not_audited[Cell(HOME, REGION, "bedrock-agent")]
    # What was read before stands, once.
    assert sorted(each.address for each in world.found if each.surface == "bedrock-agent") == arns


def test_what_stands_on_two_pages_is_counted_once(world: Simulation) -> None:
    arns = [world.agent(number) for number in range(4)]
    world.bedrock.page = 3
    world.bedrock.kept[HOME, REGION].append(world.bedrock.kept[HOME, REGION][0])
    result = world.audit()
    assert sorted(each.address for each in world.found if each.surface == "bedrock-agent") == arns
    assert result.resources == 4
    assert world.bedrock.calls["bedrock-agent", "GetAgent"] == 4


def test_what_is_deleted_between_list_and_look_is_gone(world: Simulation) -> None:
    world.agent(1)
    left = world.agent(2)
    world.refuse(
        lambda asked: asked.operation == "GetAgent" and asked.parameters["agentId"] == "AGENT00001",
        "ResourceNotFoundException",
        404,
    )
    result = world.audit()
    assert [each.address for each in world.found if each.surface == "bedrock-agent"] == [left]
    assert not result.coverage.not_audited


def test_an_operation_that_boto3_does_not_know_is_not_audited(
    world: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = world.agent(1)
    known = shapes.listing

    def older(model: OperationModel) -> shapes.Listing:
        if model.name == "ListMemories":
            raise NotRead(Refusal.UNKNOWN_TO_BOTO3, "the installed boto3 does not know it")
        return known(model)

    monkeypatch.setattr(resources, "listing", older)
    result = world.audit()
    assert set(result.coverage.not_audited) == {Cell(HOME, REGION, "agentcore-memory")}
    assert world.verdict(arn) == "pass"


def test_a_fault_of_the_program_is_not_audited(world: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    world.agent(1)

    def broken(*_: object) -> object:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(resources, "read_versions", broken)
    result = world.audit()
    assert (
        "by a fault of bedrock-cmk-guard: ZeroDivisionError"
        in result.coverage.not_audited[Cell(HOME, REGION, "bedrock-agent")]
    )


def test_an_account_that_refuses_does_not_stop_the_others(world: Simulation) -> None:
    arn = world.agent(1)
    world.refuse(lambda asked: asked.operation == "AssumeRole", "AccessDenied")
    scope = Scope(accounts=(HOME, OTHER), role="auditor", regions=(REGION, US), tiers=AGENTS)
    result = world.audit(scope=scope)
    assert set(result.coverage.not_audited) == {Cell(OTHER, REGION), Cell(OTHER, US)}
    assert "AssumeRole was refused" in result.coverage.not_audited[Cell(OTHER, US)]
    assert world.verdict(arn) == "pass"


def test_what_is_in_several_accounts_and_regions_is_found_where_it_is(world: Simulation) -> None:
    new_role(OTHER)
    arns = {
        world.agent(1, key=None),
        world.agent(1, key=None, region=US),
        world.agent(1, key=None, account=OTHER),
        world.agent(2, key=None, account=OTHER, region=US),
    }
    scope = Scope(accounts=(HOME, OTHER), role="auditor", regions=(REGION, US), tiers=AGENTS)
    result = world.audit(scope=scope)
    found = [each.address for each in world.found if each.surface == "bedrock-agent"]
    assert (set(found), len(found)) == (arns, 4)
    assert result.coverage.accounts == {HOME: 2, OTHER: 2}
