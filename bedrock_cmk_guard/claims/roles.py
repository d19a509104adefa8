"""Claims about the roles that other policies trust: who becomes one, who changes one, who passes one on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bedrock_cmk_guard.claims.claim import Claim
from bedrock_cmk_guard.claims.world import ADMINISTRATOR, ANY_TRUST, World
from bedrock_cmk_guard.iam import Condition
from bedrock_cmk_guard.iam.evaluator import PolicySet
from bedrock_cmk_guard.iam.prover import IDENTITIES, Callers, Kind, Question
from bedrock_cmk_guard.policies.conditions import caller_patterns, except_for, merge, role_patterns, unique
from bedrock_cmk_guard.policies.role_protection import (
    POLICY_PATH,
    POLICY_WRITES,
    PROVIDER_WRITES,
    ROLE_WRITES,
    SERVICES,
)

_TOKENS = Callers(frozenset({Kind.WEB_IDENTITY}))


def claims(world: World) -> Iterator[Claim]:
    """Every claim about roles."""
    yield _pipeline(world)
    yield from _protected(world)


def _pipeline(world: World) -> Claim:
    """Provisioners are assumed by the pipeline; a token must fit in subject and in audience."""
    requirements, layer = world.requirements, "provisioner_trust"
    pipeline = requirements.principals.pipeline
    roles = unique(trusted.role_arn for trusted in pipeline if trusted.role_arn)
    identities = [trusted.oidc for trusted in pipeline if trusted.oidc is not None]
    misfits: list[Condition] = [{}]
    if identities:
        misfits = [
            {"StringNotLike": {f"{i.provider}:sub": i.subjects for i in identities}},
            {"StringNotEquals": {f"{i.provider}:aud": (i.audience,) for i in identities}},
        ]
    questions: list[Question] = []
    for account in world.accounts:
        provisioners = _provisioners(world, account)
        if not provisioners:
            continue
        asked = Question(
            PolicySet(identity=(ADMINISTRATOR,), resource_policy=ANY_TRUST, rcps=world.rcps(account)),
            ("sts:AssumeRole",),
            provisioners,
            Callers(IDENTITIES),
            merge(
                except_for(requirements, layer, roles),
                {"StringEquals": {"aws:ResourceAccount": (account,)}},
            ),
            facts=world.facts,
        )
        questions += world.by_anybody(asked)
        token = replace(asked, callers=_TOKENS, actions=("sts:AssumeRoleWithWebIdentity",))
        questions += [replace(token, condition=misfit) for misfit in misfits]
        questions.append(replace(token, actions=("sts:AssumeRoleWithSAML",), condition={}))
    return Claim(
        "pipeline",
        "Nobody but the pipeline can assume a provisioner of a workload's account, by role or by token, whatever its "
        "trust policy says.",
        tuple(questions),
        intended=requirements.enforcement.layers.provisioner_trust is not None,
        because="the layer provisioner_trust is off",
        about=("provisioner-trust",),
    )


def _provisioners(world: World, account: str) -> tuple[str, ...]:
    partition = world.facts.partition
    arns = (role.arn_in(partition, account) for role in world.requirements.principals.provisioners)
    return tuple(arn for arn in arns if arn.split(":")[4] == account)


def _protected(world: World) -> Iterator[Claim]:
    requirements, layer = world.requirements, "role_protection"
    principals, partition = requirements.principals, world.facts.partition
    duties = role_patterns(
        requirements,
        principals.provisioners,
        principals.governance,
        principals.break_glass,
        principals.auditors,
        principals.applier,
    )
    service_roles = unique(
        f"arn:{partition}:iam::{w.account}:role/{w.service_role.role}" for w in requirements.workloads
    )
    callers = unique(
        arn for w in requirements.workloads for arn in caller_patterns(requirements, w.account, w.all_callers)
    )
    keepers = role_patterns(requirements, principals.applier, principals.governance, principals.break_glass)
    exempt = tuple(e.role.arn_pattern(partition) for e in requirements.exemptions if e.role is not None)
    on = requirements.enforcement.layers.role_protection is not None
    yield Claim(
        "trusted-roles",
        "Nobody but the applier, governance and break-glass can create, change or re-trust a role that the policies "
        "trust by name, in the workloads' accounts.",
        _role_questions(
            world,
            ROLE_WRITES,
            unique((*duties, *service_roles, *callers, *exempt)),
            except_for(requirements, layer, keepers),
        ),
        intended=on,
        because=f"the layer {layer} is off",
        about=("role-protection",),
    )
    issuers = unique(
        f"arn:{partition}:iam::*:oidc-provider/{trusted.oidc.provider}"
        for trusted in (
            *principals.pipeline,
            *(each for _, _, role in principals.duties() for each in role.assumed_by),
        )
        if trusted.oidc is not None
    )
    others = except_for(requirements, layer, keepers)
    yield Claim(
        "trusted-policies",
        "Nobody but the applier, governance and break-glass can change the managed policies rendered here, or the "
        "identity providers that roles trust, in the workloads' accounts.",
        (
            *_role_questions(world, POLICY_WRITES, (f"arn:{partition}:iam::*:policy{POLICY_PATH}*",), others),
            *_role_questions(world, PROVIDER_WRITES, issuers, others),
        ),
        intended=on,
        because=f"the layer {layer} is off",
        about=("role-protection",),
    )
    yield _passed(world, service_roles, on)


def _passed(world: World, service_roles: tuple[str, ...], on: bool) -> Claim:
    requirements, layer = world.requirements, "role_protection"
    principals = requirements.principals
    anybody = except_for(requirements, layer)
    never = role_patterns(requirements, principals.governance, principals.break_glass, principals.auditors)
    passers = except_for(requirements, layer, role_patterns(requirements, principals.provisioners))
    elsewhere = merge({"StringNotEquals": {"iam:PassedToService": SERVICES}}, anybody)
    return Claim(
        "passed-roles",
        "Nobody but provisioners can pass a service role, nobody can pass it to another service than Bedrock and "
        "AgentCore, and nobody can pass a role of governance, break-glass or auditors at all, in the workloads' "
        "accounts.",
        (
            *_role_questions(world, ("iam:PassRole",), service_roles, passers),
            *_role_questions(world, ("iam:PassRole",), service_roles, elsewhere),
            *_role_questions(world, ("iam:PassRole",), never, anybody),
        ),
        intended=on,
        because=f"the layer {layer} is off",
        about=("role-protection",),
    )


def _role_questions(
    world: World, actions: tuple[str, ...], roles: tuple[str, ...], condition: Condition
) -> tuple[Question, ...]:
    if not roles:
        return ()
    question = Question(PolicySet(identity=(ADMINISTRATOR,)), actions, roles, Callers(IDENTITIES), condition)
    return tuple(world.by_ours(question))
