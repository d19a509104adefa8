"""The verb: everything that is rendered from some requirements, held against what they demand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator

from bedrock_cmk_guard.errors import Problem, RequirementsError
from bedrock_cmk_guard.policies import build
from bedrock_cmk_guard.policies.scopes import KeyScope, key_scopes
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import KmsKey, Module
from bedrock_cmk_guard.verification import findings
from bedrock_cmk_guard.verification.actors import Actor, Stage
from bedrock_cmk_guard.verification.assumptions import NOT_MODELLED, assumptions
from bedrock_cmk_guard.verification.cast import cast
from bedrock_cmk_guard.verification.matrix import cells
from bedrock_cmk_guard.verification.model import Cell, Finding, KeyMatrix, Row, Verification, Who
from bedrock_cmk_guard.verification.operations import operations
from bedrock_cmk_guard.verification.reach import Reach
from bedrock_cmk_guard.verification.world import World


def verify(
    requirements: Requirements,
    as_of: dt.date,
    *,
    modules: Iterable[Module] | None = None,
    workloads: Collection[str] = (),
) -> Verification:
    """Say who can do what with every workload's key and data, and where that is not what is demanded.

    ``modules`` are the policies to verify: those that the requirements render, unless they were changed since.
    ``workloads`` names some of them; without, all are verified. ``as_of`` decides what is expired.
    """
    _known(requirements, workloads)
    world = World(requirements, build(requirements) if modules is None else modules)
    matrices: list[KeyMatrix] = []
    found: list[Finding] = []
    for stage, key in _stages(world, workloads):
        matrix, differences = _matrix(stage, key)
        matrices.append(matrix)
        found.extend(differences)
    return Verification(
        title=requirements.policy.title,
        organization=requirements.organization.id,
        as_of=as_of,
        keys=tuple(matrices),
        findings=(*found, *findings.of_time(requirements, as_of)),
        assumptions=tuple(assumptions(requirements)),
        not_modelled=NOT_MODELLED,
    )


def _known(requirements: Requirements, workloads: Collection[str]) -> None:
    names = [workload.name for workload in requirements.workloads]
    for name in workloads:
        if name not in names:
            there = ", ".join(names) or "none"
            raise RequirementsError(
                [Problem(("workloads",), f"there is no workload {name!r}; there are: {there}")]
            )


def _stages(world: World, workloads: Collection[str]) -> Iterator[tuple[Stage, KmsKey]]:
    scopes = {(scope.name, scope.account): scope for scope in key_scopes(world.requirements)}
    for key in world.keys:
        scope = scopes[key.scope, key.account]
        if not workloads or any(workload.name in workloads for workload in scope.workloads):
            yield _stage(world, scope, key), key


def _stage(world: World, scope: KeyScope, key: KmsKey) -> Stage:
    running = tuple(workload for workload in scope.workloads if key.region in workload.regions)
    return Stage(world, scope, key.region, running)


def _matrix(stage: Stage, key: KmsKey) -> tuple[KeyMatrix, tuple[Finding, ...]]:
    actors = cast(stage)
    judged = tuple(cells(stage, key, actors))
    found = tuple(cell for cell, _ in judged)
    reach = Reach(stage, key, actors)
    ways = tuple(reach.ways())
    matrix = KeyMatrix(
        key=key.name,
        scope=stage.scope.name,
        region=key.region,
        account=key.account,
        workloads=tuple(workload.name for workload in stage.workloads),
        shut_out=stage.scope.shuts_out_administrators,
        cast=tuple(Who(actor.id, actor.kind.value, actor.title, actor.principal) for actor in actors),
        rows=_rows(stage, key, actors, found),
        cells=found,
        ways=ways,
        possible=tuple(reach.possible()),
    )
    return matrix, (
        *findings.of_lockout(stage, key.name, found),
        *findings.of_cells(stage, key.name, actors, judged),
        *findings.of_ways(stage, key.name, ways),
    )


def _rows(stage: Stage, key: KmsKey, actors: tuple[Actor, ...], found: tuple[Cell, ...]) -> tuple[Row, ...]:
    """The rows that have cells, in the order in which they are read."""
    present = {cell.row for cell in found}
    rows = {operation.row.id: operation.row for operation in operations(stage, key, actors)}
    order = ("use", "key", "write", "alias", "tag", "stored", "keyless", "closed")
    return tuple(
        sorted(
            (row for row in rows.values() if row.id in present),
            key=lambda row: (_GROUPS.index(row.group), order.index(row.id) if row.id in order else 0),
        )
    )


_GROUPS = ("Use of the key", "The key itself", "Agents and data", "Taking over a role")
