"""The IAM policy grammar as types: a document that AWS would refuse cannot be constructed.

``Statement`` holds what every policy demands, ``PolicyDocument`` adds what its kind demands; whatever
is wrong is a ``PolicyError`` naming the statement. All values are immutable and hashable. ``from_dict``
and ``from_json`` read AWS's JSON strictly, and ``PolicyDocument.from_dict(kind, document.to_dict()) ==
document``.
"""

from __future__ import annotations

import json
from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeVar

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import grammar, grammar_kinds
from bedrock_cmk_guard.iam.grammar import Condition
from bedrock_cmk_guard.iam.grammar_kinds import PolicyKind

__all__ = [
    "Condition",
    "Effect",
    "FrozenMapping",
    "Json",
    "PolicyDocument",
    "PolicyKind",
    "Principal",
    "Statement",
    "minified",
]

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
V = TypeVar("V")

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def minified(value: Json) -> str:
    """Write JSON as it is sent: without white space, characters as themselves."""
    return _encode(value)


class Effect(StrEnum):
    """What a statement does to the requests it matches."""

    ALLOW = "Allow"
    DENY = "Deny"


class FrozenMapping(Mapping[str, V]):
    """A mapping that cannot change and can be hashed, sorted by key; it equals any mapping of its items."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, V]) -> None:
        self._items = {key: items[key] for key in sorted(items)}

    def __getitem__(self, key: str) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == other._items if isinstance(other, FrozenMapping) else super().__eq__(other)

    def __hash__(self) -> int:
        return hash(tuple(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)

    # What Mapping makes of the above is right too, but takes several times as long.

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def items(self) -> ItemsView[str, V]:
        """A view of the items, which cannot change."""
        return self._items.items()

    def values(self) -> ValuesView[V]:
        """A view of the values."""
        return self._items.values()


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a statement of a resource policy speaks of: everyone (``*``), or identifiers by type."""

    aws: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    everyone: bool = False

    def __post_init__(self) -> None:
        try:
            for name in ("aws", "service", "federated"):
                _settle(self, name)
            if self.everyone == bool(self.aws or self.service or self.federated):
                raise ValueError("a Principal is either everyone ('*') or at least one identifier")
            for value in self.aws:
                grammar.check_aws_principal(value)
            for value in self.service:
                grammar.check_service_principal(value)
            for value in self.federated:
                grammar.check_federated_principal(value)
        except ValueError as problem:
            raise PolicyError(f"principal: {problem}") from None

    def to_json(self) -> Json:
        """Write the element as AWS does: ``"*"``, or an object of identifiers by type."""
        if self.everyone:
            return "*"
        types = {"AWS": self.aws, "Federated": self.federated, "Service": self.service}
        return {name: _one_or_list(values) for name, values in types.items() if values}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. Exactly one of ``actions`` and ``not_actions`` is given, and never an empty list.

    An empty ``sid`` means that there is none. With ``not_resources``, ``resources`` falls back to nothing. In
    a trust policy, which has no Resource, ``resources`` keeps its default and is not written.

    ``found`` says that the statement was found somewhere and is only read: the traps that AWS accepts and this
    library does not write (an unguarded ForAllValues, the organisation's variable in a Deny) are let through.
    """

    sid: str
    effect: Effect
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ("*",)
    not_resources: tuple[str, ...] = ()
    principal: Principal | None = None
    not_principal: Principal | None = None
    condition: Condition = field(default_factory=dict)
    found: bool = field(default=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        try:
            self._normalise()
            self._check()
        except ValueError as problem:
            raise PolicyError(f"{_called(self.sid)}: {problem}") from None

    def _normalise(self) -> None:
        if not isinstance(self.sid, str):
            raise ValueError("the Sid must be a string")
        for name in ("actions", "not_actions", "resources", "not_resources"):
            _settle(self, name)
        if self.not_resources and self.resources == ("*",):
            object.__setattr__(self, "resources", ())
        if self.effect not in ("Allow", "Deny"):
            raise ValueError(f"the effect is Allow or Deny, not {self.effect!r}")
        object.__setattr__(self, "effect", Effect(self.effect))
        object.__setattr__(self, "condition", _frozen_condition(self.condition))

    def _check(self) -> None:
        if self.sid:
            grammar.check_text(self.sid)
        if bool(self.actions) == bool(self.not_actions):
            raise ValueError("give exactly one of actions and not_actions, and not an empty list")
        if bool(self.resources) == bool(self.not_resources):
            raise ValueError("give exactly one of resources and not_resources, and not an empty list")
        if self.principal is not None and self.not_principal is not None:
            raise ValueError("give at most one of principal and not_principal")
        for action in self.actions + self.not_actions:
            grammar.check_action(action)
        for resource in self.resources + self.not_resources:
            grammar.check_resource(resource)
        grammar.check_condition(self.condition, denies=self.effect is Effect.DENY, found=self.found)

    def to_dict(self, kind: PolicyKind) -> dict[str, Json]:
        """Write the statement in AWS's JSON form, as a document of this kind holds it."""
        out: dict[str, Json] = {"Sid": self.sid} if self.sid else {}
        out["Effect"] = str(self.effect)
        if self.principal is not None:
            out["Principal"] = self.principal.to_json()
        if self.not_principal is not None:
            out["NotPrincipal"] = self.not_principal.to_json()
        for name, values in (("Action", self.actions), ("NotAction", self.not_actions)):
            if values:
                out[name] = _one_or_list(values)
        if kind is not PolicyKind.TRUST:
            for name, values in (("Resource", self.resources), ("NotResource", self.not_resources)):
                if values:
                    out[name] = _one_or_list(values)
        if self.condition:
            out["Condition"] = {
                operator: {key: _one_or_list(values) for key, values in block.items()}
                for operator, block in self.condition.items()
            }
        return out


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """A policy document of one kind. ``to_dict`` is what AWS stores; ``minified`` is what is sent."""

    kind: PolicyKind
    statements: tuple[Statement, ...]
    id: str | None = None
    version: Literal["2012-10-17"] = "2012-10-17"

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "kind", PolicyKind(self.kind))
            object.__setattr__(self, "statements", tuple(self.statements))
        except (TypeError, ValueError) as problem:
            raise PolicyError(f"policy document: {problem}") from None
        name = f"{self.kind} policy"
        if not self.statements:
            raise PolicyError(f"{name}: a document needs at least one statement")
        if self.version != "2012-10-17":
            raise PolicyError(
                f"{name}: the version must be 2012-10-17, which policy variables need; not {self.version!r}"
            )
        try:
            if self.id is not None:
                grammar.check_text(self.id)
            grammar_kinds.check_document(self)
        except ValueError as problem:
            raise PolicyError(f"{name}: {problem}") from None
        for statement in self.statements:
            try:
                grammar_kinds.check_statement(self.kind, statement)
            except ValueError as problem:
                raise PolicyError(f"{name}: {_called(statement.sid)}: {problem}") from None

    def to_dict(self) -> dict[str, Json]:
        """Write the document in AWS's JSON form; equal documents give equal bytes."""
        out: dict[str, Json] = {"Version": self.version}
        if self.id is not None:
            out["Id"] = self.id
        out["Statement"] = [statement.to_dict(self.kind) for statement in self.statements]
        return out

    def minified(self) -> str:
        """Write the document as it is sent: JSON without white space, characters as themselves."""
        return minified(self.to_dict())

    @classmethod
    def from_dict(
        cls, kind: PolicyKind, data: object, *, where: str = "policy", found: bool = False
    ) -> PolicyDocument:
        """Read AWS's JSON form, strictly; ``where`` names the source in errors, for ``found`` see Statement."""
        from bedrock_cmk_guard.iam.grammar_json import read_document

        return read_document(kind, data, where, found=found)

    @classmethod
    def from_json(cls, kind: PolicyKind, text: str, *, where: str = "policy") -> PolicyDocument:
        """Read the text of a policy, refusing also a key that is written twice."""
        from bedrock_cmk_guard.iam.grammar_json import read_json

        return cls.from_dict(kind, read_json(text, where), where=where)


def _called(sid: object) -> str:
    return f"statement {sid!r}" if sid else "statement without Sid"


def _one_or_list(values: tuple[str, ...]) -> Json:
    """Return AWS's normal form: a list of one is the thing itself."""
    return values[0] if len(values) == 1 else list(values)


def _strings(values: object, name: str) -> tuple[str, ...]:
    """Return a tuple of strings; one string alone is a mistake that would be taken letter by letter."""
    if not isinstance(values, (tuple, list)):
        raise ValueError(f"{name} must be a tuple of strings, not {values!r}")
    for value in values:
        if not isinstance(value, str):
            raise ValueError(f"{name} must hold only strings, not {value!r}")
    return tuple(values)


def _settle(owner: Principal | Statement, name: str) -> None:
    values = getattr(owner, name)
    settled = _strings(values, name)
    if settled is not values:
        object.__setattr__(owner, name, settled)


def _frozen_condition(condition: object) -> FrozenMapping[FrozenMapping[tuple[str, ...]]]:
    if not isinstance(condition, Mapping):
        raise ValueError(f"the condition must be a mapping, not {condition!r}")
    blocks: dict[str, FrozenMapping[tuple[str, ...]]] = {}
    for operator, block in condition.items():
        if not isinstance(operator, str) or not isinstance(block, Mapping):
            raise ValueError(f"the condition must map an operator to keys, not {operator!r} to {block!r}")
        for key in block:
            if not isinstance(key, str):
                raise ValueError(f"condition operator {operator} has a key that is no string: {key!r}")
        blocks[operator] = FrozenMapping({key: _strings(values, key) for key, values in block.items()})
    return FrozenMapping(blocks)
