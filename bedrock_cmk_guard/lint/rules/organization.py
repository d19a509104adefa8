"""Rules of SCPs and RCPs."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.iam.document import PolicyKind
from bedrock_cmk_guard.iam.grammar_kinds import RCP_SERVICES
from bedrock_cmk_guard.lint.finding import LintFinding, Rule, Severity
from bedrock_cmk_guard.lint.policy import (
    LintStatement,
    Policy,
    element_spot,
    entry_spot,
    statement_spot,
    word_spot,
)

_RCP_SYNTAX = (
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html"
)
_RCPS = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html"

RCP_FORM = Rule(
    "rcp-form",
    Severity.ERROR,
    "RCPs cannot say this",
    "An RCP of your own can only Deny, to Principal '*', actions of services that it names. AWS refuses others.",
    "Deny the actions by name to everyone, and except whom you mean by a condition (aws:PrincipalArn, "
    "aws:PrincipalOrgID).",
    (_RCP_SYNTAX,),
)
RCP_SERVICE = Rule(
    "rcp-uncovered-service",
    Severity.ERROR,
    "RCPs do not apply to this service",
    "AWS applies RCPs to some services only; bedrock and bedrock-agentcore are not among them. A statement about "
    "another does nothing.",
    "Use an SCP for your own principals. For data under a KMS key, an RCP on the kms actions reaches whoever decrypts.",
    (_RCPS,),
)
RCP_BLOCKS_SERVICES = Rule(
    "rcp-denies-services",
    Severity.WARNING,
    "The RCP also denies AWS services that work for you",
    "A service principal has no aws:PrincipalOrgID and no aws:PrincipalAccount of yours, so a Deny on those keys with "
    "a negated operator refuses CloudTrail, S3 replication or Bedrock itself.",
    'Add "BoolIfExists": {"aws:PrincipalIsAWSService": "false"} to the statement, and hold services to your '
    "organisation by aws:SourceOrgID in another.",
    ("https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html", _RCPS),
)
SCP_ALLOW = Rule(
    "scp-allow-list",
    Severity.NOTE,
    "An SCP that allows grants nothing",
    "An SCP bounds what identity policies may give. Beside FullAWSAccess an Allow changes nothing; in its place "
    "everything that is not listed is denied, at that level and below.",
    "To forbid something, Deny it and leave FullAWSAccess attached. For an allow list, detach FullAWSAccess at that "
    "level and keep an Allow at every level above.",
    ("https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html",),
)

RULES = (RCP_FORM, RCP_SERVICE, RCP_BLOCKS_SERVICES, SCP_ALLOW)

_WHOSE = frozenset({"aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount"})
_FOR_SERVICES = frozenset(
    {"aws:principalisawsservice", "aws:principalservicename", "aws:principalservicenameslist"}
)


def check(policy: Policy) -> Iterator[LintFinding]:
    """Find them."""
    if policy.kind is PolicyKind.RCP:
        for statement in policy.statements:
            if not _is_aws_own(statement):
                yield from _rcp(policy, statement)
    elif policy.kind is PolicyKind.SCP:
        yield from _allows(policy)


def _is_aws_own(statement: LintStatement) -> bool:
    """Know RCPFullAWSAccess, which AWS attaches itself and which may allow."""
    everyone = statement.principal is not None and statement.principal.everyone
    words = (statement.actions, statement.resources)
    return not statement.denies and everyone and words == (("*",), ("*",)) and not statement.condition


def _rcp(policy: Policy, statement: LintStatement) -> Iterator[LintFinding]:
    if not statement.denies:
        message = "an RCP can only Deny; Allow is for AWS's own RCPFullAWSAccess"
        yield policy.finding(RCP_FORM, element_spot(statement, "Effect"), message, statement=statement)
    if statement.node.get("NotPrincipal"):
        message = "RCPs have no NotPrincipal"
        yield policy.finding(RCP_FORM, element_spot(statement, "NotPrincipal"), message, statement=statement)
    elif statement.node.get("Principal") and not (statement.principal and statement.principal.everyone):
        message = 'an RCP\'s Principal must be "*"'
        yield policy.finding(RCP_FORM, element_spot(statement, "Principal"), message, statement=statement)
    if statement.node.get("NotAction"):
        message = "RCPs have no NotAction"
        yield policy.finding(RCP_FORM, element_spot(statement, "NotAction"), message, statement=statement)
    for action in statement.actions:
        service = action.partition(":")[0].lower()
        if action == "*":
            message = "an RCP cannot have the action '*': name the services, such as kms:*"
            yield policy.finding(
                RCP_FORM, word_spot(statement, action, "Action"), message, statement=statement
            )
        elif service not in RCP_SERVICES:
            message = f"{action}: AWS does not apply RCPs to {service}, so this does nothing"
            yield policy.finding(
                RCP_SERVICE, word_spot(statement, action, "Action"), message, statement=statement
            )
    yield from _services(policy, statement)


def _services(policy: Policy, statement: LintStatement) -> Iterator[LintFinding]:
    entries = list(statement.entries())
    if any(entry.folded in _FOR_SERVICES for entry in entries):
        return
    for entry in entries:
        if statement.denies and entry.folded in _WHOSE and entry.operator.negated:
            yield policy.finding(
                RCP_BLOCKS_SERVICES,
                entry_spot(statement, entry.operator.name, entry.key),
                f"AWS service principals carry no {entry.key}, so this denies them too",
                statement=statement,
            )


def _allows(policy: Policy) -> Iterator[LintFinding]:
    """One note for the document: what an Allow in an SCP does."""
    allows = [statement for statement in policy.statements if not statement.denies]
    if not allows or any(_allows_all(statement) for statement in allows):
        return
    message = "this SCP allows some actions, which grants nothing to anybody"
    yield policy.finding(SCP_ALLOW, statement_spot(allows[0]), message, statement=allows[0])


def _allows_all(statement: LintStatement) -> bool:
    return "*" in statement.actions and "*" in statement.resources and not statement.condition
