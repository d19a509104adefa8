"""What a row of the surface catalogue says, as types. Reading one is ``catalogue.py``'s business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    """How close a surface is to what people typed; enforcement is decided by tier."""

    SESSION_MEMORY = "session-memory"
    AGENT_DEFINITION = "agent-definition"
    KNOWLEDGE = "knowledge"
    MODEL = "model"
    OTHER = "other"


class KeyForm(StrEnum):
    """A way of naming a KMS key, as the pattern of the API's parameter lets it through."""

    KEY_ARN = "key_arn"
    MULTI_REGION_ARN = "multi_region_arn"
    ALIAS_ARN = "alias_arn"
    ALIAS_NAME = "alias_name"
    KEY_ID = "key_id"


class KeyPurpose(StrEnum):
    """What the key is for. A signing key protects nothing at rest, so it is no answer to a CMK demand."""

    ENCRYPTION = "encryption"
    SIGNING = "signing"


class KmsPrincipal(StrEnum):
    """Who makes the KMS call that a statement allows."""

    PROVISIONER = "provisioner"
    """Whoever creates or updates the resource."""
    CALLER = "caller"
    """Whoever uses it at run time."""
    SERVICE_ROLE = "service_role"
    """The role that was handed to the service."""
    SERVICE = "service"
    """The service itself, as the service principal in ``KmsStatement.service``."""
    SERVICE_LINKED_ROLE = "service_linked_role"
    """The service's own role in the account: ``KmsStatement.service_linked_role`` gives its path and name."""


class When(StrEnum):
    """When a surface needs a KMS statement."""

    ALWAYS = "always"
    MEMORY = "memory"
    """The agent keeps memory across sessions."""
    ENCRYPTED_SCHEMA = "encrypted-schema"
    """An action group reads its schema from S3, where it lies encrypted under the same key."""
    OLD_AGENT = "old-agent"
    """The agent was created before 22 January 2025."""


@dataclass(frozen=True, slots=True)
class KeyPath:
    """Where a request or response carries the key: members joined by dots, ``[]`` after a list."""

    operation: str
    path: str
    required: bool = False
    """Whether the member is required within the structure that holds it."""


@dataclass(frozen=True, slots=True)
class KeyField:
    """The key parameter of a surface."""

    request: tuple[KeyPath, ...]
    response: tuple[KeyPath, ...]
    accepts: frozenset[KeyForm]
    """The forms that every request parameter's pattern admits; the service may still refuse them."""
    mutable: bool | None
    """Whether a resource can be given another key later. ``None``: per request, or AWS contradicts itself."""
    purpose: KeyPurpose = KeyPurpose.ENCRYPTION


@dataclass(frozen=True, slots=True)
class KeyCondition:
    """A condition key that shows the KMS key to an IAM policy, and the action that carries it."""

    action: str
    key: str


@dataclass(frozen=True, slots=True)
class Actions:
    """IAM actions by purpose: each is in the service authorization data, and in one list only."""

    write: tuple[str, ...] = ()
    """Create and change the resource and its definition."""
    read: tuple[str, ...] = ()
    """See its configuration."""
    use: tuple[str, ...] = ()
    """Use it at run time, writing what it stores included."""
    stored_data: tuple[str, ...] = ()
    """Read back what people typed, what was derived from it, or who they were."""

    @property
    def every(self) -> tuple[str, ...]:
        """All of them, in the order write, read, use, stored data."""
        return self.write + self.read + self.use + self.stored_data


@dataclass(frozen=True, slots=True)
class UnlistedAction:
    """An action that the API implies and the service authorization data lacks."""

    action: str
    why: str


@dataclass(frozen=True, slots=True)
class CloudFormationProperty:
    """The CloudFormation property that carries the key."""

    type: str
    property: str
    create_only: bool


@dataclass(frozen=True, slots=True)
class TerraformAttribute:
    """The Terraform attribute that carries the key; ``[]`` follows a nested block."""

    type: str
    path: str


@dataclass(frozen=True, slots=True)
class EncryptionContext:
    """A pair that the service adds to its KMS calls, with a pattern of its value.

    The value holds ``{partition}``, ``{region}`` and ``{account}`` for the reader to fill in.
    """

    key: str
    value: str

    @property
    def condition_key(self) -> str:
        """The IAM condition key."""
        return f"kms:EncryptionContext:{self.key}"


@dataclass(frozen=True, slots=True)
class GrantConstraint:
    """What a statement that allows ``kms:CreateGrant`` demands of the grant."""

    operations: tuple[str, ...] = ()
    """``kms:GrantOperations`` must be among these. Empty: not restricted."""
    constraint: str | None = None
    """``kms:GrantConstraintType``."""
    for_aws_resource: bool = False
    """``kms:GrantIsForAWSResource`` must be true."""


@dataclass(frozen=True, slots=True)
class KmsStatement:
    """One thing KMS must allow for a surface to work."""

    principals: frozenset[KmsPrincipal]
    actions: tuple[str, ...]
    basis: str
    """The documentation that asks for it, or ``inferred: `` and why it is believed."""
    service: str | None = None
    """The service principal, when principals contains ``service``."""
    service_linked_role: str | None = None
    """``<service>/<role name>`` under ``role/aws-service-role/``, when principals contains it."""
    via: str | None = None
    """``kms:ViaService`` is ``<via>.<region>.amazonaws.com``."""
    via_inferred: str | None = None
    """The same where the page names no ``kms:ViaService``, for provisioners and callers alone.

    A service can use their identity only by a forward access session, and such a call carries the key.
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
    """
    context: EncryptionContext | None = None
    source_arn: str | None = None
    """``aws:SourceArn`` pattern; ``aws:SourceAccount`` goes with it."""
    source_absent: bool = False
    """AWS documents that the service's call carries neither source key: a condition on one would deny it."""
    grant: GrantConstraint | None = None
    when: When = When.ALWAYS


@dataclass(frozen=True, slots=True)
class Surface:
    """One kind of AWS resource or call that takes a KMS key."""

    id: str
    title: str
    tier: Tier
    data: str
    """What lies in it."""
    service: str
    """botocore's name of the service."""
    iam_prefix: str
    operations: Mapping[str, str]
    """API operations by what they do: create, update, get, list, get_version, …"""
    key: KeyField
    actions: Actions
    key_condition: KeyCondition | None = None
    unlisted_actions: tuple[UnlistedAction, ...] = ()
    cloudformation: CloudFormationProperty | None = None
    terraform_aws: TerraformAttribute | None = None
    terraform_awscc: TerraformAttribute | None = None
    kms: tuple[KmsStatement, ...] = ()
    docs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeylessSurface:
    """Something that holds data and takes no KMS key."""

    id: str
    title: str
    tier: Tier
    where: str
    why: str
    alternative: str | None = None
    creating: tuple[str, ...] = ()
    """Actions by which data comes to lie there; refusing them closes it."""
    stored_data: tuple[str, ...] = ()
    """Actions that read back what people typed or saw there."""
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class IgnoredParameter:
    """An API parameter that looks like a key and is none; ``path`` may be its last member only."""

    service: str
    path: str
    why: str
