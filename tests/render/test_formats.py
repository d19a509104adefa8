"""Every kind of resource in every format, read back by parsers that are not ours."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bedrock_cmk_guard.render import Format, render, write
from bedrock_cmk_guard.resources import Module, Resource
from tests.cloudformation import harness
from tests.render import modules as made
from tests.render.reading import content, from_cloudformation, from_json, from_terraform, rendered
from tests.terraform.fixtures import TerraformFactory


def alone(resource: Resource, *others: Resource) -> Module:
    regions = made.REGIONS if resource.module != "organization" else ()
    return Module(
        name=resource.module, account=resource.account, regions=regions, resources=(resource, *others)
    )


ONE_OF_EACH = [
    *(alone(resource) for resource in made.organization().resources),
    alone(made.role()),
    alone(made.permissions(), made.role()),
    alone(made.key(), made.role()),
]


def kinds(base: type[Resource]) -> set[str]:
    deeper = {kind for each in base.__subclasses__() for kind in kinds(each)}
    return deeper | ({base.kind} if hasattr(base, "kind") else set())


def test_every_kind_is_tried_here() -> None:
    assert {module.resources[0].kind for module in ONE_OF_EACH} == kinds(Resource)


@pytest.mark.parametrize("module", ONE_OF_EACH, ids=lambda module: module.resources[0].kind)
class TestEveryKind:
    def test_document_is_itself_in_every_format(self, module: Module) -> None:
        resource, files = module.resources[0], rendered(module)
        assert from_terraform(resource, files)[0] == content(resource)
        assert from_cloudformation(resource, files)[0] == content(resource)
        assert from_json(resource, files) == content(resource)

    def test_json_is_what_is_sent(self, module: Module) -> None:
        resource = module.resources[0]
        text = next(
            text
            for path, text in rendered(module).items()
            if path.startswith(f"json/{module.name}/{resource.kind}-")
        )
        assert text == json.dumps(content(resource), separators=(",", ":"), ensure_ascii=False)

    def test_formats_are_written_only_when_asked_for(self, module: Module) -> None:
        for format_ in Format:
            folders = {path.partition("/")[0] for path in rendered(module, formats=[format_])}
            assert folders == {format_.value, "manifest.json"}


@pytest.mark.parametrize("module", made.EVERYTHING, ids=lambda module: module.name)
def test_terraform_applies_and_stays(module: Module, tmp_path: Path, terraform: TerraformFactory) -> None:
    # `moved` from an address that no state has is nothing to Terraform.
    write(render([module], [Format.TERRAFORM]), tmp_path)
    root = terraform(tmp_path / "terraform" / module.name).init()
    assert root.unformatted() == []
    assert root.validate() == []
    root.apply()
    assert root.replan_is_empty()
    names = ("content", "policy", "assume_role_policy")
    found = [
        json.loads(values[name]) for values in root.state().values() for name in names if values.get(name)
    ]
    wanted = [content(resource) for resource in module.resources]
    assert len(found) == len(wanted)
    assert all(document in wanted for document in found)
    assert all(document in found for document in wanted)


def test_outputs_name_keys_by_scope_and_region(tmp_path: Path, terraform: TerraformFactory) -> None:
    write(render([made.workload()], [Format.TERRAFORM]), tmp_path)
    root = terraform(tmp_path / "terraform/workloads/hr").init()
    root.apply()
    outputs = root.outputs()
    assert set(outputs["key_arn"]["hr"]) == set(made.REGIONS)
    assert outputs["alias_name"]["hr"]["us-east-1"] == "alias/agents/hr"
    assert set(outputs["role_arn"]) == set(outputs["policy_arn"]) == {"hr-agent"}


def test_attachments_and_policies_of_one_name_and_two_types_are_apart() -> None:
    files = rendered(made.organization())
    names = [line for text in files.values() for line in text.splitlines() if line.startswith("resource ")]
    assert len(names) == len(set(names)) == 3 + 3 * len(made.TARGETS)


def test_policies_of_the_organization_are_made_one_after_another() -> None:
    template = yaml.safe_load(rendered(made.organization())["cloudformation/organization.yaml"])
    first, *others = template["Resources"].items()
    assert "DependsOn" not in first[1]
    for (before, _), (_, policy) in zip(template["Resources"].items(), others, strict=False):
        assert policy["DependsOn"] == before


@pytest.mark.parametrize("module", made.EVERYTHING, ids=lambda module: module.name)
def test_linters_find_nothing_in_a_template(module: Module, tmp_path: Path) -> None:
    write(render([module], [Format.CLOUDFORMATION]), tmp_path)
    template = tmp_path / "cloudformation" / f"{module.name}.yaml"
    assert harness.lint(template, module.regions or ["us-east-1"]) == []
    assert harness.validate(template) == []


class TestTemplateForSeveralRegions:
    template = yaml.safe_load(rendered(made.workload())["cloudformation/workloads/hr.yaml"])

    def test_every_resource_stands_in_one_region(self) -> None:
        conditions = {id_: resource["Condition"] for id_, resource in self.template["Resources"].items()}
        assert conditions == {
            "IamRoleHrAgent": "InEuCentral1",
            "IamPolicyHrAgent": "InEuCentral1",
            "KmsKeyHrInEuCentral1": "InEuCentral1",
            "KmsAliasHrInEuCentral1": "InEuCentral1",
            "KmsKeyHrInUsEast1": "InUsEast1",
            "KmsAliasHrInUsEast1": "InUsEast1",
        }

    def test_keys_outlive_the_stack(self) -> None:
        for resource in self.template["Resources"].values():
            if resource["Type"] == "AWS::KMS::Key":
                assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"

    def test_a_key_waits_for_roles_of_its_own_stack_only(self) -> None:
        found = self.template["Resources"]
        assert found["KmsKeyHrInEuCentral1"]["DependsOn"] == ["IamRoleHrAgent"]
        assert "DependsOn" not in found["KmsKeyHrInUsEast1"]

    def test_exports_are_under_the_condition_of_what_they_export(self) -> None:
        for id_, output in self.template["Outputs"].items():
            assert output["Condition"] == self.template["Resources"][id_]["Condition"]
            assert output["Export"]["Name"] == f"workloads-hr-{id_}"


def test_keys_in_terraform_cannot_be_destroyed_by_mistake(
    tmp_path: Path, terraform: TerraformFactory
) -> None:
    write(render([made.workload()], [Format.TERRAFORM]), tmp_path)
    root = terraform(tmp_path / "terraform/workloads/hr").init()
    root.apply()
    assert "prevent_destroy" in root.destroy().check_failed()


def test_order_of_tags_makes_no_difference() -> None:
    one, other = {"a": "1", "b": "2"}, {"b": "2", "a": "1"}
    assert rendered(alone(made.role(tags=one))) == rendered(alone(made.role(tags=other)))


def test_an_empty_module_has_no_files_but_stands_in_the_manifest() -> None:
    files = rendered(replace(made.workload(), resources=()))
    assert list(files) == ["manifest.json"]
    assert list(json.loads(files["manifest.json"])["modules"]) == ["workloads/hr"]


def test_manifest_says_size_and_quota_of_every_resource() -> None:
    manifest = json.loads(rendered(made.organization())["manifest.json"])
    scp = manifest["modules"]["organization"]["resources"][0]
    # Each of <, & and > is sent as six characters by Terraform.
    assert scp["size"] == len(made.SCP.minified()) + 3 * 5
    assert (scp["quota"], scp["policy_type"], scp["kind"]) == (
        10_240,
        "SERVICE_CONTROL_POLICY",
        "service_control_policy",
    )
    assert [target["id"] for target in scp["targets"]] == ["ou-ab12-11111111", "r-ab12"]
