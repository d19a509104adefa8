"""Whether a request for an action can carry a condition key, and of which type the key is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from bedrock_cmk_guard.iam import global_keys
from bedrock_cmk_guard.iam.document import PolicyKind, Principal
from bedrock_cmk_guard.iam.global_keys import Supplied
from bedrock_cmk_guard.iam.service_data import Action, Service

Services = Callable[[str], Service | None]


@dataclass(frozen=True, slots=True)
class GuideKey:
    """A key that a developer guide gives an action and the service authorization data does not."""

    action: str
    key: str
    type: str
    read: str
    source: str


# Not trusted by default: if the guide is wrong, a Deny with a negated operator refuses every such call, and
# UpdateGateway may refuse updates that do not send the key again. Nobody here has tried it live.
GUIDE_KEYS = tuple(
    GuideKey(
        action,
        "bedrock-agentcore:KmsKeyArn",
        "String",
        "2026-10",
        "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/security-gateway-condition-keys.html",
    )
    for action in ("bedrock-agentcore:CreateGateway", "bedrock-agentcore:UpdateGateway")
)

# Called with a token instead of a signature, so there is no principal yet.
UNSIGNED = frozenset({"sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"})

# Absent when a service principal calls for itself (KMS guide, conditions-kms.html).
_NOT_OF_SERVICES = frozenset({"kms:viaservice", "kms:calleraccount"})

# What any OIDC provider's token gives; AWS lists further claims for the providers it knows.
# Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
_OIDC = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[^\s:]*)?:(?:aud|azp|amr|email|oaud|sub)", re.IGNORECASE)
_TOKEN_ACTIONS = frozenset({"sts:AssumeRoleWithWebIdentity", "sts:TagSession"})
_TEMPLATE = re.compile(r"\$\{[^}]*\}")


class Viewer(NamedTuple):
    """Whose requests the statement sees: what follows from the kind of policy and its Principal element."""

    services: bool
    principals: bool

    @classmethod
    def of(cls, kind: PolicyKind, principal: Principal | None) -> Viewer:
        """Tell: SCPs and identity policies never see a service principal, the others whom they name."""
        if kind in (PolicyKind.SCP, PolicyKind.IDENTITY):
            return cls(services=False, principals=True)
        if principal is None or principal.everyone or "*" in principal.aws:
            return cls(services=True, principals=True)
        return cls(services=bool(principal.service), principals=bool(principal.aws or principal.federated))


@lru_cache(maxsize=65536)
def same_key(template: str, key: str) -> bool:
    """Whether a key has the name that AWS lists, ``${…}`` standing for any text."""
    if "${" not in template:
        return template.lower() == key.lower()
    parts = _TEMPLATE.split(template)
    return re.fullmatch(".+".join(map(re.escape, parts)), key, re.IGNORECASE | re.DOTALL) is not None


@lru_cache(maxsize=65536)
def known_type(key: str, services: Services) -> str | None:
    """Return the type of a key that AWS has: globally, in the service it names, or for federation."""
    if found := global_keys.find(key):
        return found.type
    for prefix in (key.partition(":")[0], "sts"):
        service = services(prefix)
        for template, kind in service.key_types.items() if service else ():
            if same_key(template, key):
                return kind
    return "String" if _OIDC.fullmatch(key) else None


@lru_cache(maxsize=65536)
def absence(
    action: Action,
    key: str,
    kinds: frozenset[str] | None,
    viewer: Viewer,
    services: Services,
    *,
    trust_guide: bool,
) -> str | None:
    """Say why a request for this action never carries the key, or nothing if it can.

    ``kinds`` are the resource types that the statement's resources reach; ``None`` is all of them.
    """
    found = global_keys.find(key)
    if not viewer.principals and _only_of_principals(found, key):
        return "a service principal's own requests never carry it"
    if found is None or found.supplied is Supplied.LISTED:
        return None if _listed(action, key, kinds, services, trust_guide) else _unlisted(action, key)
    if found.supplied is Supplied.SERVICE and not viewer.services:
        return "only a service principal's own requests carry it, and this policy does not see those"
    if found.supplied in (Supplied.SIGNED, Supplied.PRINCIPAL) and str(action) in UNSIGNED:
        return "the call is made with a token, without an AWS principal"
    if found.services is not None and (action.service not in found.services or str(action) == "iam:PassRole"):
        return f"AWS supplies it only for {', '.join(sorted(found.services))} and others that we do not use"
    return None


def _only_of_principals(found: global_keys.GlobalKey | None, key: str) -> bool:
    if found is None:
        return key.lower() in _NOT_OF_SERVICES
    return found.supplied in (Supplied.PRINCIPAL, Supplied.FORWARDED)


def _listed(
    action: Action, key: str, kinds: frozenset[str] | None, services: Services, trust_guide: bool
) -> bool:
    service = services(action.service)
    names = list(action.keys)
    for kind, keys in action.resources.items():
        if kinds is None or kind in kinds:
            names += keys
            if service and (resource := service.resource_types.get(kind)):
                names += resource.keys
    if any(same_key(name, key) for name in names):
        return True
    if str(action) in _TOKEN_ACTIONS and _is_token_key(key, services):
        return True
    return trust_guide and _in_guide(action, key)


def _is_token_key(key: str, services: Services) -> bool:
    """Know a claim of an identity provider: a common one, or what AWS lists for a provider it knows."""
    if _OIDC.fullmatch(key):
        return True
    sts = services("sts")
    web = sts.actions.get("assumerolewithwebidentity") if sts else None
    return web is not None and "." in key.partition(":")[0] and any(same_key(name, key) for name in web.keys)


def _in_guide(action: Action, key: str) -> bool:
    return any(str(action) == entry.action and same_key(entry.key, key) for entry in GUIDE_KEYS)


def _unlisted(action: Action, key: str) -> str:
    if _in_guide(action, key):
        return (
            "AWS's developer guide gives it this key, the service authorization data does not; try it first"
        )
    return "the service authorization data does not list it for the action or the resources named"
