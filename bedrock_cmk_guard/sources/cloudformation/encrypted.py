"""The resources that take a key, and the key that each names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from bedrock_cmk_guard.sources.cloudformation import facts
from bedrock_cmk_guard.sources.cloudformation.documents import Names
from bedrock_cmk_guard.sources.cloudformation.presence import Inhabitant
from bedrock_cmk_guard.sources.cloudformation.stack import Scoped
from bedrock_cmk_guard.sources.cloudformation.template import Declared
from bedrock_cmk_guard.sources.cloudformation.values import NoValue, Value, follow, items_of, options
from bedrock_cmk_guard.subjects import EncryptedResource, Fact, Unknown
from bedrock_cmk_guard.surfaces import Surface, catalogue

_NAMES = (
    "Name", "AgentName", "HarnessName", "BlueprintName", "ProjectName", "LibraryName", "EvaluatorName", "DatasetName",
    "BundleName",
)  # fmt: skip
_ROLES = ("AgentResourceRoleArn", "MemoryExecutionRoleArn", "ExecutionRoleArn", "RoleArn")
_KNOWLEDGE_BASE = "KnowledgeBaseConfiguration"


@dataclass(frozen=True, slots=True)
class _Circumstance:
    """What must be written in a resource for a surface to be there at all."""

    any_of: tuple[tuple[str, ...], ...] = ()
    none_of: tuple[tuple[str, ...], ...] = ()


_CIRCUMSTANCES: Mapping[str, _Circumstance] = MappingProxyType(
    {
        # The agent's own surface judges the key; its memory is another only once it keeps one.
        "agent-memory-classic": _Circumstance(any_of=(("MemoryConfiguration",),)),
        # Other kinds (VECTOR, KENDRA, SQL) lie in stores with keys of their own.
        "managed-knowledge-base": _Circumstance(
            any_of=(
                (_KNOWLEDGE_BASE, "ManagedKnowledgeBaseConfiguration"),
                (_KNOWLEDGE_BASE, "Type", "MANAGED"),
            )
        ),
        # The union has three members; without any of them the service makes a managed memory.
        "agentcore-harness-managed-memory": _Circumstance(
            none_of=(("Memory", "AgentCoreMemoryConfiguration"), ("Memory", "Disabled"))
        ),
        # Without it the provider authenticates by a secret, and signs nothing.
        "agentcore-oauth2-signing-key": _Circumstance(
            any_of=(
                (
                    "Oauth2ProviderConfigInput",
                    "CustomOauth2ProviderConfig",
                    "PrivateKeyJwtConfig",
                    "PrivateKeySource",
                ),
            )
        ),
    }
)


@cache
def surfaces() -> Mapping[str, tuple[Surface, ...]]:
    """The catalogue's surfaces, by CloudFormation type."""
    found: dict[str, tuple[Surface, ...]] = {}
    for surface in catalogue().surfaces.values():
        if surface.cloudformation is not None:
            found[surface.cloudformation.type] = (*found.get(surface.cloudformation.type, ()), surface)
    return MappingProxyType(found)


def encrypted_resources(inhabitant: Inhabitant, names: Names) -> Iterator[EncryptedResource]:
    """The resource, once for each surface that it is; and for each item of a list that holds the key."""
    resource, scope = inhabitant.resource, inhabitant.scope
    for surface in surfaces()[resource.type]:
        circumstance = _CIRCUMSTANCES.get(surface.id)
        if circumstance is not None and not _holds(resource, scope, circumstance):
            continue
        if surface.cloudformation is None:
            continue
        for attribute, value in _leaves(resource, scope, surface.cloudformation.property):
            yield EncryptedResource(
                surface=surface.id,
                type=resource.type,
                address=scope.stack.address(resource.id),
                place=resource.place,
                key=facts.key(value, attribute),
                attribute=attribute,
                name=_name(resource, scope),
                tags=facts.tags(scope.property(resource, "Tags")),
                role=_role(resource, scope, names),
                note=inhabitant.note,
                **facts.place_facts(scope),
            )


def _holds(resource: Declared, scope: Scoped, circumstance: _Circumstance) -> bool:
    """Whether the resource is of the surface; where that is not known it is taken to be."""
    wanted = [_there(resource, scope, path) for path in circumstance.any_of]
    refused = [_there(resource, scope, path) for path in circumstance.none_of]
    return (not wanted or any(there is not False for there in wanted)) and True not in refused


def _there(resource: Declared, scope: Scoped, path: tuple[str, ...]) -> bool | None:
    """Whether something stands at a path, of which the last step may be a value; None where that is not known."""
    *above, last = path
    value = scope.property(resource, *above) if above else None
    found = set()
    for option in options(value if value is not None else scope.property(resource, last)):
        if value is None:
            found.add(None if isinstance(option.data, Unknown) else not isinstance(option.data, NoValue))
        elif isinstance(option.data, Unknown):
            found.add(None)
        else:
            below = follow(option, [last])
            found.add(option.data == last or not isinstance(below.data, NoValue))
    return found.pop() if len(found) == 1 else None


def _leaves(resource: Declared, scope: Scoped, path: str) -> Iterator[tuple[str, Value]]:
    """The values of a property path, with each list in it taken item by item."""
    head, bracket, rest = path.partition("[]")
    value = scope.property(resource, *head.split("."))
    if not bracket:
        yield path, value
        return
    items = items_of(value)
    if isinstance(value.data, NoValue) or value.unknown is not None or isinstance(items, Unknown):
        yield (
            path,
            value if isinstance(value.data, NoValue) or value.unknown is not None else value.but(items),
        )
        return
    for index, item in enumerate(items):
        yield f"{head}[{index}]{rest}", follow(item, rest.lstrip(".").split("."))


def _name(resource: Declared, scope: Scoped) -> Fact[str]:
    for name in _NAMES:
        value = scope.property(resource, name)
        if not isinstance(value.data, NoValue):
            return facts.text(value, Unknown("it has no name"))
    return Fact(Unknown("it has no name"))


def _role(resource: Declared, scope: Scoped, names: Names) -> Fact[str] | None:
    for name in _ROLES:
        value = scope.property(resource, name)
        if not isinstance(value.data, NoValue):
            found = facts.text(value, Unknown("it is left out"))
            known = found.known()
            return replace(found, value=names.get(known, known)) if known is not None else found
    return None
