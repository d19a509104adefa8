"""What the readers of accounts tell the audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from bedrock_cmk_guard.history.records import Cell
from bedrock_cmk_guard.subjects import EncryptedResource, Key, Role


@dataclass(frozen=True, slots=True)
class Page:
    """Some resources that were read together, with the keys and roles that they name."""

    account: str
    region: str
    resources: tuple[EncryptedResource, ...]
    keys: tuple[Key, ...]
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that was not read, or not to its end."""

    cell: Cell
    reason: str


@dataclass(frozen=True, slots=True)
class NotOffered:
    """A service that has no endpoint in a Region in which KMS has one."""

    cell: Cell
    service: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A list was read to its end, or as far as it went."""


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing more will come of an account."""

    account: str
    whole: bool
    """Whether every list of it was tried: an audit that is broken off leaves some."""


Event: TypeAlias = Page | Unread | NotOffered | Listed | Done
