"""What scan needs of the requirements, as the plain objects that controls judge by."""

from __future__ import annotations

from bedrock_cmk_guard.demands import (
    Acceptance,
    AcceptedFinding,
    Demands,
    KeyDemands,
    Match,
    TagDemand,
    TierDemand,
    WorkloadDemands,
)
from bedrock_cmk_guard.requirements.model import Requirements
from bedrock_cmk_guard.requirements.workloads import Workload

_KEYS = "kms:key"


def demands_of(requirements: Requirements) -> Demands:
    """Return what the requirements demand of what is scanned."""
    guard = requirements.tag_standard.guard
    layers = requirements.enforcement.layers
    partition = requirements.organization.partition.value
    principals = requirements.principals
    users = [role for workload in requirements.workloads for role in workload.all_callers]
    return Demands(
        tiers=tuple(
            TierDemand(
                tiers=frozenset(rule.tiers),
                demand=rule.demand,
                environments=frozenset(rule.environments),
                sensitivities=frozenset(rule.sensitivities),
            )
            for rule in requirements.enforcement.tiers
        ),
        keys=_keys(requirements),
        tags=_tags(requirements),
        guard_tag=(guard.key, guard.value),
        guard_tag_required=layers.approved_keys is not None,
        partition=partition,
        key_accounts=_key_accounts(requirements),
        regions=frozenset(requirements.organization.regions),
        production=frozenset(each.name for each in requirements.environments if each.production),
        sensitivities=requirements.sensitivities,
        administrators=tuple(role.arn_pattern(partition) for role in principals.governance),
        users=tuple(role.arn_pattern(partition) for role in (*principals.provisioners, *users)),
        workloads=tuple(_workload(each, requirements) for each in requirements.workloads),
        exceptions=_exceptions(requirements),
        inline_skips=requirements.enforcement.inline_skips,
        source="the requirements",
    )


def _keys(requirements: Requirements) -> KeyDemands:
    standard = requirements.key_standard
    return KeyDemands(
        rotation_period_days=standard.rotation_period_days,
        deletion_window_days=standard.deletion_window_days,
        spec=standard.spec,
        origin=standard.origin.value,
        multi_region=standard.multi_region,
        alias_pattern=standard.alias_pattern,
    )


def _tags(requirements: Requirements) -> tuple[TagDemand, ...]:
    return tuple(
        TagDemand(
            key=tag.key,
            purpose=tag.purpose,
            values=tag.values,
            pattern=tag.pattern,
            source=tag.value_from.value if tag.value_from else None,
        )
        for tag in requirements.tag_standard.tags
        if _KEYS in tag.required_on
    )


def _key_accounts(requirements: Requirements) -> frozenset[str]:
    own = (requirements.key_account(workload) for workload in requirements.workloads)
    return frozenset([*requirements.key_standard.key_accounts, *own])


def _workload(workload: Workload, requirements: Requirements) -> WorkloadDemands:
    tags = {tag.key: workload.tag_value(tag) for tag in requirements.tag_standard.tags}
    match = workload.match
    partition = requirements.organization.partition.value
    return WorkloadDemands(
        name=workload.name,
        account=workload.account,
        regions=workload.regions,
        environment=workload.environment,
        sensitivity=workload.sensitivity,
        data_owner=workload.data_owner,
        key_accounts=(requirements.key_account(workload),),
        isolation=requirements.isolation(workload).value,
        tenants=tuple(tenant.name for tenant in workload.tenants),
        service_role=workload.service_role.role,
        callers=tuple(role.arn_pattern(partition) for role in workload.all_callers),
        match=Match(tags=dict(match.tags), roles=match.roles, names=match.names),
        tags={key: value for key, value in tags.items() if value is not None},
    )


def _exceptions(requirements: Requirements) -> tuple[AcceptedFinding, ...]:
    return tuple(
        AcceptedFinding(
            control=each.control,
            resource=each.resource,
            acceptance=Acceptance(owner=each.owner, reason=each.reason, expires=each.expires),
        )
        for each in requirements.exceptions
    )
