"""The applier can do its work, and no more, under everything that is rendered.

Its calls are those that Terraform's aws provider and CloudFormation's resource handlers make for the resources
we render. Each is put to the applier's own policy, the key policy, and all SCPs and RCPs at once.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import yaml
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from bedrock_cmk_guard.data import data_dir
from bedrock_cmk_guard.iam.evaluator import Outcome, PolicySet, Request, evaluate
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import IamPolicy, IamRole, KmsKey, Resource
from tests.policies.documents import EXAMPLE, requirements_at
from tests.policies.worlds import World, key_arn, key_tags, session_of

TEMPLATES = data_dir("templates") / "cloudformation"

# Read in the provider's source: internal/service/kms/key.go, external_key.go, alias.go, wait.go and
# internal/service/iam/role.go, policy.go, role_policy_attachment.go of hashicorp/terraform-provider-aws.
# What it asks while it waits for a change to be seen everywhere is part of read.
_KEY_READS = ("kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags")
_KEY_UPDATES = ("kms:PutKeyPolicy", "kms:TagResource", "kms:UntagResource", "kms:UpdateKeyDescription")
TERRAFORM: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "aws_kms_key": {
        "create": ("kms:CreateKey", "kms:EnableKeyRotation"),
        "read": _KEY_READS,
        "update": ("kms:EnableKeyRotation", *_KEY_UPDATES),
        "delete": ("kms:ScheduleKeyDeletion",),
    },
    "aws_kms_external_key": {
        "create": ("kms:CreateKey",),
        "read": _KEY_READS,
        "update": _KEY_UPDATES,
        "delete": ("kms:ScheduleKeyDeletion",),
    },
    "aws_kms_alias": {
        "create": ("kms:CreateAlias",),
        "read": ("kms:ListAliases",),
        "update": ("kms:UpdateAlias",),
        "delete": ("kms:DeleteAlias",),
    },
    "aws_iam_role": {
        "create": ("iam:CreateRole", "iam:TagRole"),
        "read": ("iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"),
        "update": (
            "iam:TagRole",
            "iam:UntagRole",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
            "iam:UpdateRoleDescription",
        ),
        "delete": ("iam:DeleteRole", "iam:ListInstanceProfilesForRole"),
    },
    "aws_iam_policy": {
        "create": ("iam:CreatePolicy", "iam:TagPolicy"),
        "read": ("iam:GetPolicy", "iam:GetPolicyVersion"),
        "update": (
            "iam:CreatePolicyVersion",
            "iam:DeletePolicyVersion",
            "iam:ListPolicyVersions",
            "iam:TagPolicy",
            "iam:UntagPolicy",
        ),
        "delete": ("iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:ListPolicyVersions"),
    },
    "aws_iam_role_policy_attachment": {
        "create": ("iam:AttachRolePolicy",),
        "read": ("iam:ListAttachedRolePolicies",),
        "update": (),
        "delete": ("iam:DetachRolePolicy",),
    },
}
# What a handler may do and ours have no reason to: the property that would make it is never rendered.
UNUSED: Mapping[str, str] = {
    "kms:DisableKey": "Enabled",
    "kms:EnableKey": "Enabled",
    "iam:AttachGroupPolicy": "Groups",
    "iam:DetachGroupPolicy": "Groups",
    "iam:AttachUserPolicy": "Users",
    "iam:DetachUserPolicy": "Users",
    "iam:PutRolePolicy": "Policies",
    "iam:DeleteRolePolicy": "Policies",
    "iam:PutRolePermissionsBoundary": "PermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary": "PermissionsBoundary",
}
# Taking rotation away weakens a key, and is governance's: by hand, before the applier finds nothing to do.
GOVERNANCE_FIRST = {"kms:DisableKeyRotation"}
PHASES = ("create", "read", "update", "delete")

Context = dict[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the applier, and the key whose policy is asked, where there is one."""

    request: Request
    key: KmsKey | None = None


def handler(kind: str, phase: str) -> tuple[str, ...]:
    """The permissions that CloudFormation's own schema names for a handler, without those we never need."""
    schema: Any = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    permissions = schema["handlers"][phase]["permissions"]
    return tuple(p for p in permissions if p not in UNUSED and p not in GOVERNANCE_FIRST)


def actions(resource: Resource, phase: str) -> set[str]:
    """What either tool does in one phase of a resource's life."""
    terraform: tuple[str, ...]
    handlers: tuple[str, ...]
    match resource:
        case KmsKey():
            own = "aws_kms_external_key" if resource.origin == "EXTERNAL" else "aws_kms_key"
            terraform, handlers = (own, "aws_kms_alias"), ("AWS::KMS::Key", "AWS::KMS::Alias")
        case IamRole():
            terraform, handlers = ("aws_iam_role",), ("AWS::IAM::Role",)
        case _:
            terraform = ("aws_iam_policy", "aws_iam_role_policy_attachment")
            handlers = ("AWS::IAM::ManagedPolicy",)
    found = {action for kind in terraform for action in TERRAFORM[kind][phase]}
    return found | {action for kind in handlers for action in handler(kind, phase)}


def calls(world: World, resource: Resource, phase: str) -> Iterator[Call]:
    """The calls that one resource costs in one phase, by every applier there is."""
    for role in world.requirements.principals.applier:
        principal, who = session_of(role, resource.account)
        for action in sorted(actions(resource, phase)):
            for arn, context, key in _places(resource, phase, action):
                yield Call(Request(principal, action, arn, resource.account, {**who, **context}), key)


def _places(resource: Resource, phase: str, action: str) -> Iterator[tuple[str, Context, KmsKey | None]]:
    context: Context
    match resource:
        case KmsKey():
            yield from _key_places(resource, phase, action)
        case IamRole():
            context = requested(resource.tags) if action in ("iam:CreateRole", "iam:TagRole") else {}
            yield f"arn:aws:iam::{resource.account}:role/{resource.name}", context, None
        case IamPolicy():
            policy = f"arn:aws:iam::{resource.account}:policy{resource.path}{resource.name}"
            if "RolePolic" in action:
                for name in resource.attached_to:
                    yield f"arn:aws:iam::{resource.account}:role/{name}", {"iam:PolicyARN": policy}, None
            else:
                yield policy, requested(resource.tags) if action == "iam:CreatePolicy" else {}, None


def _key_places(key: KmsKey, phase: str, action: str) -> Iterator[tuple[str, Context, KmsKey | None]]:
    """Which resources a KMS call is authorised on, and with which condition keys."""
    tagged: Context = dict(key_tags(key))
    new = {
        **requested(key.tags),
        "kms:KeySpec": "SYMMETRIC_DEFAULT",
        "kms:KeyUsage": "ENCRYPT_DECRYPT",
        "kms:KeyOrigin": key.origin,
        "kms:MultiRegion": "false",
        "kms:BypassPolicyLockoutSafetyCheck": "false",
    }
    if action == "kms:CreateKey":
        yield "*", new, None
    elif action == "kms:TagResource" and phase == "create":
        # CreateKey with tags asks for this as well, before there is a key with a policy or tags.
        yield key_arn(key), requested(key.tags), None
    elif action == "kms:ListAliases":
        yield "*", {}, None
    elif "Alias" in action:
        # Authorised on the alias, which has no tags and no policy, and on the key it points to.
        yield f"arn:aws:kms:{key.region}:{key.account}:{key.alias}", {}, None
        yield key_arn(key), tagged, key
    elif action == "kms:EnableKeyRotation":
        if key.rotation_period_days is not None:
            yield key_arn(key), {**tagged, "kms:RotationPeriodInDays": str(key.rotation_period_days)}, key
    elif action == "kms:PutKeyPolicy":
        yield key_arn(key), {**tagged, "kms:BypassPolicyLockoutSafetyCheck": "false"}, key
    elif action == "kms:TagResource":
        yield key_arn(key), {**tagged, **requested(key.tags)}, key
    elif action == "kms:UntagResource":
        yield key_arn(key), {**tagged, "aws:TagKeys": ("no-longer-demanded",)}, key
    else:
        yield key_arn(key), tagged, key


def requested(tags: Mapping[str, str]) -> Context:
    return {
        **{f"aws:RequestTag/{key}": value for key, value in tags.items()},
        **({"aws:TagKeys": tuple(tags)} if tags else {}),
    }


def _central(data: dict[str, Any]) -> None:
    data["key_standard"] |= {"held_in": "key-accounts", "key_accounts": ["999999999999"]}


def _external(data: dict[str, Any]) -> None:
    data["key_standard"] |= {"origin": "EXTERNAL", "rotation_period_days": None}


def _no_rotation(data: dict[str, Any]) -> None:
    data["key_standard"] |= {"rotation_period_days": None}


def _shared(data: dict[str, Any]) -> None:
    _central(data)
    first, second, _ = data["workloads"]
    second |= {name: first[name] for name in ("data_owner", "sensitivity", "tags")}
    for workload in (first, second):
        workload["isolation"] = "environment"


def _applier_by_pattern(data: dict[str, Any]) -> None:
    data["principals"]["applier"] = [{"role": "cdk-*-cfn-exec-role-*"}]


def _applier_rendered(data: dict[str, Any]) -> None:
    data["principals"]["applier"] = [
        {"role": "cmk-applier", "assumed_by": [{"role_arn": "arn:aws:iam::333333333333:role/ci"}]}
    ]


VARIANTS = {
    "example": lambda data: None,
    "central key accounts": _central,
    "imported material": _external,
    "no rotation": _no_rotation,
    "keys shared in an environment": _shared,
    "applier by pattern": _applier_by_pattern,
    "applier rendered": _applier_rendered,
}


@cache
def world(variant: str) -> World:
    data = copy.deepcopy(yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")))
    VARIANTS[variant](data)
    return World(Requirements.model_validate(data))


def decided(world: World, call: Call) -> Outcome:
    identity = world.policies(call.request.principal.split(":")[4], "bedrock-cmk-applier")
    assert identity
    return world.decide(call.request, identity, call.key).outcome


def built(world: World) -> Iterator[Resource]:
    return (r for r in world.resources if isinstance(r, KmsKey | IamRole | IamPolicy))


@pytest.mark.parametrize("phase", ["create", "read", "update"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_call_of_building_is_allowed(variant: str, phase: str) -> None:
    refused, tried = [], set()
    for resource in built(world(variant)):
        for call in calls(world(variant), resource, phase):
            tried.add((type(resource), call.request.action))
            if decided(world(variant), call) is not Outcome.ALLOWED:
                refused.append(f"{resource.module}: {call.request.action} on {call.request.resource}")
    assert refused == []
    assert {kind for kind, _ in tried} == {KmsKey, IamRole, IamPolicy}


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_goes_with_a_workload_can_be_deleted_but_its_keys(variant: str) -> None:
    for resource in built(world(variant)):
        for call in calls(world(variant), resource, "delete"):
            expected = Outcome.ALLOWED
            if call.request.action == "kms:ScheduleKeyDeletion":
                expected = Outcome.EXPLICIT_DENY
            assert decided(world(variant), call) is expected, call.request


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_neither_destroys_nor_uses_a_key(variant: str) -> None:
    for key in world(variant).keys:
        for role in world(variant).requirements.principals.applier:
            principal, who = session_of(role, key.account)
            for action in (
                "kms:CreateGrant",
                "kms:Decrypt",
                "kms:DeleteImportedKeyMaterial",
                "kms:DisableKey",
                "kms:DisableKeyRotation",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:ImportKeyMaterial",
                "kms:ReplicateKey",
                "kms:ScheduleKeyDeletion",
            ):
                request = Request(principal, action, key_arn(key), context={**who, **key_tags(key)})
                assert decided(world(variant), Call(request, key)) is not Outcome.ALLOWED, action


def test_it_makes_no_key_that_is_not_guarded() -> None:
    key = world("example").keys[0]
    create = next(
        call for call in calls(world("example"), key, "create") if call.request.action == "kms:CreateKey"
    )
    context = {
        name: value for name, value in create.request.context.items() if name != "aws:RequestTag/bedrock-cmk"
    }
    unguarded = Request(create.request.principal, "kms:CreateKey", "*", key.account, context)
    assert decided(world("example"), Call(unguarded)) is Outcome.IMPLICIT_DENY


@pytest.mark.parametrize("resource", ["role/Administrator", "role/hr-portal", "policy/somebody-elses"])
def test_it_builds_only_what_is_rendered(resource: str) -> None:
    applier = requirements_at(EXAMPLE).principals.applier[0]
    principal, who = session_of(applier, "222222222222")
    for action in ("iam:CreateRole", "iam:AttachRolePolicy", "iam:CreatePolicyVersion"):
        request = Request(principal, action, f"arn:aws:iam::222222222222:{resource}", "222222222222", who)
        assert decided(world("example"), Call(request)) is Outcome.IMPLICIT_DENY


@pytest.mark.parametrize("variant", [name for name in VARIANTS if name != "applier by pattern"])
def test_kms_finds_no_lockout(variant: str) -> None:
    """KMS refuses a key policy under which whoever writes it could not write it again.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html: the key policy itself must allow it.
    """
    for key in world(variant).keys:
        for role in world(variant).requirements.principals.applier:
            principal, who = session_of(role, key.account)
            request = Request(principal, "kms:PutKeyPolicy", key_arn(key), context=who)
            assert evaluate(request, PolicySet(resource_policy=key.policy)).outcome is Outcome.ALLOWED


def test_kms_finds_no_lockout_of_an_applier_by_pattern() -> None:
    """A key policy cannot name a pattern: it names the account, and the applier's own policy does the rest."""
    for key in world("applier by pattern").keys:
        role = world("applier by pattern").requirements.principals.applier[0]
        principal, who = session_of(role, key.account)
        request = Request(principal, "kms:PutKeyPolicy", key_arn(key), context={**who, **key_tags(key)})
        assert decided(world("applier by pattern"), Call(request, key)) is Outcome.ALLOWED


@pytest.mark.parametrize("variant", VARIANTS)
def test_principals_of_a_key_policy_come_first_or_are_told(variant: str) -> None:
    made: set[str] = set()
    for module in world(variant).modules:
        roles = {
            f"arn:aws:iam::{r.account}:role/{r.name}" for r in module.resources if isinstance(r, IamRole)
        }
        told = "\n".join(module.prerequisites)
        for key in (r for r in module.resources if isinstance(r, KmsKey)):
            awaited = {f"arn:aws:iam::{key.account}:role/{name}" for name in key.needs_roles}
            for arn in named(key):
                assert arn in made or arn in told or (arn in roles and arn in awaited), (module.name, arn)
        made |= roles


def named(key: KmsKey) -> Iterator[str]:
    for statement in key.policy.statements:
        if statement.principal is not None:
            yield from (arn for arn in statement.principal.aws if not arn.endswith(":root"))


def test_handlers_are_excused_only_for_properties_we_never_write() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.j2"))
    written = set(re.findall(r"^\s+(\w+):", text, re.MULTILINE))
    assert {"KeyPolicy", "Roles", "AssumeRolePolicyDocument"} <= written
    assert not written & set(UNUSED.values())
