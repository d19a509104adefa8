"""The claims that the requirements file states itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bedrock_cmk_guard.claims.claim import Claim
from bedrock_cmk_guard.claims.world import ADMINISTRATOR, ANY_KEY_POLICY, ANY_TRUST, World, about_key
from bedrock_cmk_guard.errors import Problem, RequirementsError
from bedrock_cmk_guard.iam import PolicyDocument
from bedrock_cmk_guard.iam.evaluator import PolicySet
from bedrock_cmk_guard.iam.prover import IDENTITIES, Callers, Kind, Question
from bedrock_cmk_guard.policies.conditions import merge
from bedrock_cmk_guard.requirements.own_claims import ClaimedCallers, OwnClaim
from bedrock_cmk_guard.requirements.suggest import with_hint


def claims(world: World) -> Iterator[Claim]:
    """Every claim of the organisation's own."""
    for number, own in enumerate(world.requirements.claims):
        asked = _of_keys(world, number, own) if own.key is not None else _of_resources(world, own)
        yield Claim(
            f"own/{own.name}",
            own.sentence,
            tuple(question for each in asked for question in _by_callers(world, own, each)),
            services="about AWS services only"
            if own.callers is ClaimedCallers.SERVICES
            else "AWS services are not counted",
        )


def _of_keys(world: World, number: int, own: OwnClaim) -> Iterator[Question]:
    keys = [key for key in world.keys if key.scope == own.key]
    if not keys:
        known = sorted({key.scope for key in world.keys})
        message = with_hint(f"no key is of {own.key!r}", str(own.key), known)
        raise RequirementsError([Problem(("claims", number, "key"), message)])
    for key in keys:
        yield replace(about_key(world, key), actions=own.actions, condition=own.condition)


def _of_resources(world: World, own: OwnClaim) -> Iterator[Question]:
    """Resources of our accounts, those under the same RCPs together, whatever their own policies say."""
    alike: dict[tuple[tuple[PolicyDocument, ...], ...], list[str]] = {}
    for account in world.accounts:
        alike.setdefault(world.rcps(account), []).append(account)
    prefixes = {action.partition(":")[0] for action in own.actions}
    policy = ANY_KEY_POLICY if prefixes == {"kms"} else ANY_TRUST if prefixes == {"sts"} else None
    for rcps, accounts in alike.items():
        yield Question(
            PolicySet(identity=(ADMINISTRATOR,), resource_policy=policy, rcps=rcps),
            own.actions,
            own.resources,
            condition=merge(own.condition, {"StringLike": {"aws:ResourceAccount": tuple(accounts)}}),
        )


def _by_callers(world: World, own: OwnClaim, question: Question) -> Iterator[Question]:
    services = own.callers is ClaimedCallers.SERVICES
    kinds = frozenset({Kind.SERVICE}) if services else IDENTITIES
    asked = replace(question, callers=Callers(kinds), allowed=not own.always)
    yield from (
        world.by_ours(asked) if own.callers is ClaimedCallers.WORKLOAD_ACCOUNTS else world.by_anybody(asked)
    )
