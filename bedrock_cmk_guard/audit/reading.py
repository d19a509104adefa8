"""Reads accounts in threads, and gives what it reads as it comes. How much waits to be judged is bounded."""

from __future__ import annotations

import queue
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from urllib.parse import urlsplit

from bedrock_cmk_guard.audit.events import Done, Event, Listed, NotOffered, Page, Unread
from bedrock_cmk_guard.audit.pool import Pool
from bedrock_cmk_guard.audit.scope import Speed
from bedrock_cmk_guard.controls.context import options
from bedrock_cmk_guard.history.records import Cell
from bedrock_cmk_guard.sources.aws.answers import Answer
from bedrock_cmk_guard.sources.aws.calls import Account, Shared
from bedrock_cmk_guard.sources.aws.keys import Keys
from bedrock_cmk_guard.sources.aws.refusals import NotRead, Refusal
from bedrock_cmk_guard.sources.aws.resources import Group, read_group
from bedrock_cmk_guard.sources.aws.roles import Roles
from bedrock_cmk_guard.sources.aws.sessions import Ways
from bedrock_cmk_guard.sources.aws.spot import Spot
from bedrock_cmk_guard.subjects import EncryptedResource, KeyName

_WAITING = 64
_PATIENCE = 0.2
_LAST_SECONDS = 5
"""So long is waited for what is under way when an audit is broken off."""


class Readers:
    """The reading of many accounts."""

    def __init__(
        self,
        ways: Ways,
        shared: Shared,
        accounts: Sequence[str],
        regions: Sequence[str],
        groups: Sequence[Group],
        speed: Speed,
        done: frozenset[Cell] = frozenset(),
    ) -> None:
        """``done`` are the cells that an earlier part of the same audit has read."""
        self._ways = ways
        self._shared = shared
        self._accounts = accounts
        self._regions = regions
        self._groups = groups
        self._done = done
        self._events: queue.Queue[Event] = queue.Queue(_WAITING)
        self._keys = Keys(self._holder)
        self._roles = Roles()
        self._jobs: list[Future[None]] = []
        self._done_with = 0
        self._finished = False
        self._abandoned = False
        self._holders: dict[str, Account | None] = {}
        self._several = Pool(speed.accounts, "account")
        self._lists = Pool(speed.lists, "list")
        self._reads = Pool(speed.reads, "read")

    def events(self, enough: Callable[[], bool]) -> Iterator[Event]:
        """Give everything that is read, until there is no more, or it is enough."""
        self._jobs = [self._several.submit(self._account, account) for account in self._accounts]
        yield from self._rest(enough)

    def stop(self, enough: Callable[[], bool]) -> Iterator[Event]:
        """Break off, and give what is on its way, for a little while: whoever still reads may hang.

        No further call gets through.
        """
        self._shared.stop.set()
        self._several.close()
        until = time.monotonic() + _LAST_SECONDS
        yield from self._rest(lambda: enough() or time.monotonic() > until)

    def _rest(self, enough: Callable[[], bool]) -> Iterator[Event]:
        while self._done_with < sum(not job.cancelled() for job in self._jobs):
            if enough():
                return
            try:
                event = self._events.get(timeout=_PATIENCE)
            except queue.Empty:
                continue
            self._done_with += isinstance(event, Done)
            yield event
        self._finished = True
        self._close()

    def _close(self) -> None:
        for pool in (self._several, self._lists, self._reads):
            pool.close()

    def abandon(self) -> None:
        """Nobody takes any more of what is read: whoever waits to say something need not."""
        if not self._finished:
            self._abandoned = True
            self._shared.stop.set()
            self._close()

    def _put(self, event: Event) -> None:
        while not self._abandoned:
            try:
                self._events.put(event, timeout=_PATIENCE)
            except queue.Full:
                continue
            return

    def _account(self, account: str) -> None:
        """Read an account; whatever happens, it is said, and then that it is done."""
        whole = False
        try:
            whole = self._read_account(account)
        except NotRead as problem:
            for region in self._wanted(account):
                self._put(Unread(Cell(account, region), problem.reason))
            whole = problem.kind is not Refusal.STOPPED
        except Exception as problem:
            for region in self._wanted(account):
                self._put(Unread(Cell(account, region), _fault(problem)))
            whole = True
        finally:
            self._put(Done(account, whole and not self._shared.stop.is_set()))

    def _wanted(self, account: str) -> list[str]:
        return [region for region in self._regions if Cell(account, region) not in self._done]

    def _read_account(self, account: str) -> bool:
        regions = self._wanted(account)
        if not regions:
            return True
        entered = self._ways.into(account)
        jobs = [
            self._lists.submit(self._group, Spot(entered, region, self._ways.partition), group)
            for region in regions
            for group in self._groups
        ]
        for job in jobs:
            job.result()
        self._roles.forget(account)
        self._shared.limiter.forget(account)
        if account != self._ways.home.id:
            entered.close()
        return True

    def _group(self, spot: Spot, group: Group) -> None:
        cells = [Cell(spot.account.id, spot.region, surface.id) for surface in group.surfaces]
        try:
            for resources in read_group(spot, group, self._each):
                if resources:
                    self._put(self._page(spot, resources))
        except NotRead as problem:
            for cell in cells:
                if problem.kind is Refusal.NO_ENDPOINT and _has_kms(spot):
                    self._put(NotOffered(cell, group.service))
                else:
                    self._put(Unread(cell, problem.reason))
        except Exception as problem:
            for cell in cells:
                self._put(Unread(cell, _fault(problem)))
        self._put(Listed())

    def _each(
        self, read: Callable[[Answer], tuple[EncryptedResource, ...]], found: Iterable[Answer]
    ) -> Iterable[tuple[EncryptedResource, ...]]:
        return self._reads.map(read, found)

    def _page(self, spot: Spot, resources: tuple[EncryptedResource, ...]) -> Page:
        names = dict.fromkeys(name for each in resources for name in _names(each))
        roles = dict.fromkeys(role for each in resources if each.role and (role := each.role.known()))
        keys = self._reads.map(lambda name: self._keys.read(name, spot), names)
        known = self._reads.map(lambda role: self._roles.read(role, spot), roles)
        return Page(
            spot.account.id,
            spot.region,
            resources,
            tuple({key.arn: key for key in keys}.values()),
            tuple(role for role in known if role is not None),
        )

    def _holder(self, account: str) -> Account | None:
        """The account that holds a key, if the audit may enter it."""
        if account not in self._holders:
            try:
                self._holders[account] = self._ways.into(account)
            except NotRead:
                self._holders[account] = None
        return self._holders[account]


def _names(resource: EncryptedResource) -> Iterator[str]:
    """Whatever names a key: the resource, and the versions of it."""
    yield from (each.text for each in options(resource) if isinstance(each, KeyName))
    for version in resource.versions:
        if isinstance(version.key.value, KeyName):
            yield version.key.value.text


def _has_kms(spot: Spot) -> bool:
    """Whether KMS, which is everywhere, has an endpoint where another service has none."""
    try:
        host = urlsplit(spot.account.endpoint("kms", spot.region)).hostname
        return bool(host) and bool(socket.getaddrinfo(host, 443))
    except (OSError, NotRead):
        return False


def _fault(problem: Exception) -> str:
    what = " ".join(f"{type(problem).__name__}: {problem}".split())
    return f"it was not read, by a fault of bedrock-cmk-guard: {what[:300]}"
