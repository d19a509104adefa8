"""Which resource types are judged, and where each carries its key: the catalogue's Terraform column, by type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from bedrock_cmk_guard.sources.marks import TERRAFORM_TYPES
from bedrock_cmk_guard.subjects import Absent, Fact, KeyValue, Unknown
from bedrock_cmk_guard.surfaces import catalogue

_DECLARED = re.compile(rb'(?:\b(data)\s+)?(?:"|\bresource\s+)(aws(?:cc)?_[a-z0-9_]+)\b')

NAMES = (
    "name",
    "agent_name",
    "harness_name",
    "memory_name",
    "gateway_name",
    "job_name",
    "custom_model_name",
    "blueprint_name",
    "project_name",
    "library_name",
    "policy_engine_name",
    "evaluator_name",
    "dataset_name",
    "bundle_name",
    "token_vault_id",
)
"""What a resource of the catalogue is called by, whichever of these it has."""
ROLES = (
    "agent_resource_role_arn",
    "memory_execution_role_arn",
    "execution_role_arn",
    "role_arn",
)
"""What hands a resource of the catalogue its service role, whichever of these it has."""


@dataclass(frozen=True, slots=True)
class Target:
    """A surface as one Terraform resource type has it."""

    surface: str
    type: str
    path: tuple[str, ...]
    """The blocks and nested attributes down to the key, without ``[]``."""

    @property
    def attribute(self) -> str:
        """The path as one word."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Circumstance:
    """What must be written in a resource for a surface to be there at all."""

    any_of: tuple[tuple[str, ...], ...] = ()
    """One of these paths must be there."""
    none_of: tuple[tuple[str, ...], ...] = ()
    """None of these may be there."""
    or_equal: tuple[tuple[str, ...], str] | None = None
    """A path and the value there that do as well as one of ``any_of``."""


_SIGNING = ("private_key_jwt_config", "private_key_source", "kms_key_source")
_KNOWLEDGE_BASE = "knowledge_base_configuration"
_MANAGED = "managed_knowledge_base_configuration"

CIRCUMSTANCES: Mapping[str, Circumstance] = MappingProxyType(
    {
        # The agent's own surface judges the key; its memory is another only once it keeps one.
        "agent-memory-classic": Circumstance(any_of=(("memory_configuration",),)),
        # Other kinds (VECTOR, KENDRA, SQL) lie in stores with keys of their own.
        "managed-knowledge-base": Circumstance(
            any_of=((_KNOWLEDGE_BASE, _MANAGED),),
            or_equal=((_KNOWLEDGE_BASE, "type"), "MANAGED"),
        ),
        # Without it the service signs with a secret, and there is no key to speak of.
        "agentcore-oauth2-signing-key": Circumstance(
            any_of=(
                ("oauth2_provider_config", "custom_oauth2_provider_config", *_SIGNING),
                ("oauth_2_provider_config_input", "custom_oauth_2_provider_config", *_SIGNING),
            ),
        ),
        # The API's union has three members; without any of them the service makes a managed memory.
        "agentcore-harness-managed-memory": Circumstance(
            none_of=(
                ("memory", "agentcore_memory_configuration"),
                ("memory", "agent_core_memory_configuration"),
                ("memory", "disabled"),
            ),
        ),
    }
)

_SWITCHES: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType(
    {"agentcore-token-vault": (("kms_configuration", "key_type"), "CustomerManagedKey")}
)
"""What must stand beside a key for it to be the one used: a path, and the value there."""


def switched(
    surface: str, key: Fact[KeyValue], values_at: Callable[[tuple[str, ...]], Iterable[object]]
) -> Fact[KeyValue]:
    """Return the key, as unknown where what stands beside it may ask for AWS's own."""
    if isinstance(key.value, Absent) or surface not in _SWITCHES:
        return key
    path, wanted = _SWITCHES[surface]
    if all(value == wanted for value in values_at(path)):
        return key
    why = f"{'.'.join(path)} is not known to be {wanted}, and AWS does not say which key holds then"
    return replace(key, value=Unknown(why))


@cache
def targets() -> Mapping[str, Sequence[Target]]:
    """Return the catalogue's targets by resource type."""
    found: dict[str, list[Target]] = {}
    for surface in catalogue().surfaces.values():
        for attribute in (surface.terraform_aws, surface.terraform_awscc):
            if attribute is not None:
                path = tuple(attribute.path.replace("[]", "").split("."))
                found.setdefault(attribute.type, []).append(Target(surface.id, attribute.type, path))
    return MappingProxyType({name: tuple(entries) for name, entries in found.items()})


def types_in(content: bytes) -> list[tuple[str, int]]:
    """Return every resource type of the catalogue that these bytes seem to declare, and on which lines."""
    found: dict[tuple[str, int], None] = {}
    line, counted = 1, 0
    for match in _DECLARED.finditer(content):
        if not match[1] and (name := match[2].decode("ascii")) in TERRAFORM_TYPES:
            # Counted on from the match before: a file may hold very many on one line.
            line += content.count(b"\n", counted, match.start(2))
            counted = match.start(2)
            found[name, line] = None
    return list(found)
