"""The JSON Schema of a requirements file, from which an editor completes it and marks what is wrong.

It is the model's own schema, made to fit what the loader takes: ``extends`` and ``include`` at the top, null for
a field's default, and text that looks like a number. A file with ``extends`` may leave out any field outside a
list, because the file below may give it; which ones it must not leave out is known only when it is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from bedrock_cmk_guard.requirements.merge import INCLUDABLE
from bedrock_cmk_guard.requirements.model import Requirements

# One JSON Schema object. Its values are of every JSON type, which Python's type system has no word for.
Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCES: Schema = {
    "extends": {
        "description": "Requirements that this file lies over: a path relative to it, or package:NAME/FILE.",
        "type": "string",
        "minLength": 1,
        "examples": ["../organization/cmk-guard.yaml", "package:acme_requirements/cmk-guard.yaml"],
    },
    "include": {
        "description": "Files whose workloads, exceptions and exemptions are added; * and ? are wildcards.",
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "examples": [["workloads/*.yaml"]],
    },
}


def json_schema() -> Schema:
    """The JSON Schema (2020-12) of a requirements file."""
    whole: Schema = Requirements.model_json_schema()
    definitions: Schema = whole.pop("$defs")
    for schema in (whole, *definitions.values()):
        _fit(schema)
    whole["properties"] = {**_REFERENCES, **whole["properties"]}
    definitions["Requirements"] = whole
    _add_part("Requirements", definitions)
    definitions["Included"] = {
        "description": "A file that include names.",
        "type": "object",
        "additionalProperties": False,
        "properties": {name: deepcopy(whole["properties"][name]) for name in INCLUDABLE},
    }
    return {
        "$schema": _DIALECT,
        "title": "bedrock-cmk-guard requirements",
        "description": "What an organisation demands of the KMS keys that its AI agents' data lies under.",
        "type": "object",
        "if": {"required": ["extends"]},
        "then": {"$ref": "#/$defs/RequirementsPart"},
        "else": {"$ref": "#/$defs/Requirements"},
        "$defs": dict(sorted(definitions.items())),
    }


def _fit(schema: Schema) -> None:
    """Fits one object schema of the model to what the loader takes."""
    for inner in _within(schema):
        # Made up by pydantic from the field's name, which the editor shows anyway.
        inner.pop("title", None)
        _take_numbers(inner)
        if "patternProperties" in inner:
            # By itself, a name that fits no pattern would be let through.
            inner["additionalProperties"] = False
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        if name not in required:
            schema["properties"][name] = _or_null(field)


def _within(schema: Schema) -> Iterator[Schema]:
    yield schema
    for inner in (
        *schema.get("properties", {}).values(),
        *schema.get("patternProperties", {}).values(),
        *schema.get("anyOf", ()),
        *(schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)),
    ):
        yield from _within(inner)


def _take_numbers(schema: Schema) -> None:
    """The loader reads an unquoted 4711 or account id as text; an editor takes it for a number."""
    pattern = schema.get("pattern")
    if schema.get("type") != "string" or pattern is None or not re.search(pattern, "2" * 12):
        return
    schema["type"] = ["string", "integer"]
    if not re.search(pattern, "4711"):
        schema.update(minimum=0, maximum=10**12 - 1)


def _or_null(field: Schema) -> Schema:
    choices = field.get("anyOf")
    if choices is not None:
        return field if {"type": "null"} in choices else {**field, "anyOf": [*choices, {"type": "null"}]}
    about: Schema = {key: field[key] for key in ("description", "default", "examples") if key in field}
    kind: Schema = {key: value for key, value in field.items() if key not in about}
    return {**about, "anyOf": [kind, {"type": "null"}]}


def _add_part(name: str, definitions: Schema) -> str:
    """Defines the form of an object in which any field may be left out, also further in; returns its name."""
    part_name = f"{name}Part"
    if part_name not in definitions:
        part: Schema = deepcopy(definitions[name])
        definitions[part_name] = part
        part.pop("required", None)
        for field in part.get("properties", {}).values():
            # Lists are replaced as a whole, so what stands in one is complete.
            for choice in (field, *field.get("anyOf", ())):
                if "$ref" in choice:
                    _refer_to_part(choice, definitions)
    return part_name


def _refer_to_part(choice: Schema, definitions: Schema) -> None:
    name = choice["$ref"].rpartition("/")[2]
    if "properties" in definitions[name]:
        choice["$ref"] = f"#/$defs/{_add_part(name, definitions)}"
