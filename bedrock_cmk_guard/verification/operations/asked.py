"""One request of the matrix, the rows in which people read them, and what the catalogue has to say of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.resources import KmsKey
from bedrock_cmk_guard.surfaces import KmsPrincipal, KmsStatement, Surface
from bedrock_cmk_guard.verification.actors import Kind, Stage, Values, holds
from bedrock_cmk_guard.verification.model import Row

_KEY_ID = "11111111-2222-3333-4444-555555555555"
WRONG_ACCOUNT = "999999999994"

_KEY_USE, _KEY, _DATA, TAKEOVER = "Use of the key", "The key itself", "Agents and data", "Taking over a role"
RIGHT = Row("use-right", _KEY_USE, "through the service, right context")
WRONG = Row("use-wrong", _KEY_USE, "through the service, wrong context")
NONE = Row("use-none", _KEY_USE, "through the service, no context")
ELSEWHERE = Row("use-elsewhere", _KEY_USE, "through another service")
DIRECT = Row("use-direct", _KEY_USE, "directly")
READ_KEY = Row("key-read", _KEY, "see it (DescribeKey, GetKeyPolicy)")
PUT_POLICY = Row("key-policy", _KEY, "write its policy (PutKeyPolicy)")
GRANT = Row("key-grant", _KEY, "grant its use (CreateGrant)")
DISABLE = Row("key-disable", _KEY, "disable it (DisableKey)")
DELETE = Row("key-delete", _KEY, "delete it, in the demanded window")
DELETE_SHORT = Row("key-delete-short", _KEY, "delete it, in 7 days")
DELETE_RECENT = Row("key-delete-recent", _KEY, "delete it though used lately")
TAG_KEY = Row("key-tag", _KEY, "change its guard tags")
RECOVER = Row("key-recover", _KEY, "cancel deletion, enable")
WRITE = Row("write", _DATA, "create, change, delete agents")
ALIAS = Row("alias", _DATA, "point aliases elsewhere")
TAG = Row("tag", _DATA, "tag agents")
USE = Row("use", _DATA, "invoke and use")
STORED = Row("stored", _DATA, "read stored data")
KEYLESS = Row("keyless", _DATA, "create a memory without our key")
CLOSED = Row("closed", _DATA, "use a closed surface")


@dataclass(frozen=True, slots=True)
class Target:
    """A role that somebody may try to take over."""

    kind: Kind
    arn: str
    title: str
    rendered: bool

    @property
    def name(self) -> str:
        """The role's name."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Operation:
    """One request, without who makes it. ``statement`` is the catalogue's, where the form comes from one."""

    row: Row
    action: str
    resource: str
    account: str
    form: str = ""
    context: Values = field(default_factory=dict)
    statement: KmsStatement | None = None
    via: str | None = None
    encryption: tuple[str, str] | None = None
    on_key: bool = False
    target: Target | None = None
    surface: Surface | None = None
    workload: Workload | None = None


def key_arn(stage: Stage, key: KmsKey) -> str:
    """An ARN for the key, whose real id nobody knows before it exists."""
    return f"arn:{stage.world.partition}:kms:{key.region}:{key.account}:key/{_KEY_ID}"


def key_tags(key: KmsKey) -> Values:
    """The key's tags, as condition keys."""
    return {f"aws:ResourceTag/{tag}": value for tag, value in key.tags.items()}


def needed(stage: Stage) -> Iterator[tuple[Workload, Surface, KmsStatement]]:
    """What the catalogue says that KMS must allow for the surfaces under the key."""
    for workload in stage.workloads:
        for surface in stage.scope.surfaces(workload):
            for statement in surface.kms:
                if statement.when in holds(workload):
                    yield workload, surface, statement


def via_of(statement: KmsStatement, kind: KmsPrincipal, workload: Workload) -> str | None:
    """The service that a call of this kind of principal comes through; None where it comes directly."""
    if kind is KmsPrincipal.SERVICE_ROLE and workload.service_role.calls_kms_directly:
        return None
    if statement.via is None and kind in (KmsPrincipal.PROVISIONER, KmsPrincipal.CALLER):
        return statement.via_inferred
    return statement.via


def context_of(
    stage: Stage, statement: KmsStatement, workload: Workload, account: str | None = None
) -> tuple[str, str] | None:
    """The encryption context of a call for a resource of an account: the condition key and a value."""
    if statement.context is None:
        return None
    return statement.context.condition_key, fill(stage, statement.context.value, account or workload.account)


def fill(stage: Stage, pattern: str, account: str) -> str:
    """A value that fits a pattern of the catalogue."""
    filled = pattern.format(partition=stage.world.partition, region=stage.region, account=account)
    return filled.replace("*", "ABCDEF1234")
