"""Terraform values on the wire (msgpack, with unknowns) and what a plan or an apply does to them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgpack

from tests.terraform import tfplugin6_pb2 as pb
from tests.terraform.schema import Block

Values: TypeAlias = "dict[str, Any]"

UNKNOWN = msgpack.ExtType(0, b"\x00")


def decode(value: pb.DynamicValue) -> Any:
    if value.msgpack:
        return msgpack.unpackb(value.msgpack, raw=False, strict_map_key=False)
    return json.loads(value.json or b"null")


def encode(value: object) -> pb.DynamicValue:
    return pb.DynamicValue(msgpack=msgpack.packb(value, use_bin_type=True))


def is_unknown(value: object) -> bool:
    """Unknown, with or without a refinement."""
    return isinstance(value, msgpack.ExtType)


def known(values: Mapping[str, Any]) -> Values:
    """The attributes that have a value now."""
    return {name: value for name, value in values.items() if value is not None and not is_unknown(value)}


def _map_blocks(
    block: Block, values: Values, change: Callable[[Block, Values, str], Values], path: str
) -> None:
    for name, nested in block.blocks.items():
        value = values.get(name)
        if isinstance(value, list):
            values[name] = [change(nested.block, item, f"{path}.{name}") for item in value]
        elif isinstance(value, dict) and nested.nesting == "single":
            values[name] = change(nested.block, value, f"{path}.{name}")


def with_unknowns(block: Block, values: Values, path: str = "") -> Values:
    """The planned state of a new object: what the provider computes and nobody set is not known yet."""
    planned = dict(values)
    for name, attribute in block.attributes.items():
        if attribute.computed and planned.get(name) is None:
            planned[name] = UNKNOWN
    _map_blocks(block, planned, with_unknowns, path)
    return planned


def without_unknowns(block: Block, values: Values, path: str) -> Values:
    """The state after an apply: a placeholder of the right type wherever a value is still unknown."""
    state = dict(values)
    for name, attribute in block.attributes.items():
        if is_unknown(state.get(name)):
            state[name] = _placeholder(attribute.type, f"{path}.{name}")
    _map_blocks(block, state, without_unknowns, path)
    return state


def _placeholder(cty: Any, path: str) -> Any:
    if isinstance(cty, str):
        return {"string": path, "number": 0, "bool": False}.get(cty)
    kind, inner = cty
    if kind == "object":
        return {name: _placeholder(attribute, f"{path}.{name}") for name, attribute in inner.items()}
    return {} if kind == "map" else []


def conformed(block: Block, values: Values | None) -> Values | None:
    """A stored state as this schema has it: attributes that it lacks are null, those it dropped are gone."""
    if values is None:
        return None
    empty: Values = dict.fromkeys(block.attributes)
    empty |= {name: None if nested.nesting == "single" else [] for name, nested in block.blocks.items()}
    return {name: values.get(name, default) for name, default in empty.items()}
