"""What must exist before a module is applied, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from bedrock_cmk_guard.iam import PolicyDocument
from bedrock_cmk_guard.iam.quotas import MOST_ROLE_ATTACHMENTS, ROLE_ATTACHMENTS
from bedrock_cmk_guard.policies.conditions import unique
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import IamPolicy, IamRole, KmsKey, Resource


def prerequisites(
    requirements: Requirements, module: str, resources: Iterable[Resource], rendered: Mapping[str, str]
) -> Iterator[str]:
    """Roles that the module's key policies and trust policies name and the module does not make itself.

    ``rendered`` maps the ARN of every rendered role to the module that makes it.
    """
    resources = tuple(resources)
    named = unique(
        arn
        for resource in resources
        if isinstance(resource, KmsKey | IamRole)
        for arn in _principals(resource.policy if isinstance(resource, KmsKey) else resource.trust)
    )
    for arn in named:
        if ":role/aws-service-role/" in arn:
            yield f"The service-linked role {arn}: its service creates it on first use."
        elif ":oidc-provider/" in arn:
            yield f"The identity provider {arn}."
        elif arn not in rendered:
            yield f"The role {arn}, which is not rendered here."
        elif rendered[arn] != module:
            yield f"The role {arn}, rendered in {rendered[arn]}: apply that first."
    if module == "organization":
        yield (
            "SCPs, RCPs and tag policies enabled in AWS Organizations, and all other modules applied. "
            "Attach in the order of the rollout."
        )
    for (_, role), number in attachments(resources).items():
        if number > ROLE_ATTACHMENTS:
            yield (
                f"A quota of {number} managed policies for each role, which {role} needs: AWS raises it from "
                f"{ROLE_ATTACHMENTS} to as many as {MOST_ROLE_ATTACHMENTS}."
            )
    if any(isinstance(resource, KmsKey) and resource.origin == "EXTERNAL" for resource in resources):
        yield "Key material of your own to import: these keys are unusable until it is."


def attachments(resources: Iterable[Resource]) -> Counter[tuple[str, str]]:
    """How many managed policies are attached to each role, by module and name."""
    return Counter(
        (resource.module, role)
        for resource in resources
        if isinstance(resource, IamPolicy)
        for role in resource.attached_to
    )


def _principals(document: PolicyDocument) -> Iterator[str]:
    for statement in document.statements:
        if statement.principal is not None:
            yield from (arn for arn in statement.principal.aws if not arn.endswith(":root"))
            yield from statement.principal.federated
