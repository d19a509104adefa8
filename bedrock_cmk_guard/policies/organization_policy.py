"""Making the organisation policies of a layer: one unpacked SCP or RCP, attached where the layer is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from bedrock_cmk_guard.iam import PolicyDocument, PolicyKind, Statement
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import ResourceControlPolicy, ServiceControlPolicy, Target

MODULE = "organization"

P = TypeVar("P", ServiceControlPolicy, ResourceControlPolicy)


def targets(requirements: Requirements, layer: str) -> tuple[Target, ...]:
    """Where a layer is attached; nowhere when it is off."""
    setting = getattr(requirements.enforcement.layers, layer)
    if setting is None:
        return ()
    found = (requirements.organization.target(name) for name in dict.fromkeys(setting.attach))
    return tuple(Target(target.name, target.id) for target in found)


def scp(
    requirements: Requirements, layer: str, statements: Iterable[Statement]
) -> Iterator[ServiceControlPolicy]:
    """The SCP of a layer that is on; nothing where there is nothing to refuse."""
    return _policy(ServiceControlPolicy, PolicyKind.SCP, requirements, layer, statements)


def rcp(
    requirements: Requirements, layer: str, statements: Iterable[Statement]
) -> Iterator[ResourceControlPolicy]:
    """The RCP of a layer that is on; nothing where there is nothing to refuse."""
    return _policy(ResourceControlPolicy, PolicyKind.RCP, requirements, layer, statements)


def _policy(
    made: type[P], kind: PolicyKind, requirements: Requirements, layer: str, statements: Iterable[Statement]
) -> Iterator[P]:
    attached = targets(requirements, layer)
    content = tuple(statements) if attached else ()
    if content:
        yield made(
            module=MODULE,
            account=requirements.organization.management_account,
            name=layer.replace("_", "-"),
            targets=attached,
            layers=(layer,),
            content=PolicyDocument(kind, content),
        )
