"""The JSON Schema that editors use agrees with the loader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bedrock_cmk_guard.errors import RequirementsError
from bedrock_cmk_guard.requirements import json_schema, load_requirements
from bedrock_cmk_guard.requirements.starter import starter_text

FILES = Path(__file__).parent / "files"
EXAMPLE = Path(__file__).parents[2] / "examples" / "cmk-guard.yaml"
VALIDATOR = jsonschema.Draft202012Validator(json_schema())
# Mistakes that a JSON Schema can see.
SEEN = (
    *(
        "unknown-fields",
        "later-layers",
        "missing-fields",
        "wrong-forms",
        "wrong-types",
        "extends-list",
        "not-a-mapping",
    ),
)


class Loader(yaml.SafeLoader):
    """As an editor reads YAML: a date is text."""


Loader.yaml_implicit_resolvers = {
    first: [item for item in resolvers if item[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def errors(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(yaml.load(text, Loader=Loader))]


def objects(schema: object) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from objects(item)


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert json_schema() == json_schema()


def test_every_field_is_described() -> None:
    definitions = json_schema()["$defs"]
    fields = [item for schema in definitions.values() for item in schema.get("properties", {}).items()]
    assert len(fields) > 100
    # A field that says no more than the object it refers to leaves the words to that.
    for name, field in fields:
        named = [part["$ref"].rpartition("/")[2] for part in objects(field) if "$ref" in part]
        assert field.get("description") or all(definitions[part]["description"] for part in named), name


def test_patterns_are_portable() -> None:
    patterns = [
        schema["pattern"] for schema in objects(json_schema()) if isinstance(schema.get("pattern"), str)
    ]
    assert patterns
    for pattern in patterns:
        assert "\\p" not in pattern
        re.compile(pattern)


def test_what_loads_is_valid() -> None:
    assert errors(EXAMPLE.read_text(encoding="utf-8")) == []
    assert errors(starter_text()) == []
    base = (FILES / "parts" / "base.yaml").read_text(encoding="utf-8")
    assert errors(base) == []
    # Unquoted, and null for a default: the loader takes both.
    assert (
        errors(base.replace('"222222222222"', "222222222222") + "exceptions:\nkey_standard: {origin: null}\n")
        == []
    )
    tagged = base + "    tags: {cost-centre: 4711, Grösse: ä}\n"
    assert errors(tagged) == []
    assert errors(base + "    tags: {cost&centre: x}\n") != []


@pytest.mark.parametrize("name", SEEN)
def test_what_does_not_load_is_not_valid(name: str) -> None:
    with pytest.raises(RequirementsError):
        load_requirements(FILES / f"{name}.yaml")
    assert errors((FILES / f"{name}.yaml").read_text(encoding="utf-8")) != []


def test_a_file_that_extends_may_leave_fields_out() -> None:
    text = "policy: {owner: CIO}\norganization: {regions: [eu-central-1]}\n"
    assert errors(f"extends: base.yaml\n{text}") == []
    assert errors(text) != []
    # What stands in a list is not merged, so it is complete.
    assert errors("extends: base.yaml\nworkloads: [{name: x}]\n") != []
    assert errors("extends: base.yaml\norganization: {region: x}\n") != []


def test_an_included_file_has_a_form_of_its_own() -> None:
    included = VALIDATOR.evolve(
        schema={**json_schema(), "$ref": "#/$defs/Included", "if": False, "else": True}
    )
    assert included.is_valid({"workloads": [], "exceptions": None})
    assert not included.is_valid({"version": 1})
