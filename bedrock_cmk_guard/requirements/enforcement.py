"""How hard the demands are, and which layers of policy carry them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from bedrock_cmk_guard.demands import Demand
from bedrock_cmk_guard.requirements.types import Flag, Model, Name, ReadInteger
from bedrock_cmk_guard.surfaces import Tier


class TierRule(Model):
    """One demand. The first rule that fits a surface decides."""

    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)]
    """The tiers it is about."""
    environments: tuple[Name, ...] = ()
    """Only these environments. Empty: all."""
    sensitivities: tuple[Name, ...] = ()
    """Only these sensitivities. Empty: all."""
    demand: Demand
    """required: a finding that fails; recommended: reported only; ignored: not looked at."""


DEFAULT_TIERS = (
    TierRule(
        tiers=(Tier.SESSION_MEMORY, Tier.AGENT_DEFINITION, Tier.KNOWLEDGE, Tier.OTHER), demand=Demand.REQUIRED
    ),
    TierRule(tiers=(Tier.MODEL,), demand=Demand.RECOMMENDED),
)


class Layer(Model):
    """A layer of preventive policy that is on, and where it is attached."""

    attach: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Names of the targets it attaches to."""


class KeyProtection(Layer):
    """The layer that keeps guarded keys from being destroyed or opened."""

    recent_use_days: Annotated[int, Field(ge=1, le=365), ReadInteger] | None = None
    """Refuse to disable or delete a key used within this many days, break-glass excepted.

    By the condition key kms:TrailingDaysWithoutKeyUsage.
    """


class ClosedSurfaces(Layer):
    """The layer that refuses surfaces outright, because no condition key can show their key."""

    surfaces: Annotated[tuple[str, ...], Field(min_length=1)]
    """Their ids in the surface catalogue."""


class Layers(Model):
    """The layers. One that is not named is off."""

    agent_writers: Layer | None = None
    """SCP: only provisioners create and change agents, memories and the other surfaces in use."""
    role_protection: Layer | None = None
    """SCP: the roles named in this file cannot be squatted, taken over or passed."""
    approved_keys: Layer | None = None
    """SCP: the services may only be used with guarded keys of this organisation."""
    key_protection: KeyProtection | None = None
    """SCP: guarded keys cannot be deleted, disabled, opened or stripped of their tags."""
    memory_keys: Layer | None = None
    """SCP: an AgentCore memory cannot be created without a key of the right account."""
    closed_surfaces: ClosedSurfaces | None = None
    """SCP: surfaces that are not to be used at all."""
    stored_data: Layer | None = None
    """SCP: stored sessions and memories are read by callers only, where administrators are shut out."""
    key_tags: Layer | None = None
    """SCP: no key is created without the demanded tags."""
    kms_perimeter: Layer | None = None
    """RCP: guarded keys serve this organisation, through the right services; governance administers them."""
    provisioner_trust: Layer | None = None
    """RCP: provisioners are assumed by the pipeline only."""
    tag_policy: Layer | None = None
    """Tag policy: the demanded tags have the demanded values."""

    def enabled(self) -> Iterator[tuple[str, Layer]]:
        """The layers that are on, by name."""
        for name in type(self).model_fields:
            layer = getattr(self, name)
            if layer is not None:
                yield name, layer


class Enforcement(Model):
    """How hard the demands are, and which layers carry them."""

    tiers: tuple[TierRule, ...] = DEFAULT_TIERS
    """Which tiers must be under customer managed keys."""
    scp_budget: Annotated[Literal[10240, 5120], ReadInteger] = 10240
    """Characters an SCP may have. 10,240 since 15 May 2026; 5,120 for partitions and tools that lag."""
    inline_skips: Flag = True
    """Whether a comment in the code may accept a finding of scan. It names owner, reason and expiry in any case."""
    layers: Layers = Layers()
    """The preventive layers that are on."""

    def demand(self, tier: Tier, environment: str, sensitivity: str) -> Demand:
        """What is demanded of data of this tier; a tier that no rule speaks of is required."""
        for rule in self.tiers:
            if (
                tier in rule.tiers
                and environment in (rule.environments or (environment,))
                and sensitivity in (rule.sensitivities or (sensitivity,))
            ):
                return rule.demand
        return Demand.REQUIRED
