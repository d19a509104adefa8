"""Which resources of a stack, and of those nested in it, there are: by their conditions, as far as they are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from bedrock_cmk_guard.sources.cloudformation.elsewhere import own_macros, tell_elsewhere, tell_macros
from bedrock_cmk_guard.sources.cloudformation.nesting import NESTED
from bedrock_cmk_guard.sources.cloudformation.stack import Scoped, Stack
from bedrock_cmk_guard.sources.cloudformation.template import Declared
from bedrock_cmk_guard.subjects import Unknown
from bedrock_cmk_guard.text.nodes import Scalar


class _Presence(NamedTuple):
    scope: Scoped
    note: str
    by_default: bool


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """A resource that there is, or may be, and the stack as it is seen from there."""

    resource: Declared
    scope: Scoped
    note: str = ""
    """What a reader must know of whether it is there."""
    by_default: bool = True
    """Whether it is there, or may be, unless somebody sets what is left to its default."""


def inhabitants(stack: Stack, note: str = "", *, by_default: bool = True) -> Iterator[Inhabitant]:
    """Every resource of a stack and of those nested in it, less those that no input can create."""
    note = "; ".join(filter(None, (note, _macros(stack))))
    for resource in stack.resources.values():
        found = _presence(resource, stack)
        if found is None:
            continue
        tell_elsewhere(resource, found.scope)
        notes = "; ".join(filter(None, (note, found.note)))
        there = by_default and found.by_default
        yield Inhabitant(resource, found.scope, notes, there)
        if resource.type in NESTED:
            child = found.scope.child(resource)
            if child is not None:
                yield from inhabitants(child, notes, by_default=there)


def _presence(resource: Declared, stack: Stack) -> _Presence | None:
    node = resource.node.get("Condition")
    if not isinstance(node, Scalar) or not node.text:
        return _Presence(stack.scope, "", True)
    name = node.text
    scope = stack.scope
    holds = scope.condition(name)
    if holds is True:
        return _Presence(scope.assuming(name, True), "", True)
    if isinstance(holds, Unknown):
        note = f"judged as created: whether condition {name} holds cannot be known, as {holds.reason}"
        return _Presence(scope.assuming(name, True), note, True)
    free = replace(scope, overridden=True)
    if free.condition(name) is False:
        return None
    note = f"judged as created: condition {name} is false by default only"
    return _Presence(free.assuming(name, True), note, False)


def _macros(stack: Stack) -> str:
    """What is to be said of each resource because of macros, which are faults by themselves."""
    tell_macros(stack)
    own = own_macros(stack.template)
    return f"judged as written, before macro {', '.join(own)} changes it" if own else ""
