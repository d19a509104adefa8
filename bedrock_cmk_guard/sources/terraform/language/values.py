"""What an expression of Terraform is worth: values as Terraform has them, and what stands for those not known yet.

Known values are Python's own: None, bool, int or Decimal, str, tuple, dict. Terraform tells a list from a tuple, a
set from a list and a map from an object (``tolist(["a"]) == ["a"]`` is false), so those that came by a conversion are
:class:`ListValue`, :class:`SetValue` and :class:`MapValue`; whoever does not care reads them as tuple and dict. Nobody
changes a value once it is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from bedrock_cmk_guard.subjects import Unknown


class ListValue(tuple["Value", ...]):
    """A list: all elements are of one type."""

    __slots__ = ()


class SetValue(tuple["Value", ...]):
    """A set, in the order in which Terraform walks it. It has no index."""

    __slots__ = ()


class MapValue(dict[str, "Value"]):
    """A map: all elements are of one type. Keys stand in the order in which Terraform walks it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Computed:
    """An attribute of a resource or data source that has its value only once that exists."""

    address: str
    """The instance, as Terraform writes it: ``module.a.aws_kms_key.this[0]``."""
    path: tuple[str | int, ...] = ()
    """What is taken from it: ``("arn",)``; empty for the instance itself."""
    known_present: bool = False
    """Whether it will neither be null nor empty, whatever else it will be."""


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """An instance of a resource or data source: what is known of it, and everything else computed.

    ``instance.attributes`` may be a mapping that evaluates on demand. An attribute that is not in it is
    ``Computed(address, (name,))``, which counts as present when it is named in ``present``.
    """

    address: str
    attributes: Mapping[str, Value] = field(default_factory=dict)
    present: frozenset[str] = frozenset()

    def attribute(self, name: str) -> Value:
        """The attribute's value, as far as it is known."""
        if name in self.attributes:
            return self.attributes[name]
        return Computed(self.address, (name,), known_present=name in self.present)


@dataclass(frozen=True, slots=True)
class Joined:
    """Text with parts in it that are not known: a string each, or what stands for an unknown string."""

    parts: tuple[str | Unknown | Computed | OneOf | Encoded, ...]


@dataclass(frozen=True, slots=True)
class Encoded:
    """The JSON text of a document in which something is not known; ``jsondecode`` gives the document back."""

    document: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several values, by something that cannot be known. No option is itself a OneOf."""

    options: tuple[Value, ...]
    reason: str
    """Why it is not known which, as the rest of a sentence."""


Number: TypeAlias = "int | Decimal"
Known: TypeAlias = "bool | int | Decimal | str | tuple[Value, ...] | Mapping[str, Value] | None"
Open: TypeAlias = "Unknown | Computed | Instance | Joined | Encoded | OneOf"
Value: TypeAlias = "Known | Open"


def is_open(value: Value) -> bool:
    """Whether the value itself is not known. A collection counts as known, whatever is in it."""
    return isinstance(value, (Unknown, Computed, Instance, Joined, Encoded, OneOf))


def is_known(value: Value) -> bool:
    """Whether the value is known to its last element."""
    return not any(True for _ in unknown_parts(value))


def unknown_parts(value: Value) -> Iterator[Open]:
    """Everything inside of the value that is not known."""
    pending: list[Value] = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, (Unknown, Computed, Instance, Joined, Encoded, OneOf)):
            yield current
        elif isinstance(current, Mapping):
            pending.extend(current.values())
        elif isinstance(current, tuple):
            pending.extend(current)


def why_unknown(value: Value) -> Unknown:
    """The reason for which a value is not known, for what is computed from it and is then not known either."""
    for part in unknown_parts(value):
        if isinstance(part, Unknown):
            return part
        if isinstance(part, (Computed, Instance)):
            return Unknown(f"{part.address} has it only once it exists")
        if isinstance(part, OneOf):
            return Unknown(part.reason)
        if isinstance(part, Joined):
            return why_unknown(tuple(each for each in part.parts if not isinstance(each, str)))
        return why_unknown(part.document)
    return Unknown("it cannot be computed here")


def one_of(options: list[Value], reason: str) -> Value:
    """One of the options; options within options are laid flat, and equal ones count once."""
    flat: list[Value] = []
    for option in options:
        for each in option.options if isinstance(option, OneOf) else (option,):
            if not any(same(each, other) for other in flat):
                flat.append(each)
    return flat[0] if len(flat) == 1 else OneOf(tuple(flat), reason)


def same(left: Value, right: Value) -> bool:
    """Whether two values are the very same, types included. Python would have ``True == 1``."""
    if type(left) is not type(right):
        return False
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right
