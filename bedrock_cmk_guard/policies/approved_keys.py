"""SCP: the services are only used with guarded keys, held in the accounts that are meant to hold them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.iam import Statement
from bedrock_cmk_guard.policies.conditions import CRYPTOGRAPHIC, deny, except_for, unique, via_services
from bedrock_cmk_guard.policies.organization_policy import scp
from bedrock_cmk_guard.policies.policy import Policy
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.standards import Holder
from bedrock_cmk_guard.resources import Resource

LAYER = "approved_keys"

# Decrypt and ReEncryptFrom stay open for other keys, so that what lies under an old key can be moved away from it.
ENCRYPTING = tuple(a for a in CRYPTOGRAPHIC if a not in ("kms:Decrypt", "kms:ReEncryptFrom"))


def key_account_values(requirements: Requirements) -> tuple[str, ...]:
    """The accounts a key may live in, as a condition value: the caller's own, or the central ones."""
    standard = requirements.key_standard
    if standard.held_in is Holder.WORKLOAD_ACCOUNT:
        return ("${aws:PrincipalAccount}",)
    return standard.key_accounts


def _visited(requirements: Requirements) -> tuple[str, ...]:
    """The accounts whose keys are used by callers from another account."""
    if requirements.key_standard.held_in is not Holder.WORKLOAD_ACCOUNT:
        return ()
    return unique(
        w.account
        for w in requirements.workloads
        if any(role.role_arn and role.role_arn.split(":")[4] != w.account for role in w.all_callers)
    )


def statements(requirements: Requirements) -> Iterator[Statement]:
    """New data only under guarded keys; any use only of keys in the right accounts."""
    tag = requirements.tag_standard.guard
    through = {"StringLike": {"kms:ViaService": via_services(requirements)}}
    yield deny(
        "OnlyGuardedKeys",
        (*ENCRYPTING, "kms:CreateGrant"),
        through,
        {"StringNotEquals": {f"aws:ResourceTag/{tag.key}": (tag.value,)}},
        except_for(requirements, LAYER),
    )
    yield deny(
        "OnlyKeysOfApprovedAccounts",
        (*CRYPTOGRAPHIC, "kms:CreateGrant"),
        through,
        {
            "StringNotEquals": {
                "aws:ResourceAccount": (*key_account_values(requirements), *_visited(requirements))
            }
        },
        except_for(requirements, LAYER),
    )


def build(requirements: Requirements) -> Iterable[Resource]:
    """The SCP of this layer."""
    return scp(requirements, LAYER, statements(requirements))


POLICY = Policy(
    id="approved-keys",
    title="Bedrock and AgentCore are used with guarded keys only",
    kind="SCP",
    stops=(
        "Encrypting or granting through Bedrock, AgentCore or Agent Registry with a key that does not carry the "
        "guard tag, custom models and jobs included.",
        "Using, through these services, a key of an account that is not meant to hold keys.",
    ),
    does_not_stop=(
        "Naming no key at all: under an AWS owned key no call reaches any key policy or SCP of yours.",
        "Calls that the service makes as itself (agent memory, evaluators): an SCP does not bind service "
        "principals; the key policy and the RCP do.",
        "Reading what already lies under another key of an approved account: Decrypt stays open so that it "
        "can be moved.",
    ),
    needs_first=(
        "Every key that Bedrock or AgentCore uses today, for models and jobs too, carries the guard tag.",
        "key_protection, or anybody may tag a key as guarded.",
    ),
    rollout=4,
    rollout_note="After the rendered keys are in use; first in a sandbox OU.",
    references=(
        "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html",
    ),
    build=build,
)
