"""The resources of an account that take a key, page by page: one list for all, one look at each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bedrock_cmk_guard.audit_calls import Call, SurfaceCalls, calls_of
from bedrock_cmk_guard.sources.aws.answers import Answer, date, items, tags_in, text
from bedrock_cmk_guard.sources.aws.circumstances import holds
from bedrock_cmk_guard.sources.aws.key_names import key_in
from bedrock_cmk_guard.sources.aws.refusals import FATAL, NotRead, Refusal
from bedrock_cmk_guard.sources.aws.shapes import (
    Listing,
    Lookup,
    address_of,
    arn_member,
    listing,
    lookup,
    name_of,
    role_of,
)
from bedrock_cmk_guard.sources.aws.spot import Spot
from bedrock_cmk_guard.sources.aws.versions import read_versions
from bedrock_cmk_guard.subjects import EncryptedResource, Fact, Unknown, Version
from bedrock_cmk_guard.surfaces import Surface

Read = Callable[[Answer], tuple[EncryptedResource, ...]]
Each = Callable[[Read, Iterable[Answer]], Iterable[tuple[EncryptedResource, ...]]]
"""Does something with each of several items, perhaps several at a time."""

_CREATED = ("createdAt", "creationTime", "createdTime", "submitTime")


@dataclass(frozen=True, slots=True)
class Group:
    """Surfaces that one list and one look-up answer for: an agent, and the memory that it keeps."""

    surfaces: tuple[Surface, ...]
    calls: SurfaceCalls
    parent: SurfaceCalls | None = None
    """How what the list must be given is listed itself."""

    @property
    def service(self) -> str:
        """The service, as boto3 calls it."""
        return self.surfaces[0].service


def groups(surfaces: Iterable[Surface]) -> Iterator[Group]:
    """The surfaces that an audit reads, together where they are read together."""
    together: dict[tuple[str, Call | None, Call | None], list[Surface]] = {}
    read: list[SurfaceCalls] = []
    for surface in surfaces:
        calls = calls_of(surface)
        if calls is not None:
            read.append(calls)
            together.setdefault((surface.service, calls.list, calls.get), []).append(surface)
    for members in together.values():
        # One that has versions knows more of how to read them all.
        best = max((calls for each in members if (calls := calls_of(each))), key=lambda c: len([*c.every()]))
        yield Group(tuple(members), best, _parent(best, read))


def _parent(calls: SurfaceCalls, others: Sequence[SurfaceCalls]) -> SurfaceCalls | None:
    """Data sources are listed by knowledge base: what else of the service is listed may say the parameter."""
    if calls.list is None or calls.list.operation not in _NESTED:
        return None
    return next(
        each
        for each in others
        if each.list is not None and each.list.operation == _NESTED[calls.list.operation]
    )


_NESTED: Mapping[str, str] = {"ListDataSources": "ListKnowledgeBases"}


def read_group(spot: Spot, group: Group, each: Each) -> Iterator[tuple[EncryptedResource, ...]]:
    """Read every resource of a group, a page at a time.

    Raises:
        NotRead: the list could not be read to its end; what was given before stands.

    """
    reader = _Reader(spot, group)
    seen: set[int] = set()
    for page in reader.pages():
        new = {mark: item for item in page if (mark := hash(reader.identity(item))) not in seen}
        # What stands on two pages is read once.
        seen.update(new)
        yield tuple(resource for some in each(reader.read, new.values()) for resource in some)


class _Reader:
    """The reading of one group in one place."""

    def __init__(self, spot: Spot, group: Group) -> None:
        self._spot = spot
        self._group = group
        calls, service = group.calls, group.service
        self._listing: Listing | None = None
        self._lookup: Lookup | None = None
        members: frozenset[str] = frozenset()
        if calls.list is not None:
            self._listing = listing(spot.account.model(service, calls.list.operation, spot.region))
            members = self._listing.members | frozenset(self._listing.required)
        if calls.get is not None:
            self._lookup = lookup(spot.account.model(service, calls.get.operation, spot.region), members)

    def pages(self) -> Iterator[list[Answer]]:
        if self._listing is None:
            yield [{}]  # there is exactly one
            return
        for given in self._above():
            asked = {**self._listing.parameters, **given}
            for page in self._pages(self._listing, asked):
                yield [{**given, **item} for item in page]

    def _pages(self, how: Listing, asked: Mapping[str, object]) -> Iterator[list[Answer]]:
        spot = self._spot
        for page in spot.account.pages(self._group.service, how.operation, spot.region, **asked):
            yield items(page, how.member)

    def _above(self) -> Iterator[Mapping[str, object]]:
        """What the list must be given: nothing, mostly; else what another list says."""
        parent = self._group.parent
        if parent is None or parent.list is None or self._listing is None:
            yield {}
            return
        spot = self._spot
        how = listing(spot.account.model(self._group.service, parent.list.operation, spot.region))
        for page in self._pages(how, how.parameters):
            for item in page:
                yield {name: item[name] for name in self._listing.required if name in item}

    def identity(self, item: Answer) -> tuple[object, ...]:
        how = self._lookup
        if how is not None and how.identifiers:
            return tuple(item.get(member) for member in how.identifiers.values())
        return tuple(
            value for name, value in item.items() if name.endswith(("Arn", "Id")) or name in ("arn", "id")
        )

    def read(self, item: Answer) -> tuple[EncryptedResource, ...]:
        """What an item is: a resource for each surface of which it is an instance; nothing, if it has gone."""
        try:
            resource = self._resource(item)
        except NotRead as problem:
            if problem.kind is Refusal.GONE:
                return ()
            # What no list shows may not be there at all: then it is the surface that was not read.
            if problem.kind in FATAL or self._listing is None:
                raise
            return tuple(self._unread(surface, item, problem.reason) for surface in self._group.surfaces[:1])
        whose = [surface for surface in self._group.surfaces if holds(surface.id, resource)]
        if not whose:
            return ()
        tags = self._tags(resource)
        versions = read_versions(self._spot, self._group.surfaces[0], self._group.calls, {**item, **resource})
        return tuple(self._made(surface, item, resource, tags, versions) for surface in whose)

    def _resource(self, item: Answer) -> Answer:
        how, spot = self._lookup, self._spot
        if how is None:
            return item
        answer = spot.account.call(self._group.service, how.operation, spot.region, **how.parameters(item))
        return how.unwrapped(answer)

    def _tags(self, resource: Answer) -> Fact[Mapping[str, str | Unknown]]:
        if "tags" in resource:
            return Fact(dict(tags_in(resource["tags"])))
        arn = text(resource, arn_member(resource, self._identifying()))
        calls, spot = self._group.calls, self._spot
        if calls.tags is None or not arn:
            return Fact(Unknown("the service shows no tags of it"))
        try:
            model = spot.account.model(calls.tags.service, calls.tags.operation, spot.region)
            (parameter,) = model.input_shape.required_members
            answer = spot.account.call(
                calls.tags.service, calls.tags.operation, spot.region, **{parameter: arn}
            )
        except NotRead as problem:
            if problem.kind in FATAL:
                raise
            return Fact(Unknown(problem.reason))
        return Fact(dict(tags_in(answer.get("tags"))))

    def _wrapper(self) -> str:
        """What stands before the resource in a path of the catalogue."""
        if self._lookup is not None:
            return self._lookup.wrapper
        return self._listing.member if self._listing is not None else ""

    def _identifying(self) -> tuple[str, ...]:
        return tuple(self._lookup.identifiers) if self._lookup is not None else ()

    def _address(self, item: Answer, resource: Answer) -> str:
        spot, surface = self._spot, self._group.surfaces[0]
        for answer in (resource, item):
            if found := text(answer, arn_member(answer, self._identifying())):
                return found
        only = next((each for each in item if each.endswith("Arn")), "")
        if only:
            return text(item, only)
        if self._lookup is not None and self._lookup.identifiers:
            known: Answer = {name: item.get(member) for name, member in self._lookup.identifiers.items()}
        else:
            known = {name: value for name, value in resource.items() if name.endswith("Id")}
        return address_of(surface.iam_prefix, (spot.partition, spot.region, spot.account.id), known)

    def _made(
        self,
        surface: Surface,
        item: Answer,
        resource: Answer,
        tags: Fact[Mapping[str, str | Unknown]],
        versions: tuple[Version, ...],
    ) -> EncryptedResource:
        spot = self._spot
        address = self._address(item, resource)
        call = self._group.calls.get or self._group.calls.list
        role = role_of(resource)
        named = name_of({**item, **resource}, arn_member(resource, self._identifying()))
        return EncryptedResource(
            surface=surface.id,
            type=surface.service,
            address=address,
            place=spot.place(surface.id),
            key=key_in(
                surface, call.operation if call else "", self._wrapper(), resource, spot.place(surface.id)
            ),
            attribute=surface.key.request[0].path,
            name=Fact(named or address.rpartition("/")[2]),
            account=Fact(spot.account.id),
            region=Fact(spot.region),
            tags=tags,
            role=Fact(role) if role else None,
            # Memory is wrapped anew when the agent gets another key; versions are the agent's own.
            versions=versions if surface is self._group.surfaces[0] else (),
            made=date(resource, *_CREATED),
        )

    def _unread(self, surface: Surface, item: Answer, reason: str) -> EncryptedResource:
        """One that is listed and could not be looked at: nobody knows what is true of it."""
        spot = self._spot
        place = spot.place(surface.id)
        return EncryptedResource(
            surface=surface.id,
            type=surface.service,
            address=self._address(item, item),
            place=place,
            key=Fact(Unknown(reason), place),
            attribute=surface.key.request[0].path,
            name=Fact(name_of(item, arn_member(item, self._identifying())) or "?"),
            account=Fact(spot.account.id),
            region=Fact(spot.region),
            tags=Fact(Unknown(reason)),
        )
