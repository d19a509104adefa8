"""What of a statement decides whether it is sound, so that statements which differ only in names are judged once.

A resource counts by which resource types it reaches, a condition by its operators and keys. Values with wildcards
or variables are no part of this: they are looked at in every statement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from bedrock_cmk_guard.iam.arn_patterns import can_match
from bedrock_cmk_guard.iam.document import PolicyKind
from bedrock_cmk_guard.iam.problems import StatementLike
from bedrock_cmk_guard.iam.supply import Services, Viewer

_ACCOUNT = re.compile(r"((?:[^:]*:){4})[0-9]{12}(?=:)")


@dataclass(frozen=True, slots=True)
class Shape:
    """What statements have in common that are sound together, or not; ``example`` is one of them."""

    kind: PolicyKind
    denies: bool
    viewer: Viewer
    services: Services
    trust_guide: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    excluding: bool
    reached: frozenset[frozenset[str]]
    lines: tuple[tuple[str, str, bool], ...]
    """Operator and key of each line of the condition, and whether it matches a request without the key."""
    example: StatementLike = field(compare=False)


def reached(statement: StatementLike, services: Services) -> frozenset[frozenset[str]]:
    """Return for each resource pattern of a statement which of its actions' resource types it reaches."""
    patterns = tuple(map(_of_any_account, statement.resources or statement.not_resources))
    return _reached(patterns, statement.actions + statement.not_actions, services)


@lru_cache(maxsize=4096)
def _of_any_account(pattern: str) -> str:
    """Return a pattern with the same number for every account: AWS's data writes none that could match it."""
    return _ACCOUNT.sub(r"\g<1>000000000000", pattern)


@lru_cache(maxsize=4096)
def _reached(
    patterns: tuple[str, ...], actions: tuple[str, ...], services: Services
) -> frozenset[frozenset[str]]:
    templates = _resource_types(actions, services)
    return frozenset(
        # ``*`` also reaches actions without a resource type, so it counts as itself.
        frozenset({pattern} if pattern == "*" else (each for each in templates if can_match(pattern, each)))
        for pattern in patterns
    )


@lru_cache(maxsize=4096)
def _resource_types(patterns: tuple[str, ...], services: Services) -> tuple[str, ...]:
    """Return the ARNs of all resource types that some action of these patterns authorises, each once."""
    found: dict[str, None] = {}
    for pattern in patterns:
        prefix, _, name = pattern.partition(":")
        service = services(prefix)
        for action in service.matching(name) if service else ():
            types = (service.resource_types.get(kind) for kind in action.resources) if service else ()
            found |= dict.fromkeys(each.arn for each in types if each)
    return tuple(found)
