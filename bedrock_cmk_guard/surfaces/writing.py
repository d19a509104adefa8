"""The catalogue's one way of being written, so that regenerating it changes only what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from bedrock_cmk_guard.surfaces.model import (
    Actions,
    IgnoredParameter,
    KeyField,
    KeylessSurface,
    KmsStatement,
    Surface,
)

if TYPE_CHECKING:
    from yaml.nodes import Node

Raw = None | bool | int | str | list["Raw"] | dict[str, "Raw"]

WIDTH = 118
_BLOCK_MAPPINGS = {"key", "actions"}
_ORDER: Mapping[str, tuple[str, ...]] = {
    "surfaces": tuple(field.name for field in fields(Surface)),
    "without_key": tuple(field.name for field in fields(KeylessSurface)),
    "ignored": tuple(field.name for field in fields(IgnoredParameter)),
    "key": tuple(field.name for field in fields(KeyField)),
    "actions": tuple(field.name for field in fields(Actions)),
    "kms": tuple(field.name for field in fields(KmsStatement)),
}
# Null means something here (mutability that is neither); everywhere else an empty field is left out.
_KEPT_WHEN_EMPTY = {"mutable"}


def head(text: str) -> str:
    """Return the comment lines that open a catalogue file."""
    lines = text.splitlines(keepends=True)
    count = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "".join(lines[:count])


def to_yaml(raw: Mapping[str, Raw], comment: str) -> str:
    """Write the catalogue: rows in blocks, what is short on one line, empty fields left out."""
    import yaml

    body = {
        name: [_ordered(row, name) for row in _rows(raw.get(name))]
        for name in ("surfaces", "without_key", "ignored")
    }
    text = yaml.serialize(_node(body, ()), Dumper=yaml.SafeDumper, width=WIDTH, allow_unicode=True)
    # A blank line before each row: the file is read by people too.
    return comment + text.replace("\n- id: ", "\n\n- id: ").replace(":\n\n- id: ", ":\n- id: ")


def _rows(value: Raw) -> list[dict[str, Raw]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _ordered(row: Mapping[str, Raw], kind: str) -> dict[str, Raw]:
    order = _ORDER.get(kind, ())
    names = [name for name in order if name in row] + [name for name in row if name not in order]
    return {
        name: _nested(row[name], name)
        for name in names
        if name in _KEPT_WHEN_EMPTY or row[name] not in (None, [], {}, False) or (kind not in _ORDER)
    }


def _nested(value: Raw, kind: str) -> Raw:
    if isinstance(value, dict):
        return _ordered(value, kind)
    if isinstance(value, list):
        return [_ordered(item, kind) if isinstance(item, dict) else item for item in value]
    return value


def _node(value: object, at: tuple[str, ...]) -> Node:
    from yaml.nodes import MappingNode, ScalarNode, SequenceNode

    if isinstance(value, Mapping):
        pairs = [(_node(str(name), ()), _node(item, (*at, str(name)))) for name, item in value.items()]
        return MappingNode("tag:yaml.org,2002:map", pairs, flow_style=_flows(at))
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = [_node(item, (*at, "[]")) for item in value]
        return SequenceNode("tag:yaml.org,2002:seq", items, flow_style=_flow_list(value, at))
    if value is None or isinstance(value, bool):
        tag, text = ("null", "null") if value is None else ("bool", str(value).lower())
        return ScalarNode(f"tag:yaml.org,2002:{tag}", text)
    return ScalarNode("tag:yaml.org,2002:str", str(value))


def _flows(at: tuple[str, ...]) -> bool:
    """Whether a mapping fits on a line: everything but rows, KMS statements and the two wide groups."""
    is_row = len(at) <= 2
    is_statement = len(at) == 4 and at[2:] == ("kms", "[]")
    is_note = len(at) == 4 and at[2] == "unlisted_actions"
    return not (is_row or is_statement or is_note or (len(at) == 3 and at[2] in _BLOCK_MAPPINGS))


def _flow_list(value: Sequence[object], at: tuple[str, ...]) -> bool:
    if len(at) <= 1 or not value:
        return len(at) > 1
    return all(isinstance(item, str) for item in value) and at[-1] not in {"docs", "notes"}
