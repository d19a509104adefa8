"""SCP: the roles that other policies trust by name cannot be squatted, taken over or passed on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.iam import Statement
from bedrock_cmk_guard.policies.conditions import (
    caller_patterns,
    deny,
    except_for,
    in_any_account,
    role_patterns,
    unique,
)
from bedrock_cmk_guard.policies.organization_policy import scp
from bedrock_cmk_guard.policies.policy import Policy
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.principals import TrustedBy
from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.resources import Resource

LAYER = "role_protection"

ROLE_WRITES = (
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
)
POLICY_WRITES = (
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:SetDefaultPolicyVersion",
)
PROVIDER_WRITES = (
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:CreateOpenIDConnectProvider",
    "iam:DeleteOpenIDConnectProvider",
    "iam:RemoveClientIDFromOpenIDConnectProvider",
    "iam:UpdateOpenIDConnectProviderThumbprint",
)
# The services that a service role may be passed to; their principals have the same name in every partition.
SERVICES = ("bedrock-agentcore.amazonaws.com", "bedrock.amazonaws.com")
# Managed policies that are rendered lie under this path, so one pattern protects them all.
POLICY_PATH = "/bedrock-cmk-guard/"


def service_role_arns(requirements: Requirements, workloads: Iterable[Workload]) -> tuple[str, ...]:
    """The ARNs of the roles that are handed to the services."""
    partition = requirements.organization.partition.value
    return unique(f"arn:{partition}:iam::{w.account}:role/{w.service_role.role}" for w in workloads)


def statements(requirements: Requirements) -> Iterator[Statement]:
    """Roles, the policies on them, the identity providers that reach them, and passing them on."""
    organization, principals = requirements.organization, requirements.principals
    partition = organization.partition.value
    excepted = except_for(
        requirements,
        LAYER,
        role_patterns(requirements, principals.applier, principals.governance, principals.break_glass),
    )
    duties = role_patterns(
        requirements,
        principals.provisioners,
        principals.governance,
        principals.break_glass,
        principals.auditors,
        principals.applier,
    )
    service_roles = in_any_account(service_role_arns(requirements, requirements.workloads))
    callers = in_any_account(
        pattern
        for w in requirements.workloads
        for pattern in caller_patterns(requirements, w.account, w.all_callers)
    )
    # An exempt role is trusted by its name too: whoever may take it over is not bound by what it is exempt from.
    exempt = (e.role.arn_pattern(partition) for e in requirements.exemptions if e.role is not None)
    yield deny(
        "TrustedRoles", ROLE_WRITES, excepted, resources=unique((*duties, *service_roles, *callers, *exempt))
    )
    yield deny(
        "TrustedPolicies",
        POLICY_WRITES,
        excepted,
        resources=(f"arn:{partition}:iam::*:policy{POLICY_PATH}*",),
    )
    providers = unique(
        f"arn:{partition}:iam::*:oidc-provider/{trusted.oidc.provider}"
        for trusted in _trusted(requirements)
        if trusted.oidc
    )
    if providers:
        yield deny("TrustedIdentityProviders", PROVIDER_WRITES, excepted, resources=providers)
    yield from _passing(requirements, service_roles)


def _trusted(requirements: Requirements) -> Iterator[TrustedBy]:
    """Everything that may assume a role named in the requirements."""
    yield from requirements.principals.pipeline
    for _, _, role in requirements.principals.duties():
        yield from role.assumed_by


def _passing(requirements: Requirements, service_roles: tuple[str, ...]) -> Iterator[Statement]:
    """A service role passed to a Lambda function or an instance would hand its key to whatever runs there."""
    principals = requirements.principals
    if service_roles:
        provisioners = role_patterns(requirements, principals.provisioners)
        yield deny(
            "PassServiceRoles",
            ("iam:PassRole",),
            except_for(requirements, LAYER, provisioners),
            resources=service_roles,
        )
        yield deny(
            "PassServiceRolesToBedrock",
            ("iam:PassRole",),
            except_for(requirements, LAYER),
            {"StringNotEquals": {"iam:PassedToService": SERVICES}},
            resources=service_roles,
        )
    yield deny(
        "PassNoKeyRoles",
        ("iam:PassRole",),
        except_for(requirements, LAYER),
        resources=role_patterns(
            requirements, principals.governance, principals.break_glass, principals.auditors
        ),
    )


def build(requirements: Requirements) -> Iterable[Resource]:
    """The SCP of this layer."""
    return scp(requirements, LAYER, statements(requirements))


POLICY = Policy(
    id="role-protection",
    title="Roles that are trusted by name cannot be squatted or taken over",
    kind="SCP",
    stops=(
        "Creating a role of a trusted name in any account, and changing a trusted role's trust, permissions, "
        "boundary or tags, by anybody but the applier, governance and break-glass. Exempt roles count as trusted.",
        "Changing the managed policies rendered here, and the OIDC providers through which a pipeline comes.",
        "Passing an agent's service role to anything but Bedrock and AgentCore, and passing it at all for anybody "
        "but a provisioner; passing governance, break-glass and auditor roles to any service.",
    ),
    does_not_stop=(
        "Assuming a trusted role where its own trust policy lets somebody in: keep trust policies narrow "
        "(provisioner_trust adds an RCP for provisioners).",
        "Passing a provisioner or the applier to a service, where the role's trust policy lets that service in.",
        "Code that runs as a caller: whoever may change a caller's Lambda function or container acts as the caller.",
        "Attaching other managed policies' new versions: only policies under /bedrock-cmk-guard/ are protected.",
        "The management account and service-linked roles (IAM Identity Center creates its roles by one).",
    ),
    needs_first=(
        "The applier exists and everything that repairs roles today (Control Tower, StackSets) is exempt.",
    ),
    rollout=3,
    rollout_note="Before any layer that trusts a role by its name.",
    references=(
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html",
    ),
    build=build,
)
