"""KMS keys as templates declare them, with what KMS takes where a property is left out.

Source: the template reference of AWS::KMS::Key, AWS::KMS::ReplicaKey and AWS::KMS::Alias, and
https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html for the period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bedrock_cmk_guard.sources.cloudformation import facts
from bedrock_cmk_guard.sources.cloudformation.documents import Names, policy
from bedrock_cmk_guard.sources.cloudformation.identities import ALIAS, KEYS, arn_of
from bedrock_cmk_guard.sources.cloudformation.presence import Inhabitant
from bedrock_cmk_guard.sources.cloudformation.stack import Scoped
from bedrock_cmk_guard.sources.cloudformation.template import Declared
from bedrock_cmk_guard.sources.cloudformation.values import text_of
from bedrock_cmk_guard.subjects import Fact, Key, Step, Unknown

_PERIOD_DAYS = 365
_WINDOW_DAYS = 30
_REPLICA = "AWS::KMS::ReplicaKey"


def keys(inhabitants: Sequence[Inhabitant], names: Names) -> tuple[Key, ...]:
    """Every key, with its aliases; a replica with what it has from its primary key."""
    found: dict[str, Key] = {}
    replicas: list[tuple[str, Inhabitant]] = []
    for inhabitant in inhabitants:
        if inhabitant.resource.type in KEYS:
            key = _key(inhabitant.resource, inhabitant.scope, names)
            found[key.arn] = key
            if inhabitant.resource.type == _REPLICA:
                replicas.append((key.arn, inhabitant))
    for arn, inhabitant in replicas:
        primary = text_of(inhabitant.scope.property(inhabitant.resource, "PrimaryKeyArn"))
        found[arn] = _like_its_primary(found[arn], found.get(primary) if isinstance(primary, str) else None)
    aliases = _aliases(inhabitants)
    return tuple(replace(key, aliases=_of(key, aliases)) for key in found.values())


def _key(resource: Declared, scope: Scoped, names: Names) -> Key:
    rotation = facts.truth(scope.property(resource, "EnableKeyRotation"), default=False)
    return Key(
        address=scope.stack.address(resource.id),
        place=resource.place,
        arn=arn_of(resource, scope) or "",
        declared=True,
        manager=Fact("CUSTOMER", resource.place),
        spec=facts.text(scope.property(resource, "KeySpec"), "SYMMETRIC_DEFAULT"),
        usage=facts.text(scope.property(resource, "KeyUsage"), "ENCRYPT_DECRYPT"),
        origin=facts.text(scope.property(resource, "Origin"), "AWS_KMS"),
        enabled=facts.truth(scope.property(resource, "Enabled"), default=True),
        multi_region=facts.truth(scope.property(resource, "MultiRegion"), default=False),
        rotation=rotation,
        rotation_period_days=_period(rotation, scope, resource),
        deletion_window_days=_window(scope, resource),
        tags=facts.tags(scope.property(resource, "Tags")),
        policy=policy(resource.properties.get("KeyPolicy"), scope, names),
        **facts.place_facts(scope),
    )


def _window(scope: Scoped, resource: Declared) -> Fact[int | None]:
    found = facts.number(scope.property(resource, "PendingWindowInDays"), _WINDOW_DAYS)
    return Fact(found.value, found.place, found.trail)


def _period(rotation: Fact[bool], scope: Scoped, resource: Declared) -> Fact[int | None]:
    if rotation.value is False:
        return Fact(None)
    found = facts.number(scope.property(resource, "RotationPeriodInDays"), _PERIOD_DAYS)
    return Fact(found.value, found.place, found.trail)


def _like_its_primary(key: Key, primary: Key | None) -> Key:
    """A replica shares spec, usage, origin and rotation with its primary, which may be in the stack too."""
    if primary is None:
        reason = Unknown("it is that of the primary key, which was not read")
        return replace(
            key,
            spec=Fact(reason),
            usage=Fact(reason),
            origin=Fact(reason),
            multi_region=Fact(True),
            rotation=Fact(reason),
            rotation_period_days=Fact(reason),
        )
    step = Step(f"it is that of the primary key {primary.address}", primary.place)
    return replace(
        key,
        spec=replace(primary.spec, trail=(step, *primary.spec.trail)),
        usage=replace(primary.usage, trail=(step, *primary.usage.trail)),
        origin=replace(primary.origin, trail=(step, *primary.origin.trail)),
        multi_region=Fact(True),
        rotation=replace(primary.rotation, trail=(step, *primary.rotation.trail)),
        rotation_period_days=primary.rotation_period_days,
    )


def _aliases(inhabitants: Iterable[Inhabitant]) -> Mapping[str, tuple[str, ...]]:
    """The names of the aliases, by what they name as their key: its ARN or id."""
    found: dict[str, tuple[str, ...]] = {}
    for inhabitant in inhabitants:
        resource, scope = inhabitant.resource, inhabitant.scope
        if resource.type == ALIAS and inhabitant.by_default:
            name = text_of(scope.property(resource, "AliasName"))
            target = text_of(scope.property(resource, "TargetKeyId"))
            if isinstance(name, str) and isinstance(target, str):
                found[target] = (*found.get(target, ()), name)
    return found


def _of(key: Key, aliases: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return aliases.get(key.arn, ()) + aliases.get(key.arn.rpartition("/")[2], ())
