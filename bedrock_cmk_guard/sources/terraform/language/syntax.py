"""A file of Terraform, read: bodies, blocks and attributes, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bedrock_cmk_guard.sources.terraform.language.expressions import Expression
from bedrock_cmk_guard.subjects import Place


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """Something that Terraform would refuse to read."""

    place: Place
    message: str


class Attribute:
    """``name = expression``. The expression is read when somebody first asks for it."""

    def __init__(self, name: str, place: Place, read: Callable[[], Expression]) -> None:
        self.name = name
        self.place = place
        """From the name to the end of the expression."""
        self._read = read

    @cached_property
    def expression(self) -> Expression:
        """What the attribute is set to; Unsupported where that cannot be read."""
        return self._read()

    def __repr__(self) -> str:
        return f"Attribute({self.name!r}, line {self.place.line})"


@dataclass(frozen=True, slots=True)
class Block:
    """``type "label" { … }``."""

    type: str
    labels: tuple[str, ...]
    body: Body
    place: Place
    """The whole block."""
    header: Place
    """Type and labels."""
    reliable: bool = True
    """False for what stands behind the first syntax error of the file, or around it: it may be another's content."""


@dataclass(frozen=True, slots=True)
class Body:
    """What stands between two braces, or in a file. Of attributes written twice the first one stays (and a fault)."""

    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()

    def of_type(self, *types: str) -> Iterator[Block]:
        """The blocks of these types, in the order they are written."""
        return (block for block in self.blocks if block.type in types)


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file, and what is wrong with it."""

    shown: str
    body: Body
    faults: tuple[SyntaxFault, ...] = ()
