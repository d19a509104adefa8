"""Which controls and which surfaces a scan is about."""

from __future__ import annotations

import fnmatch
from dataclasses import replace

from bedrock_cmk_guard.controls import CONTROLS, OF_FAULTS
from bedrock_cmk_guard.demands import Demand, Demands, TierDemand
from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.scan.settings import Settings
from bedrock_cmk_guard.surfaces import Tier


def check_filters(settings: Settings) -> None:
    """Raise ``SourceError`` for a pattern that fits no control, and for a tier that is none."""
    wanted(settings.controls)
    narrowed(Demands.default(), settings.tiers)


def wanted(patterns: tuple[str, ...]) -> frozenset[str]:
    """Return the ids that fit; what could not be read or judged is always among them."""
    ids = [control.id for control in CONTROLS]
    if not patterns:
        return frozenset(ids)
    chosen = set(OF_FAULTS)
    for pattern in patterns:
        fitting = fnmatch.filter(ids, pattern)
        if not fitting:
            raise SourceError(f"--control {pattern}: there is no such control; there are {', '.join(ids)}")
        chosen.update(fitting)
    return frozenset(chosen)


def narrowed(demands: Demands, tiers: tuple[str, ...]) -> Demands:
    """Return the same demands, of surfaces of these tiers only."""
    if not tiers:
        return demands
    unknown = [tier for tier in tiers if tier not in set(Tier)]
    if unknown:
        raise SourceError(f"--tier {unknown[0]}: there is no such tier; there are {', '.join(Tier)}")
    others = frozenset(tier for tier in Tier if tier not in tiers)
    return replace(demands, tiers=(TierDemand(tiers=others, demand=Demand.IGNORED), *demands.tiers))
