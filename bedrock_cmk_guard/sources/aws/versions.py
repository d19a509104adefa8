"""The versions of a resource, each with the key that it was made with, and which of them answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bedrock_cmk_guard.audit_calls import SurfaceCalls
from bedrock_cmk_guard.sources.aws.answers import Answer, items, text
from bedrock_cmk_guard.sources.aws.key_names import key_in
from bedrock_cmk_guard.sources.aws.refusals import FATAL, NotRead, Refusal
from bedrock_cmk_guard.sources.aws.shapes import Listing, listing, lookup
from bedrock_cmk_guard.sources.aws.spot import Spot
from bedrock_cmk_guard.subjects import Fact, Unknown, Version
from bedrock_cmk_guard.surfaces import Surface

DRAFT = "DRAFT"
EVERY = "*"
"""Stands for versions of which not even the names could be read."""


def read_versions(spot: Spot, surface: Surface, calls: SurfaceCalls, resource: Answer) -> tuple[Version, ...]:
    """Read every version but the draft, which is the resource itself."""
    if calls.list_versions is None or calls.get_version is None:
        return ()
    try:
        return tuple(_versions(spot, surface, calls, resource))
    except NotRead as problem:
        if problem.kind in FATAL:
            raise
        if problem.kind is Refusal.GONE:
            return ()
        return (Version(EVERY, Fact(Unknown(problem.reason), spot.place(surface.id))),)


def _versions(spot: Spot, surface: Surface, calls: SurfaceCalls, resource: Answer) -> Iterator[Version]:
    service = surface.service
    if calls.list_versions is None or calls.get_version is None:
        return
    routed = _routed(spot, surface, calls, resource)
    how = listing(spot.account.model(service, calls.list_versions.operation, spot.region))
    model = spot.account.model(service, calls.get_version.operation, spot.region)
    for item in _listed(spot, service, how, resource):
        name = _version_in(item)
        if name == DRAFT:
            continue
        asked: Answer = {**resource, **item}
        look = lookup(model, asked)
        place = spot.place(surface.id)
        try:
            answer = spot.account.call(service, look.operation, spot.region, **look.parameters(asked))
            key = key_in(surface, look.operation, look.wrapper, look.unwrapped(answer), place)
        except NotRead as problem:
            if problem.kind is Refusal.GONE:
                continue
            if problem.kind in FATAL:
                raise
            key = Fact(Unknown(problem.reason), place)
        yield Version(name, key, routed.get(name, ()))


def _routed(
    spot: Spot, surface: Surface, calls: SurfaceCalls, resource: Answer
) -> Mapping[str, tuple[str, ...]]:
    """The aliases that route to each version."""
    if calls.list_aliases is None:
        return {}
    how = listing(spot.account.model(surface.service, calls.list_aliases.operation, spot.region))
    found: dict[str, tuple[str, ...]] = {}
    for alias in _listed(spot, surface.service, how, resource):
        for route in items(alias, "routingConfiguration"):
            version = _version_in(route)
            found[version] = (*found.get(version, ()), text(alias, "agentAliasName", "name"))
    return found


def _listed(spot: Spot, service: str, how: Listing, resource: Answer) -> Iterator[Answer]:
    given = {}
    for parameter in how.required:
        names = (parameter, parameter.removesuffix("Identifier") + "Id", "id")
        given[parameter] = text(resource, *names)
    for page in spot.account.pages(service, how.operation, spot.region, **how.parameters, **given):
        yield from items(page, how.member)


def _version_in(item: Answer) -> str:
    return text(item, "agentVersion", "flowVersion", "version")
