"""What can be written instead of a condition on a key that the action does not have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from bedrock_cmk_guard.iam import global_keys
from bedrock_cmk_guard.iam.supply import Services, known_type
from bedrock_cmk_guard.lint.words import listed
from bedrock_cmk_guard.surfaces import Surface, catalogue

_ABOUT_ENCRYPTION = re.compile(r"kms|cmk|encrypt|customermanaged|customermaster|keyarn|keyid", re.IGNORECASE)
_AGENTS = frozenset({"bedrock", "bedrock-agentcore"})
_CANNOT = (
    "This demand cannot be written as an SCP, because no condition key shows the KMS key of this call. What can be "
    "written: deny {actions} to everybody but one role that creates agents (ArnNotLike on aws:PrincipalArn); on the "
    "KMS side, deny the service's callers every key but the approved ones; and let {reader} read {property} before "
    "anything is created. `bedrock-cmk-guard render` writes these policies."
)


def instead_of_key(actions: Sequence[str], key: str, services: Services) -> str:
    """Advice for actions that never supply a key."""
    to_kms = any(action.lower().startswith("kms:") for action in actions)
    if key.lower().startswith("kms:") and known_type(key, services) and not to_kms:
        return (
            f"Requests to KMS carry {key}, others do not: put the condition on the KMS actions that the "
            "service calls (kms:GenerateDataKey, kms:Decrypt, kms:CreateGrant). That governs which "
            "key is used; a call without any key never reaches KMS."
        )
    if _ABOUT_ENCRYPTION.search(key.partition(":")[2]) and (advice := _about_keys(actions)):
        return advice
    if key.lower().startswith("aws:requesttag/"):
        return _tags(actions, services, "tags are not part of this request")
    if key.lower().startswith(("aws:resourcetag/", "aws:tagkeys")):
        return _tags(actions, services, "there are no tags to see yet, or the action does not look at them")
    known = supplied_keys(actions, services)
    hint = key_hint(key, known).removeprefix("; ")
    if hint:
        return hint[0].upper() + hint[1:]
    own = [name for name in known if not name.startswith("aws:")]
    if own:
        return f"{listed(list(actions))}: besides global keys there is {listed(own, 'and')}."
    return "The action has global condition keys only, such as aws:PrincipalArn and aws:PrincipalOrgID."


def _about_keys(actions: Sequence[str]) -> str:
    """Advice for a condition that was to see the KMS key."""
    surfaces = [surface for action in actions for surface in _surfaces(action)]
    for surface in surfaces:
        found = surface.key_condition
        if found and found.action.lower() in {action.lower() for action in actions}:
            return f"{found.action} carries {found.key}, which holds the ARN of the key: use that."
    if not any(action.partition(":")[0].lower() in _AGENTS for action in actions):
        return ""
    properties = [
        f"{s.cloudformation.type} {s.cloudformation.property}" for s in surfaces if s.cloudformation
    ]
    if properties:
        reader, found_property = "a CloudFormation hook", properties[0]
    elif surfaces:
        reader, found_property = "a check in the pipeline", surfaces[0].key.request[0].path
    else:
        reader, found_property = "a check in the pipeline", "the key"
    return _CANNOT.format(actions=listed(list(actions)), reader=reader, property=found_property)


def _surfaces(action: str) -> Iterable[Surface]:
    """The surfaces whose key this action sets."""
    prefix, _, name = action.partition(":")
    for surface in catalogue().surfaces.values():
        operations = {path.operation.lower() for path in surface.key.request}
        if surface.iam_prefix == prefix.lower() and name.lower() in operations:
            yield surface


def _tags(actions: Sequence[str], services: Services, why: str) -> str:
    tags = [name for name in supplied_keys(actions, services) if "tag" in name.lower()]
    if tags:
        return f"{listed(list(actions))}: {why}. The action supplies {listed(tags)}."
    return (
        f"{listed(list(actions))}: {why}. Tell the caller by aws:PrincipalArn or aws:PrincipalTag/… instead."
    )


def supplied_keys(actions: Sequence[str], services: Services) -> list[str]:
    """The keys that the first of the actions supplies by AWS's data; all global ones where none is named."""
    names: list[str] = []
    for pattern in actions[:1]:
        prefix, _, name = pattern.partition(":")
        service = services(prefix)
        for action in service.matching(name) if service else ():
            names += action.keys
            for kind, keys in action.resources.items():
                names += keys
                if service and (resource := service.resource_types.get(kind)):
                    names += resource.keys
    if not actions:
        names += [key.name for key in global_keys.all_keys()]
    return list(dict.fromkeys(names))


def key_hint(key: str, known: Iterable[str]) -> str:
    """A hint at the key that was meant, from those known and the global ones."""
    names = {name.lower(): name for name in (*known, *(each.name for each in global_keys.all_keys()))}
    near = get_close_matches(key[:100].lower(), names, n=1, cutoff=0.8)
    return f"; did you mean {names[near[0]]}?" if near else ""
