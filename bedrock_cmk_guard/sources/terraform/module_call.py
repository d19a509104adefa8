"""A call of a module: one instance of it, or several, or a module that is not there."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.terraform.expansion import Expansion, Item, expand
from bedrock_cmk_guard.sources.terraform.instance_scope import InstanceScope
from bedrock_cmk_guard.sources.terraform.language.syntax import Block
from bedrock_cmk_guard.sources.terraform.lazy import OnDemand
from bedrock_cmk_guard.subjects import Step, Unknown

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.language.values import Value
    from bedrock_cmk_guard.sources.terraform.module_instance import ModuleInstance


class ModuleCall:
    """``module "name" { … }`` in one instance of the module that has it."""

    def __init__(self, caller: ModuleInstance, block: Block, name: str) -> None:
        self.caller = caller
        self.block = block
        self.name = name
        self.address = caller.within(f"module.{name}")
        self._instances: dict[int | str | None, ModuleInstance] = {}

    @property
    def steps(self) -> tuple[Step, ...]:
        """Where it is called."""
        return (Step(f"{self.address} is called here", self.block.header),)

    @cached_property
    def expansion(self) -> Expansion:
        """How often it is called."""
        return expand(self.block, self.caller.scope)

    @cached_property
    def folder(self) -> str | Unknown:
        """The folder of the module's code, or why it is not read."""
        return self.caller.world.folder_of_call(self)

    def instance(self, item: Item) -> ModuleInstance | None:
        """Return the module as one item of the call makes it; None where its code is not read."""
        from bedrock_cmk_guard.sources.terraform.module_instance import Inputs, ModuleInstance

        if isinstance(self.folder, Unknown):
            return None
        found = self._instances.get(item.key)
        if found is None:
            found = self._instances[item.key] = ModuleInstance(
                self.caller.world,
                self.caller.world.load(self.folder),
                address=self.address + item.suffix,
                names=(*self.caller.names, self.name),
                inputs=Inputs(self.caller, self.block, InstanceScope.of(self.caller, item)),
            )
        return found

    @property
    def instances(self) -> list[ModuleInstance]:
        """Every module that this call makes, as far as its code is read."""
        return [found for item in self.expansion.items if (found := self.instance(item)) is not None]

    @property
    def single(self) -> ModuleInstance | None:
        """The one module that a call without ``count`` and ``for_each`` makes."""
        return self.instance(Item()) if self.expansion.shape is None else None

    @cached_property
    def value(self) -> Value:
        """What ``module.name`` is worth."""
        if isinstance(self.folder, Unknown):
            return self.folder
        made: dict[int | str | None, Value] = {}
        for item in self.expansion.items:
            instance = self.instance(item)
            if instance is not None:
                made[item.key] = _outputs(instance)
        return self.expansion.value(made)


def _outputs(instance: ModuleInstance) -> Value:
    return OnDemand(instance.module.outputs, lambda name: instance.output(name).value)
