"""Reads decision tables (see README.md) into cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import yaml

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.document import PolicyKind
from bedrock_cmk_guard.iam.evaluator import Outcome, Request

_TABLE = {"requirements", "base", "cases", "equivalent"}
_CASE = {"name", "policy", "as", "base", "request", "identity", "expect", "because", "by"}
_REQUEST = {"principal", "action", "resource", "resource_account", "context"}


class TableError(Exception):
    """A decision table that says something unknown, or leaves out what every case must say."""


@dataclass(frozen=True, slots=True)
class Case:
    """One request and the decision that the named documents owe it."""

    name: str
    policies: tuple[str, ...]
    request: Request
    expect: Outcome
    because: str | None
    by: frozenset[str] | None = None
    kind: PolicyKind | None = None
    identity: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A table: where its requirements come from, its cases, and mutants that no case can kill."""

    path: Path
    requirements: object
    cases: tuple[Case, ...]
    equivalent: Mapping[str, str] = field(default_factory=dict)


def load_table(path: Path) -> Table:
    """Read a table, refusing fields it does not know: a misspelt ``expect`` must not pass silently."""
    data = _mapping(yaml.safe_load(path.read_text(encoding="utf-8")), _TABLE, str(path))
    bases = _mapping(data.get("base") or {}, None, f"{path}: base")
    cases: list[Case] = []
    for index, entry in enumerate(_list(data.get("cases"), f"{path}: cases")):
        where = f"{path}: case {index + 1}"
        cases.extend(_cases(_mapping(entry, _CASE, where), bases, where))
    names = [case.name for case in cases]
    for name in names:
        if names.count(name) > 1:
            raise TableError(f"{path}: two cases are called {name!r}")
    return Table(path, data.get("requirements"), tuple(cases), dict(_equivalent(data, path)))


def _cases(entry: Mapping[str, object], bases: Mapping[str, object], where: str) -> Iterator[Case]:
    missing = {"name", "policy", "expect", "because"} - entry.keys()
    if missing:
        raise TableError(f"{where} lacks {', '.join(sorted(missing))}")
    name, because, by = str(entry["name"]), entry["because"], entry.get("by")
    identity = entry.get("identity", "all")
    if identity not in {"all", "none"}:
        raise TableError(f"{where}: identity is all or none, not {identity!r}")
    requests = tuple(_requests(_merged(entry, bases, where), where))
    try:
        expect = Outcome(str(entry["expect"]))
        kind = PolicyKind(str(entry["as"]).lower()) if "as" in entry else None
    except ValueError as error:
        raise TableError(f"{where}: {error}") from error
    for suffix, request in requests:
        yield Case(
            name=f"{name} [{suffix}]" if suffix else name,
            policies=_strings(entry["policy"]),
            request=request,
            expect=expect,
            because=None if because is None else str(because),
            by=None if by is None else frozenset(key.lower() for key in _strings(by)),
            kind=kind,
            identity=identity == "all",
        )


def _merged(entry: Mapping[str, object], bases: Mapping[str, object], where: str) -> dict[str, object]:
    """The base requests, one over the other, and the case's own request over them."""
    merged: dict[str, object] = {}
    context: dict[str, object] = {}
    layers: list[object] = []
    for base in _strings(entry.get("base") or []):
        if base not in bases:
            raise TableError(f"{where}: there is no base {base!r}; there are {', '.join(sorted(bases))}")
        layers.append(bases[base])
    layers.append(entry.get("request") or {})
    for layer in layers:
        fields = _mapping(layer, _REQUEST, f"{where}: request")
        merged.update(fields)
        context.update(_mapping(fields.get("context") or {}, None, f"{where}: context"))
    merged["context"] = {key: value for key, value in context.items() if value is not None}
    return merged


def _requests(merged: Mapping[str, object], where: str) -> Iterator[tuple[str, Request]]:
    """One request for every combination of the principals, actions and resources given as lists."""
    for name in ("principal", "action"):
        if name not in merged:
            raise TableError(f"{where}: the request has no {name}")
    context = _mapping(merged["context"], None, where)
    axes = [_strings(merged.get(name, "*")) for name in ("principal", "action", "resource")]
    account = merged.get("resource_account")
    for combination in product(*axes):
        suffix = ", ".join(value for value, axis in zip(combination, axes, strict=True) if len(axis) > 1)
        principal, action, resource = combination
        try:
            yield (
                suffix,
                Request(
                    principal=principal,
                    action=action,
                    resource=resource,
                    resource_account=None if account is None else str(account),
                    context={key: _value(value) for key, value in context.items()},
                ),
            )
        except PolicyError as error:
            raise TableError(f"{where}: {error}") from error


def _value(value: object) -> str | tuple[str, ...]:
    """A context value: YAML's booleans and numbers become the text that IAM compares."""
    if isinstance(value, list):
        return tuple(_scalar(item) for item in value)
    return _scalar(value)


def _scalar(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _equivalent(data: Mapping[str, object], path: Path) -> Iterator[tuple[str, str]]:
    for entry in _list(data.get("equivalent") or [], f"{path}: equivalent"):
        fields = _mapping(entry, {"mutant", "reason"}, f"{path}: equivalent")
        if not fields.get("reason"):
            raise TableError(f"{path}: the mutant {fields.get('mutant')!r} is excused without a reason")
        yield str(fields["mutant"]), str(fields["reason"])


def _strings(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise TableError(f"{where} is not a list")
    return value


def _mapping(value: object, fields: set[str] | None, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TableError(f"{where} is not a mapping")
    unknown = set() if fields is None else value.keys() - fields
    if unknown:
        raise TableError(f"{where} has no field {', '.join(map(repr, sorted(unknown)))}")
    return {str(key): item for key, item in value.items()}
