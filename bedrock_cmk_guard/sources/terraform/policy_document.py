"""``data "aws_iam_policy_document"``: the JSON document that its blocks say.

Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.terraform.language.numbers import number_text
from bedrock_cmk_guard.sources.terraform.language.values import (
    Encoded,
    Joined,
    Value,
    is_open,
    why_unknown,
)
from bedrock_cmk_guard.sources.terraform.nested import Spot, blocks_of, nested, spot_of
from bedrock_cmk_guard.subjects import Unknown

if TYPE_CHECKING:
    from bedrock_cmk_guard.sources.terraform.declared import Declared

_LISTS = {
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}
_PRINCIPALS = {"principals": "Principal", "not_principals": "NotPrincipal"}


def policy_document(data: Declared) -> Value:
    """Return the document's JSON text: as Encoded, for keys and roles in it may not be known yet."""
    spot = spot_of(data.block.body, data.block.header, data.scope)
    statements: list[Value] = []
    for document in (*_documents(spot, "source_json"), *_documents(spot, "source_policy_documents")):
        if isinstance(document, Unknown):
            return document
        _merge(statements, document)
    own: list[Value] = [_statement(block) for block in blocks_of(spot, "statement")]
    _merge(statements, own)
    for document in (*_documents(spot, "override_json"), *_documents(spot, "override_policy_documents")):
        if isinstance(document, Unknown):
            return document
        _merge(statements, document)
    version = _one(spot, "version")
    written: dict[str, Value] = {"Version": "2012-10-17" if version is None else version}
    identity = _one(spot, "policy_id")
    if identity is not None:
        written["Id"] = identity
    return Encoded({**written, "Statement": tuple(statements)})


def _merge(statements: list[Value], others: Iterable[Value]) -> None:
    """A statement takes the place of one that has the same Sid."""
    for other in others:
        sid = other.get("Sid") if isinstance(other, Mapping) else None
        same = [
            index
            for index, each in enumerate(statements)
            if isinstance(sid, str) and sid and isinstance(each, Mapping) and each.get("Sid") == sid
        ]
        if same:
            statements[same[0]] = other
        else:
            statements.append(other)


def _documents(spot: Spot, name: str) -> Iterator[list[Value] | Unknown]:
    value = _one(spot, name)
    for text in value if isinstance(value, tuple) else (value,):
        if text not in (None, ""):
            yield _statements(text)


def _statements(text: Value) -> list[Value] | Unknown:
    document = text.document if isinstance(text, Encoded) else None
    if isinstance(text, str):
        try:
            document = _frozen(json.loads(text))
        except (ValueError, RecursionError):
            return Unknown("a document that is merged into it is not JSON")
    if not isinstance(document, Mapping):
        return why_unknown(text) if is_open(text) else Unknown("what is merged into it is no document")
    statements = document.get("Statement", ())
    return list(statements) if isinstance(statements, tuple) else [statements]


def _frozen(raw: object) -> Value:
    if isinstance(raw, dict):
        return {str(name): _frozen(value) for name, value in raw.items()}
    if isinstance(raw, list):
        return tuple(map(_frozen, raw))
    return raw if isinstance(raw, (str, bool, int)) or raw is None else str(raw)


def _statement(block: Spot) -> Value:
    if block.optional:
        return Unknown(f"a dynamic block may make a statement: {block.doubt}")
    if not block.there:
        return Unknown(f"whether there is a statement is not known: {block.doubt}")
    effect = _one(block, "effect")
    statement: dict[str, Value] = {}
    sid = _one(block, "sid")
    if sid not in (None, ""):
        statement["Sid"] = sid
    statement["Effect"] = "Allow" if effect is None else effect
    for name, element in _LISTS.items():
        values = _one(block, name)
        if values is not None and values != ():
            statement[element] = _replaced(values)
    for name, element in _PRINCIPALS.items():
        principals = list(blocks_of(block, name))
        if principals:
            statement[element] = _principals(principals)
    conditions = list(blocks_of(block, "condition"))
    if conditions:
        statement["Condition"] = _conditions(conditions)
    return statement


def _principals(blocks: list[Spot]) -> Value:
    found: dict[str, Value] = {}
    for block in blocks:
        kind, who = _one(block, "type"), _replaced(_one(block, "identifiers"))
        if not isinstance(kind, str) or block.doubt:
            return Unknown(block.doubt or "the type of a principal is not known")
        present = found.get(kind, ())
        both = isinstance(present, tuple) and isinstance(who, tuple)
        found[kind] = (
            (*present, *who) if both and isinstance(present, tuple) and isinstance(who, tuple) else who
        )
    everyone = found.get("*")
    return "*" if everyone == ("*",) and len(found) == 1 else found


def _conditions(blocks: list[Spot]) -> Value:
    found: dict[str, dict[str, Value]] = {}
    for block in blocks:
        test, key = _one(block, "test"), _replaced(_one(block, "variable"))
        if not isinstance(test, str) or not isinstance(key, str) or block.doubt:
            return Unknown(block.doubt or "the operator or key of a condition is not known")
        values = _replaced(_one(block, "values"))
        present = found.setdefault(test, {}).get(key, ())
        if present and isinstance(present, tuple) and isinstance(values, tuple):
            values = (*present, *values)
        found[test][key] = values
    return dict(found)


def _replaced(value: Value) -> Value:
    """Return texts as the data source takes them: all are strings, and ``&{…}`` stands for IAM's ``${…}``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return number_text(value)
    if isinstance(value, str):
        return value.replace("&{", "${")
    if isinstance(value, Joined):
        return Joined(
            tuple(part.replace("&{", "${") if isinstance(part, str) else part for part in value.parts)
        )
    return tuple(map(_replaced, value)) if isinstance(value, tuple) else value


def _one(spot: Spot, name: str) -> Value:
    found = next(nested(spot, (name,)))
    return found.value if found.there else None
