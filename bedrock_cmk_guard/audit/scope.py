"""What an audit is asked to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which accounts, Regions and surfaces, and how the accounts are entered."""

    accounts: tuple[str, ...] = ()
    """Their ids. Empty: the session's own."""
    organization: bool = False
    """All active accounts of the organisation."""
    role: str = ""
    """The name of the role that is assumed in every account but the session's own."""
    external_id: str = ""
    regions: tuple[str, ...] = ()
    """Empty: those of the requirements, or else the session's."""
    tiers: tuple[str, ...] = ()
    """Only surfaces of these tiers. Empty: all of which something is demanded."""
    guardrails: bool | None = None
    """Whether the organisation's policies are compared with those that the requirements render. None: if the whole
    organisation is audited."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How much is done at a time, and how fast."""

    accounts: int = 8
    lists: int = 16
    reads: int = 32
    rate: float = 1.0
    """Multiplies the rates that calls keep to; 0 for a service that is not AWS's."""
    attempts: int = 8
    """How often a call is tried, the first time included."""
    connect_seconds: float = 5
    read_seconds: float = 15


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an audit is."""

    accounts: int
    accounts_done: int
    resources: int
    calls: int
    cells: int
    """How many lists there are to read: one for each group of surfaces, Region and account."""
    cells_done: int


Tell = Callable[[Progress], None]
