"""Who is asked about: everybody with a duty or a need, and everybody who must be kept out.

Named roles have the identity policies that are rendered for them. Those who must be kept out have every identity
permission there is: what stops them has to be something else.
"""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.iam import Effect, PolicyDocument, PolicyKind, Statement
from bedrock_cmk_guard.requirements.exceptions import Exemption
from bedrock_cmk_guard.requirements.principals import RoleRef
from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.verification.actors import Actor, Kind, Stage, concrete, holds, session
from bedrock_cmk_guard.verification.federated import federated, person
from bedrock_cmk_guard.verification.world import EVERYTHING, Named

OUTSIDE_ORGANIZATION = "o-outsider00"
OTHER_SERVICE = "lambda.amazonaws.com"
_FREE_ACCOUNTS = ("999999999998", "999999999997", "999999999996", "999999999995")
_DUTIES = {
    "provisioners": ("provisioner", "bedrock-cmk-provisioner"),
    "governance": ("governance", "bedrock-cmk-governance"),
    "break_glass": ("break-glass", "bedrock-cmk-break-glass"),
    "auditors": ("auditor", "bedrock-cmk-auditor"),
    "applier": ("applier", "bedrock-cmk-applier"),
}


def cast(stage: Stage) -> tuple[Actor, ...]:
    """Everybody, each once by principal and purpose."""
    actors: dict[str, Actor] = {}
    for actor in (*_needed(stage), *_duties(stage), *_strangers(stage), *federated(stage), *_services(stage)):
        actors.setdefault(actor.id, actor)
    return tuple(actors.values())


def _role(
    stage: Stage,
    kind: Kind,
    role: RoleRef,
    account: str,
    identity: tuple[Named, ...],
    workloads: tuple[Workload, ...] = (),
    title: str | None = None,
    exemption: Exemption | None = None,
) -> Actor:
    arn = concrete(stage.world, role, account)
    principal, context = session(stage.world, arn)
    place = arn.split(":")[4]
    if place not in stage.world.accounts and not identity:
        identity = (EVERYTHING,)
    name = arn.rpartition("/")[2]
    label = title or f"{kind.value} {name}"
    if place not in (w.account for w in stage.workloads[:1]):
        label += f" in {place}"
    return Actor(
        id=f"{kind.value}:{arn}",
        kind=kind,
        title=label,
        principal=principal,
        account=place,
        context=context,
        identity=identity,
        role=arn,
        workloads=workloads,
        is_pattern=role.is_pattern,
        rendered=stage.world.trust(arn) is not None,
        exemption=exemption,
    )


def _needed(stage: Stage) -> Iterator[Actor]:
    """Whoever the surfaces need: callers and the service role of each workload, and service-linked roles."""
    world, tenant = stage.world, stage.scope.tenant
    for workload in stage.workloads:
        own = tenant.callers if tenant is not None and tenant.callers else workload.callers
        policy = world.permissions(workload.account, f"{workload.name}-callers")
        for role in own:
            yield _role(stage, Kind.CALLER, role, workload.account, policy, (workload,))
        if tenant is not None:
            for role in workload.all_callers:
                if role not in own:
                    yield _role(stage, Kind.OTHER_TENANT, role, workload.account, policy, (workload,))
        role = RoleRef(role=workload.service_role.role)
        policy = world.permissions(workload.account, f"{workload.name}-service-role")
        yield _role(stage, Kind.SERVICE_ROLE, role, workload.account, policy, (workload,))
        yield from _linked_roles(stage, workload)


def _linked_roles(stage: Stage, workload: Workload) -> Iterator[Actor]:
    """Service-linked roles, with the permissions on keys that AWS's own policy is documented to give them."""
    actions: dict[str, set[str]] = {}
    for surface in stage.scope.surfaces(workload):
        for statement in surface.kms:
            if statement.service_linked_role is not None:
                actions.setdefault(statement.service_linked_role, set()).update(statement.actions)
    for name, needed in sorted(actions.items()):
        allow = Statement(sid="AwsManaged", effect=Effect.ALLOW, actions=tuple(sorted(needed)))
        identity = Named(f"AWS's policy of {name}", PolicyDocument(PolicyKind.IDENTITY, (allow,)))
        role = RoleRef(role=f"aws-service-role/{name}")
        yield _role(stage, Kind.SERVICE_LINKED_ROLE, role, workload.account, (identity,), (workload,))


def _duties(stage: Stage) -> Iterator[Actor]:
    for duty, _, role in stage.requirements.principals.duties():
        word, policy = _DUTIES[duty]
        for account in stage.accounts:
            arn = concrete(stage.world, role, account)
            workloads = tuple(w for w in stage.workloads if w.account == arn.split(":")[4])
            permissions = stage.world.permissions(arn.split(":")[4], policy)
            yield _role(stage, Kind(word), role, account, permissions, workloads)
    for trusted in stage.requirements.principals.pipeline:
        if trusted.role_arn is not None:
            ref = RoleRef(role_arn=trusted.role_arn)
            yield _role(stage, Kind.PIPELINE, ref, stage.accounts[0], (EVERYTHING,))
    for exemption in stage.requirements.exemptions:
        if exemption.role is not None:
            for account in stage.accounts:
                yield _role(stage, Kind.EXEMPT, exemption.role, account, (EVERYTHING,), exemption=exemption)


def _strangers(stage: Stage) -> Iterator[Actor]:
    """Everybody who is nobody to this key, with every identity permission there is."""
    world, every = stage.world, (EVERYTHING,)
    for account in stage.accounts:
        yield _role(
            stage, Kind.ADMINISTRATOR, RoleRef(role="Administrator"), account, every, title="administrator"
        )
        yield Actor(
            id=f"{Kind.ROOT.value}:{account}",
            kind=Kind.ROOT,
            title="root user" if account == stage.accounts[0] else f"root user in {account}",
            principal=f"arn:{world.partition}:iam::{account}:root",
            account=account,
            context={"aws:PrincipalOrgID": world.organization},
        )
    yield from person(stage)
    own = frozenset(actor.role for actor in _needed(stage))
    for other in stage.requirements.workloads:
        if other.name not in {w.name for w in stage.scope.workloads}:
            for role, word in (
                (RoleRef(role=other.service_role.role), "service role"),
                (other.callers[0], "caller"),
            ):
                if concrete(world, role, other.account) not in own:
                    title = f"{word} of {other.name}"
                    yield _role(stage, Kind.OTHER_WORKLOAD, role, other.account, every, title=title)
            break
    elsewhere = (a for a in _FREE_ACCOUNTS if a not in world.accounts)
    inside, outside = next(elsewhere), next(elsewhere)
    # Where a policy spares governance by name, a role of that name elsewhere must be kept out by something else.
    squatted = concrete(world, stage.requirements.principals.governance[0], "{}").rpartition(":")[2]
    for kind, account, title in (
        (Kind.OTHER_ACCOUNT, inside, "another account of the organisation"),
        (Kind.OUTSIDER, outside, "an outside organisation"),
    ):
        arn = f"arn:{world.partition}:iam::{account}:{squatted}"
        principal, context = session(world, arn, organization=kind is Kind.OTHER_ACCOUNT)
        if kind is Kind.OUTSIDER:
            context = {**context, "aws:PrincipalOrgID": OUTSIDE_ORGANIZATION}
        yield Actor(f"{kind.value}:{account}", kind, title, principal, account, context, every, role=None)


def _services(stage: Stage) -> Iterator[Actor]:
    """The services that come as themselves: for us, for somebody else, and one that has no business here."""
    names = sorted(
        {
            statement.service
            for workload in stage.workloads
            for surface in stage.scope.surfaces(workload)
            for statement in surface.kms
            if statement.service is not None and statement.when in holds(workload)
        }
    )
    ours = (stage.workloads[0].account, stage.world.organization)
    others = (
        (Kind.SERVICE, ours, "for us"),
        (
            Kind.SERVICE_FOR_OTHERS,
            (_FREE_ACCOUNTS[0], stage.world.organization),
            "for another account of the organisation",
        ),
        (Kind.SERVICE_FOR_OTHERS, (_FREE_ACCOUNTS[1], OUTSIDE_ORGANIZATION), "for an outside organisation"),
    )
    for name in names:
        for kind, whom, title in others:
            yield Actor(
                id=f"{name}:{whom[0] if kind is not Kind.SERVICE else 'us'}",
                kind=kind,
                title=f"{name} {title}",
                principal=name,
                account=None,
                workloads=stage.workloads if kind is Kind.SERVICE else (),
                on_behalf_of=whom,
            )
    yield Actor(
        id=OTHER_SERVICE,
        kind=Kind.OTHER_SERVICE,
        title=f"{OTHER_SERVICE} for us",
        principal=OTHER_SERVICE,
        account=None,
        on_behalf_of=ours,
    )
