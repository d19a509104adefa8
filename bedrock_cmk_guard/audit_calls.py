"""Every call that an audit makes: what the auditor's policy is built from, and what the audit is held to.

Which operation lists a surface and which shows its key is the catalogue's; what is added here is what surrounds them:
tags, keys, roles, and the policies of the organisation. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from bedrock_cmk_guard.surfaces import KeyPurpose, Surface, catalogue


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """One operation, and the IAM action that allows it."""

    service: str
    """botocore's name of the service."""
    operation: str
    action: str
    """Empty for what is not a matter of the auditor's own policy: who one is, and taking the auditor's role."""


@dataclass(frozen=True, slots=True)
class SurfaceCalls:
    """How the resources of a surface are read; None for what it does not take."""

    list: Call | None
    get: Call | None
    list_versions: Call | None
    get_version: Call | None
    list_aliases: Call | None
    tags: Call | None

    def every(self) -> Iterator[Call]:
        """The calls that it takes."""
        for call in (self.list, self.get, self.list_versions, self.get_version, self.list_aliases, self.tags):
            if call is not None:
                yield call


# Services whose resources have tags. The others have no such operation, or answer with the tags.
_TAGGED = frozenset(
    {
        "agent-registry-control",
        "bedrock",
        "bedrock-agent",
        "bedrock-agent-runtime",
        "bedrock-agentcore-control",
    }
    | {"bedrock-data-automation"}
)
_KEYS = (
    "DescribeKey",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "ListAliases",
    "ListGrants",
    "ListResourceTags",
)
_ROLES = (
    "GetPolicy",
    "GetPolicyVersion",
    "GetRole",
    "GetRolePolicy",
    "ListAttachedRolePolicies",
    "ListRolePolicies",
)
_ORGANIZATION = (
    "DescribeOrganization",
    "DescribePolicy",
    "ListAccounts",
    "ListParents",
    "ListPoliciesForTarget",
)

IDENTITY = (Call("sts", "AssumeRole", ""), Call("sts", "GetCallerIdentity", ""))
AROUND = tuple(
    Call(service, operation, f"{service}:{operation}")
    for service, operations in (("iam", _ROLES), ("kms", _KEYS), ("organizations", _ORGANIZATION))
    for operation in operations
)


def why_unread(surface: Surface) -> str:
    """Why no audit reads a surface; nothing, where it is read."""
    if surface.key.purpose is not KeyPurpose.ENCRYPTION:
        return "its key signs, and protects nothing at rest"
    if not {"get", "list"} & surface.operations.keys():
        return "its key is named call by call, and nothing is left that could be listed: see CloudTrail"
    reads = {surface.operations[each] for each in ("get", "list") if each in surface.operations}
    named = {f"{surface.iam_prefix}:{operation}" for operation in reads}
    if named & {each.action for each in surface.unlisted_actions}:
        return "AWS's authorization data lists no action that an auditor could be allowed"
    return ""


def calls_of(surface: Surface) -> SurfaceCalls | None:
    """How a surface is read; None where no audit reads it."""
    if why_unread(surface):
        return None

    def call(*purposes: str) -> Call | None:
        operation = next((surface.operations[each] for each in purposes if each in surface.operations), None)
        if operation is None:
            return None
        return Call(surface.service, operation, f"{surface.iam_prefix}:{operation}")

    listing = call("list_without_key_use", "list")
    shown = {path.operation for path in surface.key.response}
    shows_key = listing is not None and listing.operation in shown
    versions = call("list_versions")
    tags = Call(surface.service, "ListTagsForResource", f"{surface.iam_prefix}:ListTagsForResource")
    return SurfaceCalls(
        list=listing,
        get=None if shows_key else call("get"),
        list_versions=versions,
        get_version=call("get_version") if versions is not None else None,
        list_aliases=call("list_aliases") if versions is not None else None,
        tags=tags if surface.service in _TAGGED else None,
    )


@cache
def audit_calls() -> frozenset[Call]:
    """Every call of an audit."""
    found = {*AROUND, *IDENTITY}
    for surface in catalogue().surfaces.values():
        calls = calls_of(surface)
        found.update(calls.every() if calls is not None else ())
    return frozenset(found)


def surface_actions() -> tuple[str, ...]:
    """What the auditor's policy allows so that surfaces can be read."""
    around = {call.action for call in (*AROUND, *IDENTITY)}
    return tuple(sorted({call.action for call in audit_calls()} - around))
