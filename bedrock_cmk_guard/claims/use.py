"""Claims that the policies lock nobody out: every documented call of a surface is allowed, whatever else it carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bedrock_cmk_guard.claims.claim import Claim
from bedrock_cmk_guard.claims.world import World, about_key, alone
from bedrock_cmk_guard.iam import Condition, PolicyDocument
from bedrock_cmk_guard.iam.prover import Callers, Kind, Question
from bedrock_cmk_guard.policies.conditions import merge
from bedrock_cmk_guard.policies.key_use import KeyUse, callers, key_uses
from bedrock_cmk_guard.policies.scopes import KeyScope
from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.surfaces import KmsPrincipal

_WHO: Mapping[KmsPrincipal, str] = {
    KmsPrincipal.CALLER: "callers",
    KmsPrincipal.SERVICE_ROLE: "the service role",
    KmsPrincipal.PROVISIONER: "provisioners",
    KmsPrincipal.SERVICE: "the AWS services",
}
_POLICIES: Mapping[KmsPrincipal, str] = {
    KmsPrincipal.CALLER: "{}-callers",
    KmsPrincipal.SERVICE_ROLE: "{}-service-role",
    KmsPrincipal.PROVISIONER: "bedrock-cmk-provisioner",
}


def claims(world: World) -> Iterator[Claim]:
    """For every key and kind of principal: that its documented calls are never refused."""
    for scope in world.scopes:
        yield _recovery(world, scope)
        for kind, who in _WHO.items():
            questions = tuple(_questions(world, scope, kind))
            if questions:
                yield Claim(
                    f"can-use/{scope.name}/{kind.value}",
                    f"Every call that AWS documents {who} to make under the key of {scope.name} is allowed, whatever "
                    "else it carries, while these policies stand.",
                    questions,
                    about=("key-policy", "kms-perimeter", "approved-keys"),
                    services="about AWS services only"
                    if kind is KmsPrincipal.SERVICE
                    else "AWS services are not counted",
                )


def _recovery(world: World, scope: KeyScope) -> Claim:
    """The key is not lost: its keepers get at its policy, and the account's root once the layers are detached."""
    principals = world.requirements.principals
    back = ("kms:PutKeyPolicy", "kms:CancelKeyDeletion", "kms:EnableKey")
    duties = (
        ("governance", principals.governance, (*back, "kms:RotateKeyOnDemand", "kms:RevokeGrant")),
        ("break-glass", principals.break_glass, back),
        ("applier", principals.applier, ("kms:PutKeyPolicy", "kms:UpdateKeyDescription")),
        ("auditor", principals.auditors, ("kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus")),
    )
    # KMS's own check stays on: nobody may switch it off.
    checked: Condition = {"BoolIfExists": {"kms:BypassPolicyLockoutSafetyCheck": ("false",)}}
    questions: list[Question] = []
    for key in world.keys_of(scope):
        asked = replace(about_key(world, key), allowed=False, condition=checked)
        for duty, roles, actions in duties:
            identity = world.identity_policies(key.account, f"bedrock-cmk-{duty}")
            for role in roles:
                arn = role.arn_in(world.facts.partition, key.account)
                if arn.split(":")[4] == key.account:
                    questions.append(_by_role(world, replace(asked, actions=actions), arn, identity))
        root = replace(asked, actions=back, callers=Callers(frozenset({Kind.ROOT}), frozenset({key.account})))
        questions += alone(world, root)
    return Claim(
        f"can-recover/{scope.name}",
        f"Governance, break-glass and the applier can always rewrite the policy of the key of {scope.name}, the first "
        "two can call its deletion off, governance can rotate it and revoke grants, auditors can read its "
        "configuration; so can the account's root user rewrite and rescue it once SCPs and RCPs are detached.",
        tuple(questions),
        about=("key-policy", "duties", "key-protection", "kms-perimeter"),
    )


def _questions(world: World, scope: KeyScope, kind: KmsPrincipal) -> Iterator[Question]:
    for key in world.keys_of(scope):
        for workload in scope.workloads:
            if key.region not in workload.regions:
                continue
            uses = tuple(key_uses(world.requirements, scope, workload, key.region, (kind,)))
            question = replace(about_key(world, key), allowed=False)
            for use in uses:
                asked = replace(question, actions=use.actions, condition=_form(use, workload))
                yield from _asked(world, scope, workload, use, asked)


def _form(use: KeyUse, workload: Workload) -> Condition:
    """The call as documented. A grant is made by the service; a service that says for whom it comes says this."""
    conditions = [use.condition]
    if "kms:CreateGrant" in use.actions:
        conditions.append({"Bool": {"kms:GrantIsForAWSResource": ("true",)}})
    if use.principal is KmsPrincipal.SERVICE:
        conditions.append({"StringEqualsIfExists": {"aws:SourceAccount": (workload.account,)}})
    return merge(*conditions)


def _asked(
    world: World, scope: KeyScope, workload: Workload, use: KeyUse, question: Question
) -> Iterator[Question]:
    if use.principal is KmsPrincipal.SERVICE:
        assert use.service is not None
        service: Condition = {"StringEquals": {"aws:PrincipalServiceName": (use.service,)}}
        callers_only = Callers(frozenset({Kind.SERVICE}))
        yield replace(question, callers=callers_only, condition=merge(question.condition, service))
        return
    identity = world.identity_policies(workload.account, _POLICIES[use.principal].format(workload.name))
    for arn in _roles(world, scope, workload, use.principal):
        yield _by_role(world, question, arn, identity)


def _by_role(world: World, question: Question, arn: str, identity: tuple[PolicyDocument, ...]) -> Question:
    """The question for one role with its rendered policies, under the SCPs that bind its account."""
    account = arn.split(":")[4]
    scps = world.scps(account) if account in world.accounts else None
    return replace(
        question,
        policies=replace(question.policies, identity=identity, scps=scps),
        callers=Callers(frozenset({Kind.ROLE}), frozenset({account})),
        condition=merge(question.condition, {"ArnLike": {"aws:PrincipalArn": (arn,)}}),
    )


def _roles(world: World, scope: KeyScope, workload: Workload, kind: KmsPrincipal) -> Iterator[str]:
    """The roles of a kind. A provisioner works in its own account: one of another never calls for this workload."""
    partition = world.facts.partition
    match kind:
        case KmsPrincipal.SERVICE_ROLE:
            yield f"arn:{partition}:iam::{workload.account}:role/{workload.service_role.role}"
        case KmsPrincipal.PROVISIONER:
            roles = (
                r.arn_in(partition, workload.account) for r in world.requirements.principals.provisioners
            )
            yield from (arn for arn in roles if arn.split(":")[4] == workload.account)
        case _:
            yield from (role.arn_in(partition, workload.account) for role in callers(scope, workload))
