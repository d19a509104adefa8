"""Policy documents in plans: as JSON text, and those that Terraform can put together only during the apply.

Source of the shape of ``aws_iam_policy_document``:
https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from bedrock_cmk_guard.sources.plan.instance import Instance, Value
from bedrock_cmk_guard.sources.plan.plan import Plan, because
from bedrock_cmk_guard.sources.terraform.kinds import KEYS, POLICIES, ROLES
from bedrock_cmk_guard.subjects import Document, Fact, Unknown

_Path = tuple[str | int, ...]

_DATA = "aws_iam_policy_document"
_LISTS = {
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}
_PRINCIPALS = {"principals": "Principal", "not_principals": "NotPrincipal"}


def document(plan: Plan, instance: Instance, *path: str | int) -> Fact[Document]:
    """Return the policy that an argument holds; None where it holds none."""
    value: Value = instance.values
    for step in path:
        if isinstance(value, Mapping) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, Sequence) and not isinstance(value, str) and isinstance(step, int):
            value = value[step]
    if not isinstance(value, Unknown):
        return Fact(parsed(value), instance.place if value else None)
    if plan.is_left_out(instance, path):
        return Fact(None)
    origin = plan.only_origin(instance, path)
    if origin is None or origin.instance.type != _DATA:
        return Fact(because(origin), instance.place)
    return Fact(_put_together(plan, origin.instance), origin.instance.place, origin.trail)


def parsed(value: Value) -> Document:
    """Read a policy from JSON text, or take it as it is where a provider gives it as an object."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        read: Document = json.loads(value)
    except (ValueError, RecursionError):
        return Unknown("the policy is not JSON")
    return read if isinstance(read, Mapping) else Unknown("the policy is not a JSON object")


def _put_together(plan: Plan, data: Instance) -> Document:
    """Make the document that a data source will make, as far as its arguments are known."""
    if data.values.get("source_policy_documents") or data.values.get("override_policy_documents"):
        return Unknown(f"{data.address} merges other documents")
    statements = data.values.get("statement")
    if not isinstance(statements, Sequence) or isinstance(statements, str):
        return Unknown(f"{data.address} has statements that are known only after the apply")
    version = data.values.get("version")
    written = plan.configuration.expression(data, ("statement",))
    in_order = isinstance(written, list) and len(written) == len(statements)  # no dynamic block among them
    return {
        "Version": version if isinstance(version, str) else "2012-10-17",
        "Statement": [
            _statement(plan, data, ("statement", index) if in_order else ("statement",), each)
            for index, each in enumerate(statements)
        ],
    }


def _statement(plan: Plan, data: Instance, path: _Path, written: Value) -> Document:
    if not isinstance(written, Mapping):
        return Unknown(f"a statement of {data.address} is known only after the apply")
    effect = written.get("effect")
    statement: dict[str, Document] = {"Effect": "Allow" if effect is None else parsed_scalar(effect)}
    if isinstance(sid := written.get("sid"), str) and sid:
        statement["Sid"] = sid
    for name, element in _LISTS.items():
        if (value := written.get(name)) not in (None, []):
            statement[element] = _strings(plan, data, value, _below(path, name))
    for name, element in _PRINCIPALS.items():
        if (value := written.get(name)) not in (None, []):
            statement[element] = _principal(plan, data, value, _below(path, name))
    if (conditions := written.get("condition")) not in (None, []):
        statement["Condition"] = _condition(plan, data, conditions, _below(path, "condition"))
    return statement


def parsed_scalar(value: Value) -> Document:
    """Return one value of a document."""
    return value if isinstance(value, str | int | float | bool | Unknown) else Unknown("it is not text")


def _principal(plan: Plan, data: Instance, blocks: Value, path: _Path) -> Document:
    found: dict[str, Document] = {}
    for block in _items(blocks):
        kind = block.get("type") if isinstance(block, Mapping) else None
        if not isinstance(block, Mapping) or not isinstance(kind, str) or kind in found:
            return Unknown(f"a principal of {data.address} is known only after the apply")
        who = _strings(plan, data, block.get("identifiers"), path)
        if kind == "*":
            return "*"
        found[kind] = who
    return found


def _condition(plan: Plan, data: Instance, blocks: Value, path: _Path) -> Document:
    found: dict[str, dict[str, Document]] = {}
    for block in _items(blocks):
        test = block.get("test") if isinstance(block, Mapping) else None
        key = block.get("variable") if isinstance(block, Mapping) else None
        if not isinstance(block, Mapping) or not isinstance(test, str) or not isinstance(key, str):
            return Unknown(f"a condition of {data.address} is known only after the apply")
        if key in found.get(test, {}):
            return Unknown(f"{data.address} has two conditions of one operator and key")
        found.setdefault(test, {})[key] = _strings(plan, data, block.get("values"), path)
    return found


def _strings(plan: Plan, data: Instance, values: Value, path: _Path) -> Document:
    """Return a list, in which the one item that is not known yet is the one thing that is referred to."""
    items = _items(values)
    if isinstance(values, Unknown) or sum(isinstance(item, Unknown) for item in items) != 1:
        return values if isinstance(values, Unknown) else [parsed_scalar(item) for item in items]
    referred = _referred(plan, data, path)
    return [referred if isinstance(item, Unknown) else parsed_scalar(item) for item in items]


def _referred(plan: Plan, data: Instance, path: _Path) -> str | Unknown:
    origin = plan.only_origin(data, path)
    if origin is None or origin.instance.mode != "managed" or origin.attribute not in ("arn", ""):
        return because(origin)
    if origin.instance.type in KEYS:
        return plan.names.key_arn(origin.instance)
    if origin.instance.type in ROLES:
        return plan.names.role_arn(origin.instance)
    if origin.instance.type in POLICIES:
        return plan.names.policy_arn(origin.instance)
    return because(origin)


def _below(path: _Path, name: str) -> _Path:
    """An argument of a statement, or all of the statements where they cannot be told apart.

    Blocks within are sets, in an order of their own, so that they are not told apart either.
    """
    return (*path, name) if len(path) > 1 else path


def _items(value: Value) -> Sequence[Value]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
