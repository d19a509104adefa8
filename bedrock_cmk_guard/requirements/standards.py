"""What is demanded of every key and of the tags on it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bedrock_cmk_guard.requirements.types import (
    AccountId,
    Flag,
    Line,
    Model,
    NoVariable,
    ReadInteger,
    TagKey,
    TagValue,
    Wildcard,
)


class Holder(StrEnum):
    """Whose account keys live in."""

    WORKLOAD_ACCOUNT = "workload-account"
    KEY_ACCOUNTS = "key-accounts"


class Origin(StrEnum):
    """Where key material comes from."""

    AWS_KMS = "AWS_KMS"
    EXTERNAL = "EXTERNAL"


class Isolation(StrEnum):
    """What shares a key, and therefore what one deletion destroys."""

    WORKLOAD = "workload"
    ENVIRONMENT = "environment"
    TENANT = "tenant"


def _names_scopes(pattern: str) -> str:
    if pattern.startswith("alias/aws/"):
        raise ValueError("alias/aws/ is reserved for AWS managed keys: choose another alias_pattern")
    fields = pattern.replace("{scope}", "", 1).replace("{environment}", "").replace("{account}", "")
    if "{scope}" not in pattern or "{" in fields or "}" in fields:
        raise ValueError("needs {scope} once, and knows {environment} and {account} besides")
    return pattern


class KeyStandard(Model):
    """What every key must be."""

    held_in: Holder = Holder.WORKLOAD_ACCOUNT
    """Whose account holds the keys: the workload's own, or central key accounts."""
    key_accounts: tuple[AccountId, ...] = ()
    """The central key accounts, when keys are held there."""
    spec: Literal["SYMMETRIC_DEFAULT"] = "SYMMETRIC_DEFAULT"
    """The key spec. Every Bedrock and AgentCore surface takes symmetric encryption keys only."""
    origin: Origin = Origin.AWS_KMS
    """Where key material comes from: AWS KMS, or your own (EXTERNAL), which can be withdrawn at once."""
    rotation_period_days: Annotated[int, Field(ge=90, le=2560), ReadInteger] | None = 365
    """Automatic rotation, in days; null for none. Imported material cannot rotate automatically."""
    deletion_window_days: Annotated[int, Field(ge=7, le=30), ReadInteger] = 30
    """The waiting period before a key is really deleted, in days."""
    multi_region: Flag = False
    """Whether multi-Region keys are allowed. Keys rendered here are always single-Region."""
    isolation: Isolation = Isolation.WORKLOAD
    """What a key is shared by. A workload may be stricter for itself."""
    alias_pattern: Annotated[
        str,
        Field(pattern=r"^alias/[A-Za-z0-9/_{}-]+$", examples=["alias/agents/{scope}"]),
        AfterValidator(_names_scopes),
    ] = "alias/agents/{scope}"
    """The alias of a key. {scope} is the workload, environment or workload/tenant.

    {environment} and {account} may be used too.
    """

    @model_validator(mode="after")
    def _no_rotation_of_imports(self) -> Self:
        if self.origin is Origin.EXTERNAL and self.rotation_period_days is not None:
            raise ValueError(
                "imported key material (origin EXTERNAL) cannot rotate automatically: "
                "set rotation_period_days to null"
            )
        return self

    @model_validator(mode="after")
    def _accounts_where_they_hold_keys(self) -> Self:
        if (self.held_in is Holder.KEY_ACCOUNTS) != bool(self.key_accounts):
            raise ValueError("key_accounts goes with held_in: key-accounts, and only with it")
        return self


class TagSource(StrEnum):
    """The workload's field that a tag's value is taken from."""

    NAME = "name"
    OWNER = "data_owner"
    SENSITIVITY = "sensitivity"
    ENVIRONMENT = "environment"


class RequiredTag(Model):
    """A tag that keys, and whatever else is named here, must carry."""

    key: TagKey
    """The tag key, in the case in which it must be written."""
    purpose: Line
    """What the tag is for."""
    values: tuple[TagValue, ...] = ()
    """The values allowed. Empty: any, or those that match the pattern."""
    pattern: Annotated[Wildcard, Field(max_length=256), NoVariable] | None = None
    """A value pattern in which * stands for anything, instead of a list of values."""
    value_from: TagSource | None = None
    """The workload's field that gives the value on rendered keys; without it the workload's tags must."""
    required_on: tuple[
        Annotated[str, Field(pattern=r"^[a-z0-9-]+:[A-Za-z0-9-]+$", examples=["kms:key"])], ...
    ] = ("kms:key",)
    """The resource types on which it is reported when missing, as a tag policy names them (kms:key)."""
    enforced_on: tuple[
        Annotated[str, Field(pattern=r"^[a-z0-9-]+:([A-Za-z0-9-]+|\*|ALL_SUPPORTED)$", examples=["kms:key"])],
        ...,
    ] = ()
    """The resource types on which a wrong value is refused."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if self.values and self.pattern is not None:
            raise ValueError("give values or a pattern, not both")
        return self


# The guard tag stands in every kind of policy, and IAM's and KMS's take fewer characters than tags do.
GuardText = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_.:/=+@ \u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff-]+$", examples=["bedrock-cmk"]
    ),
]


class GuardTag(Model):
    """The tag by which policies know a guarded key. Only governance and the applier may set it."""

    key: Annotated[GuardText, Field(max_length=100)] = "bedrock-cmk"
    """Its key; <key>-workload, <key>-tenant and <key>-context are reserved beside it."""
    value: Annotated[GuardText, Field(max_length=256)] = "guarded"
    """Its value on a guarded key."""

    @property
    def workload_key(self) -> str:
        """The tag that says which workload (or environment) a key belongs to."""
        return f"{self.key}-workload"

    @property
    def tenant_key(self) -> str:
        """The tag that says which tenant a key belongs to."""
        return f"{self.key}-tenant"

    @property
    def context_key(self) -> str:
        """The tag of a key whose every decryption carries a documented encryption context."""
        return f"{self.key}-context"

    @property
    def reserved(self) -> tuple[str, ...]:
        """All the tag keys that only this tool sets."""
        return self.key, self.workload_key, self.tenant_key, self.context_key


class TagStandard(Model):
    """The tags that keys and other resources carry."""

    guard: GuardTag = GuardTag()
    """The tag by which policies know a guarded key."""
    tags: tuple[RequiredTag, ...] = ()
    """The tags demanded."""
