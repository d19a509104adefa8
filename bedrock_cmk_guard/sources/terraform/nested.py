"""Follows a path into a block: through nested blocks, dynamic ones, and the objects that attributes hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bedrock_cmk_guard.sources.terraform.instance_scope import InstanceScope
from bedrock_cmk_guard.sources.terraform.language.evaluation import evaluate
from bedrock_cmk_guard.sources.terraform.language.expressions import Reference
from bedrock_cmk_guard.sources.terraform.language.syntax import Block, Body
from bedrock_cmk_guard.sources.terraform.language.values import OneOf, SetValue, Value, is_open, why_unknown
from bedrock_cmk_guard.subjects import Place, Step, Unknown

MAX_BLOCKS = 1000
"""Made by one dynamic block."""


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands at the end of a path, or where it breaks off."""

    scope: InstanceScope
    place: Place
    body: Body | None = None
    """The block here; None where it is a value."""
    value: Value = None
    there: bool = True
    """False where the path breaks off: what it leads to is left out."""
    steps: tuple[Step, ...] = ()
    doubt: str = ""
    """Why it is not known whether this is what stands here."""
    optional: bool = False
    """Whether, by that doubt, nothing may stand here."""

    def text(self) -> str | None:
        """The value, where it is text and known."""
        return self.value if isinstance(self.value, str) else None


def spot_of(body: Body, place: Place, scope: InstanceScope) -> Spot:
    """Return the spot of a whole block."""
    return Spot(scope, place, body)


def nested(spot: Spot, path: Sequence[str]) -> Iterator[Spot]:
    """Give everything that stands at the end of a path; at least one spot, which may not be there."""
    if not path or not spot.there:
        yield spot
    elif spot.body is None:
        yield from _in_value(spot, path)
    else:
        attribute = spot.body.attributes.get(path[0])
        if attribute is not None:
            said = Step(f"{path[0]} is set here", attribute.place)
            trail: list[Step] = [*spot.steps, said]
            value = evaluate(attribute.expression, spot.scope, trail)
            found = replace(spot, body=None, value=value, place=attribute.place, steps=tuple(trail))
            yield from nested(found, path[1:])
            return
        blocks = list(blocks_of(spot, path[0]))
        for block in blocks:
            yield from nested(block, path[1:])
        if not blocks:
            yield _left_out(spot, path[0])


def _left_out(spot: Spot, name: str) -> Spot:
    said = Step(f"{name} is left out", spot.place)
    return replace(spot, there=False, value=None, steps=(*spot.steps, said))


def _in_value(spot: Spot, path: Sequence[str]) -> Iterator[Spot]:
    value = spot.value
    if isinstance(value, OneOf):
        for option in value.options:
            yield from nested(replace(spot, value=option, doubt=value.reason), path)
    elif is_open(value):
        yield replace(spot, value=why_unknown(value))
    elif isinstance(value, Mapping) and path[0] in value:
        yield from nested(replace(spot, value=value[path[0]]), path[1:])
    elif isinstance(value, tuple) and value:
        for item in value:
            yield from nested(replace(spot, value=item), path)
    else:
        yield _left_out(spot, path[0])


def blocks_of(spot: Spot, name: str) -> Iterator[Spot]:
    """Give the blocks of a type inside of a block, those that a dynamic block makes among them; in JSON, objects."""
    if spot.body is None or name in spot.body.attributes:
        for found in nested(spot, (name,)):
            yield from _items(found)
        return
    for block in spot.body.blocks:
        if block.type == name:
            yield replace(spot, body=block.body, place=block.header)
        elif block.type == "dynamic" and block.labels[:1] == (name,):
            yield from _dynamic(spot, block)


def _items(spot: Spot) -> Iterator[Spot]:
    value = spot.value
    if not spot.there or value is None:
        return
    if is_open(value):
        yield replace(spot, doubt=why_unknown(value).reason, optional=True)
        return
    for item in value if isinstance(value, tuple) else (value,):
        yield replace(spot, value=item)


def _dynamic(spot: Spot, block: Block) -> Iterator[Spot]:
    content = next(block.body.of_type("content"), None)
    over = block.body.attributes.get("for_each")
    if content is None or over is None:
        return
    name = _iterator(block)
    said: list[Step] = [*spot.steps, Step(f"{block.labels[0]} is made by a dynamic block", block.header)]
    value = evaluate(over.expression, spot.scope, said)
    inside = replace(spot, body=content.body, place=block.header, steps=tuple(said))
    options = value.options if isinstance(value, OneOf) else (value,)
    for option in options:
        reason = value.reason if isinstance(value, OneOf) else ""
        pairs = _pairs(option)
        if isinstance(pairs, Unknown):
            scope = spot.scope.binding(name, pairs, pairs)
            yield replace(inside, scope=scope, doubt=pairs.reason, optional=True)
            continue
        if reason and not pairs:
            yield replace(inside, there=False, doubt=reason)
        for key, each in pairs[:MAX_BLOCKS]:
            yield replace(inside, scope=spot.scope.binding(name, key, each), doubt=reason)


def _iterator(block: Block) -> str:
    written = block.body.attributes.get("iterator")
    if written is not None and isinstance(written.expression, Reference):
        return written.expression.root
    return block.labels[0]


def _pairs(value: Value) -> list[tuple[Value, Value]] | Unknown:
    if isinstance(value, Mapping):
        return [(key, value[key]) for key in sorted(value)]
    if isinstance(value, tuple):
        is_set = isinstance(value, SetValue)
        return [(each if is_set else index, each) for index, each in enumerate(value)]
    return why_unknown(value) if is_open(value) else Unknown("its for_each cannot be walked")
