"""The applications that own agents and memories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from bedrock_cmk_guard.requirements.principals import RoleRef
from bedrock_cmk_guard.requirements.standards import Isolation, RequiredTag
from bedrock_cmk_guard.requirements.types import (
    AccountId,
    Flag,
    Line,
    Model,
    Name,
    Region,
    RoleName,
    TagKey,
    TagValue,
    Wildcard,
)


class ServiceRole(Model):
    """The role that is handed to the service: it runs the agent, the memory's extraction, the gateway."""

    role: RoleName
    """Its name, in the workload's account."""
    render: Flag = True
    """Whether the role is rendered here. If not, it must exist before the key does."""
    models: tuple[
        Annotated[
            str,
            Field(pattern=r"^[a-zA-Z0-9._:/-]{1,200}$", examples=["anthropic.claude-sonnet-4-20250514-v1:0"]),
        ],
        ...,
    ] = ()
    """The foundation models it may invoke, by model id."""
    calls_kms_directly: Flag = False
    """Whether the service calls KMS as this role without kms:ViaService or encryption context.

    AgentCore gateways are reported to do so where targets are encrypted, although AWS documents both
    conditions.
    """


class Tenant(Model):
    """A customer of a workload whose data has a key of its own."""

    name: Name
    """The tenant's name."""
    renamed_from: Name | None = None
    """What it was called before, so that its key is kept. Leave it until the rename is applied everywhere."""
    callers: tuple[RoleRef, ...] = ()
    """Roles that use only this tenant's key, instead of the workload's callers."""


class Match(Model):
    """How a resource is known as this workload's. What is not given is not asked."""

    tags: Mapping[TagKey, TagValue] = {}
    """Tags it carries, all of them."""
    roles: tuple[Annotated[Wildcard, Field(max_length=200)], ...] = ()
    """Patterns of the service role's name."""
    names: tuple[Annotated[Wildcard, Field(max_length=200)], ...] = ()
    """Patterns of its own name."""


class Workload(Model):
    """An application that owns agents or memories."""

    name: Name
    """Its name: part of file names, aliases and tags."""
    renamed_from: Name | None = None
    """What it was called before, so that its keys are kept. Leave it until the rename is applied everywhere."""
    description: Line | None = None
    """What it is, for the reader."""
    account: AccountId
    """The account it runs in."""
    key_account: AccountId | None = None
    """Which of the central key accounts holds its keys, when there are several."""
    regions: Annotated[tuple[Region, ...], Field(min_length=1)]
    """The Regions it runs in. IAM roles are created with the first."""
    environment: Name
    """One of the environments named above."""
    data_owner: Line
    """Who answers for the data."""
    sensitivity: Name
    """One of the sensitivities named above."""
    surfaces: Annotated[tuple[str, ...], Field(min_length=1)]
    """What it uses, by id in the surface catalogue (bedrock-agent, agentcore-memory, …)."""
    service_role: ServiceRole
    """The role that is handed to the service."""
    callers: Annotated[tuple[RoleRef, ...], Field(min_length=1)]
    """The roles that talk to it at run time."""
    memory: Flag = False
    """Whether its agents keep memory across sessions."""
    encrypted_schemas: Flag = False
    """Whether its action groups read schemas from S3 that are encrypted under its key."""
    agents_before_2025: Flag = False
    """Whether it has agents created before 22 January 2025, which AWS encrypts by other rules."""
    shut_out_administrators: Flag = False
    """Whether nobody but callers and the service may read the data: no administrator, not the account."""
    isolation: Isolation | None = None
    """A key per workload, environment or tenant, where it differs from the key standard."""
    tenants: tuple[Tenant, ...] = ()
    """Its customers, each with a key of its own."""
    match: Match = Match()
    """How its resources are recognised."""
    tags: Mapping[TagKey, TagValue] = {}
    """Values of demanded tags that no other field gives, and any tags besides."""

    @property
    def all_callers(self) -> tuple[RoleRef, ...]:
        """Its callers and those of its tenants."""
        return (*self.callers, *(role for tenant in self.tenants for role in tenant.callers))

    def tag_value(self, tag: RequiredTag) -> str | None:
        """The value that a demanded tag has on this workload's resources."""
        return str(getattr(self, tag.value_from.value)) if tag.value_from else self.tags.get(tag.key)
