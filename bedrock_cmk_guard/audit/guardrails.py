"""Whether the organisation's policies that the requirements render are attached where they are demanded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bedrock_cmk_guard.policies import build
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import OrganizationPolicy, TagPolicy
from bedrock_cmk_guard.sources.aws.organization import AttachedPolicies, organization_id
from bedrock_cmk_guard.sources.aws.refusals import NotRead
from bedrock_cmk_guard.sources.aws.spot import Spot

GUARDRAIL_SURFACE = "guardrails"


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A policy at a target: whether it is there, what is missing of it, or why that cannot be known."""

    policy: str
    target: str
    target_name: str
    missing: tuple[str, ...] = ()
    unknown: str = ""


def guardrails(spot: Spot, requirements: Requirements) -> Iterator[Guardrail]:
    """Compare what is attached with what the requirements render, target by target."""
    wanted = [
        resource
        for module in build(requirements)
        for resource in module.resources
        if isinstance(resource, OrganizationPolicy)
    ]
    try:
        found = organization_id(spot)
        if found != requirements.organization.id:
            demanded = requirements.organization.id
            why = f"the session is of the organisation {found}, and the requirements are of {demanded}"
        else:
            why = ""
    except NotRead as problem:
        why = problem.reason
    attached = AttachedPolicies(spot)
    for policy in wanted:
        for target in policy.targets:
            if why:
                yield Guardrail(policy.name, target.id, target.name, unknown=why)
                continue
            try:
                missing = tuple(_missing(policy, target.id, attached))
            except NotRead as problem:
                yield Guardrail(policy.name, target.id, target.name, unknown=problem.reason)
            else:
                yield Guardrail(policy.name, target.id, target.name, missing=missing)


def _missing(policy: OrganizationPolicy, target: str, attached: AttachedPolicies) -> Iterator[str]:
    """The statements that no policy has that binds the target; the whole, of what has no statements."""
    contents = [each.content for each in attached.binding(target, policy.policy_type)]
    if isinstance(policy, TagPolicy):
        wanted = _plain(policy.content)
        if not any(_plain(content) == wanted for content in contents):
            yield policy.name
        return
    there = {repr(_statement(each)) for content in contents for each in _statements(content)}
    for statement in _statements(policy.content.to_dict()):  # type: ignore[attr-defined]
        if repr(_statement(statement)) not in there:
            yield str(statement.get("Sid") or policy.name)


def _statements(content: object) -> list[dict[str, object]]:
    found = content.get("Statement") if isinstance(content, dict) else None
    listed = found if isinstance(found, list) else [found]
    return [each for each in listed if isinstance(each, dict)]


def _statement(statement: dict[str, object]) -> object:
    """A statement as IAM reads it: without its name, in no order, one text the same as a list of one."""
    return _plain({name: value for name, value in statement.items() if name != "Sid"}, lists=True)


def _plain(value: object, *, lists: bool = False) -> object:
    if isinstance(value, dict):
        return sorted((str(name), _plain(each, lists=lists)) for name, each in value.items())
    if isinstance(value, list | tuple):
        return sorted((_plain(each) for each in value), key=repr)
    return [value] if lists else value
