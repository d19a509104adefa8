"""Terraform's expressions, read. Every one knows where it is written."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal as OneOfThese
from typing import TypeAlias

from bedrock_cmk_guard.subjects import Place


@dataclass(frozen=True, slots=True)
class Literal:
    """``"text"`` without anything in it, ``42``, ``true``, ``null``."""

    place: Place
    value: str | bool | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Template:
    """Text with interpolations and directives in it, already stripped as ``~`` and ``<<-`` demand."""

    place: Place
    parts: tuple[TemplatePart, ...]


@dataclass(frozen=True, slots=True)
class TemplateIf:
    """``%{ if condition }…%{ else }…%{ endif }``."""

    place: Place
    condition: Expression
    then: tuple[TemplatePart, ...]
    otherwise: tuple[TemplatePart, ...]


@dataclass(frozen=True, slots=True)
class TemplateFor:
    """``%{ for key, value in collection }…%{ endfor }``."""

    place: Place
    key: str | None
    value: str
    collection: Expression
    body: tuple[TemplatePart, ...]


@dataclass(frozen=True, slots=True)
class Wrapped:
    """``"${expression}"``: the value of the expression itself, which need not be text."""

    place: Place
    expression: Expression


@dataclass(frozen=True, slots=True)
class Reference:
    """The name that begins a traversal: ``var``, ``local``, ``aws_kms_key``, or a name bound by a ``for``.

    ``attributes`` are the ``.name`` that follow it directly.
    """

    place: Place
    root: str
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GetAttribute:
    """``object.name``, where the object is no plain reference; ``list.0`` is an Index."""

    place: Place
    object: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """``collection[key]``."""

    place: Place
    collection: Expression
    key: Expression


@dataclass(frozen=True, slots=True)
class SplatItem:
    """Stands for each element in turn, inside of a splat's ``each``."""

    place: Place


@dataclass(frozen=True, slots=True)
class Splat:
    """``source[*]…`` or ``source.*…``: ``each`` is what follows, over a SplatItem."""

    place: Place
    source: Expression
    each: Expression
    item: SplatItem


@dataclass(frozen=True, slots=True)
class Conditional:
    """``condition ? then : otherwise``."""

    place: Place
    condition: Expression
    then: Expression
    otherwise: Expression


BinaryOperator: TypeAlias = OneOfThese["||", "&&", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%"]


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and what stands between them."""

    place: Place
    operator: BinaryOperator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x`` or ``!x``."""

    place: Place
    operator: OneOfThese["-", "!"]
    operand: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """``name(arguments)``; with ``expand`` the last argument holds the remaining ones (``...``)."""

    place: Place
    name: str
    arguments: tuple[Expression, ...]
    expand: bool = False


@dataclass(frozen=True, slots=True)
class ForList:
    """``[for key, value in collection : result if condition]``."""

    place: Place
    key: str | None
    value: str
    collection: Expression
    result: Expression
    condition: Expression | None


@dataclass(frozen=True, slots=True)
class ForMap:
    """``{for key, value in collection : name => result if condition}``; ``...`` makes it grouping."""

    place: Place
    key: str | None
    value: str
    collection: Expression
    name: Expression
    result: Expression
    condition: Expression | None
    grouping: bool


@dataclass(frozen=True, slots=True)
class ObjectExpression:
    """``{ name = value }``. A bare name is a Literal already."""

    place: Place
    items: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class TupleExpression:
    """``[a, b]``."""

    place: Place
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Unsupported:
    """What could not be read: it is worth Unknown, for this reason."""

    place: Place
    reason: str


Expression: TypeAlias = (
    "Literal | Template | Wrapped | Reference | GetAttribute | Index | SplatItem | Splat | Conditional | Binary"
    " | Unary | Call | ForList | ForMap | ObjectExpression | TupleExpression | Unsupported"
)
TemplatePart: TypeAlias = "str | Expression | TemplateIf | TemplateFor"
