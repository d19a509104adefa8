"""Which claim notices that a rendered document is damaged: one that is meant to hold, and no longer does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property

from bedrock_cmk_guard.claims import Claim, World, claims_in, judge
from bedrock_cmk_guard.iam import PolicyDocument, Statement
from bedrock_cmk_guard.iam.prover import Question
from bedrock_cmk_guard.iam.prover.actions import expanded
from bedrock_cmk_guard.iam.prover.decide import covers_action
from bedrock_cmk_guard.resources import (
    IamPolicy,
    IamRole,
    KmsKey,
    Module,
    Resource,
    ResourceControlPolicy,
    ServiceControlPolicy,
)
from tests.policies.documents import EXAMPLE, requirements_at


@dataclass(frozen=True)
class Damaged(World):
    """The example organisation with one resource exchanged."""

    changed: Resource

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        return tuple(
            replace(m, resources=tuple(map(self._as_it_is_now, m.resources))) for m in _whole().modules
        )

    def _as_it_is_now(self, resource: Resource) -> Resource:
        return self.changed if _place(resource) == _place(self.changed) else resource


def _place(resource: Resource) -> tuple[type, str, str]:
    return type(resource), resource.account, resource.name


def with_document(resource: Resource, document: PolicyDocument) -> Resource:
    """The resource, carrying another document."""
    match resource:
        case KmsKey():
            return replace(resource, policy=document)
        case IamRole():
            return replace(resource, trust=document)
        case IamPolicy() | ServiceControlPolicy() | ResourceControlPolicy():
            return replace(resource, content=document)
        case _:
            raise TypeError(resource)


def claim_against(changed: Resource, statements: Iterable[Statement]) -> str | None:
    """The first claim that holds for what is rendered and not with this resource changed, in these statements."""
    statements = tuple(statements)
    world = Damaged(_whole().requirements, changed)
    for claim in claims_in(world):
        asked = _other_than(_claims().get(claim.id), claim)
        concerned = tuple(q for q in asked if _is_about(q, statements))
        if concerned and not judge(replace(claim, questions=concerned)).is_expected:
            return claim.id
    return None


def _other_than(before: Claim | None, claim: Claim) -> tuple[Question, ...]:
    """The questions that are not those of the undamaged documents, which have their answers already."""
    if before is None or len(before.questions) != len(claim.questions):
        return claim.questions
    pairs = zip(before.questions, claim.questions, strict=True)
    return tuple(question for old, question in pairs if old != question)


def _is_about(question: Question, statements: tuple[Statement, ...]) -> bool:
    actions = expanded(question.actions)
    return any(covers_action(statement, action) for statement in statements for action in actions)


@cache
def _whole() -> World:
    return World(requirements_at(EXAMPLE))


@cache
def _claims() -> Mapping[str, Claim]:
    """The claims about what is rendered; all that are meant to hold do, or killing would mean nothing."""
    found = {claim.id: claim for claim in claims_in(_whole())}
    assert all(judge(claim).is_expected for claim in found.values())
    return found
