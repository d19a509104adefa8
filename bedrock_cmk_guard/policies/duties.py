"""IAM: the roles that administer, provision, audit and recover, in every account with workloads or keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bedrock_cmk_guard.audit_calls import AROUND, surface_actions
from bedrock_cmk_guard.iam import Condition, Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.policies.agent_writers import ALIAS_WRITES
from bedrock_cmk_guard.policies.conditions import guarded, unique
from bedrock_cmk_guard.policies.key_policy import (
    ADMINISTRATION,
    BUILDING,
    IMPORT,
    READS,
    RECOVERY,
)
from bedrock_cmk_guard.policies.key_protection import ALIASES
from bedrock_cmk_guard.policies.permissions import (
    allow,
    allow_on_types,
    allow_tagging,
    managed_policies,
    packed,
    use_statements,
)
from bedrock_cmk_guard.policies.policy import Policy
from bedrock_cmk_guard.policies.role_protection import POLICY_PATH, SERVICES, service_role_arns
from bedrock_cmk_guard.policies.scopes import KeyScope, scopes_by_workload, surfaces_of
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.principals import Role, TrustedBy
from bedrock_cmk_guard.requirements.standards import Origin
from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.resources import IamRole, Resource
from bedrock_cmk_guard.surfaces import KmsPrincipal

_ROLE_ACTIONS = (
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DetachRolePolicy",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListInstanceProfilesForRole",
    "iam:ListRolePolicies",
    "iam:ListRoleTags",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
)
_POLICY_ACTIONS = (
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:ListEntitiesForPolicy",
    "iam:ListPolicyTags",
    "iam:ListPolicyVersions",
    "iam:TagPolicy",
    "iam:UntagPolicy",
)


@dataclass(frozen=True, slots=True)
class _Account:
    """An account that holds workloads or keys, with the Regions in use there."""

    id: str
    workloads: tuple[Workload, ...]
    regions: tuple[str, ...]


def _accounts(requirements: Requirements) -> Iterator[_Account]:
    running: dict[str, list[Workload]] = {}
    regions: dict[str, list[str]] = {}
    for workload in requirements.workloads:
        running.setdefault(workload.account, []).append(workload)
        for account in (workload.account, requirements.key_account(workload)):
            regions.setdefault(account, []).extend(workload.regions)
    for account in sorted(regions):
        yield _Account(account, tuple(running.get(account, ())), unique(regions[account]))


def build(requirements: Requirements) -> Iterable[Resource]:
    """In every account concerned: each duty's policy, and the duty's role where it is rendered."""
    principals, scopes_of = requirements.principals, scopes_by_workload(requirements)
    # Auditors may read the same everywhere.
    audit = packed(_auditor())
    for account in _accounts(requirements):
        duties = (
            ("provisioner", principals.provisioners, packed(_provisioner(requirements, account, scopes_of))),
            ("governance", principals.governance, packed(_governance(requirements, account))),
            ("break-glass", principals.break_glass, packed(_break_glass(requirements, account))),
            ("auditor", principals.auditors, audit),
            ("applier", principals.applier, packed(_applier(requirements, account))),
        )
        for duty, roles, documents in duties:
            yield from _duty(requirements, account.id, duty, roles, documents)


def _duty(
    requirements: Requirements,
    account: str,
    duty: str,
    roles: tuple[Role, ...],
    documents: tuple[PolicyDocument, ...],
) -> Iterator[Resource]:
    module = f"accounts/{account}"
    rendered = tuple(role.role for role in roles if role.assumed_by and role.role is not None)
    for role in roles:
        if role.assumed_by and role.role is not None:
            yield IamRole(
                module=module,
                account=account,
                name=role.role,
                description=role.note or f"The {duty} of AI agent keys",
                trust=_trust(requirements, account, role.assumed_by),
            )
    if not roles:
        return
    yield from managed_policies(
        documents,
        module=module,
        account=account,
        name=f"bedrock-cmk-{duty}",
        description=f"What the {duty} of AI agent keys may do",
        attached_to=rendered,
    )


def _trust(requirements: Requirements, account: str, trusted: tuple[TrustedBy, ...]) -> PolicyDocument:
    partition = requirements.organization.partition.value
    statements = []
    arns = unique(item.role_arn for item in trusted if item.role_arn is not None)
    if arns:
        statements.append(
            Statement(
                sid="Roles", effect=Effect.ALLOW, principal=Principal(aws=arns), actions=("sts:AssumeRole",)
            )
        )
    for number, identity in enumerate((item.oidc for item in trusted if item.oidc is not None), start=1):
        provider = f"arn:{partition}:iam::{account}:oidc-provider/{identity.provider}"
        condition: Condition = {
            "StringEquals": {f"{identity.provider}:aud": (identity.audience,)},
            "StringLike": {f"{identity.provider}:sub": identity.subjects},
        }
        statements.append(
            Statement(
                sid=f"WebIdentity{number}",
                effect=Effect.ALLOW,
                principal=Principal(federated=(provider,)),
                actions=("sts:AssumeRoleWithWebIdentity",),
                condition=condition,
            )
        )
    return PolicyDocument(PolicyKind.TRUST, tuple(statements))


def _keys(requirements: Requirements, account: _Account) -> tuple[str, ...]:
    partition = requirements.organization.partition.value
    return tuple(f"arn:{partition}:kms:{region}:{account.id}:key/*" for region in account.regions)


def _provisioner(
    requirements: Requirements, account: _Account, scopes_of: Mapping[str, tuple[KeyScope, ...]]
) -> Iterator[Statement]:
    if not account.workloads:
        return
    actions = unique(
        action
        for w in account.workloads
        for s in surfaces_of(w)
        for action in (*s.actions.write, *s.actions.read)
    )
    regions = unique(region for w in account.workloads for region in w.regions)
    yield from allow_on_types("Write", actions, requirements, regions, account.id)
    yield from allow_tagging(actions, requirements, regions, account.id)
    yield allow(
        "PassServiceRoles",
        ("iam:PassRole",),
        service_role_arns(requirements, account.workloads),
        {"StringEquals": {"iam:PassedToService": SERVICES}},
    )
    for workload in account.workloads:
        scopes = scopes_of[workload.name]
        yield from use_statements(requirements, scopes, workload, KmsPrincipal.PROVISIONER)


def _governance(requirements: Requirements, account: _Account) -> Iterator[Statement]:
    imported = IMPORT if requirements.key_standard.origin is Origin.EXTERNAL else ()
    administration = tuple(a for a in (*ADMINISTRATION, *READS, *imported) if a not in ALIASES)
    yield allow("AdministerKeys", administration, _keys(requirements, account), guarded(requirements))
    yield from _aliases(requirements, account)
    yield allow("FindKeys", ("kms:ListAliases", "kms:ListKeys"))
    yield from allow_on_types("StopAgents", ALIAS_WRITES, requirements, account.regions, account.id)


def _aliases(requirements: Requirements, account: _Account) -> Iterator[Statement]:
    """An alias action is authorised twice: on the alias, which carries no tags, and on the key."""
    partition = requirements.organization.partition.value
    prefix = requirements.key_standard.alias_pattern.partition("{")[0]
    aliases = tuple(f"arn:{partition}:kms:{region}:{account.id}:{prefix}*" for region in account.regions)
    yield allow("Aliases", ALIASES, aliases)
    yield allow("AliasedKeys", ALIASES, _keys(requirements, account), guarded(requirements))


def _break_glass(requirements: Requirements, account: _Account) -> Iterator[Statement]:
    yield allow("RecoverKeys", (*RECOVERY, *READS), _keys(requirements, account), guarded(requirements))
    yield allow("FindKeys", ("kms:ListAliases", "kms:ListKeys"))


def _auditor() -> tuple[Statement, ...]:
    """What the audit calls, and nothing else: one list says both."""
    around = unique(call.action for call in AROUND)
    return allow("ReadSurfaces", surface_actions()), allow("ReadKeysAndRoles", around)


def _applier(requirements: Requirements, account: _Account) -> Iterator[Statement]:
    partition = requirements.organization.partition.value
    tag = requirements.tag_standard.guard
    # CreateKey is authorised before there is a key: only what the request says can be asked for.
    yield allow(
        "CreateKeys",
        ("kms:CreateKey", "kms:TagResource"),
        ("*",),
        {"StringEquals": {f"aws:RequestTag/{tag.key}": (tag.value,)}},
    )
    building = tuple(a for a in (*BUILDING, *READS) if a not in ALIASES)
    yield allow("BuildKeys", building, _keys(requirements, account), guarded(requirements))
    yield from _aliases(requirements, account)
    yield allow("FindKeys", ("kms:ListAliases",))
    rendered = (w for w in account.workloads if w.service_role.render)
    named = (role for _, _, role in requirements.principals.duties() if role.assumed_by)
    roles = unique(
        (
            *service_role_arns(requirements, rendered),
            *(role.arn_in(partition, account.id) for role in named),
        )
    )
    if roles:
        yield allow("BuildRoles", _ROLE_ACTIONS, roles)
    policies = (f"arn:{partition}:iam::{account.id}:policy{POLICY_PATH}*",)
    yield allow("BuildPolicies", _POLICY_ACTIONS, policies)


POLICY = Policy(
    id="duties",
    title="Provisioner, governance, break-glass, auditor and applier",
    kind="IAM",
    stops=(
        "One role that both administers keys and uses them: provisioners use keys through the services only, "
        "governance administers and never uses, the applier builds and neither uses "
        "nor deletes, auditors read configuration.",
        "A provisioner assumed by anybody but those named, where its role is rendered (assumed_by).",
    ),
    does_not_stop=(
        "An applier that writes itself into a key policy: its writes are PutKeyPolicy events to watch.",
        "Other policies on the same roles: an identity policy only adds. role_protection limits who adds.",
    ),
    needs_first=(
        "The applier's role, which is not rendered where it would have to create itself: give it the rendered applier "
        "policy's permissions first.",
        "The OIDC provider in the account, where a rendered role trusts one.",
    ),
    rollout=1,
    rollout_note="Before the workloads: key policies name these roles.",
    references=("https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",),
    build=build,
)
