"""People and programs that an identity provider speaks for: web identities (OIDC), and people who sign in by SAML.

A call with a token is made without an AWS principal: it carries no ``aws:PrincipalArn``, only what the token says.
Once it has assumed a role, the session is that role's, so what it may do then stands in the role's own column.
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
"""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.iam.evaluator.patterns import matches
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.principals import OidcIdentity, RoleRef
from bedrock_cmk_guard.verification.actors import Actor, Kind, Stage, Values, concrete, session
from bedrock_cmk_guard.verification.world import EVERYTHING

OTHER_PROVIDER = "idp.example.net"
"""An identity provider that no requirement names, which anybody may register in an account."""
DIRECTORY = "Directory"
_OTHERS = ("repo:somebody-else/other:ref:refs/heads/main", "somebody-else")
_OTHER_AUDIENCE = "somebody-else"
# As IAM Identity Center names the roles it makes for people: the path is in the role's ARN, not in the session's.
# Source: https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
_SIGNED_IN = "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Everything_0a1b2c3d4e5f6789"


def identities(requirements: Requirements) -> tuple[OidcIdentity, ...]:
    """Every web identity that some role trusts, each once."""
    trusted = (
        *requirements.principals.pipeline,
        *(item for _, _, role in requirements.principals.duties() for item in role.assumed_by),
    )
    return tuple(dict.fromkeys(item.oidc for item in trusted if item.oidc is not None))


def is_of(identity: OidcIdentity, context: Values) -> bool:
    """Whether a token with these claims is one of the identity's."""
    subject, audience = context.get(f"{identity.provider}:sub"), context.get(f"{identity.provider}:aud")
    fits = isinstance(subject, str) and any(_fits(pattern, subject) for pattern in identity.subjects)
    return fits and audience == identity.audience


def federated(stage: Stage) -> Iterator[Actor]:
    """Tokens of the identities that are trusted, tokens of others, and SAML assertions, in each account."""
    trusted = identities(stage.requirements)
    for account in stage.accounts:
        for identity in trusted:
            for subject in identity.subjects:
                named = _filled(subject)
                yield _web(
                    stage, Kind.WEB_IDENTITY, account, identity.provider, named, identity.audience, named
                )
        for provider in dict.fromkeys(identity.provider for identity in trusted):
            yield from _others(stage, account, [each for each in trusted if each.provider == provider])
        yield from (token for _, _, token in strangers_tokens(stage, account))


def strangers_tokens(stage: Stage, account: str) -> Iterator[tuple[str, str, Actor]]:
    """Tokens of providers that nobody named: the action that takes one, and the one that registers its provider."""
    trusted = identities(stage.requirements)
    subject = _filled(trusted[0].subjects[0]) if trusted else _OTHERS[0]
    audience = trusted[0].audience if trusted else _OTHER_AUDIENCE
    kind, title = Kind.OTHER_WEB_IDENTITY, f"any, of {OTHER_PROVIDER}"
    web = _web(stage, kind, account, OTHER_PROVIDER, subject, audience, title)
    yield "sts:AssumeRoleWithWebIdentity", "iam:CreateOpenIDConnectProvider", web
    saml = Actor(
        id=f"{Kind.SAML_IDENTITY.value}:{account}",
        kind=Kind.SAML_IDENTITY,
        title=f"SAML identity{_place(stage, account)}",
        principal=f"arn:{stage.world.partition}:iam::{account}:saml-provider/{DIRECTORY}",
        account=None,
        context={"SAML:aud": "https://signin.aws.amazon.com/saml"},
    )
    yield "sts:AssumeRoleWithSAML", "iam:CreateSAMLProvider", saml


def person(stage: Stage) -> Iterator[Actor]:
    """Somebody who signed in by SAML, as a session with every permission; unless some role pattern means it too."""
    account = stage.accounts[0]
    arn = concrete(stage.world, RoleRef(role=_SIGNED_IN), account)
    if any(_fits(pattern, arn) for pattern in _named(stage)):
        return
    principal, context = session(stage.world, arn)
    directory = f"arn:{stage.world.partition}:iam::{account}:saml-provider/{DIRECTORY}"
    yield Actor(
        id=f"{Kind.PERSON.value}:{arn}",
        kind=Kind.PERSON,
        title=Kind.PERSON.value,
        principal=principal,
        account=account,
        context={**context, "aws:FederatedProvider": directory},
        identity=(EVERYTHING,),
    )


def _named(stage: Stage) -> Iterator[str]:
    """Every role that somebody is known by, as a pattern."""
    requirements, partition = stage.requirements, stage.world.partition
    roles: list[RoleRef] = [role for _, _, role in requirements.principals.duties()]
    roles += [caller for workload in requirements.workloads for caller in workload.all_callers]
    roles += [each.role for each in requirements.exemptions if each.role is not None]
    yield from (role.arn_pattern(partition) for role in roles)


def _others(stage: Stage, account: str, trusted: list[OidcIdentity]) -> Iterator[Actor]:
    """Another subject, and the right one for another audience, of a provider that is trusted."""
    provider, audience = trusted[0].provider, trusted[0].audience
    for subject in _OTHERS:
        claims = {f"{provider}:sub": subject, f"{provider}:aud": audience}
        if not any(is_of(identity, claims) for identity in trusted):
            yield _web(
                stage,
                Kind.OTHER_WEB_IDENTITY,
                account,
                provider,
                subject,
                audience,
                f"another, of {provider}",
            )
            break
    subject = _filled(trusted[0].subjects[0])
    title = f"{subject} for another audience"
    yield _web(stage, Kind.OTHER_WEB_IDENTITY, account, provider, subject, _OTHER_AUDIENCE, title)


def _web(
    stage: Stage, kind: Kind, account: str, provider: str, subject: str, audience: str, title: str
) -> Actor:
    return Actor(
        id=f"{kind.value}:{account}:{provider}:{subject}:{audience}",
        kind=kind,
        title=f"web identity {title}{_place(stage, account)}",
        principal=f"arn:{stage.world.partition}:iam::{account}:oidc-provider/{provider}",
        account=None,
        context={f"{provider}:sub": subject, f"{provider}:aud": audience},
    )


def _fits(pattern: str, value: str) -> bool:
    return matches(((pattern, True),), value)


def _place(stage: Stage, account: str) -> str:
    return "" if account == stage.accounts[0] else f", in {account}"


def _filled(pattern: str) -> str:
    """A subject that fits a pattern."""
    return pattern.replace("*", "0123").replace("?", "4")
