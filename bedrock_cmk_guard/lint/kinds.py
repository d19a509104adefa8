"""Of what type a policy is, where it is not said."""

from __future__ import annotations

import re
from pathlib import Path

from bedrock_cmk_guard.iam.document import PolicyKind
from bedrock_cmk_guard.lint.tree import MapNode, Node, Scalar, Tree, items

# What `render` calls the documents it writes, before their names.
_RENDERED = (
    ("service_control_policy-", "", PolicyKind.SCP),
    ("resource_control_policy-", "", PolicyKind.RCP),
    ("iam_policy-", "", PolicyKind.IDENTITY),
    ("kms_key-", "", PolicyKind.KEY),
    ("iam_role-", "-trust", PolicyKind.TRUST),
)
_GENERATOR = re.compile(r'"generator"\s*:\s*"bedrock-cmk-guard"')
_HEAD = 200
_LEVELS = 6


def kind_of_name(path: Path) -> PolicyKind | None:
    """The type that a file's name says: ``production.scp.json``."""
    last = path.stem.rpartition(".")[2].lower()
    return PolicyKind(last) if last in tuple(PolicyKind) and "." in path.stem else None


def is_rendered(path: Path) -> bool:
    """Whether the file lies in a folder that ``bedrock-cmk-guard render`` wrote."""
    if "json" not in path.parts:
        return False
    for folder in list(path.absolute().parents)[:_LEVELS]:
        try:
            with (folder / "manifest.json").open(encoding="utf-8") as manifest:
                return _GENERATOR.search(manifest.read(_HEAD)) is not None
        except (OSError, UnicodeDecodeError):
            continue
    return False


def kind_of_rendered(path: Path) -> PolicyKind | None:
    """The type of a document that ``render`` wrote, by its name; none for a tag policy."""
    for start, end, kind in _RENDERED:
        if path.stem.startswith(start) and path.stem.endswith(end):
            return kind
    return None


def kind_of_content(text: str) -> PolicyKind | None:
    """The type that the statements can only be of: a trust policy's, or a key policy's."""
    root = Tree(text).root
    statement = root.get("Statement") if isinstance(root, MapNode) else None
    nodes = [node for node in items(statement.value) if isinstance(node, MapNode)] if statement else []
    if not nodes or not all(node.get("Principal") or node.get("NotPrincipal") for node in nodes):
        return None
    actions = [action.lower() for node in nodes for action in _actions(node)]
    resources = any(node.get("Resource") or node.get("NotResource") for node in nodes)
    if actions and not resources and all(action.startswith("sts:") for action in actions):
        return PolicyKind.TRUST
    allows = any(_text(node, "Effect") == "Allow" for node in nodes)
    if actions and allows and all(action.startswith("kms:") for action in actions):
        return PolicyKind.KEY
    return None


def _actions(node: MapNode) -> list[str]:
    member = node.get("Action") or node.get("NotAction")
    return [item.text for item in items(member.value) if isinstance(item, Scalar)] if member else []


def _text(node: MapNode, name: str) -> str:
    member = node.get(name)
    value: Node | None = member.value if member else None
    return value.text if isinstance(value, Scalar) else ""
