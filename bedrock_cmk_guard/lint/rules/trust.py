"""Rules of role trust policies: who may take the role."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bedrock_cmk_guard.iam.access import (
    CALLER_KEYS,
    SOURCE_KEYS,
    SOURCED_SERVICES,
    Entry,
    account_of,
    is_account,
    is_public,
)
from bedrock_cmk_guard.iam.document import PolicyKind
from bedrock_cmk_guard.lint.finding import LintFinding, Rule, Severity
from bedrock_cmk_guard.lint.policy import LintStatement, Policy, entry_spot, principal_spot, word_spot
from bedrock_cmk_guard.lint.rules.authorization import FOREIGN_ACTION
from bedrock_cmk_guard.lint.rules.key_policy import CONFUSED_DEPUTY

_OIDC_DOC = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html"
_OIDC_ROLE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html"

PUBLIC_TRUST = Rule(
    "public-trust",
    Severity.ERROR,
    "Everybody may assume the role",
    "Principal * is every principal of every account. An external id does not keep them out: it is no secret.",
    "Name the principals, or add a condition on aws:PrincipalArn, aws:PrincipalAccount or aws:PrincipalOrgID.",
    ("https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",),
)
OIDC_SUBJECT = Rule(
    "oidc-subject",
    Severity.ERROR,
    "Anybody whom the identity provider knows may assume the role",
    "GitHub, GitLab and others sign tokens for every repository of every customer. Only the sub claim tells which one; "
    "the audience is the same for all. repo:* or a pattern that begins with a wildcard lets them all in as well.",
    'Add "StringEquals": {"<provider>:sub": "repo:<owner>/<repository>:ref:refs/heads/main"}, or what the provider has '
    "instead.",
    (_OIDC_ROLE, _OIDC_DOC),
)
OIDC_AUDIENCE = Rule(
    "oidc-audience",
    Severity.WARNING,
    "The audience of the token is not checked",
    "A token that was issued for somebody else's service can be presented here.",
    'Add "StringEquals": {"<provider>:aud": "sts.amazonaws.com"}, or the client id that the provider was set up with.',
    (_OIDC_ROLE,),
)
EXTERNAL_ID = Rule(
    "external-id",
    Severity.NOTE,
    "A whole account may assume the role, without an external id",
    "The account's own IAM policies decide who of it does. If it is somebody else's, who works for many customers, one "
    "of those can have the role of another assumed.",
    "Fine for an account of your own; then name the role in it. For a third party, demand its sts:ExternalId.",
    ("https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html",),
)

RULES = (PUBLIC_TRUST, OIDC_SUBJECT, OIDC_AUDIENCE, EXTERNAL_ID)

_PROVIDER = re.compile(r"arn:[^:]+:iam::[0-9]{12}:oidc-provider/(.+)")
# Claims that are the same for all who use a provider, or that a caller chooses.
_COMMON = frozenset({"aud", "azp", "amr", "oaud", "iss"})
# Providers of end users, whose audience is the one thing that tells an application's own users from others.
_BY_AUDIENCE = frozenset(
    {"cognito-identity.amazonaws.com", "accounts.google.com", "graph.facebook.com", "www.amazon.com"}
)
_AUDIENCES = frozenset({"aud", "app_id", "oaud"})


def check(policy: Policy) -> Iterator[LintFinding]:
    """Find them."""
    if policy.kind is not PolicyKind.TRUST:
        return
    for statement in policy.statements:
        yield from _foreign(policy, statement)
        if statement.denies or not statement.whole:
            continue
        if is_public(statement):
            message = "every AWS principal of every account may assume the role"
            spot = principal_spot(statement, "*")
            yield policy.finding(PUBLIC_TRUST, spot, message, statement=statement)
        yield from _accounts(policy, statement)
        yield from _services(policy, statement)
        yield from _providers(policy, statement)


def _foreign(policy: Policy, statement: LintStatement) -> Iterator[LintFinding]:
    for action in (*statement.actions, *statement.not_actions):
        if not action.lower().startswith("sts:"):
            message = f"{action}: a role's trust policy can only have sts actions"
            spot = word_spot(statement, action, "Action", "NotAction")
            yield policy.finding(FOREIGN_ACTION, spot, message, statement=statement)


def _accounts(policy: Policy, statement: LintStatement) -> Iterator[LintFinding]:
    if statement.narrowed_by(("sts:ExternalId", *CALLER_KEYS)):
        return
    for principal in statement.principal.aws if statement.principal else ():
        if is_account(principal):
            message = f"whoever account {account_of(principal)} lets may assume the role"
            yield policy.finding(
                EXTERNAL_ID, principal_spot(statement, principal), message, statement=statement
            )


def _services(policy: Policy, statement: LintStatement) -> Iterator[LintFinding]:
    if statement.narrowed_by(SOURCE_KEYS):
        return
    for service in statement.principal.service if statement.principal else ():
        if service in SOURCED_SERVICES:
            yield policy.finding(
                CONFUSED_DEPUTY,
                principal_spot(statement, service),
                f"{service} may assume the role whomever it works for",
                instead="Add StringEquals aws:SourceAccount with your account, and ArnLike aws:SourceArn with what "
                "the role is for.",
                statement=statement,
            )


def _providers(policy: Policy, statement: LintStatement) -> Iterator[LintFinding]:
    for federated in statement.principal.federated if statement.principal else ():
        found = _PROVIDER.fullmatch(federated)
        provider = found[1] if found else federated
        if found is None and provider not in _BY_AUDIENCE:
            continue  # a SAML provider
        claims = _claims(statement, provider)
        if provider in _BY_AUDIENCE:
            if not claims.keys() & (_AUDIENCES | {"sub"}):
                message = f"anybody's application may use {provider} to assume the role"
                spot = principal_spot(statement, federated)
                yield policy.finding(OIDC_SUBJECT, spot, message, statement=statement)
            continue
        yield from _subject(policy, statement, federated, claims)
        if not claims.keys() & _AUDIENCES:
            message = f"no condition on {provider}:aud"
            spot = principal_spot(statement, federated)
            instead = OIDC_AUDIENCE.instead.replace("<provider>", provider)
            yield policy.finding(OIDC_AUDIENCE, spot, message, instead=instead, statement=statement)


def _claims(statement: LintStatement, provider: str) -> dict[str, Entry]:
    """The lines of the condition that demand a claim of the token, by the claim."""
    prefix = f"{provider}:".lower()
    return {
        entry.folded.removeprefix(prefix): entry
        for entry in statement.entries()
        if entry.demands and entry.folded.startswith(prefix)
    }


def _subject(
    policy: Policy, statement: LintStatement, federated: str, claims: dict[str, Entry]
) -> Iterator[LintFinding]:
    telling = {name: entry for name, entry in claims.items() if name not in _COMMON}
    provider = federated.partition("oidc-provider/")[2]
    instead = OIDC_SUBJECT.instead.replace("<provider>", provider)
    if not telling:
        message = f"whomever {provider} signs a token for may assume the role: no condition on {provider}:sub"
        spot = principal_spot(statement, federated)
        yield policy.finding(OIDC_SUBJECT, spot, message, instead=instead, statement=statement)
        return
    wide = [(entry, value) for entry in telling.values() for value in entry.values if _is_wide(entry, value)]
    if len({id(entry) for entry, _ in wide}) < len(telling):
        return  # another claim still tells
    for entry, value in wide:
        message = f"{entry.key} {value!r} is what anybody's token has"
        spot = entry_spot(statement, entry.operator.name, entry.key, value)
        yield policy.finding(OIDC_SUBJECT, spot, message, instead=instead, statement=statement)


def _is_wide(entry: Entry, value: str) -> bool:
    """Whether a pattern leaves open whose token it is: what stands before its first wildcard is a mere kind."""
    if "Like" not in entry.operator.base:
        return False
    literal = re.split(r"[*?]", value)[0]
    return literal != value and (
        not literal or (literal.rstrip("/").endswith(":") and literal.count(":") == 1)
    )
