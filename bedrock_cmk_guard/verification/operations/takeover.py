"""What is asked of the roles that policies trust by name: assuming, changing and passing them."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.verification.actors import FEDERATED, Actor, Kind, Stage, Values
from bedrock_cmk_guard.verification.model import Row
from bedrock_cmk_guard.verification.operations.asked import TAKEOVER, Operation, Target

_STEPS = (
    ("assume", "assume it", ("sts:AssumeRole",)),
    ("retrust", "change whom it trusts", ("iam:UpdateAssumeRolePolicy",)),
    ("permit", "change what it may do", ("iam:AttachRolePolicy", "iam:PutRolePolicy")),
    ("pass", "hand it to code (PassRole)", ("iam:PassRole",)),
)
#: Services that run whatever code they are given, as the role that is passed to them.
COMPUTE = ("ec2.amazonaws.com", "lambda.amazonaws.com")
_TO_SERVICE = Row("hand", TAKEOVER, "service role: hand it to Bedrock")
_TAKEN = (
    Kind.CALLER,
    Kind.SERVICE_ROLE,
    Kind.PROVISIONER,
    Kind.GOVERNANCE,
    Kind.BREAK_GLASS,
    Kind.APPLIER,
    Kind.AUDITOR,
)


def targets(actors: tuple[Actor, ...]) -> tuple[Target, ...]:
    """The roles whose names the policies trust."""
    found = [a for a in actors if a.kind in _TAKEN and a.role is not None]
    found.sort(key=lambda actor: _TAKEN.index(actor.kind))
    return tuple(Target(a.kind, str(a.role), a.title, a.rendered) for a in found)


def takeovers(stage: Stage, actors: tuple[Actor, ...]) -> Iterator[Operation]:
    """Each step by which somebody could come to act as one of these roles."""
    for target in targets(actors):
        account = target.arn.split(":")[4]
        if account not in stage.accounts:
            continue
        for step, title, actions in _STEPS:
            row = Row(f"{step}:{target.kind.value}", TAKEOVER, f"{target.kind.value}: {title}")
            for action in actions:
                for context, form in _takeover_forms(action, target):
                    yield Operation(row, action, target.arn, account, form, context, target=target)
        if target.kind is Kind.SERVICE_ROLE:
            prefixes = {s.iam_prefix for w in stage.workloads for s in stage.scope.surfaces(w)}
            for prefix in sorted(prefixes & {"bedrock", "bedrock-agentcore"}):
                service = f"{prefix}.amazonaws.com"
                context = {"iam:PassedToService": service}
                form = f"of {target.name} to {service}"
                yield Operation(
                    _TO_SERVICE, "iam:PassRole", target.arn, account, form, context, target=target
                )


def federated_operations(stage: Stage, actors: tuple[Actor, ...], actor: Actor) -> Iterator[Operation]:
    """What a token of an identity provider is good for: assuming the roles of the provider's account."""
    assert actor.kind in FEDERATED
    saml = actor.kind is Kind.SAML_IDENTITY
    action = "sts:AssumeRoleWithSAML" if saml else "sts:AssumeRoleWithWebIdentity"
    for target in targets(actors):
        account = target.arn.split(":")[4]
        if account == actor.principal.split(":")[4] and account in stage.accounts:
            yield Operation(
                _assuming(target), action, target.arn, account, f"of {target.name}", target=target
            )


def _assuming(target: Target) -> Row:
    step, title, _ = _STEPS[0]
    return Row(f"{step}:{target.kind.value}", TAKEOVER, f"{target.kind.value}: {title}")


def _takeover_forms(action: str, target: Target) -> Iterator[tuple[Values, str]]:
    if action == "iam:PassRole":
        for service in COMPUTE:
            yield {"iam:PassedToService": service}, f"of {target.name} to {service}"
    else:
        yield {}, f"of {target.name}" if action == "sts:AssumeRole" else f"on {target.name}"
