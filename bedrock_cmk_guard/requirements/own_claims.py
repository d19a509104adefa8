"""Claims of the organisation's own, which ``prove`` judges beside those that follow from the rest of the file."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import Effect, Statement
from bedrock_cmk_guard.requirements.types import Flag, Line, Model, Name, Wildcard


class ClaimedCallers(StrEnum):
    """Whose requests a claim counts."""

    WORKLOAD_ACCOUNTS = "workload-accounts"
    ANYBODY = "anybody"
    SERVICES = "services"


class OwnClaim(Model):
    """A claim about all requests of a form: that none is allowed, or that every one is."""

    name: Name
    """What it is called: prove lists it as own/NAME."""
    sentence: Line
    """What it says, in words."""
    actions: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]+:[A-Za-z0-9*?]+$", examples=["kms:Decrypt"])], ...],
        Field(min_length=1),
    ]
    """The actions it is about; * and ? are wildcards in their names."""
    key: Wildcard | None = None
    """The workload, environment or workload/tenant whose rendered keys it is about, under their key policies."""
    resources: tuple[Wildcard, ...] = ("*",)
    """ARN patterns of the resources it is about, where it is not about a rendered key."""
    callers: ClaimedCallers = ClaimedCallers.ANYBODY
    """Who counts: anybody in any account, only the accounts of workloads and keys, or AWS services as themselves."""
    condition: Mapping[Line, Mapping[Line, Annotated[tuple[Line, ...], Field(min_length=1)]]] = {}
    """Which requests: a condition as in a policy, operator to key to values."""
    always: Flag = False
    """Whether every such request is to be allowed. If not, none is."""

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        try:
            Statement("", Effect.ALLOW, self.actions, resources=self.resources, condition=self.condition)
        except PolicyError as problem:
            raise ValueError(str(problem).removeprefix("statement without Sid: ")) from None
        if self.key is not None and self.resources != ("*",):
            raise ValueError("give key or resources, not both")
        return self
