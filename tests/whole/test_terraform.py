"""Every module rendered, applied by real Terraform as a root of its own, as an account's pipeline would."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import pytest

from bedrock_cmk_guard.resources import IamPolicy, IamRole, KmsKey, Module, OrganizationPolicy, Resource
from tests.terraform.fixtures import TerraformFactory
from tests.terraform.harness import Diagnostic, Json, Plan, Terraform
from tests.terraform.provider import Applied
from tests.terraform.schema import LOWEST, NEWEST
from tests.whole.rendered import VARIANTS, Identity, Rendered, documents, identity

_POLICY = {
    "aws_kms_key": "policy",
    "aws_kms_external_key": "policy",
    "aws_organizations_policy": "content",
    "aws_iam_policy": "policy",
    "aws_iam_role": "assume_role_policy",
}
# Everything on the lowest provider version that is stated, and the example on the newest.
PAIRS = [*((name, LOWEST) for name in VARIANTS), ("example", NEWEST)]
pytestmark = [
    pytest.mark.thorough,
    pytest.mark.parametrize(("rendered", "aws_version"), PAIRS, indirect=True, scope="session"),
]
_TAGGED = (KmsKey, IamPolicy, IamRole)


@dataclass(frozen=True)
class Run:
    """One module from init to an applied state, with all that was said on the way."""

    module: Module
    terraform: Terraform
    diagnostics: list[Diagnostic]
    plan: Plan
    applied: list[Applied]
    replan_is_empty: bool


@pytest.fixture(scope="session")
def runs(
    tmp_path_factory: pytest.TempPathFactory, terraform: TerraformFactory
) -> Callable[[Rendered], list[Run]]:
    @cache
    def of(rendered: Rendered) -> list[Run]:
        copy = tmp_path_factory.mktemp(f"applied-{rendered.name}") / "terraform"
        shutil.copytree(rendered.folder / "terraform", copy)
        return [_run(module, terraform(copy / module.name)) for module in rendered.modules]

    return of


def _run(module: Module, terraform: Terraform) -> Run:
    terraform.init()
    diagnostics = terraform.validate()
    return Run(
        module, terraform, diagnostics, terraform.plan(), terraform.apply(), terraform.replan_is_empty()
    )


def received(applied: list[Applied]) -> dict[Identity, Json]:
    """What the provider was given, by what AWS knows it by; a key by its alias."""
    aliases = {
        change.values["target_key_id"]: change.values["name"]
        for change in applied
        if change.type == "aws_kms_alias"
    }
    found: dict[Identity, Json] = {}
    for change in applied:
        values = change.values
        match change.type:
            case "aws_kms_key" | "aws_kms_external_key":
                key: Identity = ("kms_key", values["region"], aliases[values["id"]])
            case "aws_organizations_policy":
                key = (values["type"], values["name"])
            case "aws_iam_policy" | "aws_iam_role":
                key = (change.type.removeprefix("aws_"), values["name"])
            case _:
                continue
        assert key not in found
        found[key] = {**values, "document": values[_POLICY[change.type]], "terraform_type": change.type}
    return found


def _sorted(values: Iterable[Json]) -> list[str]:
    return sorted(json.dumps(value, sort_keys=True) for value in values)


def test_validate_finds_nothing(rendered: Rendered, runs: Callable[[Rendered], list[Run]]) -> None:
    assert {run.module.name: run.diagnostics for run in runs(rendered) if run.diagnostics} == {}


def test_everything_is_as_terraform_fmt_writes_it(rendered: Rendered, terraform: TerraformFactory) -> None:
    assert terraform(rendered.folder / "terraform").unformatted() == []


def test_only_creations_are_planned_and_all_of_them_happen(
    rendered: Rendered, runs: Callable[[Rendered], list[Run]]
) -> None:
    for run in runs(rendered):
        assert set(run.plan.changes.values()) == {("create",)}, run.module.name
        assert len(run.applied) == len(run.plan.changes), run.module.name
        assert run.replan_is_empty, run.module.name


def test_the_provider_receives_the_model_s_documents(
    rendered: Rendered, runs: Callable[[Rendered], list[Run]]
) -> None:
    for run in runs(rendered):
        got = {key: json.loads(values["document"]) for key, values in received(run.applied).items()}

        assert got == documents(run.module)


def test_terraform_plans_the_model_s_documents(
    rendered: Rendered, runs: Callable[[Rendered], list[Run]]
) -> None:
    """The plan is what a reviewer sees, and what policy checks read."""
    for run in runs(rendered):
        planned = [
            json.loads(change["change"]["after"][_POLICY[change["type"]]])
            for change in run.plan.raw["resource_changes"]
            if change["type"] in _POLICY
        ]

        assert _sorted(planned) == _sorted(documents(run.module).values())


def test_documents_are_sent_as_large_as_measured(
    rendered: Rendered, runs: Callable[[Rendered], list[Run]]
) -> None:
    manifest = json.loads((rendered.folder / "manifest.json").read_text(encoding="utf-8"))
    for run in runs(rendered):
        got = received(run.applied)
        sizes = {
            (entry["kind"], entry["name"]): entry["size"]
            for entry in manifest["modules"][run.module.name]["resources"]
        }
        for resource in run.module.resources:
            text = got[identity(resource)]["document"]
            length = (
                len(text.encode()) if isinstance(resource, KmsKey) else len(text.encode("utf-16-le")) // 2
            )
            assert length == sizes[resource.kind, resource.name], resource.name


def test_everything_else_arrives_as_the_model_has_it(
    rendered: Rendered, runs: Callable[[Rendered], list[Run]]
) -> None:
    for run in runs(rendered):
        got = received(run.applied)
        for resource in run.module.resources:
            values = got[identity(resource)]
            assert (values["description"] or "") == resource.description
            if isinstance(resource, _TAGGED):
                assert (values["tags"] or {}) == dict(resource.tags)
            if isinstance(resource, KmsKey):
                _check_key(resource, values)


def _check_key(key: KmsKey, values: Json) -> None:
    assert values["deletion_window_in_days"] == key.deletion_window_days
    assert values["multi_region"] in (False, None)
    if key.origin == "EXTERNAL":
        assert values["terraform_type"] == "aws_kms_external_key"
        return
    assert values["terraform_type"] == "aws_kms_key"
    assert values["enable_key_rotation"] is (key.rotation_period_days is not None)
    if key.rotation_period_days is not None:
        assert values["rotation_period_in_days"] == key.rotation_period_days


def test_policies_are_attached_where_they_belong(
    rendered: Rendered, runs: Callable[[Rendered], list[Run]]
) -> None:
    for run in runs(rendered):
        by_type: dict[str, list[Json]] = {}
        for change in run.applied:
            by_type.setdefault(change.type, []).append(change.values)
        policies = {each["id"]: each["name"] for each in by_type.get("aws_organizations_policy", [])}
        managed = {each["arn"]: each["name"] for each in by_type.get("aws_iam_policy", [])}

        assert sorted(
            (policies[each["policy_id"]], each["target_id"])
            for each in by_type.get("aws_organizations_policy_attachment", [])
        ) == sorted(
            (policy.name, target.id)
            for policy in run.module.resources
            if isinstance(policy, OrganizationPolicy)
            for target in policy.targets
        )
        assert sorted(
            (managed[each["policy_arn"]], each["role"])
            for each in by_type.get("aws_iam_role_policy_attachment", [])
        ) == sorted(
            (policy.name, role)
            for policy in run.module.resources
            if isinstance(policy, IamPolicy)
            for role in policy.attached_to
        )


def test_roles_come_before_the_keys_that_name_them(
    rendered: Rendered, runs: Callable[[Rendered], list[Run]]
) -> None:
    for run in runs(rendered):
        types = [change.type for change in run.applied]
        keys = [
            number for number, type_ in enumerate(types) if type_ in ("aws_kms_key", "aws_kms_external_key")
        ]
        roles = [number for number, type_ in enumerate(types) if type_ == "aws_iam_role"]
        if any(isinstance(key, KmsKey) and key.needs_roles for key in run.module.resources):
            assert max(roles) < min(keys), run.module.name


def test_outputs_are_what_other_modules_need(
    rendered: Rendered, runs: Callable[[Rendered], list[Run]]
) -> None:
    for run in runs(rendered):
        outputs, got = run.terraform.outputs(), received(run.applied)

        assert outputs == _expected_outputs(run.module.resources, got)
        for by_region in outputs.get("key_arn", {}).values():
            for region, arn in by_region.items():
                assert re.fullmatch(rf"arn:aws[a-z-]*:kms:{region}:\d{{12}}:key/[0-9a-f-]{{36}}", arn)


def _expected_outputs(resources: tuple[Resource, ...], got: dict[Identity, Json]) -> Json:
    outputs: Json = {}
    for resource in resources:
        values = got[identity(resource)]
        match resource:
            case KmsKey() as key:
                outputs.setdefault("key_arn", {}).setdefault(key.scope, {})[key.region] = values["arn"]
                outputs.setdefault("alias_name", {}).setdefault(key.scope, {})[key.region] = key.alias
            case IamRole():
                outputs.setdefault("role_arn", {})[resource.name] = values["arn"]
            case IamPolicy():
                outputs.setdefault("policy_arn", {})[resource.name] = values["arn"]
            case OrganizationPolicy() as policy:
                ids = outputs.setdefault("policy_id", {}).setdefault(policy.policy_type, {})
                ids[policy.name] = values["id"]
    return outputs


def test_a_key_cannot_be_destroyed(rendered: Rendered, runs: Callable[[Rendered], list[Run]]) -> None:
    with_keys = [run for run in runs(rendered) if any(isinstance(r, KmsKey) for r in run.module.resources)]
    assert with_keys
    for run in with_keys:
        keys = {
            address for address in run.terraform.state() if re.match(r"aws_kms_(external_)?key\.", address)
        }

        refused = run.terraform.destroy().check_failed()

        assert refused.count("Instance cannot be destroyed") == len(keys) > 0, run.module.name
        assert keys <= run.terraform.state().keys()
