"""The roles that services run as: each read once in its account, with every policy that it has."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from bedrock_cmk_guard.sources.aws.answers import Answer, items, part, text
from bedrock_cmk_guard.sources.aws.refusals import NotRead, Refusal
from bedrock_cmk_guard.sources.aws.spot import Spot
from bedrock_cmk_guard.subjects import Document, Fact, Place, Role, Unknown

ROLE_SURFACE = "iam-role"
GLOBAL = "global"
"""Stands for the Region of what has none."""


class Roles:
    """The roles of an audit. Safe in several threads: each role and policy is read once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Role] = {}
        self._reading: dict[str, threading.Lock] = {}
        self._policies: dict[str, Fact[Document]] = {}

    def read(self, arn: str, spot: Spot) -> Role | None:
        """The role of an ARN; None for one of another account, which this one's auditor cannot look at."""
        parts = arn.split(":")
        if len(parts) < 6 or parts[4] != spot.account.id:
            return None
        with self._lock:
            lock = self._reading.setdefault(arn, threading.Lock())
        with lock:
            found = self._known.get(arn)
            if found is None:
                found = self._read(arn, spot)
                with self._lock:
                    self._known[arn] = found
        return found

    def forget(self, account: str) -> None:
        """An account is done: its roles are asked for no more."""
        with self._lock:
            for arn in [arn for arn in self._known if arn.split(":")[4] == account]:
                del self._known[arn]
                self._reading.pop(arn, None)
            for arn in [arn for arn in self._policies if arn.split(":")[4] == account]:
                del self._policies[arn]

    def _read(self, arn: str, spot: Spot) -> Role:
        account = spot.account
        name = arn.rpartition("/")[2]
        place = Place(f"aws/{account.id}/{GLOBAL}/{ROLE_SURFACE}")
        try:
            answer = part(account.call("iam", "GetRole", spot.region, RoleName=name), "Role")
        except NotRead as problem:
            if problem.kind is Refusal.STOPPED:
                raise
            gone = problem.kind is Refusal.GONE
            why: Unknown = Unknown("there is no such role" if gone else problem.reason)
            trust: Fact[Document] = Fact(why, place)
            return Role(
                address=arn,
                place=place,
                arn=arn,
                name=Fact(name),
                account=Fact(account.id),
                trust=trust,
                policies=(Fact(why, place),),
            )
        boundary = text(part(answer, "PermissionsBoundary"), "PermissionsBoundaryArn")
        return Role(
            address=arn,
            place=place,
            arn=arn,
            name=Fact(name),
            account=Fact(account.id),
            trust=Fact(_document(answer.get("AssumeRolePolicyDocument")), place),
            policies=(*self._inline(spot, name, place), *self._attached(spot, name, place)),
            boundary=self._managed(spot, boundary, place) if boundary else None,
        )

    def _inline(self, spot: Spot, role: str, place: Place) -> Iterator[Fact[Document]]:
        try:
            for page in spot.account.pages("iam", "ListRolePolicies", spot.region, RoleName=role):
                names = page.get("PolicyNames")
                for name in names if isinstance(names, list) else ():
                    answer = spot.account.call(
                        "iam", "GetRolePolicy", spot.region, RoleName=role, PolicyName=str(name)
                    )
                    yield Fact(_document(answer.get("PolicyDocument")), place)
        except NotRead as problem:
            if problem.kind is Refusal.STOPPED:
                raise
            yield Fact(Unknown(problem.reason), place)

    def _attached(self, spot: Spot, role: str, place: Place) -> Iterator[Fact[Document]]:
        try:
            for page in spot.account.pages("iam", "ListAttachedRolePolicies", spot.region, RoleName=role):
                for each in items(page, "AttachedPolicies"):
                    yield self._managed(spot, text(each, "PolicyArn"), place)
        except NotRead as problem:
            if problem.kind is Refusal.STOPPED:
                raise
            yield Fact(Unknown(problem.reason), place)

    def _managed(self, spot: Spot, arn: str, place: Place) -> Fact[Document]:
        found = self._policies.get(arn)
        if found is not None:
            return found
        try:
            policy = part(spot.account.call("iam", "GetPolicy", spot.region, PolicyArn=arn), "Policy")
            version = text(policy, "DefaultVersionId")
            answer: Answer = spot.account.call(
                "iam", "GetPolicyVersion", spot.region, PolicyArn=arn, VersionId=version
            )
        except NotRead as problem:
            if problem.kind is Refusal.STOPPED:
                raise
            return Fact(Unknown(problem.reason), place)
        found = Fact(_document(part(answer, "PolicyVersion").get("Document")), place)
        # AWS's own are the same in every account, and many roles have them.
        with self._lock:
            self._policies[arn] = found
        return found


def _document(value: object) -> Document | Unknown:
    """A policy as boto3 gives it: parsed, or as text where it could not parse it."""
    if isinstance(value, dict):
        return value
    return Unknown("the policy that IAM shows does not parse")
