"""KMS keys: one per key scope and Region, with the key policy that its surfaces need and nothing more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.iam import Condition, Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.policies.conditions import CRYPTOGRAPHIC, deny_everyone, merge, unique
from bedrock_cmk_guard.policies.key_use import KeyUse, callers, key_uses
from bedrock_cmk_guard.policies.policy import Policy
from bedrock_cmk_guard.policies.scopes import KeyScope, key_scopes
from bedrock_cmk_guard.policies.tags import key_tags
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.principals import RoleRef
from bedrock_cmk_guard.requirements.standards import Origin
from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.resources import KmsKey, Resource
from bedrock_cmk_guard.surfaces import KmsPrincipal

READS = (
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
)
RECOVERY = ("kms:CancelKeyDeletion", "kms:EnableKey", "kms:PutKeyPolicy")
BUILDING = (
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:EnableKeyRotation",
    "kms:PutKeyPolicy",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
ADMINISTRATION = (
    *BUILDING,
    "kms:CancelKeyDeletion",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
)
IMPORT = ("kms:DeleteImportedKeyMaterial", "kms:GetParametersForImport", "kms:ImportKeyMaterial")

_KINDS = {
    KmsPrincipal.PROVISIONER: "Provisioners",
    KmsPrincipal.CALLER: "Callers",
    KmsPrincipal.SERVICE_ROLE: "ServiceRole",
    KmsPrincipal.SERVICE: "Service",
    KmsPrincipal.SERVICE_LINKED_ROLE: "ServiceLinkedRole",
}


def build(requirements: Requirements) -> Iterable[Resource]:
    """A key for every key scope in every one of its Regions."""
    standard = requirements.key_standard
    for scope in key_scopes(requirements):
        workload = scope.workloads[0]
        alias = standard.alias_pattern.format(
            scope=scope.name, environment=workload.environment, account=scope.account
        )
        rendered = tuple(
            w.service_role.role
            for w in scope.workloads
            if w.service_role.render and scope.module == f"workloads/{w.name}"
        )
        tags = key_tags(requirements, scope)
        for region in scope.regions:
            yield KmsKey(
                module=scope.module,
                account=scope.account,
                name=f"{scope.name}/{region}",
                description=f"AI agent data of {scope.name} in {region}",
                region=region,
                scope=scope.name,
                alias=alias,
                policy=key_policy(requirements, scope, region),
                origin=standard.origin.value,
                rotation_period_days=standard.rotation_period_days,
                deletion_window_days=standard.deletion_window_days,
                tags=tags,
                former_name=f"{scope.former_name}/{region}" if scope.former_name else None,
                needs_roles=rendered,
            )


def key_policy(requirements: Requirements, scope: KeyScope, region: str) -> PolicyDocument:
    """The key policy of a scope's key in one Region."""
    return PolicyDocument(
        PolicyKind.KEY,
        (*_administration(requirements, scope), *_use(requirements, scope, region)),
        id="bedrock-cmk-guard",
    )


def _allow(
    sid: str, principal: Principal, actions: Iterable[str], condition: Condition | None = None
) -> Statement:
    return Statement(
        sid=sid,
        effect=Effect.ALLOW,
        principal=principal,
        actions=unique(actions),
        condition=condition or {},
    )


def _named(
    requirements: Requirements, roles: Iterable[RoleRef], account: str
) -> Iterator[tuple[Principal, Condition]]:
    """How a key policy names roles: by ARN, or, for a pattern, as its account narrowed by aws:PrincipalArn.

    KMS takes no wildcard in a principal, and refuses a policy that names a role which does not exist.
    """
    partition = requirements.organization.partition.value
    roles = tuple(roles)
    arns = unique(role.arn_in(partition, account) for role in roles if not role.is_pattern)
    if arns:
        yield Principal(aws=arns), {}
    patterns = unique(role.arn_in(partition, account) for role in roles if role.is_pattern)
    if patterns:
        yield Principal(aws=(_root(requirements, account),)), {"ArnLike": {"aws:PrincipalArn": patterns}}


def _root(requirements: Requirements, account: str) -> str:
    return f"arn:{requirements.organization.partition.value}:iam::{account}:root"


def _administration(requirements: Requirements, scope: KeyScope) -> Iterator[Statement]:
    """Administration apart from use, and a way back in that does not depend on any one role."""
    principals, root = requirements.principals, Principal(aws=(_root(requirements, scope.account),))
    yield _allow("AccountReads", root, READS)
    recovery: Condition = {}
    if scope.shuts_out_administrators:
        # Without this, whoever has iam:* in the account could give itself kms:PutKeyPolicy.
        recovery = {"ArnEquals": {"aws:PrincipalArn": root.aws}}
    yield _allow("RootRecovery" if recovery else "AccountRecovery", root, RECOVERY, recovery)
    imported = IMPORT if requirements.key_standard.origin is Origin.EXTERNAL else ()
    duties = (
        ("Governance", principals.governance, (*ADMINISTRATION, *READS, *imported)),
        ("Applier", principals.applier, (*BUILDING, *READS)),
        ("BreakGlass", principals.break_glass, (*RECOVERY, *READS)),
    )
    for duty, roles, actions in duties:
        for number, (principal, condition) in enumerate(_named(requirements, roles, scope.account)):
            yield _allow(duty + ("ByPattern" if number or condition else ""), principal, actions, condition)


def _use(requirements: Requirements, scope: KeyScope, region: str) -> Iterator[Statement]:
    """What the surfaces need, then what nobody may do whatever an IAM policy or a grant says."""
    groups: dict[tuple[KmsPrincipal, Principal, Condition], list[str]] = {}
    vias: set[str] = set()
    direct: list[str] = []
    everyone_named: list[str] = []
    for workload in scope.workloads:
        if region not in workload.regions:
            continue
        found: dict[tuple[str | None, ...], tuple[tuple[Principal, Condition], ...]] = {}
        for use in key_uses(requirements, scope, workload, region):
            if use.via is not None:
                vias.add(use.via)
            who = (use.principal, use.service, use.service_linked_role)
            if who not in found:
                found[who] = tuple(_principals(requirements, scope, workload, use))
            for principal, condition in found[who]:
                key = (use.principal, principal, merge(use.condition, condition))
                groups.setdefault(key, []).extend(use.actions)
                arns = condition.get("ArnLike", {}).get("aws:PrincipalArn", principal.aws)
                everyone_named.extend(arns)
                if use.via is None:
                    direct.extend(arns)
    numbers: dict[KmsPrincipal, int] = {}
    for (kind, principal, condition), actions in groups.items():
        numbers[kind] = numbers.get(kind, 0) + 1
        yield _allow(f"{_KINDS[kind]}{numbers[kind]}", principal, actions, condition)
    if groups:
        yield from _refusals(requirements, scope, region, vias, unique(direct), unique(everyone_named))


def _principals(
    requirements: Requirements, scope: KeyScope, workload: Workload, use: KeyUse
) -> Iterator[tuple[Principal, Condition]]:
    partition = requirements.organization.partition.value
    match use.principal:
        case KmsPrincipal.SERVICE:
            assert use.service is not None
            yield Principal(service=(use.service,)), {}
        case KmsPrincipal.SERVICE_LINKED_ROLE:
            role = f"arn:{partition}:iam::{workload.account}:role/aws-service-role/{use.service_linked_role}"
            yield Principal(aws=(role,)), {}
        case KmsPrincipal.SERVICE_ROLE:
            role = f"arn:{partition}:iam::{workload.account}:role/{workload.service_role.role}"
            yield Principal(aws=(role,)), {}
        case KmsPrincipal.PROVISIONER:
            yield from _named(requirements, requirements.principals.provisioners, workload.account)
        case KmsPrincipal.CALLER:
            yield from _named(requirements, callers(scope, workload), workload.account)


def _refusals(
    requirements: Requirements,
    scope: KeyScope,
    region: str,
    vias: set[str],
    direct: tuple[str, ...],
    named: tuple[str, ...],
) -> Iterator[Statement]:
    """Use outside the services, and with administrators shut out, use by anybody not named above.

    A call that a service makes as itself carries neither key, so both let service principals through: they are
    held by aws:SourceAccount, aws:SourceArn or the encryption context where they are allowed.
    """
    suffix = requirements.organization.partition.dns_suffix
    not_a_service: Condition = {"BoolIfExists": {"aws:PrincipalIsAWSService": ("false",)}}
    through = tuple(f"{via}.{region}.{suffix}" for via in sorted(vias))
    yield deny_everyone(
        "OnlyThroughServices",
        CRYPTOGRAPHIC,
        {"StringNotEquals": {"kms:ViaService": through}} if through else {},
        not_a_service,
        {"ArnNotLike": {"aws:PrincipalArn": direct}} if direct else {},
    )
    if scope.shuts_out_administrators:
        yield deny_everyone(
            "NobodyElse",
            (*CRYPTOGRAPHIC, "kms:CreateGrant"),
            {"ArnNotLike": {"aws:PrincipalArn": named}} if named else {},
            not_a_service,
        )


POLICY = Policy(
    id="key-policy",
    title="A key policy for each workload",
    kind="KMS key policy",
    stops=(
        "Using the key by anybody but the provisioners, callers, service role and service principals that the "
        "workload's surfaces need, each held to the service and, where AWS documents one, the encryption context.",
        "Using it outside Bedrock and AgentCore, even by those, whatever an IAM policy or a grant says "
        "(OnlyThroughServices). Spared: the services themselves, the registry's service-linked role, and service roles "
        "whose calls AWS documents without kms:ViaService (knowledge bases, payment managers, old agents) or that "
        "set calls_kms_directly.",
        "Administering it by anybody but governance; the applier may build and write its policy, "
        "never use or delete it.",
        "With shut_out_administrators: any use by anybody not named (NobodyElse), and policy changes by administrators "
        "of the account. Recovery is left to break-glass; and to the account's root user, once the management account "
        "has detached key_protection and kms_perimeter, which refuse policy changes by root users too.",
    ),
    does_not_stop=(
        "An agent that names no key: then this key is never asked.",
        "A caller, or code that runs as one, reading what it may read.",
        "Governance, the applier and break-glass, who can write another key policy: watch PutKeyPolicy.",
        "Without shut_out_administrators: administrators of the account, who can write another key policy.",
        "A workload's service role and provisioners reading under the keys of all its tenants: they serve every one.",
        "AgentCore fetching a dataset, and Bedrock making a grant for an agent created before 22 January 2025: AWS "
        "documents that these calls do not say for which account they are made, so they are held to the service only.",
        "A data key that a service holds in memory until it asks KMS again.",
    ),
    needs_first=(
        "For surfaces whose KMS permissions the catalogue does not carry (custom models and model jobs, data "
        "automation, insight stores, OpenSearch memory, retained inference data): statements of your own, or nobody "
        "can use their key.",
        "Every role the policy names exists: KMS refuses a policy with an absent principal. Roles rendered here are "
        "applied first (accounts, then workloads); the others are listed with each module.",
        "One agent of each kind created, used and remembered under the key in a sandbox: that calls made for a caller "
        "carry kms:ViaService is AWS's rule for forward access sessions, but is not on every page of Bedrock's.",
    ),
    rollout=1,
    rollout_note="First of all: keys, roles and policies of the workloads. Nothing is refused that was allowed before.",
    references=(
        "https://docs.aws.amazon.com/bedrock/latest/userguide/cmk-agent-resources.html",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/ltm-permissions.html",
        "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/storage-encryption.html",
        "https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html",
    ),
    build=build,
)
