"""SCP: only provisioners create and change agents, memories and the other surfaces; only callers open sessions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.demands import Demand
from bedrock_cmk_guard.iam import Statement
from bedrock_cmk_guard.policies.conditions import (
    caller_patterns,
    deny,
    except_for,
    in_any_account,
    role_patterns,
    unique,
)
from bedrock_cmk_guard.policies.organization_policy import scp
from bedrock_cmk_guard.policies.policy import Policy
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import Resource
from bedrock_cmk_guard.surfaces import Surface, Tier, catalogue

LAYER = "agent_writers"

# Governance must be able to stop an agent (aliasInvocationState REJECT_INVOCATIONS), so it may write aliases.
ALIAS_WRITES = ("bedrock:UpdateAgentAlias",)


def opening(surface: Surface) -> tuple[str, ...]:
    """The run-time actions that take the key of a surface nobody provisions: a session, an inline agent."""
    if surface.actions.write or surface.tier is not Tier.SESSION_MEMORY:
        return ()
    # An operation that streams is authorised as the one that does not: RetrieveAndGenerateStream has no action.
    operations = {path.operation for path in surface.key.request}
    names = {*operations, *(operation.removesuffix("Stream") for operation in operations)}
    return tuple(action for action in surface.actions.use if action.partition(":")[2] in names)


def demanded(requirements: Requirements) -> tuple[Surface, ...]:
    """The surfaces whose data must be under a customer key in some environment the organisation has."""
    return tuple(
        surface
        for surface in catalogue().surfaces.values()
        if any(
            requirements.enforcement.demand(surface.tier, environment.name, sensitivity) is Demand.REQUIRED
            for environment in requirements.environments
            for sensitivity in requirements.sensitivities
        )
    )


def statements(requirements: Requirements) -> Iterator[Statement]:
    """One statement per tier, so that none outgrows a policy; then aliases; then each run-time surface."""
    principals = requirements.principals
    writers = role_patterns(requirements, principals.provisioners, principals.break_glass)
    surfaces = demanded(requirements)
    written: set[str] = {*ALIAS_WRITES}
    for tier in Tier:
        writes = unique(a for s in surfaces if s.tier is tier for a in s.actions.write if a not in written)
        written.update(writes)
        if writes:
            sid = f"Provisioners{''.join(word.title() for word in tier.split('-'))}"
            yield deny(sid, writes, except_for(requirements, LAYER, writers))
    governors = (*writers, *role_patterns(requirements, principals.governance))
    if any(set(ALIAS_WRITES) & set(surface.actions.write) for surface in surfaces):
        yield deny("AliasWriters", ALIAS_WRITES, except_for(requirements, LAYER, unique(governors)))
    yield from _runtime(requirements, surfaces)


def _runtime(requirements: Requirements, surfaces: Iterable[Surface]) -> Iterator[Statement]:
    """Sessions and inline agents: only the callers of the workloads that use them may open one."""
    opened: dict[str, list[str]] = {}
    for surface in surfaces:
        users = [
            pattern
            for workload in requirements.workloads
            if surface.id in workload.surfaces
            for pattern in caller_patterns(requirements, workload.account, workload.all_callers)
        ]
        for action in opening(surface):
            opened.setdefault(action, []).extend(users)
    by_callers: dict[tuple[str, ...], list[str]] = {}
    for action, callers in opened.items():
        by_callers.setdefault(in_any_account(callers), []).append(action)
    break_glass = role_patterns(requirements, requirements.principals.break_glass)
    for number, (readers, actions) in enumerate(by_callers.items(), start=1):
        sid = f"Callers{number}" if readers else "OpenedByNobody"
        yield deny(sid, actions, except_for(requirements, LAYER, (*readers, *break_glass)))


def build(requirements: Requirements) -> Iterable[Resource]:
    """The SCP of this layer."""
    return scp(requirements, LAYER, statements(requirements))


POLICY = Policy(
    id="agent-writers",
    title="Only provisioners write agents and memories",
    kind="SCP",
    stops=(
        "Creating, changing, preparing, versioning or aliasing agents, memories, gateways, flows, prompts and "
        "the other surfaces whose key is demanded, by anybody but a provisioner or break-glass. Governance may "
        "change an agent's alias too, because that is how an agent is stopped.",
        "Opening sessions or inline agents by anybody but break-glass and the callers of a workload that uses them.",
    ),
    does_not_stop=(
        "A provisioner that creates an agent without a key: no bedrock action shows its key to a policy. "
        "Review its code, and read back what it made.",
        "The management account, service-linked roles, and principals outside the organisation.",
        "Data already stored before the policy was attached.",
    ),
    needs_first=(
        "The layer role_protection at the same targets, or anybody may create a role of a provisioner's name.",
        "Every pipeline that writes agents today is a provisioner or exempt; look at who called the write actions "
        "in CloudTrail for 90 days.",
    ),
    rollout=5,
    rollout_note="Sandbox OU first, then production OUs.",
    references=(
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html",
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
    ),
    build=build,
)
