"""AWS's JSON form of a policy, read strictly into ``PolicyDocument``.

Element names are compared exactly, an element that the language does not have is an error, and so is a value
of the wrong type. What AWS itself reads in two ways is accepted in both: one string or a list of them, one
statement or a list of them, and in conditions a bare number or truth value for its text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.document import Effect, PolicyDocument, PolicyKind, Principal, Statement

_DOCUMENT = frozenset({"Version", "Id", "Statement"})
_STATEMENT = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_PRINCIPAL = frozenset({"AWS", "Service", "Federated"})


def read_json(text: str, where: str) -> object:
    """Parse the text; a key written twice, which most readers drop in silence, is an error."""

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                raise PolicyError(f"{where}: the key {key!r} is written twice in one object; keep one")
            found[key] = value
        return found

    try:
        parsed: object = json.loads(text, object_pairs_hook=once)
    except RecursionError:
        raise PolicyError(f"{where}: nested too deep to be a policy") from None
    except ValueError as problem:
        raise PolicyError(f"{where}: not JSON: {problem}") from None
    return parsed


def read_document(kind: PolicyKind, data: object, where: str, *, found: bool = False) -> PolicyDocument:
    """Read the document that ``data`` is; if it is none, the ``PolicyError`` says where and why."""
    body = _object(data, where, _DOCUMENT)
    version = body.get("Version")
    if version != "2012-10-17":
        said = "is missing" if version is None else f"is {version!r}"
        raise PolicyError(f'{where}: Version {said}; write "2012-10-17"')
    name = body.get("Id")
    if name is not None and not isinstance(name, str):
        raise PolicyError(f"{where}: Id must be a string, not {name!r}")
    statements = body.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise PolicyError(f"{where}: Statement must be a list with at least one statement")
    read = tuple(
        _statement(kind, item, f"{where}: Statement[{i}]", found=found) for i, item in enumerate(statements)
    )
    try:
        return PolicyDocument(kind, read, name)
    except PolicyError as problem:
        raise PolicyError(f"{where}: {problem}") from None


def _statement(kind: PolicyKind, data: object, where: str, *, found: bool) -> Statement:
    body = _object(data, where, _STATEMENT)
    sid = body.get("Sid", "")
    effect = body.get("Effect")
    if not isinstance(sid, str):
        raise PolicyError(f"{where}: Sid must be a string, not {sid!r}")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f'{where}: Effect must be "Allow" or "Deny", not {effect!r}')
    trust = kind is PolicyKind.TRUST
    if trust and ("Resource" in body or "NotResource" in body):
        raise PolicyError(f"{where}: a role's trust policy has no Resource; remove it")
    try:
        return Statement(
            sid=sid,
            effect=Effect(effect),
            actions=_strings(body, "Action", where),
            not_actions=_strings(body, "NotAction", where),
            resources=("*",) if trust else _strings(body, "Resource", where),
            not_resources=_strings(body, "NotResource", where),
            principal=_principal(body, "Principal", where),
            not_principal=_principal(body, "NotPrincipal", where),
            condition=_condition(body, where),
            found=found,
        )
    except PolicyError as problem:
        text = str(problem)
        raise PolicyError(text if text.startswith(where) else f"{where}: {text}") from None


def _object(data: object, where: str, allowed: Iterable[str]) -> dict[str, object]:
    if not isinstance(data, dict):
        raise PolicyError(f"{where}: must be an object, not {_short(data)}")
    for key in data:
        if key not in allowed:
            raise PolicyError(f"{where}: unknown element {key!r}; here AWS has {', '.join(sorted(allowed))}")
    return data


def _strings(body: dict[str, object], name: str, where: str) -> tuple[str, ...]:
    """Read one string or a list of strings; nothing when the element is left out."""
    if name not in body:
        return ()
    value = body[name]
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values or not all(isinstance(item, str) for item in values):
        raise PolicyError(f"{where}: {name} must be a string or a list of at least one, not {_short(value)}")
    return tuple(values)


def _principal(body: dict[str, object], name: str, where: str) -> Principal | None:
    if name not in body:
        return None
    value = body[name]
    if value == "*":
        return Principal(everyone=True)
    types = _object(value, f"{where}: {name}", _PRINCIPAL)
    inside = f"{where}: {name}"
    return Principal(
        aws=_strings(types, "AWS", inside),
        service=_strings(types, "Service", inside),
        federated=_strings(types, "Federated", inside),
    )


def _condition(body: dict[str, object], where: str) -> dict[str, dict[str, tuple[str, ...]]]:
    if "Condition" not in body:
        return {}
    value = body["Condition"]
    if not isinstance(value, dict):
        raise PolicyError(f"{where}: Condition must be an object, not {_short(value)}")
    read: dict[str, dict[str, tuple[str, ...]]] = {}
    for operator, block in value.items():
        if not isinstance(block, dict):
            raise PolicyError(f"{where}: Condition.{operator} must be an object, not {_short(block)}")
        read[operator] = {
            key: tuple(
                _scalar(item, f"{where}: Condition.{operator}.{key}")
                for item in (values if isinstance(values, list) else [values])
            )
            for key, values in block.items()
        }
    return read


def _scalar(value: object, where: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise PolicyError(f"{where}: a value must be a string, a number or a truth value, not {_short(value)}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
