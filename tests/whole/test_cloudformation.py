"""Every template rendered, before cfn-lint, cloudformation-validate and moto, in each Region it is made for."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from bedrock_cmk_guard.resources import IamPolicy, IamRole, KmsKey, Module, OrganizationPolicy
from tests.cloudformation.harness import S3_BYTES, Json, Key, Stack, create_in_moto, lint, parse, validate
from tests.whole.rendered import Rendered, document, documents
from tests.whole.templates import documents_of, in_region, wanted_in

pytestmark = pytest.mark.thorough

# moto creates IAM resources of other partitions, but its IAM answers for the partition aws only.
_MOTO_LACKS_IAM = ("us-gov-", "cn-")


def template(rendered: Rendered, module: Module) -> Path:
    return rendered.folder / "cloudformation" / f"{module.name}.yaml"


def regions(rendered: Rendered, module: Module) -> tuple[str, ...]:
    """Where the template is deployed; one without Regional resources goes anywhere."""
    return module.regions or rendered.requirements.organization.regions[:1]


def test_both_linters_find_nothing(rendered: Rendered) -> None:
    for module in rendered.modules:
        path = template(rendered, module)

        assert lint(path, regions(rendered, module)) == [], path
        assert validate(path) == [], path


def test_there_is_a_template_for_each_module_and_no_other(rendered: Rendered) -> None:
    folder = rendered.folder / "cloudformation"

    assert {path for path in folder.rglob("*") if path.is_file()} == {
        template(rendered, module) for module in rendered.modules
    }
    for module in rendered.modules:
        assert template(rendered, module).stat().st_size <= S3_BYTES


def test_the_templates_hold_the_model_s_documents(rendered: Rendered) -> None:
    for module in rendered.modules:
        assert documents_of(parse(template(rendered, module))) == documents(module), module.name


def test_nothing_waits_for_what_may_not_be_created(rendered: Rendered) -> None:
    """CloudFormation does not create what depends on a resource whose condition is false."""
    for module in rendered.modules:
        resources = parse(template(rendered, module))["Resources"]
        for name, resource in resources.items():
            wanted = resource.get("DependsOn", [])
            for other in [wanted] if isinstance(wanted, str) else wanted:
                assert resources[other].get("Condition") in (None, resource.get("Condition")), name


def test_roles_come_first_where_they_are_created(rendered: Rendered) -> None:
    for module in rendered.modules:
        resources = parse(template(rendered, module))["Resources"]
        waits = {
            resource["Properties"]["Description"]: resource.get("DependsOn", [])
            for resource in resources.values()
            if resource["Type"] == "AWS::KMS::Key"
        }
        for key in module.resources:
            if isinstance(key, KmsKey):
                awaited = {resources[role]["Properties"]["RoleName"] for role in waits[key.description]}
                assert awaited == (set(key.needs_roles) if key.region == module.regions[0] else set())


def test_organization_policies_are_created_one_after_another(rendered: Rendered) -> None:
    (module,) = [module for module in rendered.modules if module.name == "organization"]
    resources = parse(template(rendered, module))["Resources"]

    names = list(resources)
    assert [resource.get("DependsOn") for resource in resources.values()] == [None, *names[:-1]]
    assert {
        resource["Properties"]["Name"]: resource["Properties"]["TargetIds"] for resource in resources.values()
    } == {
        policy.name: [target.id for target in policy.targets]
        for policy in module.resources
        if isinstance(policy, OrganizationPolicy)
    }


def test_exports_are_unique_and_name_their_module(rendered: Rendered) -> None:
    exports = [
        output["Export"]["Name"]
        for module in rendered.modules
        for output in parse(template(rendered, module))["Outputs"].values()
    ]

    assert [name for name, count in Counter(exports).items() if count > 1] == []
    assert len(exports) == sum(len(module.resources) for module in rendered.modules)


def test_keys_are_retained_and_configured_as_the_model_has_it(rendered: Rendered) -> None:
    """moto keeps nothing of origin, rotation period and waiting period, so they are read from the template."""
    for module in rendered.modules:
        resources = parse(template(rendered, module))["Resources"].values()
        keys = {
            each["Properties"]["Description"]: each for each in resources if each["Type"] == "AWS::KMS::Key"
        }
        expected = {key.description: key for key in module.resources if isinstance(key, KmsKey)}
        assert keys.keys() == expected.keys()
        for description, key in expected.items():
            resource = keys[description]
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
            assert _configuration(resource["Properties"]) == {
                "Origin": key.origin,
                "EnableKeyRotation": key.rotation_period_days is not None,
                "RotationPeriodInDays": key.rotation_period_days,
                "PendingWindowInDays": key.deletion_window_days,
                "Tags": dict(key.tags),
            }


def _configuration(properties: Json) -> Json:
    return {
        "Origin": properties.get("Origin", "AWS_KMS"),
        "EnableKeyRotation": properties.get("EnableKeyRotation", False),
        "RotationPeriodInDays": properties.get("RotationPeriodInDays"),
        "PendingWindowInDays": properties["PendingWindowInDays"],
        "Tags": {tag["Key"]: tag["Value"] for tag in properties["Tags"]},
    }


def test_stacks_hold_what_the_model_has_in_each_region(rendered: Rendered, tmp_path: Path) -> None:
    for module in rendered.modules:
        if module.name == "organization":
            continue  # moto creates nothing of it
        for region in regions(rendered, module):
            here = in_region(parse(template(rendered, module)), region)
            path = tmp_path / f"{module.name.replace('/', '-')}-{region}.json"
            path.write_text(json.dumps(here), encoding="utf-8")
            with create_in_moto(path, region, account=module.account) as stack:
                _check(stack, here["Resources"], module, region)


def _check(stack: Stack, resources: Json, module: Module, region: str) -> None:
    """Keys of this Region, and roles and policies in the first, exactly."""
    wanted, created = wanted_in(module, region), stack.resources
    names = {
        (resource["Type"], properties.get("RoleName") or properties.get("ManagedPolicyName")): name
        for name, resource in resources.items()
        if name in created
        and resource["Type"].startswith("AWS::IAM::")
        and (properties := resource["Properties"])
    }
    keys = {
        resource["Properties"]["AliasName"]: resource["Properties"]["TargetKeyId"]["Ref"]
        for name, resource in resources.items()
        if name in created and resource["Type"] == "AWS::KMS::Alias"
    }
    assert len(created) == len(wanted) + len(keys)
    assert len(stack.outputs) == len(stack.exports) == len(wanted)
    for resource in wanted:
        match resource:
            case KmsKey():
                _check_key(stack.key(keys[resource.alias]), resource)
                assert stack.outputs[keys[resource.alias]].split(":")[2:5] == ["kms", region, module.account]
            case IamRole() | IamPolicy() if region.startswith(_MOTO_LACKS_IAM):
                continue
            case IamRole():
                role = stack.role(names["AWS::IAM::Role", resource.name])
                assert (role.trust, role.tags) == (document(resource), dict(resource.tags))
            case IamPolicy():
                policy = names["AWS::IAM::ManagedPolicy", resource.name]
                assert stack.managed_policy(policy) == document(resource)
                for name in resource.attached_to:
                    role = stack.role(names["AWS::IAM::Role", name])
                    assert created[policy] in role.managed_policies


def _check_key(found: Key, key: KmsKey) -> None:
    assert found.policy == document(key)
    assert found.tags == dict(key.tags)
    assert found.aliases == [key.alias]
    assert found.rotates is (key.rotation_period_days is not None)
    assert found.metadata["Description"] == key.description
