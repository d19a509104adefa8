"""The documents under test, by name, for the example's requirements and for variants of them.

A table names its requirements: one file, or several by a short name. The first one's documents go by their own
names, those of the others have ``@<short name>`` behind it::

    requirements:
      example: ../../examples/cmk-guard.yaml
      central: requirements/central-keys.yaml     # approved_keys@central

An SCP or RCP is named after its layer, before packing: ``agent_writers``. A key is ``key/<name>``, a role's
trust policy ``trust/<account>/<name>``, a managed policy ``policy/<account>/<name>``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from bedrock_cmk_guard.iam import PolicyDocument
from bedrock_cmk_guard.policies import POLICIES
from bedrock_cmk_guard.requirements import Requirements, load_requirements
from bedrock_cmk_guard.resources import (
    IamPolicy,
    IamRole,
    KmsKey,
    Resource,
    ResourceControlPolicy,
    ServiceControlPolicy,
)
from tests.decision_tables.table import Table

EXAMPLE = Path(__file__).parents[2] / "examples" / "cmk-guard.yaml"


@cache
def requirements_at(path: Path) -> Requirements:
    return load_requirements(path)


def layer_documents(requirements: Requirements) -> dict[str, PolicyDocument]:
    """The SCPs and RCPs, one for each layer that is on, before they are packed."""
    return {
        resource.layers[0]: resource.content
        for resource in _built(requirements)
        if isinstance(resource, (ServiceControlPolicy, ResourceControlPolicy))
    }


def all_documents(requirements: Requirements) -> dict[str, PolicyDocument]:
    """Every document that the builders make."""
    found = layer_documents(requirements)
    for resource in _built(requirements):
        match resource:
            case KmsKey():
                found[f"key/{resource.name}"] = resource.policy
            case IamRole():
                found[f"trust/{resource.account}/{resource.name}"] = resource.trust
            case IamPolicy():
                found[f"policy/{resource.account}/{resource.name}"] = resource.content
            case _:
                pass
    return found


def variants(table: Table) -> dict[str, Requirements]:
    """The requirements that a table names; the first has no suffix."""
    named = table.requirements if isinstance(table.requirements, Mapping) else {"": table.requirements}
    found = {}
    for number, (name, path) in enumerate(named.items()):
        suffix = f"@{name}" if number else ""
        found[suffix] = requirements_at((table.path.parent / str(path)).resolve())
    return found


def table_documents(table: Table) -> dict[str, PolicyDocument]:
    """The documents of all the requirements that a table names."""
    return {
        f"{name}{suffix}": document
        for suffix, requirements in variants(table).items()
        for name, document in all_documents(requirements).items()
    }


def _built(requirements: Requirements) -> Iterator[Resource]:
    for policy in POLICIES:
        yield from policy.build(requirements)
