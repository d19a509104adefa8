"""What is accepted for a time: findings, and principals that a policy does not bind."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from bedrock_cmk_guard.requirements.principals import RoleRef
from bedrock_cmk_guard.requirements.types import AccountId, Date, Line, Model, OuId, Wildcard


class Accepted(Model):
    """Something accepted by somebody, for a reason and for a time."""

    owner: Line
    """Who accepted it."""
    reason: Line
    """Why."""
    expires: Date
    """The last day on which it holds. An expired one is a finding, never an error."""


class FindingException(Accepted):
    """A finding that is accepted."""

    control: Annotated[
        str, Field(pattern=r"^BCG_(CMK|KEY|LIVE|ROLE|SCAN)_[0-9]{3}$", examples=["BCG_CMK_001"])
    ]
    """The control's id."""
    resource: Wildcard
    """Which resource, by address or ARN; * stands for anything."""


class Exemption(Accepted):
    """A principal, account or organisational unit that the SCPs and RCPs do not bind."""

    role: RoleRef | None = None
    """A role, such as Control Tower's or a StackSets execution role."""
    account: AccountId | None = None
    """All principals of an account."""
    ou: OuId | None = None
    """All principals of the accounts below an organisational unit."""
    layers: Annotated[tuple[str, ...], Field(min_length=1)]
    """The layers it is exempt from, by name."""

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if sum(item is not None for item in (self.role, self.account, self.ou)) != 1:
            raise ValueError("give exactly one of role, account and ou")
        return self
