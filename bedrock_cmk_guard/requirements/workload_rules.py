"""The rules that each workload keeps beside the rest of the requirements, each yielding the field that breaks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import Problem
from bedrock_cmk_guard.requirements.partial import each, names
from bedrock_cmk_guard.requirements.standards import Holder, Isolation
from bedrock_cmk_guard.requirements.suggest import with_hint
from bedrock_cmk_guard.surfaces import catalogue
from bedrock_cmk_guard.text.nodes import Path

if TYPE_CHECKING:
    from bedrock_cmk_guard.requirements.model import Requirements
    from bedrock_cmk_guard.requirements.workloads import Workload

Rule = Callable[["Requirements"], Iterator[Problem]]


def _each_workload(rule: Callable[[Requirements, int, Workload], Iterator[Problem]]) -> Rule:
    @wraps(rule)
    def of_all(req: Requirements) -> Iterator[Problem]:
        return each(req.workloads, lambda index, workload: rule(req, index, workload))

    return of_all


def named_twice(field: Path, names: Iterable[str | None]) -> Iterator[Problem]:
    """Names that are not unique, each at the last place that has it."""
    listed = list(names)
    for name, count in Counter(listed).items():
        if count > 1 and name is not None:
            last = len(listed) - 1 - listed[::-1].index(name)
            yield Problem(
                (*field, last),
                f"{name!r} is named {count} times; tag keys differ by more than case"
                if field[-1] == "tags"
                else f"{name!r} is named {count} times; names are unique",
            )


@_each_workload
def _regions_once(_: Requirements, i: int, workload: Workload) -> Iterator[Problem]:
    return named_twice(("workloads", i, "regions"), workload.regions)


@_each_workload
def _tenants_once(_: Requirements, i: int, workload: Workload) -> Iterator[Problem]:
    return named_twice(("workloads", i, "tenants"), names(workload.tenants))


@_each_workload
def _regions(req: Requirements, i: int, workload: Workload) -> Iterator[Problem]:
    for j, region in enumerate(workload.regions):
        if region not in req.organization.regions:
            yield Problem(
                ("workloads", i, "regions", j),
                "is not one of the organisation's Regions: " + ", ".join(req.organization.regions),
            )


@_each_workload
def _not_in_the_management_account(req: Requirements, i: int, workload: Workload) -> Iterator[Problem]:
    if workload.account == req.organization.management_account:
        yield Problem(
            ("workloads", i, "account"),
            "a workload cannot run in the management account: SCPs do not bind its principals",
        )


@_each_workload
def _key_account(req: Requirements, i: int, workload: Workload) -> Iterator[Problem]:
    standard = req.key_standard
    if workload.key_account is not None and workload.key_account not in standard.key_accounts:
        yield Problem(("workloads", i, "key_account"), "is not one of key_standard.key_accounts")
    if (
        standard.held_in is Holder.KEY_ACCOUNTS
        and len(standard.key_accounts) > 1
        and not workload.key_account
    ):
        yield Problem(
            ("workloads", i),
            "key_account is needed: the key standard names more than one central key account",
        )


@_each_workload
def _environment(req: Requirements, i: int, workload: Workload) -> Iterator[Problem]:
    name, environments = workload.environment, {each.name for each in req.environments}
    if name not in environments:
        message = with_hint(f"environment {name!r} is not known", name, environments)
        yield Problem(("workloads", i, "environment"), message)


@_each_workload
def _sensitivity(req: Requirements, i: int, workload: Workload) -> Iterator[Problem]:
    name = workload.sensitivity
    if name not in req.sensitivities:
        message = with_hint(f"sensitivity {name!r} is not known", name, req.sensitivities)
        yield Problem(("workloads", i, "sensitivity"), message)


@_each_workload
def _surfaces(req: Requirements, i: int, workload: Workload) -> Iterator[Problem]:
    surfaces = catalogue().surfaces
    for j, name in enumerate(workload.surfaces):
        if name not in surfaces:
            message = with_hint(f"surface {name!r} is not known", name, surfaces)
            yield Problem(("workloads", i, "surfaces", j), message)


@_each_workload
def _shut_out(req: Requirements, i: int, workload: Workload) -> Iterator[Problem]:
    if workload.shut_out_administrators:
        for layer in ("key_protection", "role_protection", "stored_data"):
            if getattr(req.enforcement.layers, layer) is None:
                yield Problem(
                    ("workloads", i, "shut_out_administrators"),
                    f"needs the layer {layer}: a key policy alone does not keep an administrator out",
                )


@_each_workload
def _tenants(req: Requirements, i: int, workload: Workload) -> Iterator[Problem]:
    by_tenant = req.isolation(workload) is Isolation.TENANT
    if workload.tenants and not by_tenant:
        yield Problem(
            ("workloads", i, "tenants"), "tenants have keys of their own only with isolation: tenant"
        )


def _told_apart(req: Requirements) -> Iterator[Problem]:
    first: dict[tuple[object, ...], str] = {}

    def of(i: int, workload: Workload) -> Iterator[Problem]:
        match = (tuple(sorted(workload.match.tags.items())), workload.match.roles, workload.match.names)
        if not any(match):  # then its role, its account and its Regions speak for it
            return
        for region in workload.regions:
            other = first.setdefault((workload.account, region, match), workload.name)
            if other != workload.name:
                yield Problem(
                    ("workloads", i, "match"),
                    f"is that of {other} too, in the same account and Region: no resource could be told to be of "
                    "one of them. Give each a tag, a role or a name that the other lacks",
                )
                return

    return each(req.workloads, of)


RULES: tuple[Rule, ...] = (
    _regions_once,
    _tenants_once,
    _regions,
    _not_in_the_management_account,
    _key_account,
    _environment,
    _sensitivity,
    _surfaces,
    _shut_out,
    _tenants,
    _told_apart,
)
