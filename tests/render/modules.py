"""Modules built by hand, with one resource of every kind at least."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bedrock_cmk_guard.iam import Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.resources import (
    IamPolicy,
    IamRole,
    KmsKey,
    Module,
    Resource,
    ResourceControlPolicy,
    ServiceControlPolicy,
    TagPolicy,
    Target,
)

MANAGEMENT, ACCOUNT = "111111111111", "222222222222"
REGIONS = ("eu-central-1", "us-east-1")
SCP = PolicyDocument(
    PolicyKind.SCP,
    (
        Statement(
            sid="DenyCreateAgent",
            effect=Effect.DENY,
            actions=("bedrock:CreateAgent", "bedrock:UpdateAgent"),
            condition={
                "StringNotLike": {
                    "aws:PrincipalArn": ("arn:aws:iam::*:role/${aws:PrincipalTag/team}", "a<&>b%{c}")
                }
            },
        ),
    ),
)
RCP = PolicyDocument(
    PolicyKind.RCP,
    (
        Statement(
            sid="OwnOrganization",
            effect=Effect.DENY,
            actions=("kms:Decrypt",),
            principal=Principal(everyone=True),
            condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ("o-exampleorg1",)}},
        ),
    ),
)
KEY_POLICY = PolicyDocument(
    PolicyKind.KEY,
    (
        Statement(
            sid="Recovery",
            effect=Effect.ALLOW,
            actions=("kms:*",),
            principal=Principal(aws=(f"arn:aws:iam::{ACCOUNT}:root",)),
        ),
        Statement(
            sid="Agent",
            effect=Effect.ALLOW,
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            principal=Principal(aws=(f"arn:aws:iam::{ACCOUNT}:role/hr-agent",)),
            condition={"StringEquals": {"kms:ViaService": ("bedrock.eu-central-1.amazonaws.com",)}},
        ),
    ),
    id="bedrock-cmk-guard",
)
TRUST = PolicyDocument(
    PolicyKind.TRUST,
    (
        Statement(
            sid="Service",
            effect=Effect.ALLOW,
            actions=("sts:AssumeRole",),
            principal=Principal(service=("bedrock.amazonaws.com",)),
            condition={"StringEquals": {"aws:SourceAccount": (ACCOUNT,)}},
        ),
    ),
)
PERMISSIONS = PolicyDocument(
    PolicyKind.IDENTITY,
    (
        Statement(
            sid="Invoke",
            effect=Effect.ALLOW,
            actions=("bedrock:InvokeModel",),
            resources=("arn:aws:bedrock:*::*",),
        ),
    ),
)
TAG_CONTENT: Mapping[str, Any] = {
    "tags": {"cost-centre": {"tag_key": {"@@assign": "cost-centre"}, "tag_value": {"@@assign": ["CC-*"]}}}
}
TARGETS = (Target("ai-workloads", "ou-ab12-11111111"), Target("everything", "r-ab12"))


def organization(**changes: Any) -> Module:
    """The organisation's policies; ``changes`` go to the SCP."""
    common: dict[str, Any] = {
        "module": "organization",
        "account": MANAGEMENT,
        "targets": TARGETS,
        "layers": ("x",),
    }
    scp = ServiceControlPolicy(**{**common, "name": "agent-writers", "content": SCP, **changes})
    rcp = ResourceControlPolicy(**common, name="agent-writers", content=RCP)
    tags = TagPolicy(**common, name="tag-standard", content=TAG_CONTENT, description="Tags")
    return Module(name="organization", account=MANAGEMENT, regions=(), resources=(scp, rcp, tags))


def key(region: str = "eu-central-1", scope: str = "hr", **changes: Any) -> KmsKey:
    values: dict[str, Any] = {
        "module": "workloads/hr",
        "account": ACCOUNT,
        "name": f"{scope}/{region}",
        "region": region,
        "scope": scope,
        "alias": f"alias/agents/{scope}",
        "policy": KEY_POLICY,
        "origin": "AWS_KMS",
        "rotation_period_days": 365,
        "deletion_window_days": 30,
        "tags": {"owner": "HR", "application": "hr"},
        "needs_roles": ("hr-agent",),
        "description": "AI agent data of hr",
    }
    return KmsKey(**{**values, **changes})


def role(**changes: Any) -> IamRole:
    values: dict[str, Any] = {
        "module": "workloads/hr",
        "account": ACCOUNT,
        "name": "hr-agent",
        "trust": TRUST,
    }
    return IamRole(**{**values, "description": "Runs the agent", "tags": {"owner": "HR"}, **changes})


def permissions(**changes: Any) -> IamPolicy:
    values: dict[str, Any] = {
        "module": "workloads/hr",
        "account": ACCOUNT,
        "name": "hr-agent",
        "content": PERMISSIONS,
    }
    return IamPolicy(**{**values, "attached_to": ("hr-agent",), **changes})


def workload(*resources: Resource, name: str = "workloads/hr", prerequisites: tuple[str, ...] = ()) -> Module:
    """A workload's module: with a key in each Region, a role and its policy unless told otherwise."""
    found = resources or (role(), permissions(), *(key(region) for region in REGIONS))
    return Module(
        name=name,
        account=ACCOUNT,
        regions=REGIONS,
        resources=tuple(replace(resource, module=name) for resource in found),
        prerequisites=prerequisites,
    )


EVERYTHING = (
    organization(),
    workload(
        role(),
        permissions(),
        key(),
        key("us-east-1"),
        key(scope="hr/acme", origin="EXTERNAL", rotation_period_days=None, former_name="hr/old/eu-central-1"),
        key(scope="hr/still", rotation_period_days=None, tags={}, description=""),
        prerequisites=("The role bedrock-cmk-applier exists.",),
    ),
)
