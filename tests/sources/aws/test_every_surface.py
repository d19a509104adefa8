"""Every surface of the catalogue that an audit reads, read from answers that boto3's own models allow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import botocore.session
import pytest
from botocore.model import Shape

from bedrock_cmk_guard.audit_calls import SurfaceCalls, calls_of
from bedrock_cmk_guard.sources.aws.answers import leaves
from bedrock_cmk_guard.sources.aws.calls import Account, Shared, configured
from bedrock_cmk_guard.sources.aws.limits import Limiter
from bedrock_cmk_guard.sources.aws.resources import groups, read_group
from bedrock_cmk_guard.sources.aws.spot import Spot
from bedrock_cmk_guard.subjects import Absent, EncryptedResource, KeyName
from bedrock_cmk_guard.surfaces import Surface, catalogue
from examples.audit.service import Kept
from tests.audit.simulated import HOME, REGION, Simulation, simulated

KEY = f"arn:aws:kms:{REGION}:{HOME}:key/11111111-2222-4333-8444-555555555555"
ROLE = f"arn:aws:iam::{HOME}:role/agents"
SURFACES = [surface for surface in catalogue().surfaces.values() if calls_of(surface) is not None]
MODELS = botocore.session.get_session()
# What makes a resource an instance of the surface, where the required members do not say it.
SAYS_SO: dict[str, dict[str, Any]] = {
    "agent-memory-classic": {"memoryConfiguration": {"enabledMemoryTypes": ["SESSION_SUMMARY"]}},
    "managed-knowledge-base": {"knowledgeBaseConfiguration": {"type": "MANAGED"}},
}


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with simulated() as made:
        yield made


def value_of(shape: Shape, name: str, number: int) -> Any:
    """Something that the model allows here, the same each time."""
    match shape.type_name:
        case "structure":
            required = list(shape.required_members) or (
                [next(iter(shape.members))] if shape.is_tagged_union else []
            )
            return {each: value_of(shape.members[each], each, number) for each in required}
        case "list":
            return [value_of(shape.member, name, number)] * int(shape.metadata.get("min", 0))
        case "map":
            return {}
        case "timestamp":
            return dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        case "boolean":
            return False
        case "integer" | "long":
            return int(shape.metadata.get("min", 1))
        case "float" | "double":
            return 1.0
    if name.lower().endswith("rolearn"):
        return ROLE
    return (
        shape.enum[-1]
        if shape.enum
        else f"{name}-{number:010d}".ljust(int(shape.metadata.get("min", 0)), "0")
    )


def made(surface: Surface, calls: SurfaceCalls, number: int) -> dict[str, Any]:
    """A resource with what its list and its look-up must show, and its ARN, name and role if they can."""
    model = MODELS.get_service_model(surface.service)
    data: dict[str, Any] = {}
    if calls.get is not None:
        shape = model.operation_model(calls.get.operation).output_shape
        if len(shape.members) == 1 and next(iter(shape.members.values())).type_name == "structure":
            shape = next(iter(shape.members.values()))
        data = value_of(shape, "", number) | shown(shape, number)
    if calls.list is not None:
        output = model.operation_model(calls.list.operation).output_shape
        item = next(each.member for each in output.members.values() if each.type_name == "list")
        data |= {name: each for name, each in value_of(item, "", number).items() if name not in data}
        data |= {name: each for name, each in shown(item, number).items() if name not in data}
    return data


def shown(shape: Shape, number: int) -> dict[str, Any]:
    """What services show though the model does not demand it."""
    return {
        name: value_of(member, name, number)
        for name, member in shape.members.items()
        if member.type_name == "string"
        and (name in ("arn", "id", "name") or name.endswith(("Arn", "Id", "Identifier", "Name")))
        and not any(word in name.lower() for word in ("kms", "encryption", "managedby"))
    }


def put_key(data: dict[str, Any], surface: Surface, operation: str, wrapper: frozenset[str]) -> None:
    """Name the key where the catalogue says that the operation shows it."""
    for path in [each.path for each in surface.key.response if each.operation == operation][:1]:
        first, *rest = path.split(".")
        steps = rest if first.removesuffix("[]") in wrapper else [first, *rest]
        here: Any = data
        for step in steps[:-1]:
            inner = here.setdefault(step.removesuffix("[]"), [] if step.endswith("[]") else {})
            if step.endswith("[]"):
                inner.append({})
                inner = inner[0]
            here = inner
        here[steps[-1]] = KEY


def wrapper_of(surface: Surface, operation: str) -> frozenset[str]:
    """The members of an answer in which resources stand: the only one, or the list."""
    shape = MODELS.get_service_model(surface.service).operation_model(operation).output_shape
    lists = {
        name
        for name, each in shape.members.items()
        if each.type_name == "list" and operation.startswith("List")
    }
    return frozenset(lists or (shape.members if len(shape.members) == 1 else ()))


def read(simulation: Simulation, surface: Surface) -> list[EncryptedResource]:
    shared = Shared(Limiter(0), configured(1, 1, 1, 4))
    spot = Spot(Account(HOME, simulation.session, shared), REGION, "aws")
    group = next(each for each in groups(catalogue().surfaces.values()) if surface in each.surfaces)
    pages = read_group(spot, group, lambda each, items: [each(item) for item in items])
    return [each for page in pages for each in page if each.surface == surface.id]


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.id)
def test_it_is_read_with_its_key_its_name_and_its_address(simulation: Simulation, surface: Surface) -> None:
    calls = calls_of(surface)
    assert calls is not None
    shows = calls.get or calls.list
    assert shows is not None
    keep = simulation.bedrock.kept[HOME, REGION] = []
    numbers = (1, 2) if calls.list is not None else (1,)
    for number in numbers:
        data = made(surface, calls, number) | deepcopy(SAYS_SO.get(surface.id, {}))
        if number == 1:
            put_key(data, surface, shows.operation, wrapper_of(surface, shows.operation))
        keep.append(Kept(surface.id, data, {"application": "desk"}))
        if surface.id == "kb-data-source":
            keep.append(Kept("managed-knowledge-base", above(data["knowledgeBaseId"])))
    found = read(simulation, surface)
    assert len(found) == len(numbers)
    assert [each.key.value for each in found] == [KeyName(KEY), Absent("left out")][: len(numbers)]
    assert len({each.address for each in found}) == len(numbers)
    assert all(each.name.known() and each.address for each in found)
    takes_role = any(name.lower().endswith("rolearn") for name in keep[0].data)
    assert (found[0].role is not None) == takes_role or surface.id == "agentcore-capacity-provider-ebs"


def above(identity: str) -> dict[str, Any]:
    """A knowledge base to list the data sources of."""
    calls = calls_of(catalogue().surfaces["managed-knowledge-base"])
    assert calls is not None
    return made(catalogue().surfaces["managed-knowledge-base"], calls, 1) | {"knowledgeBaseId": identity}


def test_a_path_through_lists_is_followed_in_each() -> None:
    answer = {"volumes": [{"ebs": {"key": "a"}}, {"ebs": {}}, {}]}
    assert list(leaves(answer, ["volumes[]", "ebs", "key"])) == ["a", None, None]
    assert list(leaves({"volumes": []}, ["volumes[]", "ebs", "key"])) == []
    assert list(leaves({}, ["volumes[]", "ebs", "key"])) == [None]
