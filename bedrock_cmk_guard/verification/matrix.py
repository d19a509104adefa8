"""The cells: every actor put to every operation, and the answer held against the demand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.iam import Principal
from bedrock_cmk_guard.iam.evaluator import Grant, Request
from bedrock_cmk_guard.resources import KmsKey
from bedrock_cmk_guard.verification.actors import FEDERATED, SERVICES, Actor, Stage
from bedrock_cmk_guard.verification.intent import Demand, Intent
from bedrock_cmk_guard.verification.model import Cell, Verdict
from bedrock_cmk_guard.verification.operations import (
    Operation,
    federated_operations,
    operations,
    service_operations,
)
from bedrock_cmk_guard.verification.world import Decided, Named, trusting


def key_policy(key: KmsKey) -> Named:
    """The key's policy, by the key's name."""
    return Named(f"key policy of {key.name}", key.policy)


def cells(stage: Stage, key: KmsKey, actors: tuple[Actor, ...]) -> Iterator[tuple[Cell, Demand | None]]:
    """Every cell with its demand."""
    intent = Intent(stage)
    asked = operations(stage, key, actors)
    policy = key_policy(key)
    for actor in actors:
        own: Iterable[Operation] = asked
        if actor.kind in SERVICES:
            own = service_operations(stage, key, actor)
        elif actor.kind in FEDERATED:
            own = federated_operations(stage, actors, actor)
        for operation in own:
            demand = intent.demand(actor, operation)
            yield _cell(stage, actor, operation, demand, policy), demand


def decide(
    stage: Stage,
    actor: Actor,
    operation: Operation,
    resource_policy: Named | None,
    identity: tuple[Named, ...] | None = None,
    grants: tuple[Grant, ...] = (),
) -> Decided:
    """Put one actor to one operation."""
    request = Request(
        actor.principal,
        operation.action,
        operation.resource,
        operation.account,
        {**operation.context, **actor.context},
    )
    return stage.world.decide(
        request,
        account=actor.account,
        identity=actor.identity if identity is None else identity,
        resource_policy=resource_policy,
        grants=grants,
    )


def _cell(stage: Stage, actor: Actor, operation: Operation, demand: Demand | None, policy: Named) -> Cell:
    resource_policy = policy if operation.on_key else None
    target = operation.target
    if target is not None and operation.action.startswith("sts:AssumeRole"):
        if actor.role == target.arn:
            return _cell_of(actor, operation, Verdict.DEPENDS, None, "it is the role itself", None)
        resource_policy = stage.world.trust(target.arn)
        if resource_policy is None:
            return _under_any_trust(stage, actor, operation, demand)
    decided = decide(stage, actor, operation, resource_policy)
    verdict = Verdict.ALLOWED if decided.allowed else Verdict.DENIED
    return _cell_of(actor, operation, verdict, decided, decided.reason, demand)


def _under_any_trust(stage: Stage, actor: Actor, operation: Operation, demand: Demand | None) -> Cell:
    """Assuming a role whose trust policy nobody here has seen: it lets everybody in, unless others refuse."""
    decided = decide(stage, actor, operation, letting_in(actor, operation.action))
    if decided.explicit:
        return _cell_of(actor, operation, Verdict.DENIED, decided, decided.reason, demand)
    if demand is not None and demand.verdict is Verdict.DENIED and decided.allowed:
        return _cell_of(actor, operation, Verdict.ALLOWED, decided, decided.reason, demand)
    assert operation.target is not None
    return _cell_of(actor, operation, Verdict.DEPENDS, None, f"the trust of {operation.target.title}", None)


def letting_in(actor: Actor, action: str) -> Named:
    """The trust policy that lets somebody in who asks by this action."""
    if actor.kind in FEDERATED:
        return trusting(Principal(federated=(actor.principal,)), action)
    return trusting(Principal(aws=(actor.role or actor.principal,)), action)


def _cell_of(
    actor: Actor,
    operation: Operation,
    verdict: Verdict,
    decided: Decided | None,
    reason: str,
    demand: Demand | None,
) -> Cell:
    return Cell(
        who=actor.id,
        row=operation.row.id,
        action=operation.action,
        form=operation.form,
        resource=operation.resource,
        verdict=verdict,
        explicit=decided.explicit if decided is not None else False,
        decided_by=decided.sources if decided is not None else (),
        reason=reason,
        expected=demand.verdict if demand is not None else None,
        because=demand.because if demand is not None else "",
    )
