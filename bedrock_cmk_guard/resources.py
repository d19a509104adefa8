"""What we produce: the resources that builders yield and ``render`` writes.

Every resource says which module it belongs to, which account that module is applied in, and how it is named.
A resource's ``kind`` names its template.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from bedrock_cmk_guard.iam import Json, PolicyDocument


@dataclass(frozen=True, slots=True)
class Target:
    """Where an organisation policy is attached: a name from the requirements and the id it stands for."""

    name: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """The base of everything produced.

    ``module`` is the folder (or template) it is written to: ``organization``, ``accounts/<id>`` or
    ``workloads/<name>``. ``name`` is unique among the resources of one kind in a module.
    """

    kind: ClassVar[str]
    module: str
    account: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationPolicy(Resource):
    """A policy of AWS Organizations, attached to targets. ``layers`` says which demands it carries."""

    policy_type: ClassVar[str]
    targets: tuple[Target, ...]
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceControlPolicy(OrganizationPolicy):
    """An SCP: the most that principals of member accounts may do."""

    kind = "service_control_policy"
    policy_type = "SERVICE_CONTROL_POLICY"
    content: PolicyDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceControlPolicy(OrganizationPolicy):
    """An RCP: the most that anybody may do to resources of member accounts."""

    kind = "resource_control_policy"
    policy_type = "RESOURCE_CONTROL_POLICY"
    content: PolicyDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class TagPolicy(OrganizationPolicy):
    """A tag policy: which values a tag may have, and where."""

    kind = "tag_policy"
    policy_type = "TAG_POLICY"
    content: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class KmsKey(Resource):
    """A customer managed key in one Region, with its alias, policy, rotation and tags.

    ``rotation_period_days`` is None where the key does not rotate automatically. ``former_name`` is the name
    under which the same key was rendered before a rename.
    """

    kind = "kms_key"
    region: str
    scope: str
    alias: str
    policy: PolicyDocument
    origin: str
    rotation_period_days: int | None
    deletion_window_days: int
    tags: Mapping[str, str]
    former_name: str | None = None
    needs_roles: tuple[str, ...] = ()
    """Names of the IamRole resources of the same module that its policy speaks of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IamPolicy(Resource):
    """A managed policy. ``attached_to`` names the rendered roles of the same module that it is attached to."""

    kind = "iam_policy"
    content: PolicyDocument
    path: str = "/bedrock-cmk-guard/"
    attached_to: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class IamRole(Resource):
    """A role with its trust policy. Its permissions are IamPolicy resources attached to it."""

    kind = "iam_role"
    trust: PolicyDocument
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A group of resources that is applied together, in one account.

    ``regions`` is empty for a module without Regional resources; else the first is where its IAM resources are
    created. ``prerequisites`` are sentences: what must exist before it is applied.
    """

    name: str
    account: str
    regions: tuple[str, ...]
    resources: tuple[Resource, ...]
    prerequisites: tuple[str, ...] = ()
