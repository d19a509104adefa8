"""Allow statements for identity policies, each action on exactly the resource types it is authorised on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import Condition, Effect, PolicyDocument, PolicyKind, Statement
from bedrock_cmk_guard.iam.quotas import pack
from bedrock_cmk_guard.iam.service_data import frozen_service
from bedrock_cmk_guard.policies.conditions import merge, unique
from bedrock_cmk_guard.policies.key_use import key_uses
from bedrock_cmk_guard.policies.scopes import KeyScope
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.resources import IamPolicy
from bedrock_cmk_guard.surfaces import KmsPrincipal

_TAGGING = ("ListTagsForResource", "TagResource", "UntagResource")
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_KNOWN = ("Partition", "Region", "Account")


def allow(
    sid: str, actions: Iterable[str], resources: tuple[str, ...] = ("*",), condition: Condition | None = None
) -> Statement:
    """An allow statement of an identity policy."""
    return Statement(
        sid=sid, effect=Effect.ALLOW, actions=unique(actions), resources=resources, condition=condition or {}
    )


def allow_on_types(
    sid: str, actions: Iterable[str], requirements: Requirements, regions: Iterable[str], account: str
) -> Iterator[Statement]:
    """Statements that allow actions on the resources of one account and these Regions.

    Actions that are authorised on the same resource types share a statement. Those without one need ``*``, and so
    do those whose types are all optional: a request that names none of them is authorised on ``*``.
    """
    regions = tuple(regions)
    for number, (templates, members) in enumerate(_by_templates(tuple(actions)), start=1):
        yield allow(f"{sid}{number}", members, _filled(templates, requirements, regions, account) or ("*",))


@lru_cache(maxsize=256)
def _by_templates(actions: tuple[str, ...]) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Actions by the ARNs that they are authorised on: once for the many accounts with the same surfaces."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for action in unique(actions):
        groups.setdefault(_arn_templates(action), []).append(action)
    return tuple((templates, tuple(members)) for templates, members in sorted(groups.items()))


def allow_tagging(
    actions: Iterable[str], requirements: Requirements, regions: Iterable[str], account: str
) -> Iterator[Statement]:
    """Statements that allow tags on what these actions are authorised on.

    Tools that create a resource with tags, or read one back, ask for these as well.
    """
    regions = tuple(regions)
    for number, (prefix, templates) in enumerate(_taggable(tuple(actions)), start=1):
        if resources := _filled(templates, requirements, regions, account):
            yield allow(f"Tag{number}", (f"{prefix}:{name}" for name in _TAGGING), resources)


@lru_cache(maxsize=256)
def _taggable(actions: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each service of the actions, with the ARNs that they are authorised on and that take tags."""
    written: dict[str, set[str]] = {}
    for action in actions:
        written.setdefault(action.partition(":")[0], set()).update(_arn_templates(action))
    return tuple(
        (
            prefix,
            tuple(sorted(templates.intersection(_arn_templates(f"{prefix}:TagResource", optional=True)))),
        )
        for prefix, templates in sorted(written.items())
    )


@lru_cache(maxsize=4096)
def _arn_templates(action: str, *, optional: bool = False) -> tuple[str, ...]:
    """The ARNs that an action is authorised on; none where it needs none, unless optional ones are asked for."""
    prefix, _, name = action.partition(":")
    service = frozen_service(prefix)
    if service is None or name.lower() not in service.actions:
        raise PolicyError(f"{action} is not in the frozen authorization data")
    found = service.actions[name.lower()]
    if not optional and not set(found.resources) - found.optional:
        return ()
    return tuple(sorted(service.resource_types[kind].arn for kind in found.resources))


def _filled(
    templates: tuple[str, ...], requirements: Requirements, regions: tuple[str, ...], account: str
) -> tuple[str, ...]:
    """The ARNs of one account and these Regions, with ``*`` for all that is not known of them."""
    partition = requirements.organization.partition.value
    return unique(
        _format(template).format(Partition=partition, Region=region, Account=account)
        for template in templates
        for region in regions
    )


@lru_cache(maxsize=4096)
def _format(template: str) -> str:
    return _PLACEHOLDER.sub(lambda match: f"{{{match[1]}}}" if match[1] in _KNOWN else "*", template)


def packed(statements: Iterable[Statement]) -> tuple[PolicyDocument, ...]:
    """As few documents of managed policies as hold the statements."""
    return pack([tuple(_told_apart(statements))], PolicyKind.IDENTITY)


def _told_apart(statements: Iterable[Statement]) -> Iterator[Statement]:
    """The statements, each with a Sid of its own.

    A Sid holds letters and digits only, so those of two workloads can run together: the eleventh statement of
    app-1 and the first of app-11.
    """
    taken: set[str] = set()
    for statement in statements:
        sid, again = statement.sid, 1
        while sid in taken:
            again += 1
            sid = f"{statement.sid}x{again}"
        taken.add(sid)
        yield statement if sid == statement.sid else replace(statement, sid=sid)


def managed_policies(
    documents: tuple[PolicyDocument, ...],
    *,
    module: str,
    account: str,
    name: str,
    description: str,
    attached_to: tuple[str, ...] = (),
    tags: Mapping[str, str] | None = None,
) -> Iterator[IamPolicy]:
    """A managed policy for each document, numbered where there are several."""
    for number, document in enumerate(documents, start=1):
        yield IamPolicy(
            module=module,
            account=account,
            name=name + (f"-{number}" if len(documents) > 1 else ""),
            description=description,
            content=document,
            attached_to=attached_to,
            tags=tags or {},
        )


def use_statements(
    requirements: Requirements, scopes: Iterable[KeyScope], workload: Workload, principal: KmsPrincipal
) -> Iterator[Statement]:
    """What one kind of principal needs of a workload's keys (those of its ``scopes``), for the identity policy on it.

    The keys' ids are known only once they exist, so the keys are known by their guard tags.
    """
    partition = requirements.organization.partition.value
    groups: dict[tuple[str, Condition, Condition], list[str]] = {}
    for scope in scopes:
        guard = merge(guard_condition(requirements, scope))
        for region in workload.regions:
            keys = f"arn:{partition}:kms:{region}:{scope.account}:key/*"
            for use in key_uses(requirements, scope, workload, region, (principal,)):
                groups.setdefault((keys, use.condition, guard), []).extend(use.actions)
    for number, ((keys, condition, guard), actions) in enumerate(groups.items(), start=1):
        yield allow(f"Key{_word(workload.name)}{number}", actions, (keys,), merge(condition, guard))


def guard_condition(requirements: Requirements, scope: KeyScope) -> Condition:
    """The condition that a key belongs to a scope; a tenant's key and the workload's carry the same workload tag."""
    tag = requirements.tag_standard.guard
    return {
        "StringEquals": {
            f"aws:ResourceTag/{tag.key}": (tag.value,),
            f"aws:ResourceTag/{tag.workload_key}": (scope.name.partition("/")[0],),
        }
    }


def _word(name: str) -> str:
    return "".join(part.title() for part in name.split("-"))
