"""One module of a root, with its inputs: what its variables, locals, outputs, resources and calls are worth."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from bedrock_cmk_guard.sources.terraform.declared import DeclaredBlock
from bedrock_cmk_guard.sources.terraform.instance_scope import InstanceScope
from bedrock_cmk_guard.sources.terraform.language.conversion import variable_value
from bedrock_cmk_guard.sources.terraform.language.evaluation import evaluate
from bedrock_cmk_guard.sources.terraform.language.scope import EmptyScope, Resolved
from bedrock_cmk_guard.sources.terraform.language.syntax import Attribute, Block
from bedrock_cmk_guard.sources.terraform.module_call import ModuleCall
from bedrock_cmk_guard.sources.terraform.placeholders import least_given
from bedrock_cmk_guard.sources.terraform.providers import Provider, provider_of
from bedrock_cmk_guard.subjects import Place, Step, Unknown

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.language.values import Value
    from bedrock_cmk_guard.sources.terraform.module import Module
    from bedrock_cmk_guard.sources.terraform.world import World


class Traced(NamedTuple):
    """A value, and how it came there."""

    value: Value
    steps: tuple[Step, ...] = ()


class Inputs(NamedTuple):
    """How a module was called."""

    caller: ModuleInstance
    block: Block
    scope: InstanceScope


class ModuleInstance:
    """Evaluates on demand, and everything once."""

    def __init__(
        self,
        world: World,
        module: Module,
        *,
        address: str = "",
        names: tuple[str, ...] = (),
        inputs: Inputs | None = None,
    ) -> None:
        """``names`` are those of the calls that lead here, without keys."""
        self.world = world
        self.module = module
        self.address = address
        self.names = names
        self.inputs = inputs
        self.scope = InstanceScope(self, {})
        self._traced: dict[tuple[str, str], Traced | None] = {}
        self._declared: dict[tuple[str, str, str], DeclaredBlock] = {}
        self._calls: dict[str, ModuleCall] = {}
        self._providers: dict[str, Provider | None] = {}

    def within(self, name: str) -> str:
        """Return the address of something in this module."""
        return f"{self.address}.{name}" if self.address else name

    # What names mean.

    def resolve(self, root: str, attributes: Sequence[str], place: Place) -> Resolved:
        """Give a name its value, as a scope does."""
        simple = {"var": self.variable, "local": self.local}.get(root)
        if simple is not None and attributes:
            traced = simple(attributes[0])
            return Resolved(traced.value, 1, traced.steps)
        if root == "module" and attributes:
            return self._module(attributes)
        if root == "path" and attributes:
            return Resolved(self._path(attributes[0]), 1)
        if root == "terraform":
            return Resolved(Unknown("the workspace is chosen when Terraform runs"), len(attributes))
        if root == "data" and len(attributes) > 1:
            return self._reference("data", attributes[0], attributes[1], consumed=2)
        if attributes and root not in ("each", "count", "self", "data"):
            return self._reference("resource", root, attributes[0], consumed=1)
        return Resolved(Unknown(f"{'.'.join((root, *attributes))} means nothing here"), len(attributes))

    def read_file(self, path: str) -> bytes | Unknown:
        """Read a file as Terraform would that runs in the root's folder."""
        return self.world.read_file(path)

    def _path(self, name: str) -> Value:
        if name == "root":
            return "."
        if name == "module":
            return os.path.relpath(self.module.folder, self.world.folder).replace(os.sep, "/")
        return Unknown(f"path.{name} is known when Terraform runs")

    def _module(self, attributes: Sequence[str]) -> Resolved:
        call = self.call(attributes[0])
        if call is None:
            return Resolved(self._missing(f"module.{attributes[0]}"), len(attributes))
        if len(attributes) > 1 and call.single is not None:
            traced = call.single.output(attributes[1])
            return Resolved(traced.value, 2, traced.steps)
        return Resolved(call.value, 1, call.steps)

    def _reference(self, mode: str, kind: str, name: str, *, consumed: int) -> Resolved:
        declared = self.declared(mode, kind, name)
        if declared is None:
            prefix = "data." if mode == "data" else ""
            return Resolved(self._missing(f"{prefix}{kind}.{name}"), consumed)
        step = Step(f"{declared.address} is declared here", declared.block.header)
        return Resolved(declared.value, consumed, (step,))

    def _missing(self, what: str) -> Unknown:
        files = "a file of the module that does not parse" if self.module.broken else "the module"
        return Unknown(f"{what} is not declared in {files}")

    # Variables, locals, outputs.

    def variable(self, name: str) -> Traced:
        """Return what a variable is in this module."""
        return self._once("var", name, self._variable)

    def local(self, name: str) -> Traced:
        """Return what a local value is."""
        return self._once("local", name, self._local)

    def output(self, name: str) -> Traced:
        """Return what the module gives its caller."""
        return self._once("output", name, self._output)

    def _once(self, kind: str, name: str, read: Callable[[str], Traced]) -> Traced:
        key = (kind, name)
        if key in self._traced:
            known = self._traced[key]
            return known or Traced(Unknown(f"{kind}.{name} refers to itself"))
        self._traced[key] = None
        try:
            found = read(name)
        except BaseException:
            del self._traced[key]
            raise
        self._traced[key] = found
        return found

    def _local(self, name: str) -> Traced:
        attribute = self.module.locals.get(name)
        if attribute is None:
            return Traced(self._missing(f"local.{name}"))
        trail = [Step(f"local.{name} is set here", attribute.place)]
        value = evaluate(attribute.expression, self.scope, trail)
        return Traced(value, tuple(trail))

    def _output(self, name: str) -> Traced:
        block = self.module.outputs.get(name)
        attribute = block.body.attributes.get("value") if block else None
        if attribute is None:
            return Traced(self._missing(f"output.{name} of {self.address}"))
        trail = [Step(f"{self.address} gives its output {name}", attribute.place)]
        value = evaluate(attribute.expression, self.scope, trail)
        return Traced(value, tuple(trail))

    def _variable(self, name: str) -> Traced:
        block = self.module.variables.get(name)
        if block is None:
            return Traced(self._missing(f"var.{name}"))
        given = self._given(name)
        default, step = self._default(name, block)
        if given is None and default is None:
            required = _in_its_type(block, self._required(name, block), None)
            return Traced(required, (Step(f"var.{name} has no default", block.header),))
        fallback = None if default is None else default
        if given is None:
            given = Traced(fallback.value if fallback else None, (step,))
        value = _in_its_type(block, given.value, fallback.value if fallback else None)
        steps = given.steps
        if given.value is None and value is not None:
            steps = (*steps, Step(f"null gives way to the default of var.{name}", step.place))
        return Traced(value, steps)

    def _default(self, name: str, block: Block) -> tuple[Traced | None, Step]:
        attribute = block.body.attributes.get("default")
        if attribute is None:
            return None, Step(f"var.{name} has no default", block.header)
        step = Step(f"nothing sets var.{name}, so it has its default", attribute.place)
        return Traced(evaluate(attribute.expression, EmptyScope())), step

    def _given(self, name: str) -> Traced | None:
        if self.inputs is None:
            return self.world.given(name)
        attribute = self.inputs.block.body.attributes.get(name)
        if attribute is None:
            return None
        trail = [Step(f"{self.address} is called with {name} set here", attribute.place)]
        value = evaluate(attribute.expression, self.inputs.scope, trail)
        return Traced(value, tuple(trail))

    def _required(self, name: str, block: Block) -> Value:
        if self.inputs is not None:
            return Unknown(f"var.{name} has no default, and {self.address} is called without it")
        reason = f"var.{name} has no default and nothing sets it"
        if not self.world.published:
            return Unknown(reason)
        return least_given(block, Unknown(reason, delegated=True))

    # Resources, data sources, calls, providers.

    def declared(self, mode: str, kind: str, name: str) -> DeclaredBlock | None:
        """Return a resource or data source of this module."""
        key = (mode, kind, name)
        found = self._declared.get(key)
        if found is None:
            blocks = self.module.resources if mode == "resource" else self.module.data
            block = blocks.get((kind, name))
            if block is None:
                return None
            found = self._declared[key] = DeclaredBlock(self, block, kind, name)
        return found

    def call(self, name: str) -> ModuleCall | None:
        """Return a call of another module."""
        found = self._calls.get(name)
        if found is None:
            block = self.module.calls.get(name)
            if block is None:
                return None
            found = self._calls[name] = ModuleCall(self, block, name)
        return found

    def provider(self, name: str) -> Provider | None:
        """Return the configuration of a provider by the name that it has in this module: ``aws.eu``."""
        if name not in self._providers:
            self._providers[name] = provider_of(self, name)
        return self._providers[name]

    def attribute(self, block: Block, name: str) -> Attribute | None:
        """Return an argument of a block."""
        return block.body.attributes.get(name)


def _in_its_type(block: Block, given: Value, default: Value) -> Value:
    attributes: Mapping[str, Attribute] = block.body.attributes
    kind = attributes.get("type")
    nullable = attributes.get("nullable")
    refuses = nullable is not None and evaluate(nullable.expression, EmptyScope()) is False
    return variable_value(given, default, kind.expression if kind else None, nullable=not refuses)
