"""Which condition keys a request can carry, by AWS's service authorization data."""

from __future__ import annotations

from functools import lru_cache

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.arn_patterns import can_match
from bedrock_cmk_guard.iam.evaluator.principals import PrincipalType, parse_caller
from bedrock_cmk_guard.iam.evaluator.request import Request
from bedrock_cmk_guard.iam.global_keys import all_keys
from bedrock_cmk_guard.iam.service_data import Action, frozen_service
from bedrock_cmk_guard.iam.supply import Viewer, absence, known_type


def supplied_by_aws(request: Request, key: str) -> bool:
    """Whether AWS supplies the key to this request: a ``Supplies`` for ``evaluate``, from our frozen data.

    Raises PolicyError for an action that the data does not have: nothing can be said about its keys.
    """
    return _supplied(request.action, request.resource, request.principal, key)


def strictly_supplied(request: Request, key: str) -> bool:
    """Whether AWS supplies the key to this request: a ``Supplies`` to which an unknown key is an error.

    For actions of a service that the frozen data does not have, nothing can be said: such requests carry what
    they state. Raises PolicyError for a key, or an action, that AWS does not have.
    """
    check_key(key)
    if frozen_service(request.service) is None:
        return True
    return supplied_by_aws(request, key)


@lru_cache(maxsize=65536)
def check_key(key: str) -> None:
    """Raise PolicyError for a condition key that AWS does not have; of services we have no data on, all pass."""
    prefix = key.partition(":")[0].lower()
    if known_type(key, frozen_service) is None and (prefix == "aws" or frozen_service(prefix) is not None):
        near = _near(key)
        msg = f"AWS has no condition key {key}{near}; a policy that tests it finds it absent in every request"
        raise PolicyError(msg)


def _near(key: str) -> str:
    from difflib import get_close_matches

    prefix = key.partition(":")[0].lower()
    service = frozen_service(prefix)
    names = list(service.key_types) if service is not None else [known.name for known in all_keys()]
    folded = {name.lower(): name for name in names}
    found = get_close_matches(key.lower(), folded, n=1, cutoff=0.8)
    return f" (did you mean {folded[found[0]]}?)" if found else ""


@lru_cache(maxsize=65536)
def _supplied(name: str, resource: str, principal: str, key: str) -> bool:
    action = _action(name)
    is_service = parse_caller(principal).type is PrincipalType.SERVICE
    viewer = Viewer(services=is_service, principals=not is_service)
    kinds = _kinds(action, resource)
    return absence(action, key, kinds, viewer, frozen_service, trust_guide=False) is None


def _action(name: str) -> Action:
    prefix, _, rest = name.partition(":")
    service = frozen_service(prefix)
    action = service.actions.get(rest.lower()) if service is not None else None
    if action is None:
        msg = f"the frozen service authorization data has no action {name}; check its name, or evaluate without it"
        raise PolicyError(msg)
    return action


def _kinds(action: Action, resource: str) -> frozenset[str] | None:
    """The resource types that the request's resource can be; all of the action's where it is ``*``."""
    service = frozen_service(action.service)
    if resource == "*" or service is None:
        return None
    return frozenset(
        kind
        for kind in action.resources
        if (known := service.resource_types.get(kind)) is not None and can_match(resource, known.arn)
    )
