"""Decisions for people who script: a case in a line of JSON, a decision in a line of JSON.

    {"name"?, "request": {"principal", "action", "resource", "resource_account"?, "context"?: {key: value | [values]}},
     "identity"?: [document …], "boundary"?: document, "session"?: document, "resource_policy"?: document,
     "scps"?: [[document …] per level, root first], "rcps"?: [[document …] per level], "grants"?: [grant …]}

gives

    {"name", "decision": "allowed" | "explicit_deny" | "implicit_deny" | "depends",
     "statements": [{"policy", "sid", "index"}], "reasons": [text …], "depends_on"?: [part …]}

A part of the request that is ``null`` is open. A case that cannot be decided gives ``{"name", "error"}`` instead, and
the others are decided all the same. Grants are written as KMS's ListGrants returns them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NotRequired, TypedDict

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.document import PolicyDocument, PolicyKind
from bedrock_cmk_guard.iam.evaluator import (
    Decision,
    Grant,
    Open,
    OpenRequest,
    Outcome,
    PolicySet,
    Request,
    check_key,
    evaluate,
    strictly_supplied,
    supplied_by_aws,
)
from bedrock_cmk_guard.iam.evaluator.arns import parse_arn
from bedrock_cmk_guard.iam.grammar_json import read_json
from bedrock_cmk_guard.iam.service_data import frozen_service

_CASE = ("name", "request", "identity", "boundary", "session", "resource_policy", "scps", "rcps", "grants")
_REQUEST = ("principal", "action", "resource", "resource_account", "context")
_GRANT = {
    "GranteePrincipal",
    "GranteeServicePrincipal",
    "Operations",
    "Constraints",
    "RetiringPrincipal",
    "RetiringServicePrincipal",
    "Name",
    # What ListGrants tells besides, and a decision does not need.
    *("KeyId", "GrantId", "CreationDate", "IssuingAccount"),
}
_CONSTRAINTS = {"EncryptionContextEquals", "EncryptionContextSubset", "SourceArn"}


class DecidedBy(TypedDict):
    """A statement by its policy, its Sid and its place in it, counted from 0."""

    policy: str
    sid: str
    index: int


class Simulated(TypedDict):
    """What is said of one case."""

    name: str | None
    decision: NotRequired[str]
    statements: NotRequired[list[DecidedBy]]
    reasons: NotRequired[list[str]]
    depends_on: NotRequired[list[str]]
    error: NotRequired[str]


def simulate(
    lines: Iterable[str], *, where: str = "line", unknown_keys_absent: bool = False
) -> Iterator[Simulated]:
    """Decide the cases one by one, as they come; blank lines count and say nothing.

    A condition key that AWS does not have is an error, unless ``unknown_keys_absent`` says to judge it as AWS
    would: as absent. ``where`` stands before the number of the line in errors.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _simulated(line, f"{where} {number}", unknown_keys_absent)


def _simulated(line: str, where: str, unknown_keys_absent: bool) -> Simulated:
    name: str | None = None
    try:
        case = _object(_json(line, where), where, _CASE)
        name = _name(case, where)
        decision = _decide(case, where, unknown_keys_absent)
    except PolicyError as problem:
        text = str(problem)
        return {"name": name, "error": text if text.startswith(where) else f"{where}: {text}"}
    return _answer(name, decision)


def _answer(name: str | None, decision: Decision) -> Simulated:
    answer: Simulated = {
        "name": name,
        "decision": str(decision.outcome),
        "statements": [{"policy": s.policy, "sid": s.sid, "index": s.index} for s in decision.statements],
        "reasons": list(decision.reasons),
    }
    if decision.outcome is Outcome.DEPENDS:
        answer["depends_on"] = list(decision.depends_on)
    return answer


def _decide(case: Mapping[str, object], where: str, unknown_keys_absent: bool) -> Decision:
    request = _request(case.get("request"), f"{where}: request", strict=not unknown_keys_absent)
    policies = PolicySet(
        identity=_documents(case.get("identity"), PolicyKind.IDENTITY, f"{where}: identity"),
        boundary=_document(case.get("boundary"), PolicyKind.IDENTITY, f"{where}: boundary"),
        session=_document(case.get("session"), PolicyKind.IDENTITY, f"{where}: session"),
        resource_policy=_resource_policy(case.get("resource_policy"), request, f"{where}: resource_policy"),
        scps=_levels(case.get("scps"), PolicyKind.SCP, f"{where}: scps"),
        rcps=_levels(case.get("rcps"), PolicyKind.RCP, f"{where}: rcps"),
        grants=tuple(
            _grant(grant, f"{where}: grants[{i}]")
            for i, grant in enumerate(_list(case.get("grants"), f"{where}: grants"))
        ),
    )
    closed: Request | OpenRequest = request if request.open_parts else request.closed()
    return evaluate(closed, policies, _as_absent if unknown_keys_absent else strictly_supplied)


def _as_absent(request: Request, key: str) -> bool:
    return frozen_service(request.service) is None or supplied_by_aws(request, key)


def _json(line: str, where: str) -> object:
    if any("\ud800" <= character <= "\udfff" for character in line):
        raise PolicyError(f"{where}: not UTF-8")
    return read_json(line, where)


def _name(case: Mapping[str, object], where: str) -> str | None:
    name = case.get("name")
    if name is not None and not isinstance(name, str):
        raise PolicyError(f"{where}: name must be a text")
    return name


def _request(data: object, where: str, *, strict: bool) -> OpenRequest:
    body = _object(data, where, _REQUEST)
    given = _object(body.get("context", {}), f"{where}.context", None)
    context: dict[str, str | tuple[str, ...] | Open] = {}
    for key, value in given.items():
        if ":" not in key:
            raise PolicyError(f"{where}.context: {key!r} is not a condition key; write prefix:Name")
        if key.lower() in {other.lower() for other in context}:
            raise PolicyError(
                f"{where}.context: the key {key!r} is there twice; key names do not depend on case"
            )
        if strict:
            check_key(key)
        context[key] = _values(value, f"{where}.context.{key}")
    account = _part(body, "resource_account", where) if "resource_account" in body else None
    return OpenRequest(
        _part(body, "principal", where),
        _part(body, "action", where),
        _part(body, "resource", where),
        account,
        context,
    )


def _part(body: Mapping[str, object], name: str, where: str) -> str | Open:
    if name not in body:
        raise PolicyError(f"{where}: {name} is missing; null leaves it open")
    value = body[name]
    if value is None:
        return Open.ANYTHING
    if not isinstance(value, str) or not value:
        raise PolicyError(f"{where}.{name}: must be a text, or null to leave it open")
    return value


def _values(value: object, where: str) -> str | tuple[str, ...] | Open:
    if value is None:
        return Open.ANYTHING
    if isinstance(value, list):
        return tuple(_value(item, where) for item in value)
    return _value(value, where)


def _value(value: object, where: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise PolicyError(
        f"{where}: must be a text, a number, a truth value, a list of them, or null to leave it open"
    )


def _resource_policy(data: object, request: OpenRequest, where: str) -> PolicyDocument | None:
    """Read the resource's policy; of what kind it is follows from the action, or else from the resource."""
    if data is None:
        return None
    action, resource = request.action, request.resource
    if isinstance(action, str):
        service = action.partition(":")[0].lower()
    elif isinstance(resource, str):
        named = parsed.service if (parsed := parse_arn(resource)) is not None else ""
        service = "sts" if named == "iam" else named
    else:
        raise PolicyError(
            f"{where}: with action and resource open, there is no telling what kind of policy it is"
        )
    kind = {"kms": PolicyKind.KEY, "sts": PolicyKind.TRUST}.get(service, PolicyKind.RESOURCE)
    return _document(data, kind, where)


def _document(data: object, kind: PolicyKind, where: str) -> PolicyDocument | None:
    return None if data is None else PolicyDocument.from_dict(kind, data, where=where, found=True)


def _documents(data: object, kind: PolicyKind, where: str) -> tuple[PolicyDocument, ...]:
    items = _list(data, where)
    return tuple(
        PolicyDocument.from_dict(kind, item, where=f"{where}[{i}]", found=True)
        for i, item in enumerate(items)
    )


def _levels(data: object, kind: PolicyKind, where: str) -> tuple[tuple[PolicyDocument, ...], ...] | None:
    if data is None:
        return None
    return tuple(_documents(level, kind, f"{where}[{i}]") for i, level in enumerate(_list(data, where)))


def _grant(data: object, where: str) -> Grant:
    body = _object(data, where, _GRANT)
    constraints = _object(body.get("Constraints") or {}, f"{where}.Constraints", _CONSTRAINTS)
    grantees = [
        _text(body[name], f"{where}.{name}")
        for name in ("GranteePrincipal", "GranteeServicePrincipal")
        if body.get(name) is not None
    ]
    if len(grantees) != 1:
        raise PolicyError(f"{where}: give one of GranteePrincipal and GranteeServicePrincipal")
    retiring = body.get("RetiringPrincipal") or body.get("RetiringServicePrincipal")
    source = constraints.get("SourceArn")
    return Grant(
        grantee=grantees[0],
        operations=tuple(
            _text(item, f"{where}.Operations")
            for item in _list(body.get("Operations"), f"{where}.Operations")
        ),
        encryption_context_equals=_pairs(constraints, "EncryptionContextEquals", where),
        encryption_context_subset=_pairs(constraints, "EncryptionContextSubset", where),
        source_arn=None if source is None else _text(source, f"{where}.Constraints.SourceArn"),
        retiring=None if retiring is None else _text(retiring, f"{where}.RetiringPrincipal"),
        name=_text(body.get("Name") or body.get("GrantId") or "", f"{where}.Name"),
    )


def _pairs(constraints: Mapping[str, object], name: str, where: str) -> dict[str, str]:
    inside = f"{where}.Constraints.{name}"
    pairs = _object(constraints.get(name) or {}, inside, None)
    return {key: _text(value, f"{inside}.{key}") for key, value in pairs.items()}


def _object(data: object, where: str, allowed: Iterable[str] | None) -> dict[str, object]:
    if not isinstance(data, dict):
        raise PolicyError(f"{where}: must be an object" if data is not None else f"{where}: is missing")
    for key in data:
        if allowed is not None and key not in allowed:
            raise PolicyError(f"{where}: unknown field {key!r}; there are {', '.join(sorted(allowed))}")
    return data


def _list(data: object, where: str) -> list[object]:
    if data is None:
        return []
    if not isinstance(data, list):
        raise PolicyError(f"{where}: must be a list")
    return data


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise PolicyError(f"{where}: must be a text")
    return value
