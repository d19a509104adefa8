"""Who must be able to do what with a key, for the surfaces that lie under it; from the surface catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bedrock_cmk_guard.iam import Condition
from bedrock_cmk_guard.policies.conditions import merge
from bedrock_cmk_guard.policies.scopes import KeyScope
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.principals import RoleRef
from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.surfaces import EncryptionContext, KmsPrincipal, KmsStatement, When


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One kind of principal that may take some KMS actions on a key under a condition."""

    principal: KmsPrincipal
    actions: tuple[str, ...]
    condition: Condition
    via: str | None
    service: str | None = None
    service_linked_role: str | None = None


def callers(scope: KeyScope, workload: Workload) -> tuple[RoleRef, ...]:
    """Who talks to the workload under this key: a tenant's own callers where it has any."""
    if scope.tenant is not None and scope.tenant.callers:
        return scope.tenant.callers
    return workload.callers


def key_uses(
    requirements: Requirements,
    scope: KeyScope,
    workload: Workload,
    region: str,
    principals: Collection[KmsPrincipal] = frozenset(KmsPrincipal),
) -> Iterator[KeyUse]:
    """What a workload's surfaces need of its key in one Region for these kinds of principal, each need once."""
    yield from dict.fromkeys(
        _use(requirements, workload, region, statement, principal)
        for statement in _statements(scope, workload)
        for principal in sorted(statement.principals.intersection(principals))
    )


def _statements(scope: KeyScope, workload: Workload) -> Iterator[KmsStatement]:
    holds = {When.ALWAYS}
    if workload.memory:
        holds.add(When.MEMORY)
    if workload.encrypted_schemas:
        holds.add(When.ENCRYPTED_SCHEMA)
    if workload.agents_before_2025:
        holds.add(When.OLD_AGENT)
    for surface in scope.surfaces(workload):
        yield from (statement for statement in surface.kms if statement.when in holds)


def _use(
    requirements: Requirements,
    workload: Workload,
    region: str,
    statement: KmsStatement,
    principal: KmsPrincipal,
) -> KeyUse:
    via = None if _is_direct(workload, principal) else _via(statement, principal)
    context = _context(workload, statement, principal)
    conditions = [_grant(statement)]
    if context is not None:
        value = _fill(requirements, workload, region, context.value)
        conditions.append({"StringLike": {context.condition_key: (value,)}})
    if via is not None:
        suffix = requirements.organization.partition.dns_suffix
        conditions.append({"StringEquals": {"kms:ViaService": (f"{via}.{region}.{suffix}",)}})
    if principal is KmsPrincipal.SERVICE:
        conditions.extend(_source(requirements, workload, region, statement))
    return KeyUse(
        principal=principal,
        actions=statement.actions,
        condition=merge(*conditions),
        via=via,
        service=statement.service if principal is KmsPrincipal.SERVICE else None,
        service_linked_role=statement.service_linked_role
        if principal is KmsPrincipal.SERVICE_LINKED_ROLE
        else None,
    )


def _is_direct(workload: Workload, principal: KmsPrincipal) -> bool:
    return principal is KmsPrincipal.SERVICE_ROLE and workload.service_role.calls_kms_directly


def _context(
    workload: Workload, statement: KmsStatement, principal: KmsPrincipal
) -> EncryptionContext | None:
    """The encryption context that AWS documents for the calls of this kind of principal."""
    return None if _is_direct(workload, principal) else statement.context


def _via(statement: KmsStatement, principal: KmsPrincipal) -> str | None:
    if statement.via is None and principal in (KmsPrincipal.PROVISIONER, KmsPrincipal.CALLER):
        return statement.via_inferred
    return statement.via


def _source(
    requirements: Requirements, workload: Workload, region: str, statement: KmsStatement
) -> Iterator[Condition]:
    """On whose behalf a service may come: a context that names the account says it already.

    CreateGrant is left alone: AWS documents that source keys are absent from it (policy engine).
    """
    if statement.source_arn is not None:
        arn = _fill(requirements, workload, region, statement.source_arn)
        yield {
            "ArnLike": {"aws:SourceArn": (arn,)},
            "StringEquals": {"aws:SourceAccount": (workload.account,)},
        }
    elif (
        statement.context is None
        and not statement.source_absent
        and "kms:CreateGrant" not in statement.actions
    ):
        yield {"StringEquals": {"aws:SourceAccount": (workload.account,)}}


def _grant(statement: KmsStatement) -> Condition:
    if statement.grant is None:
        return {}
    condition: dict[str, dict[str, tuple[str, ...]]] = {}
    if statement.grant.for_aws_resource:
        condition["Bool"] = {"kms:GrantIsForAWSResource": ("true",)}
    if statement.grant.constraint is not None:
        condition["StringEquals"] = {"kms:GrantConstraintType": (statement.grant.constraint,)}
    if statement.grant.operations:
        # ForAllValues holds for an empty set too, so the presence is asked for as well.
        condition["ForAllValues:StringEquals"] = {"kms:GrantOperations": statement.grant.operations}
        condition["Null"] = {"kms:GrantOperations": ("false",)}
    return condition


def _fill(requirements: Requirements, workload: Workload, region: str, template: str) -> str:
    partition = requirements.organization.partition.value
    return template.format(partition=partition, region=region, account=workload.account)


_DECRYPTING = {"kms:Decrypt", "kms:GenerateDataKey"}


def context_keys(scope: KeyScope) -> frozenset[str]:
    """The condition keys of which every documented decryption under this key carries one; none if one has none."""
    found: set[str] = set()
    for workload in scope.workloads:
        for statement in _statements(scope, workload):
            if not _DECRYPTING & set(statement.actions):
                continue
            for principal in statement.principals:
                context = _context(workload, statement, principal)
                if context is None:
                    return frozenset()
                found.add(context.condition_key)
    return frozenset(found)
