"""The organisation: its accounts, and the policies that bind a target, attached to it or above it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from bedrock_cmk_guard.sources.aws.answers import items, part, text
from bedrock_cmk_guard.sources.aws.spot import Spot


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the organisation."""

    id: str
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class Attached:
    """A policy that binds a target."""

    id: str
    name: str
    target: str
    """Where it is attached: the target, or what is above it."""
    content: object
    """Its JSON; None where that does not parse."""


def members(spot: Spot) -> tuple[Member, ...]:
    """The accounts of the organisation that the session's account is of.

    Raises:
        NotRead: they cannot be listed: only the management account and delegated administrators may.

    """
    pages = spot.account.pages("organizations", "ListAccounts", spot.region)
    return tuple(
        Member(text(each, "Id"), text(each, "Name"), text(each, "State", "Status") == "ACTIVE")
        for page in pages
        for each in items(page, "Accounts")
    )


def organization_id(spot: Spot) -> str:
    """The organisation's id.

    Raises:
        NotRead: it cannot be told.

    """
    answer = spot.account.call("organizations", "DescribeOrganization", spot.region)
    return text(part(answer, "Organization"), "Id")


class AttachedPolicies:
    """What is attached where; each target and policy is read once."""

    def __init__(self, spot: Spot) -> None:
        self._spot = spot
        self._above: dict[str, tuple[str, ...]] = {}
        self._policies: dict[str, object] = {}
        self._attached: dict[tuple[str, str], tuple[Attached, ...]] = {}

    def binding(self, target: str, kind: str) -> Iterator[Attached]:
        """The policies of a kind (``SERVICE_CONTROL_POLICY``) that bind a target.

        Raises:
            NotRead: they cannot be told.

        """
        for each in (target, *self._parents(target)):
            yield from self._at(each, kind)

    def _parents(self, target: str) -> tuple[str, ...]:
        found = self._above.get(target)
        if found is None:
            found = ()
            if not target.startswith("r-"):
                answer = self._spot.account.call(
                    "organizations", "ListParents", self._spot.region, ChildId=target
                )
                parents = [text(each, "Id") for each in items(answer, "Parents")]
                found = tuple(above for each in parents for above in (each, *self._parents(each)))
            self._above[target] = found
        return found

    def _at(self, target: str, kind: str) -> tuple[Attached, ...]:
        found = self._attached.get((target, kind))
        if found is None:
            pages = self._spot.account.pages(
                "organizations", "ListPoliciesForTarget", self._spot.region, TargetId=target, Filter=kind
            )
            found = tuple(
                Attached(text(each, "Id"), text(each, "Name"), target, self._content(text(each, "Id")))
                for page in pages
                for each in items(page, "Policies")
            )
            self._attached[target, kind] = found
        return found

    def _content(self, policy: str) -> object:
        if policy not in self._policies:
            answer = self._spot.account.call(
                "organizations", "DescribePolicy", self._spot.region, PolicyId=policy
            )
            try:
                self._policies[policy] = json.loads(text(part(answer, "Policy"), "Content"))
            except (ValueError, RecursionError):
                self._policies[policy] = None
        return self._policies[policy]
