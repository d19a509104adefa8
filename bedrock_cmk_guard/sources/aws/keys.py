"""The keys that resources name: each read once, through the account that holds it."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Mapping
from typing import Literal, TypeVar

from bedrock_cmk_guard.sources.aws.answers import Answer, items, part, tags_in, text
from bedrock_cmk_guard.sources.aws.calls import Account
from bedrock_cmk_guard.sources.aws.refusals import NotRead, Refusal
from bedrock_cmk_guard.sources.aws.spot import Spot
from bedrock_cmk_guard.subjects import GONE, Document, Fact, Grant, Key, Place, Unknown

T = TypeVar("T")

KEY_SURFACE = "kms-key"
Holder = Callable[[str], Account | None]
"""The account of an id, where the audit may read in it."""


class Keys:
    """The keys of an audit. Safe in several threads: each key is read once, and the others wait for it."""

    def __init__(self, holder: Holder) -> None:
        self._holder = holder
        self._lock = threading.Lock()
        self._known: dict[str, Key] = {}
        self._reading: dict[str, threading.Lock] = {}

    def read(self, name: str, spot: Spot) -> Key:
        """The key of a name, as a resource in this place means it."""
        mark = name if name.startswith("arn:") else f"{spot.account.id}/{spot.region}/{name}"
        with self._lock:
            lock = self._reading.setdefault(mark, threading.Lock())
        with lock:
            found = self._known.get(mark)
            if found is None:
                found = self._read(name, spot)
                with self._lock:
                    self._known[mark] = found
        return found

    def _read(self, name: str, spot: Spot) -> Key:
        parts = name.split(":")
        own = len(parts) < 5 or parts[4] == spot.account.id
        region = parts[3] if len(parts) > 3 and parts[3] else spot.region
        account = spot.account if own else (self._holder(parts[4]) or spot.account)
        try:
            answer = account.call("kms", "DescribeKey", region, KeyId=name)
        except NotRead as problem:
            if problem.kind is Refusal.STOPPED:
                raise
            # In another account a key that does not exist and one that is kept from us look the same.
            gone = problem.kind is Refusal.GONE and account.id == (parts[4] if len(parts) > 4 else account.id)
            return _unread(name, spot, region, problem.reason, state=GONE if gone else None)
        return _key(account, region, part(answer, "KeyMetadata"))


def _key(account: Account, region: str, data: Answer) -> Key:
    arn = text(data, "Arn")
    place = Place(f"aws/{arn.split(':')[4]}/{region}/{KEY_SURFACE}")
    manager: Literal["CUSTOMER", "AWS"] = "AWS" if data.get("KeyManager") == "AWS" else "CUSTOMER"
    own = manager == "CUSTOMER"

    def ask(read: Callable[[], T]) -> Fact[T]:
        if not own:
            return Fact(Unknown("it is a key that AWS manages"))
        try:
            return Fact(read(), place)
        except NotRead as problem:
            if problem.kind is Refusal.STOPPED:
                raise
            return Fact(Unknown(problem.reason), place)

    def call(operation: str, **parameters: object) -> Answer:
        return account.call("kms", operation, region, KeyId=arn, **parameters)

    def gather(operation: str, member: str) -> list[Answer]:
        pages = account.pages("kms", operation, region, KeyId=arn)
        return [each for page in pages for each in items(page, member)]

    # KMS knows no rotation of other keys, and refuses to speak of it.
    rotates = (
        data.get("KeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT" and data.get("Origin") == "AWS_KMS"
    )
    rotation: Fact[Answer] = ask(lambda: call("GetKeyRotationStatus")) if rotates else Fact({})
    aliases = ask(lambda: tuple(text(each, "AliasName") for each in gather("ListAliases", "Aliases")))
    tags: Fact[Mapping[str, str | Unknown]] = ask(lambda: dict(tags_in(gather("ListResourceTags", "Tags"))))
    deleted = data.get("DeletionDate")
    return Key(
        address=arn,
        place=place,
        arn=arn,
        declared=own,
        account=Fact(text(data, "AWSAccountId") or arn.split(":")[4]),
        region=Fact(region),
        manager=Fact(manager),
        spec=_said(data, "KeySpec"),
        usage=_said(data, "KeyUsage"),
        origin=_said(data, "Origin"),
        enabled=Fact(bool(data.get("Enabled"))),
        multi_region=Fact(bool(data.get("MultiRegion"))),
        rotation=_derived(rotation, lambda found: bool(found.get("KeyRotationEnabled"))),
        rotation_period_days=_derived(rotation, _period),
        # KMS keeps none: whoever schedules the deletion says how long it waits.
        deletion_window_days=Fact(None),
        tags=tags,
        policy=ask(lambda: _document(text(call("GetKeyPolicy", PolicyName="default"), "Policy"))),
        aliases=aliases.known() or (),
        unknown_alias=aliases.value.reason if own and isinstance(aliases.value, Unknown) else "",
        state=text(data, "KeyState"),
        deleted_on=deleted.astimezone(dt.UTC).date() if isinstance(deleted, dt.datetime) else None,
        grants=ask(lambda: tuple(map(_grant, gather("ListGrants", "Grants")))) if own else None,
    )


def _said(data: Answer, name: str) -> Fact[str]:
    return Fact(text(data, name) or Unknown(f"KMS does not say its {name}"))


def _period(rotation: Answer) -> int | None:
    days = rotation.get("RotationPeriodInDays")
    return days if isinstance(days, int) else None


def _derived(fact: Fact[Answer], read: Callable[[Answer], T]) -> Fact[T]:
    return Fact(fact.value if isinstance(fact.value, Unknown) else read(fact.value), fact.place)


def _grant(answer: Answer) -> Grant:
    operations = answer.get("Operations")
    return Grant(
        text(answer, "GrantId"),
        text(answer, "GranteePrincipal"),
        tuple(str(each) for each in operations) if isinstance(operations, list) else (),
    )


def _document(policy: str) -> Document | Unknown:
    try:
        found: Document = json.loads(policy)
    except (ValueError, RecursionError):
        return Unknown("the key policy that KMS shows does not parse")
    return found


def _unread(name: str, spot: Spot, region: str, reason: str, *, state: str | None) -> Key:
    """A key that cannot be looked at: nothing is true of it for sure."""
    why = Unknown(reason)
    arn = name if name.startswith("arn:") else f"arn:{spot.partition}:kms:{region}:{spot.account.id}:{name}"
    return Key(
        address=name,
        place=Place(
            f"aws/{arn.split(':')[4] if arn.count(':') > 4 else spot.account.id}/{region}/{KEY_SURFACE}"
        ),
        arn=arn,
        declared=False,
        account=Fact(arn.split(":")[4]) if arn.count(":") > 4 else Fact(why),
        region=Fact(region),
        manager=Fact(why),
        spec=Fact(why),
        usage=Fact(why),
        origin=Fact(why),
        enabled=Fact(why),
        multi_region=Fact(why),
        rotation=Fact(why),
        rotation_period_days=Fact(why),
        deletion_window_days=Fact(why),
        tags=Fact(why),
        policy=Fact(why),
        aliases=(name,) if name.startswith("alias/") else (),
        state=state,
    )
