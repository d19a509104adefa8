"""The configuration part of a plan: for each argument a constant, or the names of what its expression refers to.

The expression itself is not there, nor are locals and dynamic blocks.
Source: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bedrock_cmk_guard.sources.plan.cursor import Json
from bedrock_cmk_guard.sources.plan.instance import Instance, module_names

Expressions = Mapping[str, Json]


class Configuration:
    """Answers what is written about a resource, a module call, an output, a variable or a provider."""

    def __init__(self, raw: Mapping[str, Json], variables: Mapping[str, Json]) -> None:
        self._root = mapping(raw.get("root_module"))
        self._providers = mapping(raw.get("provider_config"))
        self._variables = variables
        self._modules: dict[tuple[str, ...], Mapping[str, Json]] = {(): self._root}
        self._resources: dict[tuple[str, ...], Mapping[tuple[str, str, str], Mapping[str, Json]]] = {}
        self.told = bool(raw)
        """Whether there is a configuration; a state has none."""

    def resource(self, instance: Instance) -> Mapping[str, Json]:
        """Return what is written about a resource; empty where nothing is."""
        module = module_names(instance.module)
        if module not in self._resources:
            entries = (mapping(entry) for entry in sequence(self._module(module).get("resources")))
            self._resources[module] = {_identity(entry): entry for entry in entries}
        return self._resources[module].get((instance.mode, instance.type, instance.name), {})

    def expression(self, instance: Instance, path: Sequence[str | int]) -> Json:
        """Return what is written for an argument: None where there is nothing, as for all of a dynamic block.

        Above it an expression may stand for a whole block or object; then it is that one.
        """
        here: Json = self.resource(instance).get("expressions")
        for step in path:
            if isinstance(here, list):
                if isinstance(step, str):
                    here = here[0] if len(here) == 1 else None
                else:
                    here = here[step] if step < len(here) else None
                    continue
            elif isinstance(step, int):
                continue
            held = mapping(here)
            if "references" in held or "constant_value" in held:
                return here
            here = held.get(step)
        return here

    def call(self, module: str) -> Mapping[str, Json]:
        """Return the ``module`` block that made a module, by the module's address."""
        *above, name = module_names(module)
        return mapping(mapping(self._module(tuple(above)).get("module_calls")).get(name))

    def outputs(self, module: str) -> Mapping[str, Json]:
        """Return the expression of each of a module's outputs."""
        outputs = mapping(self._module(module_names(module)).get("outputs"))
        return {name: mapping(output).get("expression") for name, output in outputs.items()}

    def has_variable(self, module: str, name: str) -> bool:
        """Whether a module declares an input."""
        return name in mapping(self._module(module_names(module)).get("variables"))

    def provider(self, instance: Instance) -> tuple[str, Expressions]:
        """Return the key of the provider block that a resource has, and what is written in the block.

        Of a block in a module nothing is returned: its variables are not the run's.
        """
        key = self.resource(instance).get("provider_config_key")
        name = key if isinstance(key, str) else ""
        block = mapping(self._providers.get(name))
        return name, {} if "module_address" in block else mapping(block.get("expressions"))

    def constant(self, expression: Json) -> Json:
        """Return the value of an expression that is a constant, or one of the root's variables and nothing else."""
        held = mapping(expression)
        if "constant_value" in held:
            return held["constant_value"]
        named = references(expression)
        if len(named) != 1 or not named[0].startswith("var."):
            return None
        name = named[0].removeprefix("var.")
        return mapping(self._variables.get(name)).get("value")

    def _module(self, path: tuple[str, ...]) -> Mapping[str, Json]:
        if path not in self._modules:
            calls = mapping(self._module(path[:-1]).get("module_calls"))
            self._modules[path] = mapping(mapping(calls.get(path[-1])).get("module"))
        return self._modules[path]


def references(expression: Json) -> list[str]:
    """Return what an expression refers to, each at its most precise.

    Terraform lists ``a.b.c`` with ``a.b`` behind it, which says nothing more. Blocks are looked through.
    """
    found: list[str] = []
    for name in _names(expression):
        if not any(known == name or known.startswith((f"{name}.", f"{name}[")) for known in found):
            found.append(name)
    return found


def _names(expression: Json) -> Iterable[str]:
    if isinstance(expression, list):
        for item in expression:
            yield from _names(item)
        return
    held = mapping(expression)
    if "references" in held:
        yield from (name for name in sequence(held["references"]) if isinstance(name, str))
    elif "constant_value" not in held:
        for value in held.values():
            yield from _names(value)


def _identity(entry: Mapping[str, Json]) -> tuple[str, str, str]:
    return str(entry.get("mode")), str(entry.get("type")), str(entry.get("name"))


def mapping(value: Json) -> Mapping[str, Json]:
    """Return an object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def sequence(value: Json) -> Sequence[Json]:
    """Return an array; an empty one for anything else."""
    return value if isinstance(value, list) else ()
