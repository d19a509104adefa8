"""RCP: guarded keys serve this organisation, through the right services, and are administered by governance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.iam import Statement
from bedrock_cmk_guard.policies.conditions import (
    CRYPTOGRAPHIC,
    NOT_A_SERVICE,
    deny_everyone,
    except_for,
    guarded,
    in_any_account,
    role_patterns,
    unique,
    via_services,
)
from bedrock_cmk_guard.policies.key_protection import DESTROYING
from bedrock_cmk_guard.policies.key_use import context_keys, key_uses
from bedrock_cmk_guard.policies.organization_policy import rcp
from bedrock_cmk_guard.policies.policy import Policy
from bedrock_cmk_guard.policies.role_protection import service_role_arns
from bedrock_cmk_guard.policies.scopes import key_scopes
from bedrock_cmk_guard.policies.tags import CONTEXT_DOCUMENTED
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import Resource
from bedrock_cmk_guard.surfaces import KmsPrincipal

LAYER = "kms_perimeter"


def statements(requirements: Requirements) -> Iterator[Statement]:
    """Who, on whose behalf, through what, with which context, and who administers."""
    organization = requirements.organization.id
    yield deny_everyone(
        "OrganizationOnly",
        ("kms:*",),
        guarded(requirements),
        {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": (organization,)}},
        NOT_A_SERVICE,
        except_for(requirements, LAYER, outsiders=True),
    )
    # Only where the service says for whom it comes: some calls, such as CreateGrant, carry no source at all.
    yield deny_everyone(
        "ConfusedDeputy",
        ("kms:*",),
        guarded(requirements),
        {"StringNotEqualsIfExists": {"aws:SourceOrgID": (organization,)}},
        {"Null": {"aws:SourceAccount": ("false",)}, "Bool": {"aws:PrincipalIsAWSService": ("true",)}},
    )
    yield from _crypto(requirements)
    principals = requirements.principals
    keepers = role_patterns(requirements, principals.governance, principals.break_glass)
    builders = unique((*keepers, *role_patterns(requirements, principals.applier)))
    yield deny_everyone(
        "DestroyedByGovernance", DESTROYING, guarded(requirements), except_for(requirements, LAYER, keepers)
    )
    yield deny_everyone(
        "PolicyByGovernance",
        ("kms:PutKeyPolicy",),
        guarded(requirements),
        except_for(requirements, LAYER, builders),
    )


def _crypto(requirements: Requirements) -> Iterator[Statement]:
    direct = _direct_roles(requirements)
    yield deny_everyone(
        "OnlyThroughServices",
        CRYPTOGRAPHIC,
        NOT_A_SERVICE,
        guarded(requirements),
        {"StringNotLikeIfExists": {"kms:ViaService": via_services(requirements)}},
        NOT_A_SERVICE,
        except_for(requirements, LAYER, direct),
    )
    contexts = set().union(*(context_keys(scope) for scope in key_scopes(requirements)))
    if contexts:
        tag = requirements.tag_standard.guard
        # All of them absent: one of these is on every call that a surface of such a key makes.
        yield deny_everyone(
            "NeedsContext",
            ("kms:Decrypt", "kms:GenerateDataKey"),
            guarded(requirements),
            {"StringEquals": {f"aws:ResourceTag/{tag.context_key}": (CONTEXT_DOCUMENTED,)}},
            {"Null": dict.fromkeys(sorted(contexts), ("true",))},
            except_for(requirements, LAYER),
        )


def _direct_roles(requirements: Requirements) -> tuple[str, ...]:
    """Service roles whose documented KMS calls carry no kms:ViaService."""
    workloads = [
        workload
        for scope in key_scopes(requirements)
        for workload in scope.workloads
        if any(
            use.via is None
            for use in key_uses(
                requirements, scope, workload, workload.regions[0], (KmsPrincipal.SERVICE_ROLE,)
            )
        )
    ]
    return in_any_account(service_role_arns(requirements, workloads))


def build(requirements: Requirements) -> Iterable[Resource]:
    """The RCP of this layer."""
    return rcp(requirements, LAYER, statements(requirements))


POLICY = Policy(
    id="kms-perimeter",
    title="Guarded keys serve this organisation, through the right services",
    kind="RCP",
    stops=(
        "Any use of a guarded key by a principal outside the organisation, whatever its key policy says; and by an AWS "
        "service that comes for a resource outside it.",
        "Cryptographic use by a principal directly, or through a service that is not one of the catalogue's.",
        "Decrypting without an encryption context, for keys whose every surface has a documented one.",
        "Destroying a guarded key by anybody but governance and break-glass, and changing its policy by anybody but "
        "those and the applier: member root users and outside principals included.",
    ),
    does_not_stop=(
        "AWS owned and AWS managed keys, keys in the management account, service-linked roles, kms:RetireGrant.",
        "A key that does not carry the guard tag.",
        "Direct use by a service role for which AWS documents no kms:ViaService (kb-data-source, and roles that "
        "call KMS directly by the requirements).",
        "A role of governance's, break-glass's or the applier's name in an account of the organisation where "
        "role_protection is not attached; the key policy still has to let it in.",
        "A service that does not say for whom it comes (no aws:SourceAccount in the call).",
        "Surfaces without a documented context (AgentCore memory, knowledge bases, guardrails): their keys are left "
        "out of NeedsContext, because a guess would lock them out.",
    ),
    needs_first=(
        "Agents with memory, and one of each surface in use, tried in a sandbox OU.",
        "A refusal seen there: KMS's guide speaks of aws:ResourceTag in IAM policies only, not of RCPs.",
        "role_protection wherever keys are administered from: keepers are trusted by name, in every account.",
        "No other use of the guarded keys: an S3 bucket or a secret under one is refused on purpose.",
    ),
    rollout=3,
    rollout_note="One sandbox OU with agents that have memory, then production.",
    references=(
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html",
        "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html",
    ),
    build=build,
)
