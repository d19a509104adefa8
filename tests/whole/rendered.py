"""A requirements file rendered by the command, and the model of it that what was rendered is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from bedrock_cmk_guard.cli import main
from bedrock_cmk_guard.iam import PolicyDocument
from bedrock_cmk_guard.policies import build
from bedrock_cmk_guard.requirements import Requirements, load_requirements
from bedrock_cmk_guard.resources import (
    IamPolicy,
    IamRole,
    KmsKey,
    Module,
    OrganizationPolicy,
    Resource,
    ResourceControlPolicy,
    ServiceControlPolicy,
    TagPolicy,
)

Json: TypeAlias = "dict[str, Any]"
Identity: TypeAlias = "tuple[str, ...]"
"""What AWS knows a thing by within an account: a policy's type and name, a key's Region and alias."""

EXAMPLE = Path(__file__).parents[2] / "examples" / "cmk-guard.yaml"
VARIANTS: Mapping[str, Path] = {
    "example": EXAMPLE,
    **{path.stem: path for path in sorted((Path(__file__).parent / "requirements").glob("*.yaml"))},
}


@dataclass(frozen=True)
class Rendered:
    """A variant as it lies on disk. Nobody changes the folder: who wants to works on a copy."""

    name: str
    file: Path
    folder: Path

    @cached_property
    def requirements(self) -> Requirements:
        return load_requirements(self.file)

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        return build(self.requirements)


def render_to(file: Path, folder: Path, *options: str) -> int:
    """The command itself, in this process."""
    return main(["render", str(file), "--out", str(folder), "--quiet", *options])


def identity(resource: Resource) -> Identity:
    match resource:
        case OrganizationPolicy():
            return (resource.policy_type, resource.name)
        case KmsKey():
            return ("kms_key", resource.region, resource.alias)
        case _:
            return (resource.kind, resource.name)


def document(resource: Resource) -> Json:
    """The document that a resource carries, as plain values."""
    match resource:
        case ServiceControlPolicy() | ResourceControlPolicy() | IamPolicy():
            found: PolicyDocument = resource.content
        case KmsKey():
            found = resource.policy
        case IamRole():
            found = resource.trust
        case TagPolicy():
            return dict(resource.content)
        case _:
            raise AssertionError(f"no document is known for {resource}")
    return found.to_dict()


def documents(module: Module) -> dict[Identity, Json]:
    """Every document of a module by what AWS knows its resource by."""
    return {identity(resource): document(resource) for resource in module.resources}
