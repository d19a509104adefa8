"""What a scan needs to know of an organisation's requirements, without the model that reads them.

A hook must start in a blink, and the requirements' model takes longer to import than most scans take. So controls
judge by these plain objects; ``requirements.demands_of`` makes them of a requirements file, and
:meth:`Demands.default` are those that hold without one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from bedrock_cmk_guard.surfaces import Tier


class Demand(StrEnum):
    """What happens when data of a tier is not under a customer managed key."""

    REQUIRED = "required"
    RECOMMENDED = "recommended"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class TierDemand:
    """One demand. The first that fits a surface decides."""

    tiers: frozenset[Tier]
    demand: Demand
    environments: frozenset[str] = frozenset()
    """Only these environments. Empty: all."""
    sensitivities: frozenset[str] = frozenset()
    """Only these sensitivities. Empty: all."""

    def fits(self, tier: Tier, environment: str, sensitivity: str) -> bool:
        """Whether it is about data of this tier, stage and sensitivity."""
        return (
            tier in self.tiers
            and (not self.environments or environment in self.environments)
            and (not self.sensitivities or sensitivity in self.sensitivities)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDemands:
    """What every key must be. None says that nothing is demanded."""

    rotation_period_days: int | None = 365
    """Automatic rotation is on, and as often as this. None: it need not be."""
    deletion_window_days: int = 7
    """The waiting period is at least this long. Seven days is the shortest that KMS takes."""
    spec: str = "SYMMETRIC_DEFAULT"
    """Every surface takes symmetric encryption keys only."""
    origin: str | None = None
    multi_region: bool = True
    """Whether multi-Region keys are allowed."""
    alias_pattern: str | None = None
    """``{scope}``, ``{environment}`` and ``{account}`` stand for the workload's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagDemand:
    """A tag that a key must carry."""

    key: str
    purpose: str = ""
    values: tuple[str, ...] = ()
    """The values allowed. Empty: any, or those that match the pattern."""
    pattern: str | None = None
    source: Literal["name", "data_owner", "sensitivity", "environment"] | None = None
    """What of the workload gives its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How a resource is known as a workload's. What is not given is not asked."""

    tags: Mapping[str, str] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tags or self.roles or self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadDemands:
    """An application that owns agents or memories, as far as judging needs it."""

    name: str
    account: str
    regions: tuple[str, ...]
    environment: str
    sensitivity: str
    data_owner: str = ""
    key_accounts: tuple[str, ...] = ()
    """The accounts that may hold its keys."""
    isolation: Literal["workload", "environment", "tenant"] = "workload"
    tenants: tuple[str, ...] = ()
    service_role: str = ""
    """The name of the role that its services run as."""
    callers: tuple[str, ...] = ()
    """Patterns of the ARNs of the roles that talk to it."""
    match: Match = Match()
    tags: Mapping[str, str] = field(default_factory=dict)
    """The values that demanded tags have on what is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A finding that somebody accepted, for a reason and for a time."""

    owner: str
    reason: str
    expires: dt.date
    """The last day on which it holds."""
    by: Literal["exception", "inline skip"] = "exception"

    def holds(self, today: dt.date) -> bool:
        """Whether it has not expired."""
        return today <= self.expires


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedFinding:
    """An exception of the requirements: which control's findings on which resources are accepted."""

    control: str
    resource: str
    """A pattern of addresses; ``*`` stands for anything."""
    acceptance: Acceptance

    def fits(self, control: str, address: str) -> bool:
        """Whether it is about this finding."""
        return control == self.control and matches(self.resource, address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What an organisation demands of what is scanned."""

    tiers: tuple[TierDemand, ...]
    keys: KeyDemands = KeyDemands()
    tags: tuple[TagDemand, ...] = ()
    """Those that keys must carry."""
    guard_tag: tuple[str, str] = ("bedrock-cmk", "guarded")
    """By which policies know a guarded key."""
    guard_tag_required: bool = False
    """Whether a policy is on that refuses keys without it."""
    partition: str | None = None
    key_accounts: frozenset[str] = frozenset()
    """The accounts whose keys are approved. Empty: any."""
    regions: frozenset[str] = frozenset()
    """The Regions that are approved. Empty: any."""
    production: frozenset[str] = frozenset()
    """The environments that count as production."""
    sensitivities: tuple[str, ...] = ()
    """How sensitive data can be, least first."""
    administrators: tuple[str, ...] = ()
    """Patterns of the ARNs of roles that administer keys and must not use them."""
    users: tuple[str, ...] = ()
    """Patterns of the ARNs of roles that use keys and must not administer them."""
    workloads: tuple[WorkloadDemands, ...] = ()
    exceptions: tuple[AcceptedFinding, ...] = ()
    inline_skips: bool = True
    """Whether a comment in the code may accept a finding."""
    source: str = ""
    """The requirements file that these are of. Empty: the shipped defaults."""

    @classmethod
    def default(cls) -> Demands:
        """Return what is demanded where there is no requirements file.

        A customer managed key for whatever people typed, for agents' definitions, for knowledge and for the rest;
        one for models is recommended. Keys rotate at least yearly, as KMS does by default. Whatever only an
        organisation can say (accounts, Regions, tags, aliases, origin, a deletion window above KMS's own least) is
        not demanded.
        """
        required = frozenset(Tier) - {Tier.MODEL}
        return cls(
            tiers=(
                TierDemand(tiers=required, demand=Demand.REQUIRED),
                TierDemand(tiers=frozenset({Tier.MODEL}), demand=Demand.RECOMMENDED),
            )
        )

    def demand(self, tier: Tier, workload: WorkloadDemands | None) -> Demand:
        """Return what is demanded of data of this tier; a tier of which nothing is said is required.

        What is no workload's own is judged as production, at its most sensitive: the strictest demand there.
        """
        if workload is not None:
            return self._first(tier, workload.environment, workload.sensitivity)
        sensitivity = self.sensitivities[-1] if self.sensitivities else ""
        found = {self._first(tier, stage, sensitivity) for stage in self.production or ("",)}
        return next(demand for demand in Demand if demand in found)

    def _first(self, tier: Tier, environment: str, sensitivity: str) -> Demand:
        fitting = (rule.demand for rule in self.tiers if rule.fits(tier, environment, sensitivity))
        return next(fitting, Demand.REQUIRED)


def matches(pattern: str, text: str) -> bool:
    """Whether a text is what a pattern says, in which ``*`` stands for anything (and nothing else is special)."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
