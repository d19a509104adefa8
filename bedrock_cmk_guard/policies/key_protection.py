"""SCP: guarded keys cannot be destroyed, weakened, opened to others or stripped of their tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.iam import Condition, Statement
from bedrock_cmk_guard.policies.conditions import deny, except_for, guarded, merge, role_patterns
from bedrock_cmk_guard.policies.organization_policy import scp
from bedrock_cmk_guard.policies.policy import Policy
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import Resource

LAYER = "key_protection"

DESTROYING = (
    "kms:DeleteImportedKeyMaterial",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:ScheduleKeyDeletion",
    "kms:UpdatePrimaryRegion",
)
CHANGING = (
    "kms:EnableKeyRotation",
    "kms:ImportKeyMaterial",
    "kms:PutKeyPolicy",
    "kms:ReplicateKey",
    "kms:TagResource",
    "kms:UntagResource",
)
TAGGING = ("kms:CreateKey", "kms:TagResource", "kms:UntagResource")
ALIASES = ("kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias")
# https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html (RotationPeriodInDays)
_DEFAULT_ROTATION_DAYS = 365


def statements(requirements: Requirements) -> Iterator[Statement]:
    """Who may destroy and change guarded keys, and what nobody may do to them."""
    yield from _who(requirements)
    yield from _what(requirements)


def _who(requirements: Requirements) -> Iterator[Statement]:
    principals, tag = requirements.principals, requirements.tag_standard.guard
    keepers = role_patterns(requirements, principals.governance, principals.break_glass)
    builders = (*keepers, *role_patterns(requirements, principals.applier))
    by_keepers = except_for(requirements, LAYER, keepers)
    by_builders = except_for(requirements, LAYER, builders)
    yield deny("DestroyGuardedKeys", DESTROYING, guarded(requirements), by_keepers)
    yield deny("ChangeGuardedKeys", CHANGING, guarded(requirements), by_builders)
    # The case of a tag key does not matter where policies read it, so it must not matter here.
    yield deny(
        "SetGuardTags",
        TAGGING,
        {"ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": tag.reserved}},
        by_builders,
    )
    yield deny(
        "GrantsByPeople",
        ("kms:CreateGrant", "kms:RevokeGrant"),
        guarded(requirements),
        {"BoolIfExists": {"kms:GrantIsForAWSResource": ("false",)}},
        by_keepers,
    )
    # CreateAlias and its kin are authorised on the alias and on the key: naming the alias is enough to refuse.
    partition = requirements.organization.partition.value
    prefix = requirements.key_standard.alias_pattern.partition("{")[0]
    if prefix != "alias/":
        yield deny("MoveAliases", ALIASES, by_builders, resources=(f"arn:{partition}:kms:*:*:{prefix}*",))
    else:
        yield deny("MoveAliases", ALIASES, guarded(requirements), by_builders)


def _what(requirements: Requirements) -> Iterator[Statement]:
    standard, layer = requirements.key_standard, requirements.enforcement.layers.key_protection
    break_glass = role_patterns(requirements, requirements.principals.break_glass)
    for_all = except_for(requirements, LAYER)
    # KMS compares a parameter that is left out by its default (30 days here), says conditions-kms.html; were the key
    # absent instead, the request would be let through, which 30 days deserve.
    yield deny(
        "ShortDeletionWindow",
        ("kms:ScheduleKeyDeletion",),
        guarded(requirements),
        {
            "NumericLessThan": {
                "kms:ScheduleKeyDeletionPendingWindowInDays": (str(standard.deletion_window_days),)
            }
        },
        for_all,
    )
    if layer is not None and layer.recent_use_days is not None:
        yield deny(
            "RecentlyUsedKeys",
            ("kms:DisableKey", "kms:ScheduleKeyDeletion"),
            guarded(requirements),
            # A tenant who leaves is shredded at once, however recently the key was used.
            {"Null": {f"aws:ResourceTag/{requirements.tag_standard.guard.tenant_key}": ("true",)}},
            {"NumericLessThanEquals": {"kms:TrailingDaysWithoutKeyUsage": (str(layer.recent_use_days),)}},
            except_for(requirements, LAYER, break_glass),
        )
    if standard.rotation_period_days is not None:
        # A period that is left out becomes KMS's own, so an absent key is let through only where that is enough.
        faster = standard.rotation_period_days < _DEFAULT_ROTATION_DAYS
        operator = "NumericGreaterThanIfExists" if faster else "NumericGreaterThan"
        yield deny(
            "SlowRotation",
            ("kms:EnableKeyRotation",),
            guarded(requirements),
            {operator: {"kms:RotationPeriodInDays": (str(standard.rotation_period_days),)}},
            for_all,
        )
    yield deny(
        "LockoutBypass",
        ("kms:CreateKey", "kms:PutKeyPolicy"),
        {"Bool": {"kms:BypassPolicyLockoutSafetyCheck": ("true",)}},
        for_all,
    )
    yield from _form(requirements, for_all)


def _form(requirements: Requirements, for_all: Condition) -> Iterator[Statement]:
    """A key that is born guarded has the form that the key standard demands.

    A form that is left out of the request is compared by its default, so a plain CreateKey passes.
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    standard, tag = requirements.key_standard, requirements.tag_standard.guard
    born_guarded: Condition = {"StringEquals": {f"aws:RequestTag/{tag.key}": (tag.value,)}}
    # Two demands in one condition must both be missed, so each has a statement of its own.
    forms: dict[str, Condition] = {
        "GuardedKeySpec": {"StringNotEquals": {"kms:KeySpec": (standard.spec,)}},
        "GuardedKeyOrigin": {"StringNotEquals": {"kms:KeyOrigin": (standard.origin.value,)}},
    }
    if not standard.multi_region:
        forms["GuardedKeyMultiRegion"] = {"Bool": {"kms:MultiRegion": ("true",)}}
    for sid, form in forms.items():
        yield deny(sid, ("kms:CreateKey",), merge(born_guarded, form), for_all)


def build(requirements: Requirements) -> Iterable[Resource]:
    """The SCP of this layer."""
    return scp(requirements, LAYER, statements(requirements))


POLICY = Policy(
    id="key-protection",
    title="Guarded keys cannot be destroyed, opened or stripped of their tags",
    kind="SCP",
    stops=(
        "Deleting, disabling or unrotating a guarded key, and deleting imported material, by anybody but governance "
        "and break-glass; the root users of member accounts included.",
        "Changing its policy, tags, material or aliases by anybody but governance, break-glass and the applier.",
        "Making and revoking grants outside AWS services, by anybody but governance and break-glass.",
        "Setting or removing the guard tags, in any case of letters, on any key, when it is created or later, by "
        "anybody but governance, break-glass and the applier.",
        "By everybody: a deletion window shorter than demanded; a rotation slower than demanded; switching off "
        "KMS's lockout check, on any key; creating a key tagged as guarded that has another form.",
        "With recent_use_days: disabling or deleting a key that was used lately, by anybody but break-glass; "
        "tenants' keys excepted.",
    ),
    does_not_stop=(
        "Governance and break-glass, who can still delete after the waiting period: watch ScheduleKeyDeletion.",
        "Retiring a grant (kms:RetireGrant) by its grantee.",
        "Anything in the management account.",
        "A key that nobody has used since tracking began looks unused; an unused new key looks used "
        "(kms:TrailingDaysWithoutKeyUsage counts from creation, or from 23 April 2026).",
    ),
    needs_first=("The keys carry the guard tag: render and apply the workloads first.",),
    rollout=2,
    rollout_note="Low risk: it binds only keys that carry the guard tag.",
    references=(
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html",
        "https://aws.amazon.com/blogs/security/identify-unused-aws-kms-keys-and-prevent-accidental-key-deletions/",
    ),
    build=build,
)
