"""One step by which somebody comes to act as a role: by its trust as it is, or as it can be made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bedrock_cmk_guard.verification.actors import FEDERATED, Actor, Kind, Stage
from bedrock_cmk_guard.verification.federated import strangers_tokens
from bedrock_cmk_guard.verification.matrix import decide, letting_in
from bedrock_cmk_guard.verification.model import Step
from bedrock_cmk_guard.verification.operations import COMPUTE, GRANT, Operation, Target
from bedrock_cmk_guard.verification.world import Named

_SAML, _WEB = "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"


def become(stage: Stage, actor: Actor, identity: tuple[Named, ...], role: Actor) -> Step | None:
    """Assume a role by its own trust, or by a trust that one may write, or make a role of its name."""
    trust = stage.world.trust(str(role.role))
    if actor.kind in FEDERATED:
        return _by_token(stage, actor, role, trust)
    assume = role_call(role, "sts:AssumeRole")
    if trust is not None:
        decided = decide(stage, actor, assume, trust, identity)
        if decided.allowed:
            return Step(actor.title, f"sts:AssumeRole of {role_name(role)}", decided.sources)
        handed = _hand_to_code(stage, actor, identity, role, trust)
        if handed is not None:
            return handed
    makes = ("iam:UpdateAssumeRolePolicy", *(("iam:CreateRole",) if role.is_pattern else ()))
    for action in makes:
        rewritten = decide(stage, actor, role_call(role, action), None, identity)
        if not rewritten.allowed:
            continue
        assumed = decide(stage, actor, assume, letting_in(actor, "sts:AssumeRole"), identity)
        if assumed.allowed:
            does = f"{action} on {role_name(role)} → sts:AssumeRole"
            return Step(actor.title, does, (*rewritten.sources, *assumed.sources))
        for step in _with_own_tokens(stage, actor, identity, role):
            does = f"{action} on {role_name(role)} → {step.does}"
            return Step(actor.title, does, (*rewritten.sources, *step.decided_by))
    return None


def if_trusted(stage: Stage, actor: Actor, role: Actor) -> Iterator[tuple[Step, str]]:
    """What a trust policy that nobody here has seen would have to say."""
    assume = role_call(role, "sts:AssumeRole")
    decided = decide(stage, actor, assume, letting_in(actor, "sts:AssumeRole"), actor.identity)
    if decided.allowed:
        step = Step(actor.title, f"sts:AssumeRole of {role_name(role)}", decided.sources)
        yield step, "administrators of the account"
    for service in COMPUTE:
        passing = replace(role_call(role, "iam:PassRole"), context={"iam:PassedToService": service})
        decided = decide(stage, actor, passing, None, actor.identity)
        if decided.allowed:
            step = Step(actor.title, f"iam:PassRole of {role_name(role)} to {service}", decided.sources)
            yield step, service


def role_call(role: Actor, action: str) -> Operation:
    """A call on a role."""
    target = Target(role.kind, str(role.role), role.title, role.rendered)
    return Operation(GRANT, action, target.arn, str(role.account), target=target)


def role_name(role: Actor) -> str:
    """The role's name, without its path."""
    return str(role.role).rpartition("/")[2]


def _by_token(stage: Stage, actor: Actor, role: Actor, trust: Named | None) -> Step | None:
    """A token assumes what trusts its provider, in the provider's own account; it can do nothing else."""
    if trust is None or actor.principal.split(":")[4] != role.account:
        return None
    action = _SAML if actor.kind is Kind.SAML_IDENTITY else _WEB
    decided = decide(stage, actor, role_call(role, action), trust)
    if not decided.allowed:
        return None
    return Step(actor.title, f"{action} of {role_name(role)}", decided.sources)


def _with_own_tokens(stage: Stage, actor: Actor, identity: tuple[Named, ...], role: Actor) -> Iterator[Step]:
    """Register an identity provider of one's own in the role's account, and come by its token."""
    for action, makes, token in strangers_tokens(stage, str(role.account)):
        provider = Operation(GRANT, makes, token.principal, str(role.account))
        made = decide(stage, actor, provider, None, identity)
        if not made.allowed:
            continue
        assumed = decide(stage, token, role_call(role, action), letting_in(token, action))
        if assumed.allowed:
            yield Step(actor.title, f"{makes} → {action}", (*made.sources, *assumed.sources))


def _hand_to_code(
    stage: Stage, actor: Actor, identity: tuple[Named, ...], role: Actor, trust: Named
) -> Step | None:
    """Pass a role to a service that runs whatever it is given, where the role's trust admits the service."""
    assume = role_call(role, "sts:AssumeRole")
    for service in COMPUTE:
        passing = replace(role_call(role, "iam:PassRole"), context={"iam:PassedToService": service})
        passed = decide(stage, actor, passing, None, identity)
        code = Actor(service, Kind.OTHER_SERVICE, service, service, None)
        taken = decide(stage, code, assume, trust) if passed.allowed else None
        if taken is not None and taken.allowed:
            does = f"iam:PassRole of {role_name(role)} to {service}"
            return Step(actor.title, does, (*passed.sources, *taken.sources))
    return None
