"""What was rendered, with something changed since: a statement gone, another one added, a policy never attached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache

from bedrock_cmk_guard.iam import Condition, Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.policies import build
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import (
    IamPolicy,
    IamRole,
    KmsKey,
    Module,
    OrganizationPolicy,
    Resource,
    ResourceControlPolicy,
    ServiceControlPolicy,
)
from bedrock_cmk_guard.verification import Finding, Verification, verify
from tests.policies.documents import EXAMPLE, requirements_at

TODAY = dt.date(2026, 11, 24)
HR, ADVISER, DESK = "hr-assistant", "financial-adviser", "support-desk"
Change = Callable[[PolicyDocument], PolicyDocument | None]
Which = Callable[[Resource], bool]


@cache
def example() -> Requirements:
    return requirements_at(EXAMPLE)


@cache
def rendered() -> tuple[Module, ...]:
    return build(example())


def verified(*workloads: str, modules: Iterable[Module] | None = None) -> Verification:
    return verify(example(), TODAY, modules=rendered() if modules is None else modules, workloads=workloads)


def found(modules: Iterable[Module], *workloads: str) -> tuple[Finding, ...]:
    return verified(*(workloads or (HR,)), modules=modules).findings


def changed(which: Which, change: Change, modules: Iterable[Module] | None = None) -> tuple[Module, ...]:
    """Every module, with the documents of these resources changed; one that comes to nothing is not there."""
    seen = []
    result = []
    for module in rendered() if modules is None else modules:
        resources = []
        for resource in module.resources:
            if not which(resource):
                resources.append(resource)
                continue
            seen.append(resource)
            after = _with(resource, change)
            if after is not None:
                resources.append(after)
        result.append(replace(module, resources=tuple(resources)))
    assert seen, "nothing was changed"
    return tuple(result)


def without(
    *sids: str, which: Which | None = None, modules: Iterable[Module] | None = None
) -> tuple[Module, ...]:
    """The statements with these Sids are gone, wherever they stood, or from these resources."""
    gone = set(sids)
    there = {
        s.sid
        for module in (rendered() if modules is None else modules)
        for resource in module.resources
        if which is None or which(resource)
        for document in _documents(resource)
        for s in document.statements
    }
    assert gone <= there, gone - there
    return changed(
        which or _any_document, lambda d: _kept(d, (s for s in d.statements if s.sid not in gone)), modules
    )


def beside(statement: Statement, which: Which, modules: Iterable[Module] | None = None) -> tuple[Module, ...]:
    """A statement more."""
    return changed(which, lambda d: _kept(d, (*d.statements, statement)), modules)


def key_of(scope: str) -> Which:
    return lambda resource: isinstance(resource, KmsKey) and resource.scope == scope


def role(name: str) -> Which:
    return lambda resource: isinstance(resource, IamRole) and resource.name == name


def scps(resource: Resource) -> bool:
    return isinstance(resource, ServiceControlPolicy)


def rcps(resource: Resource) -> bool:
    return isinstance(resource, ResourceControlPolicy)


def organization_policies(resource: Resource) -> bool:
    return isinstance(resource, ServiceControlPolicy | ResourceControlPolicy)


def allow(
    sid: str, actions: tuple[str, ...], principal: Principal | None = None, condition: Condition | None = None
) -> Statement:
    return Statement(
        sid=sid, effect=Effect.ALLOW, actions=actions, principal=principal, condition=condition or {}
    )


def deny(sid: str, *actions: str) -> Statement:
    return Statement(sid=sid, effect=Effect.DENY, actions=actions)


def _any_document(resource: Resource) -> bool:
    return isinstance(resource, KmsKey | IamRole | IamPolicy | ServiceControlPolicy | ResourceControlPolicy)


def _documents(resource: Resource) -> Iterator[PolicyDocument]:
    match resource:
        case KmsKey():
            yield resource.policy
        case IamRole():
            yield resource.trust
        case IamPolicy() | ServiceControlPolicy() | ResourceControlPolicy():
            yield resource.content
        case _:
            assert isinstance(resource, OrganizationPolicy)


def _kept(document: PolicyDocument, statements: Iterable[Statement]) -> PolicyDocument | None:
    kept = tuple(statements)
    return replace(document, statements=kept) if kept else None


def _with(resource: Resource, change: Change) -> Resource | None:
    match resource:
        case KmsKey():
            document = change(resource.policy)
            return replace(resource, policy=document) if document is not None else None
        case IamRole():
            document = change(resource.trust)
            return replace(resource, trust=document) if document is not None else None
        case IamPolicy() | ServiceControlPolicy() | ResourceControlPolicy():
            document = change(resource.content)
            return replace(resource, content=document) if document is not None else None
        case _:
            raise AssertionError(resource)


def key_policy(*statements: Statement) -> Change:
    return lambda _: PolicyDocument(PolicyKind.KEY, statements)
