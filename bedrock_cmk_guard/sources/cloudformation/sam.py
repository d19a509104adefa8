"""What AWS SAM adds to a template: a role for each function and state machine that names none.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
and sam-resource-function.html (``Policies``, ``AssumeRolePolicyDocument``, ``RolePath``, ``PermissionsBoundary``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bedrock_cmk_guard.sources.cloudformation.identities import IMPLIED_ROLE
from bedrock_cmk_guard.sources.cloudformation.template import Declared

_SERVICES = {
    "AWS::Serverless::Function": "lambda.amazonaws.com",
    "AWS::Serverless::StateMachine": "states.amazonaws.com",
}


def implied_roles(resources: Mapping[str, Declared]) -> dict[str, Declared]:
    """The roles that SAM makes, by the logical ids that it gives them."""
    return {
        f"{name}Role": replace(resource, id=f"{name}Role", type=IMPLIED_ROLE)
        for name, resource in resources.items()
        if resource.type in _SERVICES and "Role" not in resource.properties.entries
    }


def trust_of(resource: Declared) -> Mapping[str, object]:
    """The trust policy that SAM gives such a role."""
    kind = resource.node.get("Type")
    service = _SERVICES.get(getattr(kind, "text", ""), "lambda.amazonaws.com")
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": [service]}, "Action": ["sts:AssumeRole"]}],
    }
