"""Claims about the guard on keys: who destroys, rewrites, tags and moves them, and in what form they are born."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bedrock_cmk_guard.claims.claim import Claim
from bedrock_cmk_guard.claims.world import (
    ADMINISTRATOR,
    ANY_KEY_POLICY,
    World,
    about_calls,
    about_key,
    on_all_keys,
)
from bedrock_cmk_guard.iam import Condition
from bedrock_cmk_guard.iam.evaluator import PolicySet
from bedrock_cmk_guard.iam.prover import IDENTITIES, Callers, Question
from bedrock_cmk_guard.policies.conditions import except_for, merge, role_patterns
from bedrock_cmk_guard.policies.key_protection import ALIASES, CHANGING, DESTROYING, TAGGING
from bedrock_cmk_guard.requirements.standards import RequiredTag

_LAYER = "key_protection"


def claims(world: World) -> Iterator[Claim]:
    """Every claim about the guard."""
    yield from _destruction(world)
    yield from _changes(world)
    yield from _limits(world)
    yield _forms(world)
    yield from _tags(world)


def _claim(world: World, layer: str, name: str, sentence: str, questions: Iterable[Question]) -> Claim:
    return Claim(
        name,
        sentence,
        tuple(questions),
        intended=getattr(world.requirements.enforcement.layers, layer) is not None,
        because=f"the layer {layer} is off",
        about=(layer.replace("_", "-"),),
    )


def _keepers(world: World) -> tuple[str, ...]:
    principals = world.requirements.principals
    return role_patterns(world.requirements, principals.governance, principals.break_glass)


def _builders(world: World) -> tuple[str, ...]:
    return (*_keepers(world), *role_patterns(world.requirements, world.requirements.principals.applier))


def _by_scps(world: World, actions: Iterable[str], condition: Condition) -> tuple[Question, ...]:
    """Questions about rendered keys under any key policy, with the SCPs alone."""
    asked = (
        replace(about_key(world, key, ANY_KEY_POLICY), actions=tuple(actions), condition=condition)
        for key in world.keys
    )
    bare = (replace(each, policies=replace(each.policies, rcps=None)) for each in asked)
    return tuple(question for each in bare for question in world.by_ours(each))


def _by_rcps(world: World, actions: Iterable[str], condition: Condition) -> tuple[Question, ...]:
    """Questions about rendered keys under any key policy, with the RCPs alone."""
    return tuple(
        replace(about_key(world, key, ANY_KEY_POLICY), actions=tuple(actions), condition=condition)
        for key in world.keys
    )


def _destruction(world: World) -> Iterator[Claim]:
    requirements, keepers = world.requirements, _keepers(world)
    yield Claim(
        "destroy",
        "Nobody but governance and break-glass can delete, disable or unrotate a key, while its key policy stands.",
        on_all_keys(world, DESTROYING, except_for(requirements, _LAYER, keepers)),
        about=("key-policy",),
    )
    yield _claim(
        world,
        _LAYER,
        "destroy/by-scp",
        "Nobody in the workloads' accounts but governance and break-glass can delete, disable or unrotate a guarded "
        "key, whatever its key policy says: by the SCP alone.",
        _by_scps(world, DESTROYING, except_for(requirements, _LAYER, keepers)),
    )
    yield _claim(
        world,
        "kms_perimeter",
        "destroy/by-rcp",
        "Nobody but governance and break-glass can delete, disable or unrotate a guarded key, whatever its key policy "
        "says: by the RCP alone.",
        _by_rcps(world, DESTROYING, except_for(requirements, "kms_perimeter", keepers)),
    )


def _changes(world: World) -> Iterator[Claim]:
    requirements, builders = world.requirements, _builders(world)
    yield _claim(
        world,
        _LAYER,
        "key-changes/by-scp",
        "Nobody in the workloads' accounts but governance, break-glass and the applier can change the policy, tags or "
        "material of a guarded key, whatever its key policy says: by the SCP alone.",
        _by_scps(world, CHANGING, except_for(requirements, _LAYER, builders)),
    )
    yield _claim(
        world,
        "kms_perimeter",
        "key-policy/by-rcp",
        "Nobody but governance, break-glass and the applier can rewrite the policy of a guarded key, whatever it says "
        "now: by the RCP alone.",
        _by_rcps(world, ("kms:PutKeyPolicy",), except_for(requirements, "kms_perimeter", builders)),
    )
    people: Condition = {"BoolIfExists": {"kms:GrantIsForAWSResource": ("false",)}}
    yield _claim(
        world,
        _LAYER,
        "grants",
        "Nobody in the workloads' accounts but governance and break-glass can make or revoke a grant on a guarded key "
        "outside AWS services, whatever its key policy says.",
        _by_scps(
            world,
            ("kms:CreateGrant", "kms:RevokeGrant"),
            merge(people, except_for(requirements, _LAYER, _keepers(world))),
        ),
    )
    prefix = requirements.key_standard.alias_pattern.partition("{")[0]
    if prefix != "alias/":
        alias = f"arn:{world.facts.partition}:kms:*:*:{prefix}*"
        question = Question(
            PolicySet(identity=(ADMINISTRATOR,)),
            ALIASES,
            (alias,),
            Callers(IDENTITIES),
            except_for(requirements, _LAYER, builders),
        )
        yield _claim(
            world,
            _LAYER,
            "aliases",
            f"Nobody but governance, break-glass and the applier can make, move or delete an alias that begins with "
            f"{prefix}, in the workloads' accounts.",
            world.by_ours(question),
        )


def _limits(world: World) -> Iterator[Claim]:
    """What nobody may do, whoever they are."""
    requirements, standard = world.requirements, world.requirements.key_standard
    anybody, days = except_for(requirements, _LAYER), standard.deletion_window_days
    short: Condition = {"NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": (str(days),)}}
    yield _claim(
        world,
        _LAYER,
        "deletion-window",
        f"Nobody at all in the workloads' accounts can have a guarded key deleted in less than {days} days, whatever "
        "its key policy says.",
        _by_scps(world, ("kms:ScheduleKeyDeletion",), merge(short, anybody)),
    )
    layer = requirements.enforcement.layers.key_protection
    if layer is not None and layer.recent_use_days is not None:
        used: Condition = {
            "NumericLessThanEquals": {"kms:TrailingDaysWithoutKeyUsage": (str(layer.recent_use_days),)}
        }
        breakers = role_patterns(requirements, requirements.principals.break_glass)
        tenants = requirements.tag_standard.guard.tenant_key
        asked = _by_scps(
            world,
            ("kms:DisableKey", "kms:ScheduleKeyDeletion"),
            merge(used, except_for(requirements, _LAYER, breakers)),
        )
        yield _claim(
            world,
            _LAYER,
            "recently-used",
            f"Nobody but break-glass can disable or delete a guarded key that was used in the last "
            f"{layer.recent_use_days} days and is not a tenant's, in the workloads' accounts.",
            (each for each in asked if not any(key.endswith(f"/{tenants}") for key in each.given)),
        )
    if standard.rotation_period_days is not None:
        slow: Condition = {
            "NumericGreaterThan": {"kms:RotationPeriodInDays": (str(standard.rotation_period_days),)}
        }
        yield _claim(
            world,
            _LAYER,
            "rotation",
            f"Nobody can have a guarded key rotate less often than every {standard.rotation_period_days} days, in the "
            "workloads' accounts.",
            _by_scps(world, ("kms:EnableKeyRotation",), merge(slow, anybody)),
        )
    bypass: Condition = {"Bool": {"kms:BypassPolicyLockoutSafetyCheck": ("true",)}}
    yield _claim(
        world,
        _LAYER,
        "lockout-check",
        "Nobody can switch off KMS's check that a key policy leaves somebody able to change it, in the workloads' "
        "accounts.",
        (
            *_by_scps(world, ("kms:PutKeyPolicy",), merge(bypass, anybody)),
            *about_calls(world, ("kms:CreateKey",), merge(bypass, anybody)),
        ),
    )


def _forms(world: World) -> Claim:
    """A key that is born guarded has the form demanded: each way of missing it is a question of its own."""
    requirements, standard = world.requirements, world.requirements.key_standard
    tag, anybody = requirements.tag_standard.guard, except_for(requirements, _LAYER)
    born: Condition = {"StringEquals": {f"aws:RequestTag/{tag.key}": (tag.value,)}}
    misses: list[Condition] = [
        {"StringNotEquals": {"kms:KeySpec": (standard.spec,)}},
        {"StringNotEquals": {"kms:KeyOrigin": (standard.origin.value,)}},
    ]
    if not standard.multi_region:
        misses.append({"Bool": {"kms:MultiRegion": ("true",)}})
    return _claim(
        world,
        _LAYER,
        "key-form",
        f"Nobody can make a key with the tag {tag.key}={tag.value} that is not {standard.spec}, of origin "
        f"{standard.origin.value}{'' if standard.multi_region else ' and in one Region'}, in the workloads' accounts.",
        (q for miss in misses for q in about_calls(world, ("kms:CreateKey",), merge(born, miss, anybody))),
    )


def _tags(world: World) -> Iterator[Claim]:
    requirements, tag = world.requirements, world.requirements.tag_standard.guard
    others = except_for(requirements, _LAYER, _builders(world))
    reserved = merge({"ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": tag.reserved}}, others)
    writes = tuple(action for action in TAGGING if action != "kms:CreateKey")
    # Any key of the account, with whatever tags it has.
    existing = (replace(each, given={}, closed=()) for each in _by_scps(world, writes, reserved))
    born = merge({"StringEquals": {f"aws:RequestTag/{tag.key}": (tag.value,)}}, others)
    yield _claim(
        world,
        _LAYER,
        "guard-tag",
        f"Nobody but governance, break-glass and the applier can set or remove the tag {tag.key} on a key of a "
        "workload's account, or make a key that has it.",
        (*existing, *about_calls(world, ("kms:CreateKey",), born)),
    )
    missing = [_missing(each) for each in requirements.tag_standard.tags if "kms:key" in each.required_on]
    if missing:
        yield _claim(
            world,
            "key_tags",
            "tags-of-new-keys",
            "Nobody can make a key without the tags demanded of keys, or with a value that is not allowed, in the "
            "workloads' accounts.",
            (
                question
                for each in missing
                for question in about_calls(
                    world, ("kms:CreateKey",), merge(each, except_for(requirements, "key_tags"))
                )
            ),
        )


def _missing(tag: RequiredTag) -> Condition:
    key = f"aws:RequestTag/{tag.key}"
    if tag.values:
        return {"StringNotEquals": {key: tag.values}}
    return {"StringNotLike": {key: (tag.pattern or "*",)}}
