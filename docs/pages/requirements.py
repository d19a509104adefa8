"""The requirements file, field by field, from the JSON Schema of its model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from pydantic import TypeAdapter

from bedrock_cmk_guard.requirements import Requirements, json_schema
from bedrock_cmk_guard.requirements.types import AccountId, Line, Name, Region, TagKey, TagValue
from docs.pages import GENERATED, code, codes, join, table, text

INTRODUCTION = """\
What `cmk-guard.yaml` can say. `bedrock-cmk-guard init` writes one to start from, and `bedrock-cmk-guard
schema` prints the same description as a JSON Schema, so that an editor completes the file. A field that is
not listed here is an error.
"""

Schema = Mapping[str, object]

KINDS = {
    TypeAdapter(kind).json_schema()["pattern"]: words
    for kind, words in (
        (Name, "name (`a-z`, digits and hyphens)"),
        (Line, "line of text"),
        (AccountId, "account id"),
        (Region, "Region"),
        (TagKey, "tag key"),
        (TagValue, "tag value"),
    )
}
"""The types of text that need no example, by the pattern that tells them apart in the schema."""


def page() -> str:
    """The whole page: the file's top level first, then every part in the order of its first mention."""
    schema = Requirements.model_json_schema()
    parts = {name: _mapping(part) for name, part in _mapping(schema["$defs"]).items()}
    sections = (
        join(
            f"## {_spoken(name)}",
            text(str(parts[name].get("description", ""))),
            _fields(parts[name], parts),
        )
        for name in _in_order(schema, parts)
    )
    # The loader takes two fields that the model never sees.
    loaded = _mapping(json_schema()["$defs"]["Requirements"]["properties"])
    references = {name: loaded[name] for name in ("extends", "include")}
    whole = {**schema, "properties": {**references, **_mapping(schema["properties"])}}
    return join(GENERATED, "# The requirements file", INTRODUCTION, _fields(whole, parts), *sections)


def _in_order(schema: Schema, parts: Mapping[str, Schema]) -> Sequence[str]:
    """The names of the objects below the outermost, in order of first mention."""
    found: list[str] = []
    waiting = [schema]
    while waiting:
        for name in _references(waiting.pop(0).get("properties")):
            if name not in found and "properties" in parts[name]:
                found.append(name)
                waiting.append(parts[name])
    return found


def _references(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "$ref":
                yield _referred(value)
            elif key != "default":
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _fields(part: Schema, parts: Mapping[str, Schema]) -> str:
    required = _list(part.get("required", []))
    rows = (
        (
            code(name),
            _type(field, parts),
            "**required**" if name in required else _default(field),
            text(_meaning(field, parts)),
        )
        for name, field in ((name, _mapping(field)) for name, field in _mapping(part["properties"]).items())
    )
    return table(("Field", "Is", "Default", "Meaning"), rows)


def _meaning(field: Schema, parts: Mapping[str, Schema]) -> str:
    """What the field is for; the schema leaves that out where it is what the part says of itself."""
    if "description" not in field and "$ref" in field:
        field = parts[_referred(field["$ref"])]
    return str(field.get("description", ""))


def _default(field: Schema) -> str:
    value = field.get("default")
    if value in (None, [], {}):
        return "none"
    if "$ref" in field and isinstance(value, Mapping):
        return "its own defaults"
    return code(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _type(field: Schema, parts: Mapping[str, Schema]) -> str:
    """A field's type in plain words."""
    if "$ref" in field:
        name = _referred(field["$ref"])
        words = _spoken(name).lower()
        return (
            f"[{words}](#{words.replace(' ', '-')})"
            if "properties" in parts[name]
            else _type(parts[name], parts)
        )
    if "anyOf" in field:
        return ", or ".join(_type(_mapping(option), parts) for option in _list(field["anyOf"]))
    if "const" in field:
        return code(field["const"])
    if "enum" in field:
        return "one of " + codes(_list(field["enum"]))
    match field["type"]:
        case "array":
            least = "at least one" if field.get("minItems") else "any number"
            return f"list, {least}: {_type(_mapping(field['items']), parts)}"
        case "object":
            return "texts by name"
        case "integer":
            return f"number, {field['minimum']} to {field['maximum']}"
        case "boolean":
            return "`true` or `false`"
        case "null":
            return "null"
    return _string(field)


def _string(field: Schema) -> str:
    if field.get("format") == "date":
        return "date, like `2027-06-30`"
    if words := KINDS.get(str(field.get("pattern"))):
        return words
    examples = _list(field.get("examples", []))
    return f"text, like {code(examples[0])}" if examples else "text"


def _spoken(name: str) -> str:
    """A class's name as words: ``TierRule`` is "Tier rule"."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).split()
    return " ".join(words).capitalize()


def _referred(reference: object) -> str:
    return str(reference).rpartition("/")[2]


def _mapping(node: object) -> Schema:
    if not isinstance(node, Mapping):
        raise TypeError(f"the schema has {node!r} where a mapping belongs")
    return node


def _list(node: object) -> list[object]:
    if not isinstance(node, list):
        raise TypeError(f"the schema has {node!r} where a list belongs")
    return node
