"""Conditions that several policies share: who is excepted from a deny, and which services count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bedrock_cmk_guard.iam import Condition, Effect, Principal, Statement
from bedrock_cmk_guard.iam.document import FrozenMapping
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.exceptions import Exemption
from bedrock_cmk_guard.requirements.principals import Role, RoleRef
from bedrock_cmk_guard.surfaces import catalogue

EVERYONE = Principal(everyone=True)
NOT_A_SERVICE: Condition = FrozenMapping(
    {"BoolIfExists": FrozenMapping({"aws:PrincipalIsAWSService": ("false",)})}
)

CRYPTOGRAPHIC = (
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


def merge(*conditions: Condition) -> Condition:
    """One hashable condition in which all of them must hold. Two demands on one key and operator cannot be joined."""
    merged: dict[str, dict[str, tuple[str, ...]]] = {}
    for condition in conditions:
        for operator, keys in condition.items():
            block = merged.setdefault(operator, {})
            for key, values in keys.items():
                if block.setdefault(key, values) != values:
                    raise ValueError(f"{operator} {key} is asked for twice")
    return FrozenMapping({operator: FrozenMapping(block) for operator, block in merged.items()})


def role_patterns(requirements: Requirements, *duties: Iterable[Role]) -> tuple[str, ...]:
    """The ARN patterns of all roles that have one of these duties, each once."""
    partition = requirements.organization.partition.value
    return unique(role.arn_pattern(partition) for roles in duties for role in roles)


def unique(items: Iterable[str]) -> tuple[str, ...]:
    """Each item once, in order."""
    return tuple(dict.fromkeys(items))


def in_any_account(arns: Iterable[str]) -> tuple[str, ...]:
    """Role ARNs, with those of one name in several accounts as one pattern for all accounts.

    An organisation with an account for each workload gives its roles the same names everywhere; listing every
    account would outgrow a policy. The layer role_protection keeps such a name from being taken in any account.
    """
    accounts: dict[tuple[str, str], list[str]] = {}
    for arn in unique(arns):
        *before, account, after = arn.split(":", 5)
        accounts.setdefault((":".join(before), after), []).append(account)
    return tuple(
        f"{before}:{found[0] if len(found) == 1 else '*'}:{after}"
        for (before, after), found in accounts.items()
    )


def except_for(
    requirements: Requirements, layer: str, roles: Iterable[str] = (), *, outsiders: bool = False
) -> Condition:
    """The condition under which a deny of this layer binds: nobody excepted by duty or by an exemption.

    ``outsiders`` is for a deny that binds principals outside the organisation: there anybody may create a role
    of an exempt name, so a name excepts nobody; one role by its ARN, or an account, still does.

    An organisational unit is known by ``aws:PrincipalOrgPaths``, which holds several values: ForAllValues is
    right here, because a principal without any path (from outside) is then bound, not excepted.
    """
    excepted = list(roles)
    accounts: list[str] = []
    units: list[str] = []
    for exemption in requirements.exemptions:
        if layer not in exemption.layers or (outsiders and not is_of_one_account(exemption)):
            continue
        if exemption.role is not None:
            excepted.append(exemption.role.arn_pattern(requirements.organization.partition.value))
        elif exemption.account is not None:
            accounts.append(exemption.account)
        elif exemption.ou is not None:
            units.append(f"{requirements.organization.id}/*/{exemption.ou}/*")
    condition: dict[str, Mapping[str, tuple[str, ...]]] = {}
    if excepted:
        condition["ArnNotLike"] = {"aws:PrincipalArn": unique(excepted)}
    if accounts:
        condition["StringNotEquals"] = {"aws:PrincipalAccount": unique(accounts)}
    if units:
        condition["ForAllValues:StringNotLike"] = {"aws:PrincipalOrgPaths": unique(units)}
    return condition


def is_of_one_account(exemption: Exemption) -> bool:
    """Whether an exemption is of principals of one account, and not of a name or a place in the organisation."""
    return exemption.account is not None or (
        exemption.role is not None and exemption.role.role_arn is not None
    )


def guarded(requirements: Requirements) -> Condition:
    """The condition that the key is a guarded one."""
    tag = requirements.tag_standard.guard
    return {"StringEquals": {f"aws:ResourceTag/{tag.key}": (tag.value,)}}


def deny(
    sid: str, actions: Iterable[str], *conditions: Condition, resources: tuple[str, ...] = ("*",)
) -> Statement:
    """A deny statement of an SCP."""
    return Statement(
        sid=sid,
        effect=Effect.DENY,
        actions=unique(actions),
        resources=resources,
        condition=merge(*conditions),
    )


def deny_everyone(
    sid: str, actions: Iterable[str], *conditions: Condition, resources: tuple[str, ...] = ("*",)
) -> Statement:
    """A deny statement of an RCP or a key policy, which speak of principals."""
    return Statement(
        sid=sid,
        effect=Effect.DENY,
        principal=EVERYONE,
        actions=unique(actions),
        resources=resources,
        condition=merge(*conditions),
    )


def via_services(requirements: Requirements, region: str = "*") -> tuple[str, ...]:
    """The ``kms:ViaService`` values under which the catalogue's surfaces use keys."""
    suffix = requirements.organization.partition.dns_suffix
    services = {statement.via for surface in catalogue().surfaces.values() for statement in surface.kms}
    return tuple(f"{service}.{region}.{suffix}" for service in sorted(s for s in services if s))


def caller_patterns(requirements: Requirements, account: str, roles: Iterable[RoleRef]) -> tuple[str, ...]:
    """The ARNs or ARN patterns of a workload's callers: a role known by name is the one in the workload's account."""
    partition = requirements.organization.partition.value
    return unique(role.arn_in(partition, account) for role in roles)
