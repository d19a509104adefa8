"""The KMS keys of a plan: those it makes or keeps, and those it looks up.

What is left out is what AWS takes instead, by the API's own defaults.
Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html, API_EnableKeyRotation.html and
API_ScheduleKeyDeletion.html; names of arguments: the resources' pages of the Terraform providers aws and awscc.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from bedrock_cmk_guard.sources.plan.documents import document
from bedrock_cmk_guard.sources.plan.instance import Instance
from bedrock_cmk_guard.sources.plan.plan import Plan, because, tags_of
from bedrock_cmk_guard.sources.terraform.kinds import ALIASES, EXTERNAL_KEYS, KEYS, REPLICAS
from bedrock_cmk_guard.subjects import Fact, Key, Unknown

T = TypeVar("T")

_PERIOD = 365
_WINDOW = 30
_NOT_TOLD = Unknown("the key is only looked up, and that does not tell")
_PRIMARY = "primary_key_arn"


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the arguments of one key."""

    plan: Plan
    instance: Instance

    def fact(self, kind: type[T], default: T | Unknown, *names: str) -> Fact[T]:
        """Return the first argument of these names that has a value; left out, the default."""
        for name in names:
            value = self.instance.values.get(name)
            if isinstance(value, Unknown):
                if not self.plan.is_left_out(self.instance, (name,)):
                    return Fact(because(self.plan.only_origin(self.instance, (name,))), self.instance.place)
            elif isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
                return Fact(value, self.instance.place)
        return Fact(default)


def keys(plan: Plan) -> tuple[Key, ...]:
    """Return every key, declared ones with their aliases and the policies given to them apart."""
    found = {instance.address: _declared(plan, instance) for instance in plan.of_type(KEYS)}
    named = _Named(plan, found)
    for address, key in found.items():
        instance = plan.instances[address]
        if instance.type in REPLICAS:
            primary = named.addresses(instance, _PRIMARY)
            found[address] = _like_its_primary(plan, instance, key, found[primary[0]] if primary else None)
    for instance in plan.of_type(frozenset({"aws_kms_key_policy"})):
        # A policy that is a resource of its own takes the place of the key's.
        for address in named.addresses(instance, "key_id"):
            found[address] = replace(found[address], policy=document(plan, instance, "policy"))
    for instance in plan.of_type(ALIASES):
        for address in named.addresses(instance, "target_key_id"):
            aliases = (*found[address].aliases, plan.names.alias(instance))
            known = instance.known_text("name", "alias_name")
            why = "" if known else f"{instance.address} gets its name only in the apply"
            unknown = found[address].unknown_alias or why
            found[address] = replace(found[address], aliases=aliases, unknown_alias=unknown)
    return (*found.values(), *_looked_up(plan))


def _declared(plan: Plan, instance: Instance) -> Key:
    read = _Reader(plan, instance)
    external = instance.type in EXTERNAL_KEYS
    rotation = read.fact(bool, False, "enable_key_rotation", "key_rotation_enabled")
    period = read.fact(int, _PERIOD, "rotation_period_in_days")
    window = read.fact(int, _WINDOW, "deletion_window_in_days", "pending_window_in_days")
    policy = "key_policy" if instance.type.startswith("awscc_") else "policy"
    return Key(
        address=instance.address,
        place=instance.place,
        arn=plan.names.key_arn(instance),
        declared=True,
        account=plan.names.account(instance),
        region=plan.names.region(instance),
        manager=Fact("CUSTOMER", instance.place),
        spec=read.fact(str, "SYMMETRIC_DEFAULT", "customer_master_key_spec", "key_spec"),
        usage=read.fact(str, "ENCRYPT_DECRYPT", "key_usage"),
        origin=Fact("EXTERNAL", instance.place) if external else _origin(read),
        enabled=read.fact(bool, True, "is_enabled", "enabled"),
        multi_region=Fact(True) if instance.type in REPLICAS else read.fact(bool, False, "multi_region"),
        rotation=rotation,
        rotation_period_days=_while(rotation, period),
        deletion_window_days=Fact(window.value, window.place, window.trail),
        tags=tags_of(instance),
        policy=document(plan, instance, policy),
    )


def _while(rotation: Fact[bool], period: Fact[int]) -> Fact[int | None]:
    if rotation.value is False:
        return Fact(None)
    return Fact(period.value, period.place, period.trail)


def _origin(read: _Reader) -> Fact[str]:
    if read.instance.values.get("xks_key_id") is not None:
        return Fact("EXTERNAL_KEY_STORE", read.instance.place)
    if read.instance.values.get("custom_key_store_id") is not None:
        return Fact("AWS_CLOUDHSM", read.instance.place)
    return read.fact(str, "AWS_KMS", "origin")


def _like_its_primary(plan: Plan, instance: Instance, key: Key, primary: Key | None) -> Key:
    """A replica shares spec, usage, origin and rotation with its primary, which may be in the plan too."""
    if primary is None:
        unknown = Unknown("it is that of the primary key, which was not read")
        return replace(
            key,
            spec=_Reader(plan, instance).fact(str, unknown, "key_spec"),
            usage=_Reader(plan, instance).fact(str, unknown, "key_usage"),
            origin=key.origin if instance.type in EXTERNAL_KEYS else Fact(unknown),
            rotation=_Reader(plan, instance).fact(bool, unknown, "key_rotation_enabled"),
            rotation_period_days=Fact(unknown),
        )
    return replace(
        key,
        spec=primary.spec,
        usage=primary.usage,
        origin=primary.origin,
        rotation=primary.rotation,
        rotation_period_days=primary.rotation_period_days,
    )


class _Named:
    """Finds the keys that an argument names, by ARN, id or reference."""

    def __init__(self, plan: Plan, found: Mapping[str, Key]) -> None:
        self._plan = plan
        self._found = found
        self._by_arn: dict[str, list[str]] = {}
        for address, key in found.items():
            for name in (key.arn, key.arn.rpartition("/")[2]):
                self._by_arn.setdefault(name, []).append(address)

    def addresses(self, instance: Instance, argument: str) -> Sequence[str]:
        value = instance.values.get(argument)
        if isinstance(value, str):
            return self._by_arn.get(value, ())
        origin = self._plan.only_origin(instance, (argument,)) if isinstance(value, Unknown) else None
        return (
            (origin.instance.address,)
            if origin is not None and origin.instance.address in self._found
            else ()
        )


def _looked_up(plan: Plan) -> Iterator[Key]:
    """Give the keys of data sources that were read."""
    for instance in plan.of_type(frozenset({"aws_kms_key", "aws_kms_alias"}), "data"):
        arn = instance.known_text("target_key_arn", "arn")
        if arn is not None and ":key/" in arn:
            yield _found(plan, instance, arn)


def _found(plan: Plan, instance: Instance, arn: str) -> Key:
    read = _Reader(plan, instance)
    alias = instance.known_text("name") if instance.type == "aws_kms_alias" else None
    manager = instance.known_text("key_manager")
    known: Literal["CUSTOMER", "AWS"] | Unknown = _NOT_TOLD
    if manager == "AWS" or (alias or "").startswith("alias/aws/"):
        known = "AWS"
    elif manager == "CUSTOMER" or alias:
        # Every alias that is not below alias/aws/ is of a customer's key.
        # https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
        known = "CUSTOMER"
    return Key(
        address=instance.address,
        place=instance.place,
        arn=arn,
        declared=False,
        account=plan.names.account(instance),
        region=plan.names.region(instance),
        manager=Fact(known, instance.place),
        spec=read.fact(str, _NOT_TOLD, "key_spec", "customer_master_key_spec"),
        usage=read.fact(str, _NOT_TOLD, "key_usage"),
        origin=read.fact(str, _NOT_TOLD, "origin"),
        enabled=read.fact(bool, _NOT_TOLD, "enabled"),
        multi_region=read.fact(bool, _NOT_TOLD, "multi_region"),
        rotation=Fact(_NOT_TOLD),
        rotation_period_days=Fact(_NOT_TOLD),
        deletion_window_days=Fact(_NOT_TOLD),
        tags=Fact(_NOT_TOLD),
        policy=Fact(_NOT_TOLD),
        aliases=(alias,) if alias else (),
        state=instance.known_text("key_state"),
    )
