"""Which controls and which surfaces a scan is about."""

from __future__ import annotations

from dataclasses import replace

from bedrock_cmk_guard.controls import CONTROLS, OF_FAULTS, chosen
from bedrock_cmk_guard.demands import Demand, Demands, TierDemand
from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.scan.settings import Settings
from bedrock_cmk_guard.surfaces import Tier


def check_filters(settings: Settings) -> None:
    """Raise ``SourceError`` for a pattern that fits no control, and for a tier that is none."""
    wanted(settings)
    narrowed(Demands.default(), settings.tiers)


def wanted(settings: Settings) -> frozenset[str]:
    """Return the ids of the controls asked for; what could not be read or judged is always among them."""
    return chosen(settings.controls, CONTROLS, OF_FAULTS)


def narrowed(demands: Demands, tiers: tuple[str, ...]) -> Demands:
    """Return the same demands, of surfaces of these tiers only."""
    if not tiers:
        return demands
    unknown = [tier for tier in tiers if tier not in set(Tier)]
    if unknown:
        raise SourceError(f"--tier {unknown[0]}: there is no such tier; there are {', '.join(Tier)}")
    others = frozenset(tier for tier in Tier if tier not in tiers)
    return replace(demands, tiers=(TierDemand(tiers=others, demand=Demand.IGNORED), *demands.tiers))
