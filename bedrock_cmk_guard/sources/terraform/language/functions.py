"""Every function of Terraform's that is computed here, by its name; any other is Unknown."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Mapping
from decimal import Decimal

from bedrock_cmk_guard.sources.terraform.language.collection_functions import COLLECTION_FUNCTIONS
from bedrock_cmk_guard.sources.terraform.language.joining import known_text
from bedrock_cmk_guard.sources.terraform.language.numbers import number_text
from bedrock_cmk_guard.sources.terraform.language.scope import EvaluationError
from bedrock_cmk_guard.sources.terraform.language.text_functions import TEXT_FUNCTIONS, Function, on_text
from bedrock_cmk_guard.sources.terraform.language.values import (
    Computed,
    Encoded,
    Instance,
    Joined,
    OneOf,
    Value,
    is_known,
    why_unknown,
)
from bedrock_cmk_guard.subjects import Unknown

_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""What Go's encoder escapes besides what JSON demands."""


def jsonencode(value: Value) -> Value:
    """Return a value as JSON text."""
    return _encoded(value) if is_known(value) else Encoded(value)


def _encoded(value: Value) -> str:
    if isinstance(value, Mapping):
        pairs = (f"{_encoded(name)}:{_encoded(value[name])}" for name in sorted(value))
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, tuple):
        return "[" + ",".join(map(_encoded, value)) + "]"
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return "".join(_ESCAPED.get(character, character) for character in text)
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return number_text(value)
    return json.dumps(value)


def jsondecode(value: Value) -> Value:
    """Return what a JSON text says."""
    if isinstance(value, Encoded):
        return value.document
    if isinstance(value, (Unknown, Computed, Instance, Joined, OneOf)):
        return why_unknown(value)
    text = known_text(value)
    if isinstance(text, Unknown):
        return text
    try:
        return _decoded(json.loads(text, parse_float=Decimal))
    except ValueError:
        raise EvaluationError("it is no JSON") from None


def _decoded(raw: object) -> Value:
    if isinstance(raw, dict):
        return {str(name): _decoded(value) for name, value in raw.items()}
    if isinstance(raw, list):
        return tuple(map(_decoded, raw))
    if raw is None or isinstance(raw, (bool, int, Decimal, str)):
        return raw
    return Unknown("it is no value that JSON has")


def yamldecode(value: Value) -> Value:
    """Return what a YAML text says. JSON is YAML."""
    if isinstance(value, (Encoded, Unknown, Computed, Instance, Joined, OneOf)):
        return value.document if isinstance(value, Encoded) else why_unknown(value)
    text = known_text(value)
    if isinstance(text, Unknown):
        return text
    from bedrock_cmk_guard.sources.terraform.language.yaml_text import decoded

    return decoded(text)


def _of_path(part: Callable[[str], str]) -> Callable[[str], Value]:
    def function(path: str) -> Value:
        clean = path and posixpath.normpath(path) == path and path != "/"
        return part(path) if clean else Unknown("how the path is cleaned up is not computed here")

    return function


FUNCTIONS: dict[str, Function] = {
    **TEXT_FUNCTIONS,
    **COLLECTION_FUNCTIONS,
    "basename": on_text(_of_path(posixpath.basename)),
    "dirname": on_text(_of_path(lambda path: posixpath.dirname(path) or ".")),
    "jsondecode": jsondecode,
    "jsonencode": jsonencode,
    "yamldecode": yamldecode,
}
