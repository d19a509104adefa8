"""What ``Ref`` and ``Fn::GetAtt`` give for a resource that does not exist yet.

Keys, roles and policies go by names made up for them, the same wherever they are referred to.
Source: the return values in the template reference of each type,
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.cloudformation.template import Declared
from bedrock_cmk_guard.sources.cloudformation.values import NoValue, Value, unknown
from bedrock_cmk_guard.subjects import Place, Step

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.cloudformation.stack import Scoped

KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")
ALIAS = "AWS::KMS::Alias"
ROLE = "AWS::IAM::Role"
IMPLIED_ROLE = "AWS::Serverless::Function.Role"
"""The type that a role made by SAM has here; its properties are those of the function."""
MANAGED_POLICY = "AWS::IAM::ManagedPolicy"
_IAM_NAMES = {
    ROLE: ("role", "RoleName"),
    IMPLIED_ROLE: ("role", "RoleName"),
    "AWS::IAM::User": ("user", "UserName"),
    "AWS::IAM::Group": ("group", "GroupName"),
}


def arn_of(resource: Declared, scope: Scoped) -> str | None:
    """The ARN made up for a resource; None for types whose names nothing here asks for."""
    world, address = scope.stack.world, scope.stack.address(resource.id)
    if resource.type in KEYS:
        return world.made_up("kms", "key", address)
    if resource.type in _IAM_NAMES:
        return world.made_up("iam", _IAM_NAMES[resource.type][0], address)
    return world.made_up("iam", "policy", address) if resource.type == MANAGED_POLICY else None


def referred(resource: Declared, scope: Scoped, place: Place) -> Value:
    """What ``Ref`` gives."""
    step = Step(f"{resource.id} is declared here", resource.place)
    arn = arn_of(resource, scope)
    if resource.type in KEYS and arn:
        return Value(arn.rpartition("/")[2], place, (step,))
    if resource.type == MANAGED_POLICY:
        return Value(arn, place, (step,))
    if resource.type == ALIAS:
        return scope.property(resource, "AliasName").after(step)
    if resource.type in _IAM_NAMES and arn:
        name = scope.property(resource, _IAM_NAMES[resource.type][1])
        given = not isinstance(name.data, NoValue)
        return name.after(step) if given else Value(arn.rpartition("/")[2], place, (step,))
    return unknown(f"the name of {resource.id} ({resource.type}) is known once it exists", place).after(step)


def attribute_of(resource: Declared, attribute: str, scope: Scoped, place: Place) -> Value:
    """What ``Fn::GetAtt`` gives."""
    step = Step(f"{resource.id} is declared here", resource.place)
    arn = arn_of(resource, scope)
    if arn is not None and attribute in ("Arn", "PolicyArn"):
        return Value(arn, place, (step,))
    if arn is not None and attribute == "KeyId":
        return Value(arn.rpartition("/")[2], place, (step,))
    reason = f"{attribute} of {resource.id} ({resource.type}) is known once it exists"
    return unknown(reason, place).after(step)
