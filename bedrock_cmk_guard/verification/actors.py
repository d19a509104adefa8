"""Those who are asked about: what they are to a key, and the requests they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bedrock_cmk_guard.policies.scopes import KeyScope
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.exceptions import Exemption
from bedrock_cmk_guard.requirements.principals import RoleRef
from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.surfaces import When
from bedrock_cmk_guard.verification.world import Named, World

Values = Mapping[str, str | tuple[str, ...]]


class Kind(StrEnum):
    """What somebody is to the key."""

    PROVISIONER = "provisioner"
    SERVICE_ROLE = "service role"
    CALLER = "caller"
    OTHER_TENANT = "another tenant's caller"
    GOVERNANCE = "governance"
    BREAK_GLASS = "break-glass"
    APPLIER = "applier"
    AUDITOR = "auditor"
    PIPELINE = "pipeline"
    WEB_IDENTITY = "web identity that is trusted"
    OTHER_WEB_IDENTITY = "another web identity"
    SAML_IDENTITY = "SAML identity"
    EXEMPT = "exempt role"
    ADMINISTRATOR = "account administrator"
    PERSON = "person signed in by SAML"
    ROOT = "account root user"
    OTHER_WORKLOAD = "another workload's role"
    OTHER_ACCOUNT = "a role of another account"
    OUTSIDER = "a role of an outside organisation"
    SERVICE = "the service, for us"
    SERVICE_LINKED_ROLE = "service-linked role"
    SERVICE_FOR_OTHERS = "the service, for another account"
    OTHER_SERVICE = "another service"


SERVICES = frozenset({Kind.SERVICE, Kind.SERVICE_FOR_OTHERS, Kind.OTHER_SERVICE})
#: They hold a token of an identity provider and no credentials of AWS: all they can do is assume a role.
FEDERATED = frozenset({Kind.WEB_IDENTITY, Kind.OTHER_WEB_IDENTITY, Kind.SAML_IDENTITY})
#: Principals of the accounts in question that have no duty and no need.
INSIDERS = frozenset({Kind.ADMINISTRATOR, Kind.PERSON, Kind.ROOT, Kind.OTHER_WORKLOAD})
STRANGERS = INSIDERS | {Kind.OTHER_ACCOUNT, Kind.OUTSIDER, Kind.PIPELINE}


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who makes requests. ``role`` is the ARN of a role that others could take over."""

    id: str
    kind: Kind
    title: str
    principal: str
    account: str | None
    context: Values = field(default_factory=dict)
    identity: tuple[Named, ...] = ()
    role: str | None = None
    workloads: tuple[Workload, ...] = ()
    is_pattern: bool = False
    rendered: bool = False
    on_behalf_of: tuple[str, str] | None = None
    """For a service: the account and organisation of the resource it comes for."""
    exemption: Exemption | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A key, and what is asked about it: the scope, the Region and the workloads that run there."""

    world: World
    scope: KeyScope
    region: str
    workloads: tuple[Workload, ...]

    @property
    def requirements(self) -> Requirements:
        """The requirements that everything comes from."""
        return self.world.requirements

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that the workloads run in, and the one that holds the key."""
        return tuple(dict.fromkeys((*(w.account for w in self.workloads), self.scope.account)))


def session(world: World, arn: str, *, organization: bool = True) -> tuple[str, Values]:
    """A session of a role, and the condition keys that come with it."""
    account, name = arn.split(":")[4], arn.rpartition("/")[2]
    context = {"aws:PrincipalArn": arn}
    if organization:
        context["aws:PrincipalOrgID"] = world.organization
    return f"arn:{world.partition}:sts::{account}:assumed-role/{name}/session", context


def concrete(world: World, role: RoleRef, account: str) -> str:
    """The ARN of a role in an account, wildcards of its name filled in."""
    return role.arn_in(world.partition, account).replace("*", "0123").replace("?", "4")


def holds(workload: Workload) -> frozenset[When]:
    """Under which circumstances the workload runs, as the catalogue names them."""
    flags = {
        When.ALWAYS: True,
        When.MEMORY: workload.memory,
        When.ENCRYPTED_SCHEMA: workload.encrypted_schemas,
        When.OLD_AGENT: workload.agents_before_2025,
    }
    return frozenset(when for when, flag in flags.items() if flag)
