"""What must be in an answer for a resource to be an instance of a surface, where one operation answers for several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bedrock_cmk_guard.sources.aws.answers import Answer, leaves


@dataclass(frozen=True, slots=True)
class _Circumstance:
    any_of: tuple[str, ...] = ()
    """One of these paths must be there."""
    none_of: tuple[str, ...] = ()
    """None of these may be there."""
    unequal: tuple[str, str] | None = None
    """A member, and what it may not be."""
    or_equal: tuple[str, str] | None = None
    """A path and the value there that do as well as one of ``any_of``."""


_KNOWLEDGE_BASE = "knowledgeBaseConfiguration"
_CIRCUMSTANCES: Mapping[str, _Circumstance] = MappingProxyType(
    {
        # The agent's own surface judges the key; its memory is another only once it keeps one.
        "agent-memory-classic": _Circumstance(any_of=("memoryConfiguration.enabledMemoryTypes",)),
        # Other kinds (VECTOR, KENDRA, SQL) lie in stores with keys of their own.
        "managed-knowledge-base": _Circumstance(
            any_of=(f"{_KNOWLEDGE_BASE}.managedKnowledgeBaseConfiguration",),
            or_equal=(f"{_KNOWLEDGE_BASE}.type", "MANAGED"),
        ),
        # The union has three members; without any of them the service makes a managed memory.
        "agentcore-harness-managed-memory": _Circumstance(
            none_of=("memory.agentCoreMemoryConfiguration", "memory.disabled")
        ),
        # What a harness made for itself is judged as the harness's.
        "agentcore-memory": _Circumstance(none_of=("managedByResourceArn",)),
        # AWS's own evaluators hold nothing of the account's.
        "agentcore-evaluator": _Circumstance(unequal=("evaluatorType", "Builtin")),
    }
)


def holds(surface: str, resource: Answer) -> bool:
    """Whether a resource that was read is an instance of the surface."""
    circumstance = _CIRCUMSTANCES.get(surface)
    if circumstance is None:
        return True
    if circumstance.unequal is not None:
        member, value = circumstance.unequal
        return resource.get(member) != value
    if any(_there(resource, path) for path in circumstance.none_of):
        return False
    wanted = [_there(resource, path) for path in circumstance.any_of]
    if circumstance.or_equal is not None:
        path, equal = circumstance.or_equal
        wanted.append(equal in leaves(resource, path.split(".")))
    return not wanted or any(wanted)


def _there(resource: Answer, path: str) -> bool:
    return any(value not in (None, [], "", False) for value in leaves(resource, path.split(".")))
