"""Where a value comes from that is known only after the apply, by what its expression refers to.

References are followed through module inputs and outputs, ``each`` and ``count`` to the resources whose attributes
are not known yet. What is known when the plan is made cannot be what makes the value unknown, so it is passed over.
A local's expression is not in a plan: through one nothing can be followed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bedrock_cmk_guard.sources.plan.configuration import Configuration, mapping, references
from bedrock_cmk_guard.sources.plan.cursor import Json
from bedrock_cmk_guard.sources.plan.instance import Instance, Value, parent_module
from bedrock_cmk_guard.subjects import Step, Unknown

T = TypeVar("T")

_KEY = r'(\[(?:\d+|"(?:[^"\\]|\\.)*")\])?'
_RESOURCE = re.compile(rf"(data\.)?([\w-]+)\.([\w-]+){_KEY}(?:\.([\w-]+))?")
_MODULE = re.compile(rf"module\.([\w-]+){_KEY}(?:\.([\w-]+))?")
_MAX_DEPTH = 60
"""Modules in modules, and inputs of inputs: nobody nests deeper, and a hostile file may."""
_KNOWN = ("path.", "terraform.", "self.", "count.index", "each.key")


@dataclass(frozen=True, slots=True)
class Origin:
    """An attribute of a resource that is not known yet, and the way from there."""

    instance: Instance
    attribute: str
    """Empty where the reference is to the whole resource, as by a splat."""
    trail: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """A reference that could not be followed."""

    reason: str
    trail: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _At:
    """Where an expression stands: a module, and the resource or call whose ``each`` and ``count`` it may use."""

    module: str
    each: Json
    index: str
    """The instance's key as written in addresses, or nothing."""
    followed: set[tuple[str, str, str, int]]
    """What was followed already, for one argument: a hostile plan refers to itself, and doubly at every step."""
    trail: tuple[Step, ...] = ()
    depth: int = 0


class Origins:
    """Follows references of one plan."""

    def __init__(self, configuration: Configuration, instances: Iterable[Instance]) -> None:
        self._configuration = configuration
        self._by_name: dict[tuple[str, str, str, str], list[Instance]] = {}
        self._modules: dict[tuple[str, str], list[str]] = {}
        for instance in instances:
            if instance.kept:
                name = (instance.module, instance.mode, instance.type, instance.name)
                self._by_name.setdefault(name, []).append(instance)
                self._add_modules(instance.module)

    def of(self, instance: Instance, path: Sequence[str | int]) -> list[Origin | Lost]:
        """Return every origin of an argument's value. None at all where nothing says what it comes from."""
        expression = self._configuration.expression(instance, path)
        written = self._configuration.resource(instance)
        each = written.get("for_each_expression") or written.get("count_expression")
        found: dict[tuple[str, str], Origin | Lost] = {}
        for origin in self._of_expression(expression, _At(instance.module, each, instance.key, set())):
            same = (
                (origin.instance.address, origin.attribute)
                if isinstance(origin, Origin)
                else ("", origin.reason)
            )
            found.setdefault(same, origin)
        return list(found.values())

    def _add_modules(self, module: str) -> None:
        while module:
            parent, key = parent_module(module)
            call = module.removeprefix(f"{parent}.").removesuffix(key) if parent else module.removesuffix(key)
            known = self._modules.setdefault((parent, call.removeprefix("module.")), [])
            if module in known:
                return
            known.append(module)
            module = parent

    def _of_expression(self, expression: Json, at: _At) -> Iterator[Origin | Lost]:
        named = references(expression)
        by_key = any(name.startswith(("each.key", "each.value", "count.index")) for name in named)
        for name in named:
            yield from self._of_reference(name, at, by_key)

    def _of_reference(self, name: str, at: _At, by_key: bool) -> Iterator[Origin | Lost]:
        step = (at.module, at.index, name, id(at.each))
        if step in at.followed:
            return
        at.followed.add(step)
        if at.depth > _MAX_DEPTH:
            yield Lost(f"{name} refers further than can be followed", at.trail)
        elif name.startswith("each.value"):
            yield from self._of_each(name, at)
        elif name.startswith("var."):
            yield from self._of_variable(name, at)
        elif name.startswith("local."):
            yield Lost(f"it comes by way of {name}, and a plan does not say what a local refers to", at.trail)
        elif module := _MODULE.match(name):
            yield from self._of_output(name, module, at, by_key)
        elif not name.startswith(_KNOWN):
            yield from self._of_resource(name, at, by_key)

    def _of_each(self, name: str, at: _At) -> Iterator[Origin | Lost]:
        if not references(at.each):
            return
        step = Step(f"{name} is an item of for_each")
        inner = _At(at.module, None, at.index, at.followed, (*at.trail, step), at.depth + 1)
        for reference in references(at.each):
            yield from self._of_reference(reference, inner, by_key=True)

    def _of_variable(self, name: str, at: _At) -> Iterator[Origin | Lost]:
        if not at.module:
            return  # given to the run, so known
        variable = name.split(".")[1].partition("[")[0]
        call = self._configuration.call(at.module)
        given = mapping(call.get("expressions")).get(variable)
        if given is None:
            if not self._configuration.has_variable(at.module, variable):
                yield Lost(f"{name} in {at.module} is not in the plan's configuration", at.trail)
            return  # its default, a constant
        parent, key = parent_module(at.module)
        step = Step(f"{name} is an input of {at.module}")
        each = call.get("for_each_expression") or call.get("count_expression")
        yield from self._of_expression(
            given, _At(parent, each, key, at.followed, (*at.trail, step), at.depth + 1)
        )

    def _of_output(self, name: str, match: re.Match[str], at: _At, by_key: bool) -> Iterator[Origin | Lost]:
        call, key, output = match.groups()
        modules = _narrowed(
            self._modules.get((at.module, call), []), _module_key, key, at.index if by_key else ""
        )
        if not modules:
            # Nothing of the module is planned, so its outputs are known or lead elsewhere.
            modules = [f"{at.module}.module.{call}" if at.module else f"module.{call}"]
        for module in modules:
            outputs = self._configuration.outputs(module)
            step = Step(f"{name} is an output of {module}")
            inner = _At(module, None, "", at.followed, (*at.trail, step), at.depth + 1)
            if output and output not in outputs:
                yield Lost(f"{name} is not in the plan's configuration", at.trail)
            for each, expression in outputs.items():
                if output in (None, each):
                    yield from self._of_expression(expression, inner)

    def _of_resource(self, name: str, at: _At, by_key: bool) -> Iterator[Origin | Lost]:
        match = _RESOURCE.match(name)
        if match is None:
            yield Lost(f"it refers to {name}", at.trail)
            return
        data, kind, resource, key, attribute = match.groups()
        candidates = self._by_name.get((at.module, "data" if data else "managed", kind, resource), [])
        for instance in _narrowed(candidates, _instance_key, key, at.index if by_key else ""):
            if _partly_unknown(instance.values.get(attribute) if attribute else instance.values):
                where = Step(f"{instance.address} is where it comes from", instance.place)
                yield Origin(instance, attribute or "", (*at.trail, where))


def _narrowed(candidates: Sequence[T], key_of: Callable[[T], str], written: str, own: str) -> Sequence[T]:
    """Return the candidates of the instance key that is written in a reference.

    Where it is no constant but made with ``each`` or ``count``, it is taken for one's own, if there is such a one.
    """
    if written:
        return [each for each in candidates if key_of(each) == written]
    return [each for each in candidates if own and key_of(each) == own] or candidates


def _instance_key(instance: Instance) -> str:
    return instance.key


def _module_key(module: str) -> str:
    return parent_module(module)[1]


def _partly_unknown(value: Value) -> bool:
    if isinstance(value, Mapping):
        return any(map(_partly_unknown, value.values()))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return any(map(_partly_unknown, value))
    return isinstance(value, Unknown)
