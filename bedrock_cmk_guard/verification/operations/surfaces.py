"""What is asked of the surfaces in use: agents, memories, sessions, and what is closed to everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bedrock_cmk_guard.iam.service_data import frozen_service
from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.resources import KmsKey
from bedrock_cmk_guard.surfaces import Surface, catalogue
from bedrock_cmk_guard.verification.actors import Stage, Values
from bedrock_cmk_guard.verification.model import Row
from bedrock_cmk_guard.verification.operations.asked import (
    ALIAS,
    CLOSED,
    KEYLESS,
    STORED,
    TAG,
    USE,
    WRITE,
    WRONG_ACCOUNT,
    Operation,
    key_arn,
)


def surfaces(stage: Stage, key: KmsKey) -> Iterator[Operation]:
    """Calls on the surfaces in use; of a tenant's key only what touches the tenant's data."""
    for workload in stage.workloads:
        asked: set[str] = set()
        for surface in stage.scope.surfaces(workload):
            actions = surface.actions
            for row, names in ((WRITE, actions.write), (USE, actions.use), (STORED, actions.stored_data)):
                if row is WRITE and stage.scope.tenant is not None:
                    continue
                for action in names:
                    if action not in asked:
                        asked.add(action)
                        found = ALIAS if row is WRITE and action.endswith("Alias") else row
                        yield _call(stage, found, action, workload, surface, key)
        if stage.scope.tenant is None:
            yield from _beside(stage, workload, key)


def _beside(stage: Stage, workload: Workload, key: KmsKey) -> Iterator[Operation]:
    """Tagging, a memory without the right key, and what is closed to everybody."""
    surfaces = stage.scope.surfaces(workload)
    for prefix in sorted({surface.iam_prefix for surface in surfaces}):
        service = frozen_service(prefix)
        for name in ("TagResource", "UntagResource"):
            if service is not None and name.lower() in service.actions:
                surface = next(s for s in surfaces if s.iam_prefix == prefix)
                yield _call(stage, TAG, f"{prefix}:{name}", workload, surface, key)
    for surface in surfaces:
        shown = surface.key_condition
        if shown is not None:
            wrong = key_arn(stage, key).replace(f":{key.account}:", f":{WRONG_ACCOUNT}:")
            call = _call(stage, KEYLESS, shown.action, workload, surface, key)
            yield replace(call, form="without a key", context={})
            yield replace(call, form="with a key of another account", context={shown.key: wrong})
    layer = stage.requirements.enforcement.layers.closed_surfaces
    for name in layer.surfaces if layer is not None else ():
        for action in _closing(stage, name):
            known = catalogue().surfaces.get(name)
            yield replace(_call(stage, CLOSED, action, workload, None, key), surface=known)


def _closing(stage: Stage, name: str) -> tuple[str, ...]:
    """The actions by which a closed surface would be used, but for those that a surface in use needs."""
    known, keyless = catalogue().surfaces, catalogue().without_key
    leading = (
        keyless[name].creating if name in keyless else known[name].actions.write + known[name].actions.use
    )
    used = {
        action
        for workload in stage.requirements.workloads
        for surface in workload.surfaces
        for action in known[surface].actions.every
    }
    return tuple(action for action in leading if action not in used)


def _call(
    stage: Stage, row: Row, action: str, workload: Workload, surface: Surface | None, key: KmsKey
) -> Operation:
    shown = surface.key_condition if surface is not None else None
    context: Values = {}
    if shown is not None and shown.action == action:
        context = {shown.key: key_arn(stage, key)}
    return Operation(
        row,
        action,
        _resource(stage, action, workload.account),
        workload.account,
        "" if len(stage.workloads) == 1 else workload.name,
        context,
        surface=surface,
        workload=workload,
    )


def _resource(stage: Stage, action: str, account: str) -> str:
    """An ARN of the type that AWS authorises the action on."""
    prefix, _, name = action.partition(":")
    service = frozen_service(prefix)
    found = service.actions.get(name.lower()) if service is not None else None
    kinds = sorted(set(found.resources) - found.optional) if found is not None else []
    if service is None or not kinds:
        return "*"
    pattern = service.resource_types[kinds[0]].arn
    known = {"Partition": stage.world.partition, "Region": stage.region, "Account": account}
    for placeholder, value in known.items():
        pattern = pattern.replace(f"${{{placeholder}}}", value)
    while "${" in pattern:
        before, _, rest = pattern.partition("${")
        pattern = before + "ABCDEF1234" + rest.partition("}")[2]
    return pattern


def shows_key(action: str) -> bool:
    """Whether an audit cannot do without an action that reads data, because no other shows the key.

    Those are the gets of sessions, datasets, batch evaluations and recommendations.
    """
    prefix, _, operation = action.partition(":")
    return any(
        surface.iam_prefix == prefix and any(path.operation == operation for path in surface.key.response)
        for surface in catalogue().surfaces.values()
    )
