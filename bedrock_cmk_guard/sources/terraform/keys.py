"""The KMS keys of a root: those it declares, and those it looks up.

What is left out is what AWS takes instead, by the API's own defaults.
Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html, API_EnableKeyRotation.html and
API_ScheduleKeyDeletion.html; names of arguments: the resources' pages of the Terraform providers aws and awscc.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from bedrock_cmk_guard.sources.terraform.facts import fact, place_of, tags_of
from bedrock_cmk_guard.sources.terraform.kinds import ALIASES, EXTERNAL_KEYS, KEYS, REPLICAS
from bedrock_cmk_guard.sources.terraform.language.values import Computed
from bedrock_cmk_guard.sources.terraform.naming import Names
from bedrock_cmk_guard.subjects import Document, Fact, Key, Unknown

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.declared import Declared
    from bedrock_cmk_guard.sources.terraform.world import World

_PERIOD = 365
_WINDOW = 30
_LOOKUPS = frozenset({"aws_kms_key", "aws_kms_alias"})
_NOT_TOLD = Unknown("the key is only looked up, and that does not tell")
_PRIMARY = Unknown("it is that of the primary key, which was not read")


def keys(world: World, names: Names) -> tuple[Key, ...]:
    """Return every key, declared ones with their aliases and the policies given to them apart."""
    found = {
        instance.address: _declared(names, instance)
        for block in world.blocks("resource")
        if block.type in KEYS
        for instance in world.instances(block)
    }
    by_arn = {key.arn: address for address, key in found.items()}
    for address, key in found.items():
        instance = world.declared[address]
        if instance.type in REPLICAS:
            primary = _named(names, instance, "primary_key_arn", by_arn)
            found[address] = _like_its_primary(instance, key, found[primary] if primary else None)
    for block in world.blocks("resource"):
        if block.type in ALIASES or block.type == "aws_kms_key_policy":
            for instance in world.instances(block):
                _apart(names, instance, found, by_arn)
    return (*found.values(), *_looked_up(world, names))


def _apart(names: Names, instance: Declared, found: dict[str, Key], by_arn: Mapping[str, str]) -> None:
    """Add what is a resource of its own: an alias, or a policy that takes the place of the key's."""
    is_alias = instance.type in ALIASES
    address = _named(names, instance, "target_key_id" if is_alias else "key_id", by_arn)
    if address is None:
        return
    if not is_alias:
        found[address] = replace(found[address], policy=policy_fact(names, instance, "policy"))
        return
    alias = names.alias(instance)
    if isinstance(alias, Unknown):
        found[address] = replace(found[address], unknown_alias=alias.reason)
    else:
        found[address] = replace(found[address], aliases=(*found[address].aliases, alias))


def _named(names: Names, instance: Declared, argument: str, by_arn: Mapping[str, str]) -> str | None:
    """Return the address of the declared key that an argument names."""
    value = instance.evaluated(argument)
    if isinstance(value, Computed) and value.address in by_arn.values():
        return value.address
    text = names.text(value) if value is not None else None
    return by_arn.get(text) if isinstance(text, str) else None


def policy_fact(names: Names, instance: Declared, *arguments: str) -> Fact[Document]:
    """Return the policy that an argument holds; None, nowhere, where it is left out."""
    attribute = instance.attribute(*arguments)
    if attribute is None:
        return Fact(None)
    value, trail = instance.traced(attribute)
    return Fact(names.document(value), None if value is None else attribute.place, trail)


def _declared(names: Names, instance: Declared) -> Key:
    external = instance.type in EXTERNAL_KEYS
    rotation = fact(instance, bool, False, "enable_key_rotation", "key_rotation_enabled")
    window = fact(instance, int, _WINDOW, "deletion_window_in_days", "pending_window_in_days")
    period = fact(instance, int, _PERIOD, "rotation_period_in_days")
    return Key(
        address=instance.address,
        place=place_of(instance),
        arn=names.key_arn(instance),
        declared=True,
        account=names.account(instance),
        region=names.region(instance),
        manager=Fact("CUSTOMER", instance.block.header),
        spec=fact(instance, str, "SYMMETRIC_DEFAULT", "customer_master_key_spec", "key_spec"),
        usage=fact(instance, str, "ENCRYPT_DECRYPT", "key_usage"),
        origin=Fact("EXTERNAL", instance.block.header) if external else _origin(instance),
        enabled=fact(instance, bool, True, "is_enabled", "enabled"),
        multi_region=(
            Fact(True) if instance.type in REPLICAS else fact(instance, bool, False, "multi_region")
        ),
        rotation=rotation,
        rotation_period_days=(
            Fact(None) if rotation.value is False else Fact(period.value, period.place, period.trail)
        ),
        deletion_window_days=Fact(window.value, window.place, window.trail),
        tags=tags_of(names, instance),
        policy=policy_fact(names, instance, "policy", "key_policy"),
    )


def _origin(instance: Declared) -> Fact[str]:
    for argument, origin in (("xks_key_id", "EXTERNAL_KEY_STORE"), ("custom_key_store_id", "AWS_CLOUDHSM")):
        attribute = instance.attribute(argument)
        if attribute is not None and instance.evaluated(argument) is not None:
            return Fact(origin, attribute.place)
    return fact(instance, str, "AWS_KMS", "origin")


def _like_its_primary(instance: Declared, key: Key, primary: Key | None) -> Key:
    """A replica shares spec, usage, origin and rotation with its primary, which may be declared too."""
    if primary is not None:
        return replace(
            key,
            spec=primary.spec,
            usage=primary.usage,
            origin=primary.origin,
            rotation=primary.rotation,
            rotation_period_days=primary.rotation_period_days,
        )
    return replace(
        key,
        spec=Fact(_PRIMARY),
        usage=Fact(_PRIMARY),
        origin=key.origin if instance.type in EXTERNAL_KEYS else Fact(_PRIMARY),
        rotation=Fact(_PRIMARY),
        rotation_period_days=Fact(_PRIMARY),
    )


def _looked_up(world: World, names: Names) -> Iterator[Key]:
    """Give the keys that data sources find in an account."""
    for block in world.blocks("data"):
        if block.type in _LOOKUPS:
            for instance in world.instances(block):
                argument = "key_id" if block.type == "aws_kms_key" else "name"
                text = names.text(instance.evaluated(argument))
                arn = names.key_looked_up(instance, instance.evaluated(argument))
                if isinstance(arn, str) and arn == names.key_arn(instance):
                    yield _found(names, instance, arn, text)


def _found(names: Names, instance: Declared, arn: str, named: str | Unknown) -> Key:
    alias = named.rpartition(":")[2] if isinstance(named, str) else ""
    aliases: Sequence[str] = (alias,) if alias.startswith("alias/") else ()
    # Nobody but AWS makes aliases below alias/aws/, and theirs never come here; every other one is of a customer's key.
    # https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
    manager: Literal["CUSTOMER"] | Unknown = "CUSTOMER" if aliases else _NOT_TOLD
    return Key(
        address=instance.address,
        place=place_of(instance),
        arn=arn,
        declared=False,
        account=names.account(instance),
        region=names.region(instance),
        manager=Fact(manager, instance.block.header),
        spec=Fact(_NOT_TOLD),
        usage=Fact(_NOT_TOLD),
        origin=Fact(_NOT_TOLD),
        enabled=Fact(_NOT_TOLD),
        multi_region=Fact(_NOT_TOLD),
        rotation=Fact(_NOT_TOLD),
        rotation_period_days=Fact(_NOT_TOLD),
        deletion_window_days=Fact(_NOT_TOLD),
        tags=Fact(_NOT_TOLD),
        policy=Fact(_NOT_TOLD),
        aliases=tuple(aliases),
    )
