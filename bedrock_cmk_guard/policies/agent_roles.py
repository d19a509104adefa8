"""IAM: the role that is handed to the service, its permissions, and what a workload's callers need."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.iam import Condition, Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.policies.conditions import unique
from bedrock_cmk_guard.policies.permissions import (
    allow,
    allow_on_types,
    managed_policies,
    packed,
    use_statements,
)
from bedrock_cmk_guard.policies.policy import Policy
from bedrock_cmk_guard.policies.scopes import scopes_by_workload, surfaces_of
from bedrock_cmk_guard.policies.tags import workload_tags
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.resources import IamRole, Resource
from bedrock_cmk_guard.surfaces import KmsPrincipal

# An inference profile's id starts with its geography; it routes to the model in several Regions.
_PROFILE = re.compile(r"(?:us|eu|apac|ap|jp|au|ca|sa|us-gov|global)\.(.+)")
_INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
# Who assumes the role, and for which resources: by IAM prefix of the surface.
_ASSUMERS = {"bedrock": "bedrock", "bedrock-agentcore": "bedrock-agentcore"}


def trust(requirements: Requirements, workload: Workload) -> PolicyDocument:
    """The trust policy: the services in use, and only for resources of the workload's account and Regions."""
    organization = requirements.organization
    prefixes = unique(_ASSUMERS[s.iam_prefix] for s in surfaces_of(workload) if s.iam_prefix in _ASSUMERS)
    statements = []
    for prefix in prefixes or ("bedrock",):
        arns = tuple(
            f"arn:{organization.partition.value}:{prefix}:{region}:{workload.account}:*"
            for region in workload.regions
        )
        condition: Condition = {
            "StringEquals": {"aws:SourceAccount": (workload.account,)},
            "ArnLike": {"aws:SourceArn": arns},
        }
        statements.append(
            Statement(
                sid="".join(part.title() for part in prefix.split("-")),
                effect=Effect.ALLOW,
                principal=Principal(service=(f"{prefix}.amazonaws.com",)),
                actions=("sts:AssumeRole",),
                condition=condition,
            )
        )
    return PolicyDocument(PolicyKind.TRUST, tuple(statements))


def _models(requirements: Requirements, workload: Workload) -> Iterator[Statement]:
    partition = requirements.organization.partition.value
    arns: list[str] = []
    for model in workload.service_role.models:
        profile = _PROFILE.fullmatch(model)
        for region in workload.regions:
            if profile is None:
                arns.append(f"arn:{partition}:bedrock:{region}::foundation-model/{model}")
            else:
                arns.append(f"arn:{partition}:bedrock:{region}:{workload.account}:inference-profile/{model}")
                arns.append(f"arn:{partition}:bedrock:*::foundation-model/{profile[1]}")
    if arns:
        yield allow("InvokeModels", _INVOKE, unique(arns))


def build(requirements: Requirements) -> Iterable[Resource]:
    """For each workload: the service role (where it is rendered), its policy, and the callers' policy."""
    scopes_of = scopes_by_workload(requirements)
    for workload in requirements.workloads:
        scopes = scopes_of[workload.name]
        module, tags = f"workloads/{workload.name}", workload_tags(requirements, workload)
        role = workload.service_role
        if role.render:
            yield IamRole(
                module=module,
                account=workload.account,
                name=role.role,
                description=f"Handed to the service by {workload.name}",
                trust=trust(requirements, workload),
                tags=tags,
            )
        service = (
            *_models(requirements, workload),
            *use_statements(requirements, scopes, workload, KmsPrincipal.SERVICE_ROLE),
        )
        yield from managed_policies(
            packed(service),
            module=module,
            account=workload.account,
            name=f"{workload.name}-service-role",
            description=f"What the service role of {workload.name} may do",
            attached_to=(role.role,) if role.render else (),
            tags=tags,
        )
        runtime = unique(
            action
            for surface in surfaces_of(workload)
            for action in (*surface.actions.use, *surface.actions.stored_data)
        )
        use = (
            *allow_on_types("Use", runtime, requirements, workload.regions, workload.account),
            *use_statements(requirements, scopes, workload, KmsPrincipal.CALLER),
        )
        yield from managed_policies(
            packed(use),
            module=module,
            account=workload.account,
            name=f"{workload.name}-callers",
            description=f"What the callers of {workload.name} may do",
            tags=tags,
        )


POLICY = Policy(
    id="agent-roles",
    title="The service role, and what callers may do",
    kind="IAM",
    stops=(
        "A service role assumed for somebody else's resource: its trust asks for the account and a resource of "
        "it in the workload's Regions.",
        "A service role or caller with kms:* or another workload's key: each has the actions its surfaces need, "
        "through the service, on keys that carry the workload's guard tags.",
    ),
    does_not_stop=(
        "One agent of the account using the role of another, where the provisioner passes it: role_protection limits "
        "who passes.",
        "Other policies on the same roles: an identity policy only adds.",
    ),
    needs_first=(
        "What else the service role does (retrieve from knowledge bases, apply guardrails, call functions) is the "
        "application's to add: the policy rendered here lets it invoke the models named and use its key.",
        "Attach the callers' policy to the callers' roles: those belong to the application and are not rendered.",
    ),
    rollout=1,
    rollout_note="With the keys.",
    references=(
        "https://docs.aws.amazon.com/bedrock/latest/userguide/cross-service-confused-deputy-prevention.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
    ),
    build=build,
)
