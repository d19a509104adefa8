"""Says in plain words, and at its place in the file, what pydantic found wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bedrock_cmk_guard.errors import Problem, field_path
from bedrock_cmk_guard.requirements.model import Requirements
from bedrock_cmk_guard.requirements.nodes import problem_at
from bedrock_cmk_guard.requirements.suggest import with_hint
from bedrock_cmk_guard.text.nodes import MapNode, Path, key_place, place_of

# Enough for anyone to mend in one sitting; the nearest words for half a million fields would take minutes.
MAX_TOLD = 500

_TOGETHER = ("path_gate", "cloudformation_hook", "attest_before_use")
_LAYERS: Path = ("enforcement", "layers")

Schema = Mapping[str, Any]
Explain = Callable[[ErrorDetails, Schema], str]


def mistakes(error: ValidationError) -> list[ErrorDetails]:
    """Whatever is wrong by itself, and not only because something else is."""
    return [detail for detail in error.errors(include_url=False) if not _follows(detail)]


def explain(found: list[ErrorDetails], tree: MapNode) -> list[Problem]:
    """Every mistake as a problem with its place."""
    problems = [_problem(detail, tree) for detail in found[:MAX_TOLD]]
    if len(found) > MAX_TOLD:
        rest = len(found) - MAX_TOLD
        problems.append(Problem((), f"and {rest:,} more problems", tree.place.file))
    return problems


def _follows(detail: ErrorDetails) -> bool:
    """Whether it only follows from another: a list is not too short because its items are wrong."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _problem(detail: ErrorDetails, tree: MapNode) -> Problem:
    path = detail["loc"]
    # pydantic marks a mistake in the name of a free field, such as a tag key, this way.
    about_key = bool(path) and path[-1] == "[key]"
    if about_key:
        path = path[:-1]
    about_name = about_key or detail["type"] == "extra_forbidden"
    place = key_place(tree, path) if about_name else place_of(tree, path)
    if detail["type"] == "extra_forbidden":
        return problem_at(place, path, _unknown_field(path))
    message = _MESSAGES.get(detail["type"], _as_it_is)(detail, _schema_at(path, about_key=about_key))
    return problem_at(place, path, f"as a name, {message}" if about_key else message)


def _unknown_field(path: Path) -> str:
    name, parent = str(path[-1]), path[:-1]
    if parent == _LAYERS and name in _TOGETHER:
        others = " and ".join(layer for layer in _TOGETHER if layer != name)
        return (
            f"comes together with {others} in a later release; one without the others only locks people out"
        )
    return with_hint(f"is not a field of {field_path(parent) or 'requirements'}", name, _fields_at(parent))


def _fields_at(path: Path) -> list[str]:
    fields = list(_schema_at(path).get("properties", ()))
    return fields if path else [*fields, "extends", "include"]


@cache
def _schema() -> Schema:
    return Requirements.model_json_schema()


def _schema_at(path: Path, *, about_key: bool = False) -> Schema:
    """What the model's JSON Schema says of the field of this path; nothing where there is no such field."""
    schema = _resolved(_schema())
    for step in path[:-1] if about_key else path:
        if isinstance(step, int):
            schema = _resolved(schema.get("items", {}))
        elif step in schema.get("properties", {}):
            schema = _resolved(schema["properties"][step])
        else:
            schema = _resolved(next(iter(schema.get("patternProperties", {}).values()), {}))
    return _resolved(schema.get("propertyNames", {})) if about_key else schema


def _resolved(schema: Schema) -> Schema:
    """The schema behind references and behind "or null", with the description of what referred to it."""
    while True:
        if "$ref" in schema:
            behind = _schema()["$defs"][schema["$ref"].rpartition("/")[2]]
        elif "anyOf" in schema:
            behind = next(choice for choice in schema["anyOf"] if choice.get("type") != "null")
        else:
            return schema
        schema = {**behind, **{k: v for k, v in schema.items() if k not in ("$ref", "anyOf")}}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _missing(_: ErrorDetails, schema: Schema) -> str:
    description = str(schema.get("description", "")).partition(". ")[0].partition("\n")[0].rstrip(".")
    return f"is missing: {description[:1].lower()}{description[1:]}" if description else "is missing"


def _pattern(detail: ErrorDetails, schema: Schema) -> str:
    examples = schema.get("examples")
    wanted = (
        f"what is expected looks like {examples[0]!r}"
        if examples
        else f"it is to match {schema.get('pattern')}"
    )
    if detail["input"] == "":
        return f"is empty; {wanted}"
    return f"{_shown(detail['input'])} does not have the right form; {wanted}"


def _choice(detail: ErrorDetails, schema: Schema) -> str:
    allowed = [str(value) for value in schema.get("enum", [schema.get("const")])]
    value = detail["input"]
    if value is None:
        return f"is empty; it is to be one of {', '.join(allowed)}"
    if len(allowed) == 1:
        return f"{_shown(value)} is not taken; it is to be {allowed[0]}"
    return with_hint(f"{_shown(value)} is not one of {', '.join(allowed)}", str(value), allowed).partition(
        "; known:"
    )[0]


def _range(detail: ErrorDetails, schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    return f"{_shown(detail['input'])} is to be from {low} to {high}"


def _kind(wanted: str) -> Explain:
    def explain_kind(detail: ErrorDetails, schema: Schema) -> str:
        value = detail["input"]
        examples = schema.get("items", schema).get("examples")
        example = f", such as {examples[0]!r}" if examples and wanted != "a list" else ""
        if value is None:
            return f"is empty; it is to be {wanted}{example}"
        given = (
            "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else _shown(value)
        )
        listed = (
            f": write [{value}]" if wanted == "a list" and isinstance(value, str) and len(value) <= 60 else ""
        )
        return f"is to be {wanted}{example}, not {given}{listed}"

    return explain_kind


def _length(detail: ErrorDetails, _: Schema) -> str:
    context = detail.get("ctx", {})
    if "max_length" in context:
        return f"is longer than {context['max_length']} characters"
    return "is empty"


def _too_few(_: ErrorDetails, schema: Schema) -> str:
    return f"needs at least {schema.get('minItems', 1)} item"


def _own_words(detail: ErrorDetails, _: Schema) -> str:
    return str(detail["ctx"]["error"])


def _as_it_is(detail: ErrorDetails, _: Schema) -> str:
    message = detail["msg"]
    return message[:1].lower() + message[1:]


_MESSAGES: Mapping[str, Explain] = {
    "missing": _missing,
    "string_pattern_mismatch": _pattern,
    "enum": _choice,
    "literal_error": _choice,
    "greater_than_equal": _range,
    "less_than_equal": _range,
    "string_type": _kind("a single value"),
    "int_type": _kind("a whole number"),
    "bool_type": _kind("true or false"),
    "date_type": _kind("a date such as 2027-06-30"),
    "tuple_type": _kind("a list"),
    "model_type": _kind("a mapping of fields"),
    "model_attributes_type": _kind("a mapping of fields"),
    "dict_type": _kind("a mapping of fields"),
    "mapping_type": _kind("a mapping of fields"),
    "string_too_long": _length,
    "string_too_short": _length,
    "too_short": _too_few,
    "value_error": _own_words,
}
