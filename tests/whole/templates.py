"""What a parsed template holds, and what is left of it in one Region."""

from __future__ import annotations

from typing import Any, TypeAlias

from bedrock_cmk_guard.resources import IamPolicy, IamRole, KmsKey, Module, Resource
from tests.whole.rendered import Identity

Json: TypeAlias = "dict[str, Any]"


def documents_of(template: Json) -> dict[Identity, Json]:
    """Every document of a template by what AWS knows its resource by; a key by its Region and alias."""
    resources = template["Resources"]
    aliases = {
        resource["Properties"]["TargetKeyId"]["Ref"]: resource["Properties"]["AliasName"]
        for resource in resources.values()
        if resource["Type"] == "AWS::KMS::Alias"
    }
    found: dict[Identity, Json] = {}
    for name, resource in resources.items():
        properties = resource["Properties"]
        key: Identity
        match resource["Type"]:
            case "AWS::KMS::Key":
                region = _region(template, resource["Condition"])
                key, document = ("kms_key", region, aliases[name]), properties["KeyPolicy"]
            case "AWS::Organizations::Policy":
                key, document = (properties["Type"], properties["Name"]), properties["Content"]
            case "AWS::IAM::Role":
                key, document = ("iam_role", properties["RoleName"]), properties["AssumeRolePolicyDocument"]
            case "AWS::IAM::ManagedPolicy":
                key, document = ("iam_policy", properties["ManagedPolicyName"]), properties["PolicyDocument"]
            case "AWS::KMS::Alias":
                continue
            case other:
                raise AssertionError(f"{name} has the unexpected type {other}")
        assert key not in found
        found[key] = document
    return found


def _region(template: Json, condition: str) -> str:
    reference, region = template["Conditions"][condition]["Fn::Equals"]
    assert reference == {"Ref": "AWS::Region"}
    return str(region)


def in_region(template: Json, region: str) -> Json:
    """The template without outputs that do not exist in this Region.

    moto resolves an output before it looks at its condition, and finds no resource behind it.
    """
    outputs = {
        name: output
        for name, output in template["Outputs"].items()
        if "Condition" not in output or _region(template, output["Condition"]) == region
    }
    return {**template, "Outputs": outputs}


def wanted_in(module: Module, region: str) -> list[Resource]:
    """What of a module belongs into this Region: its keys, and in the module's first Region what is global."""
    home = not module.regions or module.regions[0] == region
    return [
        resource
        for resource in module.resources
        if (isinstance(resource, KmsKey) and resource.region == region)
        or (isinstance(resource, (IamRole, IamPolicy)) and home)
    ]
