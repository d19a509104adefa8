"""What a verification takes for granted, and what it does not look at: part of every output."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.principals import Role

NOT_MODELLED = (
    "Code that runs as a caller: whoever may change its Lambda function, container image or task definition, or open a "
    "shell there, acts as the caller.",
    "The pipeline: whoever may change what it runs, or its settings, acts as the provisioner and the applier.",
    "Identity providers: whoever controls one decides which web identities its tokens name.",
    "What an agent is made to do: action groups, tools and prompts that a provisioner or a user gives it.",
    "Copies of the words elsewhere: logs, traces, model invocation logs, the buckets and vector stores that a "
    "knowledge base reads and writes.",
    "The management account: no SCP or RCP binds it, and it can detach them.",
    "Resource policies of other services that let another account in.",
    "Time: grants, sessions and data keys that were given out before a policy was attached.",
)


def assumptions(requirements: Requirements) -> Iterator[str]:
    """What must be true of the organisation for the answer to hold there."""
    organization = requirements.organization
    targets = ", ".join(f"{target.name} ({target.id})" for target in organization.targets)
    yield (
        f"The accounts of workloads and keys lie below the targets named: {targets}. The requirements do not hold the "
        "organisation's tree. A policy that is attached to an account binds that account only. No other account is "
        "taken to be bound by an SCP."
    )
    yield "FullAWSAccess is attached at every level, and SCPs that others have attached are not counted."
    yield (
        "Roles with a duty have the identity policies rendered for them. Administrators, exempt roles, other "
        "workloads' roles and roles of other accounts have every permission there is, and no permissions boundary."
    )
    yield "A role of another account, and of an outside organisation, bears the name of governance's role."
    named = sorted({role.role_arn or str(role.role) for role in _not_rendered(requirements)})
    callers = sorted(
        {
            caller.role_arn or str(caller.role)
            for workload in requirements.workloads
            for caller in workload.all_callers
        }
    )
    unseen = ", ".join((*named, *callers))
    yield (
        "Trust policies that are not rendered here are not known. They are taken to let everybody in: whether somebody "
        f"assumes one of these is said only where something else refuses it, or should: {unseen}."
    )
    yield "Each account has identity providers, SAML and OIDC, that the requirements do not name."
    patterns = [
        role.role
        for role in (
            *(role for _, _, role in requirements.principals.duties()),
            *(caller for workload in requirements.workloads for caller in workload.all_callers),
        )
        if role.is_pattern
    ]
    if patterns:
        yield f"A name with wildcards stands for one role that it matches: {', '.join(map(str, patterns))}."


def _not_rendered(requirements: Requirements) -> Iterator[Role]:
    return (role for _, _, role in requirements.principals.duties() if not role.assumed_by)
