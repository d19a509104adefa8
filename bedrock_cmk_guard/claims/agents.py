"""Claims about agents and memories: who creates, opens, reads, and with which key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.claims.claim import Claim
from bedrock_cmk_guard.claims.world import ADMINISTRATOR, ANY_KEY_POLICY, World, about_calls
from bedrock_cmk_guard.iam import Condition
from bedrock_cmk_guard.iam.evaluator import PolicySet
from bedrock_cmk_guard.iam.prover import IDENTITIES, Callers, Question
from bedrock_cmk_guard.policies.agent_writers import ALIAS_WRITES, demanded, opening
from bedrock_cmk_guard.policies.approved_keys import ENCRYPTING
from bedrock_cmk_guard.policies.closed_surfaces import statements as closing
from bedrock_cmk_guard.policies.conditions import (
    CRYPTOGRAPHIC,
    caller_patterns,
    except_for,
    merge,
    role_patterns,
    unique,
    via_services,
)
from bedrock_cmk_guard.policies.scopes import surfaces_of
from bedrock_cmk_guard.requirements.standards import Holder
from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.surfaces import catalogue


def claims(world: World) -> Iterator[Claim]:
    """Every claim about agents and memories."""
    yield from _writers(world)
    yield from _keys(world)
    yield from _closed(world)
    for workload in world.requirements.workloads:
        yield _stored(world, workload)


def _claim(world: World, layer: str, name: str, sentence: str, questions: Iterable[Question]) -> Claim:
    """A claim that one layer makes true."""
    return Claim(
        name,
        sentence,
        tuple(questions),
        intended=getattr(world.requirements.enforcement.layers, layer) is not None,
        because=f"the layer {layer} is off",
        about=(layer.replace("_", "-"),),
    )


def _writers(world: World) -> Iterator[Claim]:
    requirements, layer = world.requirements, "agent_writers"
    principals = requirements.principals
    writers = role_patterns(requirements, principals.provisioners, principals.break_glass)
    surfaces = demanded(requirements)
    writes = unique(a for s in surfaces for a in s.actions.write if a not in ALIAS_WRITES)
    if writes:
        yield _claim(
            world,
            layer,
            "writers",
            "Nobody but provisioners and break-glass can create or change agents, memories and whatever else holds "
            "data that must be under a customer key, in the workloads' accounts.",
            about_calls(world, writes, except_for(requirements, layer, writers)),
        )
    aliases = unique(a for s in surfaces for a in s.actions.write if a in ALIAS_WRITES)
    if aliases:
        governors = (*writers, *role_patterns(requirements, principals.governance))
        yield _claim(
            world,
            layer,
            "alias-writers",
            "Nobody but provisioners, break-glass and governance can change which version an agent's alias points to, "
            "in the workloads' accounts.",
            about_calls(world, aliases, except_for(requirements, layer, governors)),
        )
    openers = unique(a for s in surfaces for a in opening(s))
    users = unique(
        arn
        for surface in surfaces
        for workload in requirements.workloads
        if surface.id in workload.surfaces and opening(surface)
        for arn in caller_patterns(requirements, workload.account, workload.all_callers)
    )
    if openers:
        excepted = (*users, *role_patterns(requirements, principals.break_glass))
        yield _claim(
            world,
            layer,
            "openers",
            "Nobody but break-glass and the callers of workloads that use them can open sessions or inline agents, in "
            "the workloads' accounts.",
            about_calls(world, openers, except_for(requirements, layer, excepted)),
        )


def _keys(world: World) -> Iterator[Claim]:
    requirements = world.requirements
    standard, tag = requirements.key_standard, requirements.tag_standard.guard
    own = standard.held_in is Holder.WORKLOAD_ACCOUNT
    holders = ("${aws:PrincipalAccount}",) if own else standard.key_accounts
    shown = {
        s.key_condition.action: s.key_condition.key for s in catalogue().surfaces.values() if s.key_condition
    }
    for action, key in shown.items():
        arns = tuple(f"arn:{world.facts.partition}:kms:*:{account}:key/*" for account in holders)
        yield _claim(
            world,
            "memory_keys",
            f"key-of/{action.partition(':')[2]}",
            f"Nobody can call {action} without a key of {'the own account' if own else 'a key account'}, in the "
            "workloads' accounts.",
            about_calls(
                world,
                (action,),
                merge({"StringNotLike": {key: arns}}, except_for(requirements, "memory_keys")),
            ),
        )
    through = {"StringLike": {"kms:ViaService": via_services(requirements)}}
    unguarded: Condition = {"StringNotEquals": {f"aws:ResourceTag/{tag.key}": (tag.value,)}}
    elsewhere: Condition = {"StringNotEquals": {"aws:ResourceAccount": (*holders, *_visited(world))}}
    yield _claim(
        world,
        "approved_keys",
        "approved-accounts-only",
        "No principal of the workloads' accounts can use, through Bedrock or AgentCore, a key of an account that is "
        "not meant to hold keys, whatever that key's policy says.",
        _with_any_key(
            world,
            (*CRYPTOGRAPHIC, "kms:CreateGrant"),
            merge(through, elsewhere, except_for(requirements, "approved_keys")),
        ),
    )
    yield _claim(
        world,
        "approved_keys",
        "guarded-keys-only",
        "No principal of the workloads' accounts can encrypt through Bedrock or AgentCore under a key without the "
        "guard tag.",
        about_calls(world, ENCRYPTING, merge(through, unguarded, except_for(requirements, "approved_keys"))),
    )


def _with_any_key(world: World, actions: tuple[str, ...], condition: Condition) -> Iterator[Question]:
    """Questions about keys of any account, whatever their policies say."""
    policies = PolicySet(identity=(ADMINISTRATOR,), resource_policy=ANY_KEY_POLICY)
    yield from world.by_ours(Question(policies, actions, ("*",), Callers(IDENTITIES), condition))


def _visited(world: World) -> tuple[str, ...]:
    """The accounts of workloads whose callers come from another account, and so use keys there."""
    own = world.requirements.key_standard.held_in is Holder.WORKLOAD_ACCOUNT
    return unique(
        w.account
        for w in world.requirements.workloads
        if own and any(r.role_arn and r.role_arn.split(":")[4] != w.account for r in w.all_callers)
    )


def _closed(world: World) -> Iterator[Claim]:
    requirements = world.requirements
    layer = requirements.enforcement.layers.closed_surfaces
    if layer is None:
        return
    refused = unique(action for statement in closing(requirements) for action in statement.actions)
    yield _claim(
        world,
        "closed_surfaces",
        "closed",
        f"Nobody can create, change or use {', '.join(layer.surfaces)} in the workloads' accounts.",
        about_calls(world, refused, except_for(requirements, "closed_surfaces")),
    )


def _stored(world: World, workload: Workload) -> Claim:
    requirements, layer = world.requirements, "stored_data"
    neighbours = tuple(w for w in requirements.workloads if w.account == workload.account)
    readers = unique(
        arn
        for each in neighbours
        for arn in (
            *caller_patterns(requirements, each.account, each.all_callers),
            f"arn:{world.facts.partition}:iam::{each.account}:role/{each.service_role.role}",
        )
    )
    actions = unique(
        action
        for surface in surfaces_of(workload)
        for action in (*surface.actions.stored_data, *surface.actions.use)
    )
    ours: Condition = {"StringEquals": {"aws:PrincipalAccount": (workload.account,)}}
    on = requirements.enforcement.layers.stored_data is not None
    return Claim(
        f"stored-data/{workload.name}",
        f"Nobody in account {workload.account} but callers and service roles can read what {workload.name} stored, or "
        "use the agents that could repeat it.",
        about_calls(world, actions, merge(ours, except_for(requirements, layer, readers))),
        intended=on and workload.shut_out_administrators,
        because="the layer stored_data is off" if not on else "shut_out_administrators is off",
        about=("stored-data",),
    )
