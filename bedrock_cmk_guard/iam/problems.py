"""What checks of a statement against AWS's authorization data find."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bedrock_cmk_guard.iam.document import Effect, Principal
from bedrock_cmk_guard.iam.grammar import Condition


class Trap(StrEnum):
    """The ways in which AWS accepts a statement that does not do what it says."""

    UNKNOWN_SERVICE = "there is no data on the service"
    UNKNOWN_ACTION = "AWS has no such action"
    NO_KEY_ACTION = "a key policy governs other actions"
    UNKNOWN_KEY = "AWS has no such condition key"
    NEVER_SUPPLIED = "a request for the action never carries the key"
    UNREACHED_RESOURCE = "no action of the statement is authorised on the resource"
    WRONG_RESOURCE_TYPE = "the action is authorised on other types of resource"
    OPERATOR_TYPE = "the operator does not fit the type of the key"
    SET_OPERATOR = "a set operator is missing, or on a key with one value"
    LITERAL_WILDCARD = "a wildcard is an ordinary character to this operator"
    USELESS_WILDCARD = "a wildcard lets in what the key is to keep out"
    TAG_KEY_CASE = "a guarded tag key passes in other letters"
    PLACEHOLDER = "a placeholder looks like a policy variable"
    TAG_ON_CREATE = "a guarded tag can be set on creation"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a statement that AWS accepts and that does not do what it says.

    ``action``, ``operator``, ``key``, ``resource`` and ``value`` are the words of the statement that it is about,
    as far as it is. ``always`` says what becomes of a condition line whose key is never there: whether every
    request satisfies it, or none. ``reason`` is why the key is never there.
    """

    sid: str
    action: str
    key: str
    message: str
    trap: Trap
    operator: str = ""
    resource: str = ""
    value: str = ""
    always: bool | None = None
    reason: str = ""

    def __str__(self) -> str:
        return (
            f"statement {self.sid!r}: {self.message}"
            if self.sid
            else f"statement without Sid: {self.message}"
        )


class StatementLike(Protocol):
    """What the checks read of a statement: ``Statement`` has it, and so has one that AWS would refuse."""

    @property
    def sid(self) -> str:
        """The Sid, or nothing."""

    @property
    def effect(self) -> Effect:
        """Allow or Deny."""

    @property
    def actions(self) -> tuple[str, ...]:
        """The Action element."""

    @property
    def not_actions(self) -> tuple[str, ...]:
        """The NotAction element."""

    @property
    def resources(self) -> tuple[str, ...]:
        """The Resource element."""

    @property
    def not_resources(self) -> tuple[str, ...]:
        """The NotResource element."""

    @property
    def principal(self) -> Principal | None:
        """The Principal element."""

    @property
    def condition(self) -> Condition:
        """The Condition element."""
