"""What ``terraform show -json`` wrote, or a state as Terraform keeps it: what matters of it, with lines.

A plan may have 50 MB. Its text is walked once; each resource is decoded by itself, and only what may matter is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bedrock_cmk_guard.sources.plan.cursor import Cursor, Json
from bedrock_cmk_guard.sources.plan.instance import AFTER_APPLY, Instance, Value, merged, module_of
from bedrock_cmk_guard.subjects import Fault, FaultKind, Place, Unknown
from bedrock_cmk_guard.text.lines import Lines

RELEVANT = re.compile(
    r"aws(cc)?_(bedrock|agentregistry|kms_|iam_(role|policy|managed))|aws_(caller_identity|region|partition)$"
)
"""The types that the judgement of keys, roles and encrypted resources is about."""
_STATE_VERSION = 4
"""Of states as Terraform keeps them, since 0.12."""
_NO_SHAPE = "an entry is not as Terraform writes one, and what it is about was not judged"


@dataclass
class Contents:
    """A plan or a state, as far as it matters."""

    origin: Literal["plan", "state"] = "state"
    instances: dict[str, Instance] = field(default_factory=dict)
    """By address; of what does not matter, only which attributes are unknown."""
    configuration: Mapping[str, Json] = field(default_factory=dict)
    variables: Mapping[str, Json] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    is_terraform: bool = False
    """Whether it is the output of ``terraform show -json``, or a state as Terraform keeps it, at all."""


def read_contents(text: str, shown: str, relevant: re.Pattern[str] = RELEVANT) -> Contents:
    """Read a plan or state, of resources those of relevant types.

    Raises ``JSONDecodeError`` and, where it nests too deeply, ``RecursionError``.
    """
    return _Reader(text, shown, relevant).read()


class _Reader:
    def __init__(self, text: str, shown: str, relevant: re.Pattern[str]) -> None:
        self._relevant = relevant
        self._cursor = Cursor(text)
        self._lines = Lines(text)
        self._shown = shown
        self._values: dict[str, Instance] = {}
        """What a state holds, or a plan's planned values."""
        self._prior: dict[str, Instance] = {}
        self._found = Contents()

    def read(self) -> Contents:
        found = self._found
        for name in self._cursor.members():
            self._member(name)
        self._cursor.end()
        # A plan that only refreshes has no changes, one with -target has not all, and what was read of data sources
        # is in no change either: those are there as they were.
        for address, instance in (*self._values.items(), *self._prior.items()):
            found.instances.setdefault(address, instance)
        return found

    def _member(self, name: str) -> None:
        cursor, found = self._cursor, self._found
        if name in ("resource_changes", "planned_values", "prior_state", "configuration"):
            found.origin = "plan"
        if name in ("resource_changes", "deferred_changes"):
            for at in cursor.items():
                raw = cursor.value()
                self._change(_mapping(raw).get("resource_change") if name == "deferred_changes" else raw, at)
        elif name in ("planned_values", "values"):
            self._root(self._values)
        elif name == "resources":
            for at in cursor.items():
                self._kept(_mapping(cursor.value()), at)
        elif name == "prior_state":
            for inner in cursor.members():
                if inner == "values":
                    self._root(self._prior)
                else:
                    cursor.value()
        else:
            self._setting(name, cursor.value())

    def _setting(self, name: str, value: Json) -> None:
        found = self._found
        if name == "format_version" or (name == "version" and value == _STATE_VERSION):
            found.is_terraform = True
        elif name == "configuration":
            found.configuration = _mapping(value)
        elif name == "variables":
            found.variables = _mapping(value)
        elif name == "errored" and value is True:
            message = "Terraform broke off while it made this plan: what it lacks was not judged"
            found.faults.append(Fault(FaultKind.UNJUDGED, message, Place(self._shown)))

    def _root(self, into: dict[str, Instance]) -> None:
        for name in self._cursor.members():
            if name == "root_module":
                self._module(into)
            else:
                self._cursor.value()

    def _module(self, into: dict[str, Instance]) -> None:
        for name in self._cursor.members():
            if name == "resources":
                for at in self._cursor.items():
                    raw = _mapping(self._cursor.value())
                    if instance := self._instance(raw, raw.get("values"), at):
                        into[instance.address] = instance
            elif name == "child_modules":
                for _ in self._cursor.items():
                    self._module(into)
            else:
                self._cursor.value()

    def _kept(self, raw: Mapping[str, Json], at: int) -> None:
        """Read a resource of a state in the form in which Terraform keeps it, with all of its instances."""
        instances = raw.get("instances")
        module = f"{raw['module']}." if isinstance(raw.get("module"), str) else ""
        data = "data." if raw.get("mode") == "data" else ""
        for each in instances if isinstance(instances, list) else ():
            held = _mapping(each)
            if held.get("deposed") is None:
                key = held.get("index_key")
                index = "" if key is None else f"[{json.dumps(key, ensure_ascii=False)}]"
                address = f"{module}{data}{raw.get('type')}.{raw.get('name')}{index}"
                if instance := self._instance({**raw, "address": address}, held.get("attributes"), at):
                    self._values[instance.address] = instance

    def _change(self, raw: Json, at: int) -> None:
        entry = _mapping(raw)
        if entry.get("deposed") is not None:
            return  # what a replacement left over, and goes
        change = _mapping(entry.get("change"))
        actions = change.get("actions")
        values = merged(change.get("after"), change.get("after_unknown"))
        instance = self._instance(entry, values, at, _mapping(change.get("before")), actions)
        if instance is not None:
            self._found.instances[instance.address] = instance

    def _instance(
        self,
        raw: Mapping[str, Json],
        values: Value,
        at: int,
        before: Mapping[str, Json] | None = None,
        actions: Json = None,
    ) -> Instance | None:
        line, column = self._lines.place(at)
        place = Place(self._shown, line, column)
        address, kind, name, mode = (raw.get(field) for field in ("address", "type", "name", "mode"))
        if not (isinstance(address, str) and isinstance(kind, str) and isinstance(name, str)):
            self._found.faults.append(Fault(FaultKind.UNJUDGED, _NO_SHAPE, place))
            return None
        relevant = self._relevant.match(kind) is not None
        told = [action for action in actions if isinstance(action, str)] if isinstance(actions, list) else []
        if relevant and before is not None and not told:
            message = f"{address} was not judged: the plan does not say what becomes of it"
            self._found.faults.append(Fault(FaultKind.UNJUDGED, message, place, address))
            return None
        return Instance(
            address=address,
            module=module_of(address),
            mode="data" if mode == "data" else "managed",
            type=kind,
            name=name,
            place=place,
            values=_held(values, relevant),
            before=(before or {}) if relevant else {},
            actions=tuple(told),
        )


def _held(values: Value, relevant: bool) -> Mapping[str, Value]:
    if not isinstance(values, Mapping):
        return {}
    if relevant:
        return values
    return {name: AFTER_APPLY for name, value in values.items() if isinstance(value, Unknown)}


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}
