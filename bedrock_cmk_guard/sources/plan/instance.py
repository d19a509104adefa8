"""A resource or data source of a plan or state, with what is known of it and where it stands in the file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bedrock_cmk_guard.sources.plan.cursor import Json
from bedrock_cmk_guard.subjects import Place, Unknown

Value: TypeAlias = "bool | int | float | str | Unknown | Sequence[Value] | Mapping[str, Value] | None"
"""A planned value. What is known only after the apply is Unknown."""

AFTER_APPLY = Unknown("it is known only after the apply")

_STEP = re.compile(r'module\.([\w-]+)(\[(?:\d+|"(?:[^"\\]|\\.)*")\])?(?:\.|$)')


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance of a resource; with ``count`` or ``for_each`` there are several of one name."""

    address: str
    module: str
    """The address of the module it is in; empty for the root."""
    mode: str
    type: str
    name: str
    place: Place
    values: Mapping[str, Value]
    before: Mapping[str, Json]
    """What it was; empty where it was not there, or no change of it is told."""
    actions: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The key of the instance as it stands in its address, brackets and all; empty where it has none."""
        prefix = f"{self.module}." if self.module else ""
        data = "data." if self.mode == "data" else ""
        return self.address.removeprefix(f"{prefix}{data}{self.type}.{self.name}")

    @property
    def kept(self) -> bool:
        """Whether it is there, and Terraform's, once the plan is applied."""
        return not self.actions or not set(self.actions) <= {"delete", "forget"}

    def known_text(self, *names: str) -> str | None:
        """Return the first of some attributes that is text and known."""
        return next(
            (value for name in names if isinstance(value := self.values.get(name), str) and value), None
        )


def module_of(address: str) -> str:
    """The module that a resource is in, by its address; empty for the root."""
    end = 0
    while step := _STEP.match(address, end):
        end = step.end()
    return address[:end].rstrip(".")


def module_names(module: str) -> tuple[str, ...]:
    """The names of the module calls in a module's address: ``module.a["x"].module.b`` has a and b."""
    return tuple(step[1] for step in _STEP.finditer(module))


def parent_module(module: str) -> tuple[str, str]:
    """Split a module's address into its parent's and its instance key as written, which may be empty."""
    steps = list(_STEP.finditer(module))
    return module[: steps[-1].start()].rstrip("."), (steps[-1][2] or "")


def merged(after: Json, unknown: Json) -> Value:
    """Put Unknown wherever ``after_unknown`` says true."""
    if unknown is True:
        return AFTER_APPLY
    if isinstance(unknown, dict) and isinstance(after, dict | None):
        held = after or {}
        return {name: merged(held.get(name), unknown.get(name)) for name in held.keys() | unknown.keys()}
    if isinstance(unknown, list) and isinstance(after, list):
        rest = [None] * max(0, len(after) - len(unknown))
        return [merged(item, mark) for item, mark in zip(after, [*unknown, *rest], strict=False)]
    return after
