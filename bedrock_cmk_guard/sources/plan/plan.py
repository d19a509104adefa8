"""A plan or state as the readers of its subjects see it: instances, what is written of them, and their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bedrock_cmk_guard.sources.plan.configuration import Configuration
from bedrock_cmk_guard.sources.plan.contents import Contents
from bedrock_cmk_guard.sources.plan.instance import Instance, Value
from bedrock_cmk_guard.sources.plan.naming import Names
from bedrock_cmk_guard.sources.plan.origins import Lost, Origin, Origins
from bedrock_cmk_guard.subjects import Fact, Unknown


@dataclass(frozen=True)
class Plan:
    """One plan or state."""

    instances: Mapping[str, Instance]
    """By address."""
    configuration: Configuration
    origins: Origins
    names: Names

    def of_type(
        self, types: frozenset[str] | Mapping[str, object], mode: str = "managed"
    ) -> Iterator[Instance]:
        """Give the instances of some types that are there once the plan is applied."""
        for instance in self.instances.values():
            if instance.type in types and instance.mode == mode and instance.kept:
                yield instance

    def is_left_out(self, instance: Instance, path: Sequence[str | int]) -> bool:
        """Whether nothing is written for an argument, so that whatever it will be is the provider's choice."""
        return self.configuration.told and self.configuration.expression(instance, path) is None

    def only_origin(self, instance: Instance, path: Sequence[str | int]) -> Origin | None:
        """Return what an argument comes from, if that is one thing and can be followed."""
        found = self.origins.of(instance, path)
        return found[0] if len(found) == 1 and isinstance(found[0], Origin) else None


def plan_of(contents: Contents) -> Plan:
    """Make what was read ready to be asked."""
    configuration = Configuration(contents.configuration, contents.variables)
    instances = contents.instances.values()
    return Plan(
        instances=contents.instances,
        configuration=configuration,
        origins=Origins(configuration, instances),
        names=Names(configuration, instances),
    )


def because(origin: Origin | Lost | None) -> Unknown:
    """Return the value that is unknown because of where it comes from."""
    if isinstance(origin, Lost):
        return Unknown(origin.reason)
    if origin is None:
        return Unknown("it is known only after the apply, and the plan does not say what it depends on")
    what = f"{origin.instance.address}.{origin.attribute}" if origin.attribute else origin.instance.address
    return Unknown(f"it depends on {what}, which is known only after the apply")


def tags_of(instance: Instance) -> Fact[Mapping[str, str | Unknown]]:
    """Return a resource's tags, those by the provider's defaults among them."""
    every = instance.values.get("tags_all")
    value: Value = every if every is not None else instance.values.get("tags")
    if isinstance(value, Sequence) and not isinstance(value, str):
        # awscc: a set of objects.
        items = [item for item in value if isinstance(item, Mapping)]
        if any(not isinstance(item.get("key"), str) for item in items):
            return Fact(Unknown("the name of a tag is known only after the apply"), instance.place)
        value = {str(item.get("key")): item.get("value") for item in items}
    if isinstance(value, Unknown):
        return Fact(value, instance.place)
    if not isinstance(value, Mapping):
        return Fact({})
    return Fact(
        {
            name: tag if isinstance(tag, Unknown) else str(tag)
            for name, tag in value.items()
            if isinstance(tag, Unknown) or tag is not None
        },
        instance.place,
    )
