"""A resource or data source that is declared: its instances, and what references to them are worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.terraform.expansion import Expansion, Item, expand
from bedrock_cmk_guard.sources.terraform.instance_scope import InstanceScope
from bedrock_cmk_guard.sources.terraform.language.evaluation import evaluate
from bedrock_cmk_guard.sources.terraform.language.values import Computed, Instance
from bedrock_cmk_guard.sources.terraform.lazy import OnDemand
from bedrock_cmk_guard.subjects import Step

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.language.syntax import Attribute, Block
    from bedrock_cmk_guard.sources.terraform.language.values import Value
    from bedrock_cmk_guard.sources.terraform.module_instance import ModuleInstance
    from bedrock_cmk_guard.sources.terraform.providers import Provider

META = frozenset({"count", "for_each", "provider", "depends_on", "lifecycle"})
_PRESENT = frozenset({"arn", "id", "key_id", "target_key_arn", "target_key_id", "account_id", "region"})
"""Attributes that no resource or data source has empty once it exists."""
_KEPT_OPEN = {"aws_iam_role": ("name", "id"), "awscc_iam_role": ("role_name",)}
"""Names by which others refer to a role: they stay references, so that it is known which role is meant."""


class DeclaredBlock:
    """``resource "type" "name"`` or ``data "type" "name"`` in one instance of its module."""

    def __init__(self, module: ModuleInstance, block: Block, kind: str, name: str) -> None:
        self.module = module
        self.block = block
        self.type = kind
        self.name = name
        prefix = "data." if block.type == "data" else ""
        self.address = module.within(f"{prefix}{kind}.{name}")

    @cached_property
    def expansion(self) -> Expansion:
        """How many instances there are."""
        return expand(self.block, self.module.scope)

    @cached_property
    def instances(self) -> Mapping[int | str | None, Declared]:
        """Every instance, by its key."""
        made = {item.key: Declared(self, item) for item in self.expansion.items}
        for instance in made.values():
            self.module.world.declared[instance.address] = instance
        return made

    @cached_property
    def value(self) -> Value:
        """What a reference to it is worth."""
        values = {key: instance.value for key, instance in self.instances.items()}
        return self.expansion.value(values)


class Declared:
    """One instance of a resource or data source."""

    def __init__(self, declared: DeclaredBlock, item: Item) -> None:
        self.declared = declared
        self.item = item
        self.type = declared.type
        self.block = declared.block
        self.module = declared.module
        self.address = declared.address + item.suffix
        self.scope = InstanceScope.of(declared.module, item)

    @property
    def is_data(self) -> bool:
        """Whether it is a data source."""
        return self.block.type == "data"

    def attribute(self, *names: str) -> Attribute | None:
        """Return the first of these arguments that is written."""
        for name in names:
            found = self.block.body.attributes.get(name)
            if found is not None:
                return found
        return None

    def evaluated(self, name: str) -> Value:
        """Return an argument's value; null where it is not written."""
        attribute = self.block.body.attributes.get(name)
        return None if attribute is None else evaluate(attribute.expression, self.scope)

    def traced(self, attribute: Attribute) -> tuple[Value, tuple[Step, ...]]:
        """Return an argument's value, and how it came there."""
        trail = [Step(f"{attribute.name} is set here", attribute.place)]
        value = evaluate(attribute.expression, self.scope, trail)
        return value, tuple(trail)

    @cached_property
    def value(self) -> Value:
        """What a reference to this instance is worth."""
        from bedrock_cmk_guard.sources.terraform.data_sources import answered

        answers = answered(self) if self.is_data else {}
        kept = _KEPT_OPEN.get(self.type, ())
        names = [*answers, *self._names()]
        return Instance(
            self.address,
            OnDemand(
                [name for name in names if self.is_data or name not in kept],
                lambda name: answers[name]() if name in answers else self._argument(name),
            ),
            _PRESENT.union(kept),
        )

    def _names(self) -> Iterator[str]:
        return (name for name in self.block.body.attributes if name not in META)

    def _argument(self, name: str) -> Value:
        value = self.evaluated(name)
        # Null leaves an argument to the provider, which may well fill it in.
        return Computed(self.address, (name,), name in _PRESENT) if value is None else value

    @cached_property
    def provider(self) -> Provider | None:
        """The provider block that it belongs to, as far as there is one."""
        attribute = self.block.body.attributes.get("provider")
        name = None
        if attribute is not None:
            expression = attribute.expression
            root, path = getattr(expression, "root", None), getattr(expression, "attributes", ())
            literal = getattr(expression, "value", None)
            name = ".".join((root, *path)) if isinstance(root, str) else literal
        return self.module.provider(name if isinstance(name, str) else self.type.partition("_")[0])
