"""Claims about the use of keys: who decrypts, through what, for whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from bedrock_cmk_guard.claims.claim import Claim
from bedrock_cmk_guard.claims.world import (
    ANY_KEY_POLICY,
    World,
    about_key,
    alone,
    names_of,
    on_all_keys,
    with_any_grant,
)
from bedrock_cmk_guard.iam import Condition, PolicyDocument
from bedrock_cmk_guard.iam.prover import IDENTITIES, Callers, Kind, Question
from bedrock_cmk_guard.policies.conditions import (
    CRYPTOGRAPHIC,
    except_for,
    in_any_account,
    merge,
    unique,
    via_services,
)
from bedrock_cmk_guard.policies.key_use import KeyUse, callers, context_keys, key_uses
from bedrock_cmk_guard.policies.scopes import KeyScope
from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.surfaces import KmsPrincipal

#: What gives the plain text, or the same data under another key.
DECRYPTING = ("kms:Decrypt", "kms:ReEncryptFrom")
_SERVICES = Callers(frozenset({Kind.SERVICE}))
_COUNTED = "about AWS services only"


def claims(world: World) -> Iterator[Claim]:
    """Every claim about the keys of the requirements."""
    for scope in world.scopes:
        yield from _of_scope(world, scope)
    yield _outsiders(world)
    yield from _through_services(world)


def _of_scope(world: World, scope: KeyScope) -> Iterator[Claim]:
    named = _readers(world, scope)
    names = names_of(named)
    nobody = f"Nobody but {names}" if named else "Nobody"
    others = Callers(IDENTITIES | {Kind.SERVICE_LINKED})
    condition: Condition = {"ArnNotLike": {"aws:PrincipalArn": named}} if named else {}

    def by_others(change: Callable[[PolicyDocument], PolicyDocument]) -> tuple[Question, ...]:
        found = (about_key(world, key, change(key.policy)) for key in world.keys_of(scope))
        asked = (replace(each, actions=DECRYPTING, callers=others, condition=condition) for each in found)
        return tuple(question for each in asked for question in world.by_anybody(each))

    yield Claim(
        f"decrypt/{scope.name}",
        f"{nobody} can decrypt what lies under the key of {scope.name}, while its key policy stands and "
        "no grant is made.",
        by_others(lambda policy: policy),
        about=("key-policy",),
    )
    yield Claim(
        f"decrypt-with-grants/{scope.name}",
        f"{nobody} can decrypt what lies under the key of {scope.name}, whatever grants are made on it.",
        by_others(with_any_grant),
        intended=scope.shuts_out_administrators and _is_used(world, scope),
        because="a grant lets its holder in, through the services"
        if not scope.shuts_out_administrators
        else "the catalogue knows no use of this key, so its key policy refuses none",
        about=("key-policy",),
    )
    yield from _services(world, scope)


def _readers(world: World, scope: KeyScope) -> tuple[str, ...]:
    """Who the requirements mean to decrypt: callers, provisioners, and the roles that the services work as."""
    partition, requirements = world.facts.partition, world.requirements
    found: list[str] = []
    for workload in scope.workloads:
        kinds = {
            use.principal: use
            for region in workload.regions
            for use in key_uses(requirements, scope, workload, region)
            if set(DECRYPTING) & set(use.actions)
        }
        if KmsPrincipal.CALLER in kinds:
            found += [role.arn_in(partition, workload.account) for role in callers(scope, workload)]
        if KmsPrincipal.PROVISIONER in kinds:
            found += [r.arn_in(partition, workload.account) for r in requirements.principals.provisioners]
        if KmsPrincipal.SERVICE_ROLE in kinds:
            found.append(f"arn:{partition}:iam::{workload.account}:role/{workload.service_role.role}")
        if linked := kinds.get(KmsPrincipal.SERVICE_LINKED_ROLE):
            name = linked.service_linked_role
            found.append(f"arn:{partition}:iam::{workload.account}:role/aws-service-role/{name}")
    return unique(found)


def _services(world: World, scope: KeyScope) -> Iterator[Claim]:
    """Which AWS services decrypt as themselves, and for whom."""
    named = unique(
        use.service
        for workload in scope.workloads
        for region in workload.regions
        for use in key_uses(world.requirements, scope, workload, region, (KmsPrincipal.SERVICE,))
        if use.service is not None and set(DECRYPTING) & set(use.actions)
    )
    questions = tuple(
        replace(about_key(world, key), actions=DECRYPTING, callers=_SERVICES) for key in world.keys_of(scope)
    )
    other: Condition = {"StringNotEquals": {"aws:PrincipalServiceName": named}} if named else {}
    yield Claim(
        f"services/{scope.name}",
        f"No AWS service{' but ' + ', '.join(named) if named else ''} can decrypt as itself what lies under the key "
        f"of {scope.name}.",
        tuple(replace(question, condition=other) for question in questions),
        about=("key-policy",),
        services=_COUNTED,
    )
    accounts = unique(workload.account for workload in scope.workloads)
    foreign: Condition = {
        "Null": {"aws:SourceAccount": ("false",)},
        "StringNotEquals": {"aws:SourceAccount": accounts},
        "StringNotEqualsIfExists": {"aws:SourceOrgID": (world.requirements.organization.id,)},
    }
    yield Claim(
        f"confused-deputy/{scope.name}",
        f"No AWS service that says it comes for an account outside the organisation can use the key of {scope.name}, "
        "whatever its key policy says.",
        tuple(
            replace(
                about_key(world, key, ANY_KEY_POLICY),
                actions=CRYPTOGRAPHIC,
                callers=_SERVICES,
                condition=foreign,
            )
            for key in world.keys_of(scope)
        ),
        intended=world.requirements.enforcement.layers.kms_perimeter is not None,
        because="the layer kms_perimeter is off",
        about=("kms-perimeter",),
        services=_COUNTED,
    )


def _outsiders(world: World) -> Claim:
    organization = world.requirements.organization.id
    outside = merge(
        {"StringNotEquals": {"aws:PrincipalOrgID": (organization,)}},
        except_for(world.requirements, "kms_perimeter", outsiders=True),
    )
    return Claim(
        "outsiders",
        "Nobody outside the organisation can use a guarded key, whatever its key policy says.",
        on_all_keys(world, (*CRYPTOGRAPHIC, "kms:CreateGrant"), outside, ANY_KEY_POLICY),
        intended=world.requirements.enforcement.layers.kms_perimeter is not None,
        because="the layer kms_perimeter is off",
        about=("kms-perimeter",),
    )


def _through_services(world: World) -> Iterator[Claim]:
    """Keys are used through the services, by the key policy alone and by the RCP alone; and with their context."""
    requirements = world.requirements
    on = requirements.enforcement.layers.kms_perimeter is not None
    off = "the layer kms_perimeter is off"
    for scope in world.scopes:
        direct = _direct(world, scope)
        vias = via_services(requirements)
        elsewhere = merge(
            {"StringNotLike": {"kms:ViaService": vias}},
            {"ArnNotLike": {"aws:PrincipalArn": direct}} if direct else {},
        )
        if _is_used(world, scope):
            yield Claim(
                f"through-services/{scope.name}",
                f"Nobody{' but ' + names_of(direct) if direct else ''} can use the key of {scope.name} outside Bedrock "
                "and AgentCore, whatever grants are made on it: by its key policy alone.",
                tuple(
                    question
                    for key in world.keys_of(scope)
                    for question in alone(
                        world,
                        replace(
                            about_key(world, key, with_any_grant(key.policy)),
                            actions=CRYPTOGRAPHIC,
                            condition=elsewhere,
                        ),
                    )
                ),
                about=("key-policy",),
            )
    every = in_any_account(arn for scope in world.scopes for arn in _direct(world, scope))
    bound = merge(
        {"StringNotLike": {"kms:ViaService": via_services(requirements)}},
        except_for(requirements, "kms_perimeter", every),
    )
    yield Claim(
        "through-services",
        "Nobody can use a guarded key outside Bedrock and AgentCore, whatever its key policy says, but service roles "
        "whose calls AWS documents without kms:ViaService, known by name where several accounts have one.",
        on_all_keys(world, CRYPTOGRAPHIC, bound, ANY_KEY_POLICY),
        intended=on,
        because=off,
        about=("kms-perimeter",),
    )
    documented = [key for key in world.keys if requirements.tag_standard.guard.context_key in key.tags]
    contexts = unique(c for scope in world.scopes for c in sorted(context_keys(scope)))
    without: Condition = {"Null": dict.fromkeys(contexts, ("true",))} if contexts else {}
    if documented and without:
        yield Claim(
            "encryption-context",
            "Nobody, no AWS service either, can decrypt without an encryption context under a key whose every surface "
            "documents one, whatever its key policy says.",
            tuple(
                question
                for key in documented
                for question in world.by_anybody(
                    replace(
                        about_key(world, key, ANY_KEY_POLICY),
                        actions=("kms:Decrypt", "kms:GenerateDataKey"),
                        callers=Callers(IDENTITIES | {Kind.SERVICE}),
                        condition=merge(without, except_for(requirements, "kms_perimeter")),
                    )
                )
            ),
            intended=on,
            because=off,
            about=("kms-perimeter",),
            services="AWS services are counted",
        )


def _uses(world: World, scope: KeyScope) -> Iterator[tuple[Workload, KeyUse]]:
    for workload in scope.workloads:
        for region in workload.regions:
            for use in key_uses(world.requirements, scope, workload, region):
                yield workload, use


def _is_used(world: World, scope: KeyScope) -> bool:
    """Whether the catalogue knows any use of the scope's key; without one its policy says nothing of use."""
    return next(_uses(world, scope), None) is not None


def _direct(world: World, scope: KeyScope) -> tuple[str, ...]:
    """Who calls KMS without ``kms:ViaService``, as documented: service roles, and the registry's own role."""
    partition = world.facts.partition
    found = []
    for workload, use in _uses(world, scope):
        if use.via is None and use.principal is KmsPrincipal.SERVICE_ROLE:
            found.append(f"arn:{partition}:iam::{workload.account}:role/{workload.service_role.role}")
        elif use.via is None and use.principal is KmsPrincipal.SERVICE_LINKED_ROLE:
            role = f"aws-service-role/{use.service_linked_role}"
            found.append(f"arn:{partition}:iam::{workload.account}:role/{role}")
    return unique(found)
