"""Rules of KMS key policies, and of other resources' policies: who gets in, and whether anybody still can."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.iam.access import (
    SOURCE_KEYS,
    UNIQUE_ID,
    account_of,
    administration,
    demands_context,
    gives,
    is_account,
    is_public,
    lets_repair,
    owners,
    shuts_all_out,
)
from bedrock_cmk_guard.iam.document import PolicyKind
from bedrock_cmk_guard.lint.finding import LintFinding, Rule, Severity
from bedrock_cmk_guard.lint.policy import (
    LintStatement,
    Policy,
    element_spot,
    principal_spot,
    statement_spot,
    word_spot,
)
from bedrock_cmk_guard.lint.words import listed
from bedrock_cmk_guard.surfaces import catalogue

_DEFAULT = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"
_OVERVIEW = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html"
_DEPUTY = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"

PUBLIC = Rule(
    "public-policy",
    Severity.ERROR,
    "The policy lets everybody in",
    "Principal * is every principal of every account. kms:ViaService alone does not keep them out: anybody can come "
    "through the same service from an account of their own; and who calls chooses the encryption context.",
    "Name the principals, or add a condition on who calls: kms:CallerAccount, aws:PrincipalOrgID, aws:PrincipalArn.",
    (_OVERVIEW, "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"),
)
OUTSIDE_ADMIN = Rule(
    "outside-key-administration",
    Severity.ERROR,
    "Another account administers the key",
    "kms:* or kms:PutKeyPolicy for another account hands the key over: it can admit whom it likes, and shut the owner "
    "out. Grants, too, are access that the key policy does not show.",
    "Give other accounts the cryptographic actions only: kms:Decrypt, kms:GenerateDataKey, kms:DescribeKey.",
    (
        "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html",
        _OVERVIEW,
    ),
)
CONFUSED_DEPUTY = Rule(
    "confused-deputy",
    Severity.WARNING,
    "A service is let in for whomever it works for",
    "A service principal stands for the service, in all accounts. Without a condition on the source, somebody in "
    "another account can have the service use what is yours.",
    "Add aws:SourceAccount, aws:SourceArn or aws:SourceOrgID; for a key, an encryption context that names your "
    "resource will do. Some calls carry none of them: AWS's guide of the service says so, and then try it first.",
    (_DEPUTY,),
)
LOCKOUT = Rule(
    "key-lockout",
    Severity.ERROR,
    "Nobody can change the key policy",
    "A key policy is the only way in: without a statement that gives a principal kms:PutKeyPolicy, not even the root "
    "user can repair it, and AWS Support has to help.",
    "Keep a statement that gives arn:aws:iam::<account>:root at least kms:PutKeyPolicy and kms:GetKeyPolicy.",
    (_DEFAULT,),
)
DELEGATED = Rule(
    "key-delegated-to-iam",
    Severity.NOTE,
    "The account's IAM policies decide who uses the key",
    "kms:* for the account's root is AWS's default. It gives nobody access itself, but makes identity policies count, "
    "so every administrator of the account, and whoever can attach a policy, can decrypt.",
    "Fine if the account's administrators may read the data. If not, leave the root what is needed to recover the key "
    "(kms:PutKeyPolicy, kms:Describe*, kms:Get*, kms:List*) and name the users of the key in its policy.",
    (_DEFAULT,),
)
KEY_RESOURCE = Rule(
    "key-policy-resource",
    Severity.WARNING,
    "The Resource of a key policy names something",
    "In a key policy the resource is the key itself, written '*'. The ARN of another key, or of an alias, makes the "
    "statement dead, and nobody notices until the key is needed.",
    'Write "Resource": "*".',
    (_OVERVIEW,),
)
DELETED_PRINCIPAL = Rule(
    "deleted-principal",
    Severity.WARNING,
    "The principal has been deleted",
    "AWS shows a unique id (AIDA…, AROA…) in place of an ARN when the user or role is gone. A new one of the same name "
    "is another principal, and is not let in.",
    "Remove it, or name the role that is there now.",
    ("https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",),
)

RULES = (PUBLIC, OUTSIDE_ADMIN, CONFUSED_DEPUTY, LOCKOUT, DELEGATED, KEY_RESOURCE, DELETED_PRINCIPAL)


def check(policy: Policy) -> Iterator[LintFinding]:
    """Find them, as far as the type of policy can have them."""
    if policy.kind in (PolicyKind.KEY, PolicyKind.TRUST, PolicyKind.RESOURCE):
        yield from _deleted(policy)
    if policy.kind in (PolicyKind.KEY, PolicyKind.RESOURCE):
        for statement in policy.statements:
            if not statement.denies:
                yield from _public(policy, statement)
                yield from _services(policy, statement)
    if policy.kind is PolicyKind.KEY:
        yield from _of_keys(policy)


def _of_keys(policy: Policy) -> Iterator[LintFinding]:
    accounts = owners(policy.statements)
    for statement in policy.statements:
        if not statement.denies:
            yield from _outside(policy, statement, accounts)
            yield from _delegated(policy, statement)
        yield from _resource(policy, statement)
    yield from _lockout(policy)


def _public(policy: Policy, statement: LintStatement) -> Iterator[LintFinding]:
    if statement.whole and is_public(statement):
        what = listed(list(statement.actions or statement.not_actions))
        actions = f"everything but {what}" if statement.not_actions else what
        yield policy.finding(
            PUBLIC,
            principal_spot(statement, "*"),
            f"every AWS principal of every account is allowed {actions}",
            statement=statement,
        )
    elif statement.not_principal is not None:
        message = "NotPrincipal with Allow admits everybody else; AWS has it for Deny only"
        spot = element_spot(statement, "NotPrincipal")
        yield policy.finding(PUBLIC, spot, message, instead="Name the principals.", statement=statement)


def _services(policy: Policy, statement: LintStatement) -> Iterator[LintFinding]:
    if statement.principal is None or not statement.whole or statement.narrowed_by(SOURCE_KEYS):
        return
    if demands_context(statement):
        return
    for service in statement.principal.service:
        yield policy.finding(
            CONFUSED_DEPUTY,
            principal_spot(statement, service),
            f"{service} is let in whomever it works for",
            instead=_without_source(service),
            statement=statement,
            severity=Severity.NOTE if _sends_no_source(service) else None,
        )


def _sends_no_source(service: str) -> bool:
    """Whether AWS documents calls of the service that carry no source key."""
    surfaces = catalogue().surfaces.values()
    return any(s.source_absent and s.service == service for surface in surfaces for s in surface.kms)


def _without_source(service: str) -> str:
    if not _sends_no_source(service):
        return ""
    return (
        f"AWS documents calls of {service} that carry no aws:SourceAccount or aws:SourceArn. Demand an encryption "
        "context where there is one; keep the key to one purpose."
    )


def _outside(policy: Policy, statement: LintStatement, accounts: list[str]) -> Iterator[LintFinding]:
    if not accounts or statement.principal is None:
        return
    given = administration(statement)
    if not given:
        return
    for principal in statement.principal.aws:
        account = account_of(principal)
        if account and accounts != [account]:
            whose = (
                f"a key of account {accounts[0]}"
                if len(accounts) == 1
                else "a key that is in one account only"
            )
            yield policy.finding(
                OUTSIDE_ADMIN,
                principal_spot(statement, principal),
                f"account {account} gets {listed(given)} on {whose}",
                statement=statement,
            )


def _delegated(policy: Policy, statement: LintStatement) -> Iterator[LintFinding]:
    if statement.principal is None or not gives(statement, "kms:Decrypt") or statement.condition:
        return
    for principal in statement.principal.aws:
        if is_account(principal):
            yield policy.finding(
                DELEGATED,
                principal_spot(statement, principal),
                f"account {account_of(principal)} decides by IAM policies who decrypts with this key",
                statement=statement,
            )


def _resource(policy: Policy, statement: LintStatement) -> Iterator[LintFinding]:
    for resource in (*statement.resources, *statement.not_resources):
        if resource != "*":
            yield policy.finding(
                KEY_RESOURCE,
                word_spot(statement, resource, "Resource", "NotResource"),
                f"the key that this policy belongs to is '*'; {resource} may be another",
                statement=statement,
            )


def _deleted(policy: Policy) -> Iterator[LintFinding]:
    for statement in policy.statements:
        for element in (statement.principal, statement.not_principal):
            for principal in element.aws if element else ():
                if UNIQUE_ID.fullmatch(principal):
                    message = f"{principal} is the unique id of a principal that is no longer there"
                    spot = principal_spot(statement, principal)
                    yield policy.finding(DELETED_PRINCIPAL, spot, message, statement=statement)


def _lockout(policy: Policy) -> Iterator[LintFinding]:
    """Find that nobody may change the policy. What could not be read may let somebody, so then it is not judged."""
    statements = policy.statements
    if not statements or not all(statement.whole for statement in statements):
        return
    for statement in statements:
        if shuts_all_out(statement):
            message = "this denies kms:PutKeyPolicy to everybody, the account's root included"
            yield policy.finding(LOCKOUT, statement_spot(statement), message, statement=statement)
            return
    if not any(lets_repair(statement) for statement in statements):
        message = "no statement lets any principal of an account call kms:PutKeyPolicy"
        yield policy.finding(LOCKOUT, policy.top(), message)
