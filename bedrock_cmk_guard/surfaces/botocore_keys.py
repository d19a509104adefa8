"""Find the key-like parameters of an API, in the model that botocore ships for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

# botocore's models are JSON of AWS's making; nothing here relies on more than is looked up.
ApiModel = Mapping[str, Any]

KEY_NAME = re.compile(r"kms|cmk|encryption.*key|key.*encryption", re.IGNORECASE)
MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class KeyMember:
    """A member of a request or response that looks like a KMS key."""

    path: str
    required: bool
    pattern: str | None


class KeyFinder:
    """Finds key-like members in one service's model."""

    def __init__(self, model: ApiModel) -> None:
        self._operations: Mapping[str, Any] = model["operations"]
        self._shapes: Mapping[str, Any] = model["shapes"]
        self._worth_entering = self._shapes_that_lead_to_a_key()

    @property
    def operations(self) -> tuple[str, ...]:
        """The names of the service's operations."""
        return tuple(self._operations)

    def members(self, operation: str, side: Literal["input", "output"]) -> tuple[KeyMember, ...]:
        """Find the key-like members of an operation's request or response, by path."""
        shape = self._operations[operation].get(side, {}).get("shape")
        if shape is None:
            return ()
        found = self._walk(shape, "", named=False, required=False, above=())
        return tuple(sorted(found, key=lambda member: (member.path.count("."), member.path)))

    def _walk(
        self, name: str, path: str, *, named: bool, required: bool, above: tuple[str, ...]
    ) -> Iterator[KeyMember]:
        """Go down a shape. ``above`` holds the shapes on the way, so that a recursive one ends."""
        shape = self._shapes[name]
        if self._is_key(shape, named):
            yield KeyMember(path, required, shape.get("pattern"))
            return
        if name in above or name not in self._worth_entering or len(above) >= MAX_DEPTH:
            return
        for step, child, is_named, is_required in _children(shape):
            inner = path + step if step in ("[]", "{}") else f"{path}.{step}".lstrip(".")
            # A list or map is named by the member that holds it: kmsKeyArns is a list of keys.
            yield from self._walk(
                child,
                inner,
                named=named if is_named is None else is_named,
                required=is_required,
                above=(*above, name),
            )

    def _is_key(self, shape: Mapping[str, Any], named: bool) -> bool:
        if shape.get("enum"):  # a mode, not a key
            return False
        if shape["type"] == "map":
            return named and self._shapes[shape["value"]["shape"]]["type"] == "string"
        return shape["type"] in ("string", "blob") and (named or "kms" in shape.get("pattern", ""))

    def _shapes_that_lead_to_a_key(self) -> frozenset[str]:
        """Gather every shape below which there may be a key, so that a walk leaves the rest out."""
        parents: dict[str, set[str]] = {}
        leading: set[str] = set()
        for name, shape in self._shapes.items():
            for step, child, named, _ in _children(shape):
                parents.setdefault(child, set()).add(name)
                inner = self._shapes[child]
                # Lists and maps take their name from the member that holds them, wherever that is.
                if named or step in ("[]", "{}") or self._is_key(inner, named=False):
                    leading.add(name)
        waiting = list(leading)
        while waiting:
            for parent in parents.get(waiting.pop(), ()):
                if parent not in leading:
                    leading.add(parent)
                    waiting.append(parent)
        return frozenset(leading)


def _children(shape: Mapping[str, Any]) -> Iterator[tuple[str, str, bool | None, bool]]:
    """Yield the steps below a shape: step, shape there, whether its name is a key's, required."""
    if shape["type"] == "structure":
        required = set(shape.get("required", ()))
        for member, value in shape.get("members", {}).items():
            yield member, value["shape"], bool(KEY_NAME.search(member)), member in required
    elif shape["type"] == "list":
        yield "[]", shape["member"]["shape"], None, False
    elif shape["type"] == "map":
        yield "{}", shape["value"]["shape"], None, False
