"""Every claim that some requirements lead to."""

from __future__ import annotations

from bedrock_cmk_guard.claims import agents, guard, keys, limits, own, roles, use, widely_copied
from bedrock_cmk_guard.claims.claim import Claim, once
from bedrock_cmk_guard.claims.world import World
from bedrock_cmk_guard.requirements import Requirements

_FAMILIES = (
    keys.claims,
    guard.claims,
    agents.claims,
    roles.claims,
    use.claims,
    own.claims,
)


def claims_of(requirements: Requirements) -> tuple[Claim, ...]:
    """Every claim about what the requirements ask for, in the order in which they are reported."""
    return claims_in(World(requirements))


def claims_in(world: World) -> tuple[Claim, ...]:
    """Every claim, put to these policies. Those without a question say nothing and are left out."""
    meant = [claim for family in _FAMILIES for claim in family(world)]
    found = (*meant, *limits.claims(world, meant), *widely_copied.claims(world))
    return once(claim for claim in found if claim.questions)
