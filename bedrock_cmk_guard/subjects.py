"""What is judged, however it came to be known: from Terraform, a plan, CloudFormation or a live account.

A source makes these; a control judges them. What a source cannot know is :class:`Unknown`, which nobody can mistake
for a value: it has no truth value.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Literal, NoReturn, TypeAlias, TypeVar

from bedrock_cmk_guard.text.place import Place as Place

T = TypeVar("T")

ASSUMED_ACCOUNT = "000000000000"
"""Stands for an account that the code leaves to whoever applies it, in names made up here."""
ASSUMED_REGION = "us-east-1"
"""Stands for a Region that the code leaves to whoever applies it, in names made up here."""
GONE = "Gone"
"""The state of a key that is named and does not exist. KMS has no state of this name."""
PENDING_DELETION = "PendingDeletion"
"""KMS's state of a key that waits for its deletion."""


class Verdict(StrEnum):
    """What a control says of a subject. Unknown is never pass."""

    PASS = "pass"  # noqa: S105 - the verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    DELEGATED = "delegated"
    """Left to whoever calls a published module, by an input that has no default."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step from an attribute to the value it gets, in words, and where it is written."""

    text: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that cannot be known from what was read."""

    reason: str
    """Why, as the rest of a sentence: "var.key_arn has no default and nothing sets it"."""
    delegated: bool = False
    """Whether it is an input that a published module demands of its callers."""

    def __bool__(self) -> NoReturn:
        raise TypeError(f"an unknown value is neither true nor false: {self.reason}")


@dataclass(frozen=True, slots=True)
class Absent:
    """No key is named, so the service falls back to a key of AWS's."""

    how: Literal["left out", "null", "empty"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values, by something that cannot be known."""

    options: tuple[KeyName | Absent | Unknown, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class KeyName:
    """What names the key, as the API will receive it: an ARN, an alias, a key id, or something else.

    A key that the same code declares, or looks up, goes by the ARN of its :class:`Key`, or one of its aliases.
    """

    text: str


KeyValue: TypeAlias = KeyName | Absent | Choice | Unknown
Document: TypeAlias = (
    "str | int | float | bool | Unknown | Sequence[Document] | Mapping[str, Document] | None"
)
"""A JSON policy document, in which what could not be known is Unknown."""


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """Something about a subject: its value, where it is written, and how the value came there."""

    value: T | Unknown
    place: Place | None = None
    """Nowhere, where it is left out: then the value is what AWS takes instead."""
    trail: tuple[Step, ...] = ()

    def known(self) -> T | None:
        """The value, or None where it is unknown."""
        return None if isinstance(self.value, Unknown) else self.value


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a live resource. It keeps the key that it was made with."""

    name: str
    key: Fact[KeyValue]
    aliases: tuple[str, ...] = ()
    """The aliases that route to it. Without any, nobody is answered by it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant on a live key: who may use it beside those whom its policy names."""

    id: str
    grantee: str
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptedResource:
    """An instance of a surface, and the key that it names."""

    surface: str
    """The surface's id in the catalogue."""
    type: str
    """Its type as the source has it: ``aws_bedrockagent_agent``, ``AWS::Bedrock::Agent``."""
    address: str
    """Terraform's own address, a template's logical id, or an ARN."""
    place: Place
    """The whole block that declares it."""
    key: Fact[KeyValue]
    attribute: str
    """What carries the key, as the source spells it: ``customer_encryption_key_arn``."""
    name: Fact[str]
    account: Fact[str]
    region: Fact[str]
    tags: Fact[Mapping[str, str | Unknown]]
    role: Fact[str] | None = None
    """The ARN (or name) of the service role that it is given; None where the surface takes none."""
    callers: tuple[str, ...] = ()
    """ARNs of roles known to call it."""
    note: str = ""
    """What a reader must know of how it was judged: "judged as created: var.enabled is false by default only"."""
    versions: tuple[Version, ...] = ()
    """Of a live resource, beside the draft that its key is about."""
    made: dt.date | None = None
    """When a live resource was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A KMS key that is declared, looked up, or live."""

    address: str
    place: Place
    arn: str
    """Its ARN; for a key that does not exist yet the one of :func:`made_up_arn`."""
    declared: bool
    """Whether what was read makes it; if not it is looked up, and little of it is known."""
    account: Fact[str]
    region: Fact[str]
    manager: Fact[Literal["CUSTOMER", "AWS"]]
    spec: Fact[str]
    usage: Fact[str]
    origin: Fact[str]
    enabled: Fact[bool]
    multi_region: Fact[bool]
    rotation: Fact[bool]
    rotation_period_days: Fact[int | None]
    deletion_window_days: Fact[int | None]
    tags: Fact[Mapping[str, str | Unknown]]
    policy: Fact[Document]
    """None where it is left out: KMS then gives the key its default policy."""
    aliases: tuple[str, ...] = ()
    """``alias/name`` each."""
    unknown_alias: str = ""
    """Why the name of an alias that it has cannot be known; empty where all are."""
    state: str | None = None
    """KMS's key state, where the key is live; :data:`GONE` where there is no such key any more."""
    deleted_on: dt.date | None = None
    """The day on which a key that waits for its deletion will be gone."""
    grants: Fact[tuple[Grant, ...]] | None = None
    """Where the key is live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An IAM role, with what its policies say."""

    address: str
    place: Place
    arn: str
    """Its ARN; for a role that does not exist yet the one of :func:`made_up_arn`."""
    name: Fact[str]
    account: Fact[str]
    trust: Fact[Document]
    policies: tuple[Fact[Document], ...]
    """Inline and attached. One that could not be read is Unknown."""
    boundary: Fact[Document] | None = None


class FaultKind(StrEnum):
    """Why something could not be read or judged."""

    UNREADABLE = "unreadable"
    """The file cannot be opened or decoded, or is too large or too deep."""
    SYNTAX = "syntax"
    """The file does not parse."""
    MODULE = "module"
    """A module is called that is not there (not downloaded, or outside of what may be read)."""
    UNJUDGED = "unjudged"
    """A resource stands there that could not be judged."""
    ACCEPTANCE = "acceptance"
    """Somebody accepted a finding, by an exception, an inline skip or a baseline, and that does not hold: it has
    expired, lacks its owner, reason or expiry, names no control, or is not allowed. Scan makes these."""
    NOT_AUDITED = "not audited"
    """An account, a Region or a surface of it could not be read. An audit makes these."""
    GUARDRAIL = "guardrail"
    """A policy that the requirements demand is not attached where they demand it. An audit makes these."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that could not be read: a finding, never silence."""

    kind: FaultKind
    message: str
    place: Place
    address: str = ""
    """The resource, where it is about one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one source read together: a Terraform root with its modules, a template, a plan, an account."""

    source: Literal["terraform", "plan", "state", "cloudformation", "aws"]
    root: str
    """The folder, file or account, as people name it."""
    resources: tuple[EncryptedResource, ...] = ()
    keys: tuple[Key, ...] = ()
    roles: tuple[Role, ...] = ()
    faults: tuple[Fault, ...] = ()
    files: tuple[str, ...] = ()
    """Every file that was read for it."""


_NAMESPACE = uuid.UUID("6f1d2c9e-5a0b-4f6e-9d57-3c1b8a7e4d20")


def made_up_arn(
    service: str,
    kind: str,
    address: str,
    *,
    partition: str = "aws",
    region: str = ASSUMED_REGION,
    account: str = ASSUMED_ACCOUNT,
) -> str:
    """Return the ARN that stands for what does not exist yet: the same for the same address, and for no other.

    Policies, keys and resources read together then refer to each other as they will when they exist.
    """
    name = uuid.uuid5(_NAMESPACE, f"{service}/{kind}/{address}")
    place = "" if service == "iam" else region
    return f"arn:{partition}:{service}:{place}:{account}:{kind}/{name}"
