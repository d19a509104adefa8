"""The resources of a root that take a key, and the key that each names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.terraform.facts import place_of, tags_of, text_fact
from bedrock_cmk_guard.sources.terraform.key_names import key_fact
from bedrock_cmk_guard.sources.terraform.language.values import is_open
from bedrock_cmk_guard.sources.terraform.naming import Names
from bedrock_cmk_guard.sources.terraform.nested import Spot, nested, spot_of
from bedrock_cmk_guard.sources.terraform.targets import (
    CIRCUMSTANCES,
    NAMES,
    ROLES,
    Circumstance,
    Target,
    switched,
    targets,
)
from bedrock_cmk_guard.subjects import EncryptedResource, Fact, KeyValue, Unknown

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.declared import Declared
    from bedrock_cmk_guard.sources.terraform.world import World


def encrypted_resources(
    world: World, names: Names, instance: Declared, note: str = ""
) -> Iterator[EncryptedResource]:
    """Give an instance as a subject, once for each surface that it is."""
    whole = spot_of(instance.block.body, instance.block.header, instance.scope)
    for target in targets().get(instance.type, ()):
        circumstance = CIRCUMSTANCES.get(target.surface)
        if circumstance is None or _holds(whole, circumstance):
            yield _resource(world, names, instance, whole, target, note)


def _resource(
    world: World, names: Names, instance: Declared, whole: Spot, target: Target, note: str
) -> EncryptedResource:
    return EncryptedResource(
        surface=target.surface,
        type=instance.type,
        address=instance.address,
        place=place_of(instance),
        key=_key(world, names, whole, target),
        attribute=target.attribute,
        name=_name(names, instance),
        account=names.account(instance),
        region=names.region(instance),
        tags=tags_of(names, instance),
        role=_role(names, instance),
        note=note,
    )


def _key(world: World, names: Names, whole: Spot, target: Target) -> Fact[KeyValue]:
    key = key_fact(world, names, list(nested(whole, target.path)))
    return switched(
        target.surface, key, lambda path: (spot.value for spot in nested(whole, path) if spot.there)
    )


def _holds(whole: Spot, circumstance: Circumstance) -> bool:
    """Whether the resource is of the surface; where that is not known it is taken to be."""
    wanted = [_there(whole, path) for path in circumstance.any_of]
    if circumstance.or_equal is not None:
        wanted.append(_equals(whole, *circumstance.or_equal))
    refused = [_there(whole, path) for path in circumstance.none_of]
    return (not wanted or any(there is not False for there in wanted)) and True not in refused


def _there(whole: Spot, path: Sequence[str]) -> bool | None:
    """Whether something stands at a path; None where that is not known."""
    answers = {_is_something(spot) for spot in nested(whole, path)}
    return answers.pop() if len(answers) == 1 else None


def _equals(whole: Spot, path: Sequence[str], wanted: str) -> bool | None:
    """Whether some value at a path is the one that is wanted; None where that is not known."""
    values = [spot.value for spot in nested(whole, path) if spot.there]
    return True if wanted in values else None if any(map(is_open, values)) else False


def _is_something(spot: Spot) -> bool | None:
    if not spot.there:
        return False
    if spot.optional:
        return None
    if spot.body is not None:
        return True
    if is_open(spot.value):
        return None
    return spot.value not in (None, (), {}, False)


def _name(names: Names, instance: Declared) -> Fact[str]:
    attribute = instance.attribute(*NAMES)
    if attribute is None:
        return Fact(Unknown("it has no name"))
    return text_fact(names, instance, attribute)


def _role(names: Names, instance: Declared) -> Fact[str] | None:
    attribute = instance.attribute(*ROLES)
    return None if attribute is None else text_fact(names, instance, attribute)
