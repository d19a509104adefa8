"""What names mean in one instance of a block: ``each``, ``count``, a dynamic block's iterator, and the module's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.terraform.language.scope import Resolved
from bedrock_cmk_guard.subjects import Place, Step, Unknown

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.expansion import Item
    from bedrock_cmk_guard.sources.terraform.language.values import Value
    from bedrock_cmk_guard.sources.terraform.module_instance import ModuleInstance


class InstanceScope:
    """The scope of one instance."""

    __slots__ = ("_bound", "_module", "_steps")

    def __init__(
        self, module: ModuleInstance, bound: Mapping[str, Value], steps: tuple[Step, ...] = ()
    ) -> None:
        """``steps`` tell how ``each`` came to its value."""
        self._module = module
        self._bound = bound
        self._steps = steps

    @classmethod
    def of(cls, module: ModuleInstance, item: Item) -> InstanceScope:
        """Return the scope of an item of a block's."""
        bound: dict[str, Value] = {}
        if item.each is not None:
            bound["each"] = {"key": item.each[0], "value": item.each[1]}
        if item.count is not None:
            bound["count"] = {"index": item.count}
        return cls(module, bound, item.steps)

    def binding(self, name: str, key: Value, value: Value) -> InstanceScope:
        """Return the scope inside of a dynamic block."""
        bound = {**self._bound, name: {"key": key, "value": value}}
        return InstanceScope(self._module, bound, self._steps)

    def resolve(self, root: str, attributes: Sequence[str], place: Place) -> Resolved:
        """Give a name its value: what is bound here goes before what the module has."""
        if root in self._bound:
            return Resolved(self._bound[root], 0, self._steps if root == "each" else ())
        return self._module.resolve(root, attributes, place)

    def read_file(self, path: str) -> bytes | Unknown:
        """Read a file as the module would."""
        return self._module.read_file(path)
