"""The requirements as one object: what an organisation demands of the keys of its AI agents."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bedrock_cmk_guard.errors import RequirementsError
from bedrock_cmk_guard.requirements.enforcement import Enforcement
from bedrock_cmk_guard.requirements.exceptions import Exemption, FindingException
from bedrock_cmk_guard.requirements.organization import Organization
from bedrock_cmk_guard.requirements.own_claims import OwnClaim
from bedrock_cmk_guard.requirements.principals import Principals
from bedrock_cmk_guard.requirements.standards import Holder, Isolation, KeyStandard, TagStandard
from bedrock_cmk_guard.requirements.types import AccountId, Flag, Line, Model, Name, ReadInteger
from bedrock_cmk_guard.requirements.workloads import Workload


class Environment(Model):
    """A stage in which workloads run."""

    name: Name
    """What workloads and tags call it."""
    production: Flag = False
    """Whether it counts as production in reports."""


class PolicyStatement(Model):
    """What the written policy for people says about itself."""

    title: Line = "Encryption of AI agent data under customer managed keys"
    """Its title."""
    owner: Line
    """Who owns it."""
    contact: Line
    """Where questions go."""
    review_months: Annotated[int, Field(ge=1, le=36), ReadInteger] = 12
    """How often it is reviewed, in months."""


class Requirements(Model):
    """What one organisation demands of the keys that its AI agents' data lies under.

    Raises :class:`~bedrock_cmk_guard.errors.RequirementsError` when parts that are right by themselves
    contradict each other, with every contradiction in ``problems``.
    """

    version: Annotated[Literal[1], ReadInteger]
    """The version of this file's format."""
    policy: PolicyStatement
    """What the written policy for people says about itself."""
    organization: Organization
    """The AWS organisation."""
    environments: Annotated[tuple[Environment, ...], Field(min_length=1)]
    """The stages in which workloads run."""
    sensitivities: Annotated[tuple[Name, ...], Field(min_length=1)]
    """How sensitive data can be, least first."""
    key_standard: KeyStandard = KeyStandard()
    """What every key must be."""
    tag_standard: TagStandard = TagStandard()
    """The tags demanded."""
    principals: Principals
    """Who does what."""
    workloads: tuple[Workload, ...] = ()
    """The applications that own agents or memories."""
    enforcement: Enforcement = Enforcement()
    """How hard the demands are, and which layers of policy carry them."""
    exceptions: tuple[FindingException, ...] = ()
    """Findings that are accepted for a time."""
    exemptions: tuple[Exemption, ...] = ()
    """Principals, accounts and organisational units that policies do not bind."""
    claims: tuple[OwnClaim, ...] = ()
    """Claims of your own, for prove to judge beside those that follow from the rest."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        # Imported here because the rules are written in terms of this class.
        from bedrock_cmk_guard.requirements.rules import contradictions

        if problems := tuple(contradictions(self)):
            raise RequirementsError(problems)
        return self

    def key_account(self, workload: Workload) -> AccountId:
        """The account that holds a workload's keys."""
        if self.key_standard.held_in is Holder.WORKLOAD_ACCOUNT:
            return workload.account
        return workload.key_account or self.key_standard.key_accounts[0]

    def isolation(self, workload: Workload) -> Isolation:
        """What the workload's keys are shared by."""
        return workload.isolation or self.key_standard.isolation
