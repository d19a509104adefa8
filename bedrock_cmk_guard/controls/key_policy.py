"""Whom a key's policy lets in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bedrock_cmk_guard.controls.context import Context
from bedrock_cmk_guard.controls.control import Judgement, Severity, control, fails, unknown
from bedrock_cmk_guard.controls.documents import Policy, read_policy
from bedrock_cmk_guard.controls.frameworks import ACCESS
from bedrock_cmk_guard.iam import PolicyKind, Statement
from bedrock_cmk_guard.iam.access import (
    SOURCE_KEYS,
    account_of,
    administration,
    demands_context,
    is_public,
    narrowed_by,
    owners,
)
from bedrock_cmk_guard.subjects import ASSUMED_ACCOUNT, Key, Unknown
from bedrock_cmk_guard.surfaces import KmsPrincipal

_OVERVIEW = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html"
_DEPUTY = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"


@control(
    "BCG_KEY_009",
    severity=Severity.HIGH,
    remediation="Name the principals, or add a condition on who calls: kms:CallerAccount, aws:PrincipalOrgID, "
    "aws:PrincipalArn.",
    references=(
        _OVERVIEW,
        "https://docs.aws.amazon.com/config/latest/developerguide/kms-key-policy-no-public-access.html",
    ),
    frameworks=ACCESS,
    terraform='principals {\n  type        = "AWS"\n  identifiers = [aws_iam_role.agent.arn]\n}',
    cloudformation="Principal: {AWS: !GetAtt AgentRole.Arn}",
)
def not_public(key: Key, context: Context) -> Iterator[Judgement]:
    """The key policy does not let everybody in.

    Principal * is every principal of every account. kms:ViaService alone does not keep them out, as anybody can come
    through the same service from an account of their own; nor does an encryption context, which the caller chooses.
    """
    yield from _of_statements(key, context, is_public, "lets every principal of every account in")


@control(
    "BCG_KEY_010",
    severity=Severity.MEDIUM,
    remediation="Add aws:SourceAccount, aws:SourceArn or aws:SourceOrgID, or an encryption context of your resources.",
    references=(_DEPUTY, "https://docs.aws.amazon.com/bedrock/latest/userguide/ltm-permissions.html"),
    frameworks=ACCESS,
    terraform='condition {\n  test     = "StringEquals"\n  variable = "aws:SourceAccount"\n  values   = '
    "[data.aws_caller_identity.current.account_id]\n}",
    cloudformation="Condition: {StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}}",
)
def services_name_their_source(key: Key, context: Context) -> Iterator[Judgement]:
    """A service is let in only for what is yours.

    A service principal stands for the service in all accounts. Without a condition on the source, somebody in another
    account can have the service use your key. Services whose calls carry no source, by AWS's own guide, are let be.
    """
    exempt = {
        statement.service
        for resource in context.users_of(key)
        for statement in context.surface(resource).kms
        if statement.source_absent and KmsPrincipal.SERVICE in statement.principals
    }

    def is_unsourced(statement: Statement) -> bool:
        services = set(statement.principal.service) if statement.principal is not None else set()
        narrowed = narrowed_by(statement, SOURCE_KEYS) or demands_context(statement)
        return bool(services - exempt) and not narrowed

    yield from _of_statements(key, context, is_unsourced, "lets a service in whomever it works for")


@control(
    "BCG_KEY_011",
    severity=Severity.HIGH,
    remediation="Give other accounts cryptographic actions only: kms:Decrypt, kms:GenerateDataKey, kms:DescribeKey.",
    references=(
        "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html",
    ),
    frameworks=ACCESS,
    terraform='actions = ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"]',
    cloudformation="Action: [kms:Decrypt, kms:GenerateDataKey, kms:DescribeKey]",
)
def own_account_administers(key: Key, context: Context) -> Iterator[Judgement]:
    """No other account administers the key.

    kms:* or kms:PutKeyPolicy for another account hands the key over: it can admit whom it likes, and shut the owner
    out. Grants, too, are access that the key policy does not show.
    """
    policy = read_policy(key.policy.value, PolicyKind.KEY)
    yield from unknown_policy(key, policy)
    accounts = owners([said.certain for said in policy.statements if said.certain is not None])
    if not accounts:
        return
    for said in policy.statements:
        others = _others(said.certain, accounts) if said.allows else []
        possible = _others(said.possible, accounts) if said.allows else []
        # Where the owner is whoever applies the code, a literal account may be the same.
        if others and ASSUMED_ACCOUNT not in accounts:
            yield fails(f"{said.label} lets account {others[0]} administer the key", key.policy.place)
        elif others or possible:
            text = f"{said.label} may let another account administer the key"
            yield unknown(text, key.policy.place)


CONTROLS = (not_public, services_name_their_source, own_account_administers)


def _of_statements(
    key: Key, context: Context, is_wrong: Callable[[Statement], bool], what: str
) -> Iterator[Judgement]:
    """Judge each Allow of the policy: wrong where what is known of it is, unknown where it may be."""
    policy = context.key_policy(key)
    yield from unknown_policy(key, policy)
    for said in policy.statements:
        if not said.allows:
            continue
        if said.certain is not None and is_wrong(said.certain):
            yield fails(f"{said.label} {what}", key.policy.place, key.policy.trail)
        elif is_wrong(said.told):
            yield unknown(
                f"{said.label} has parts that cannot be known, and perhaps {what}", key.policy.place
            )


def unknown_policy(key: Key, policy: Policy) -> Iterator[Judgement]:
    """Say that the policy, or a whole statement of it, cannot be known."""
    if policy.doubt:
        text = f"the key policy cannot be known: {policy.doubt}"
        value = key.policy.value if isinstance(key.policy.value, Unknown) else None
        yield unknown(text, key.policy.place, key.policy.trail, value=value)


def _others(statement: Statement | None, accounts: list[str]) -> list[str]:
    """The accounts other than the key's own that a statement lets administer the key."""
    if statement is None or statement.principal is None or not administration(statement):
        return []
    named = (account_of(principal) for principal in statement.principal.aws)
    return [account for account in named if account and accounts != [account]]
