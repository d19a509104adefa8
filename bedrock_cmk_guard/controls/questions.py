"""Can this principal use this key: put to the evaluator, with all policies that were read together.

Where parts of the policies cannot be known, the question is asked of the reading that gives the least access and of
the one that gives the most. Where the code leaves its account or Region to whoever applies it, a literal one in a
policy may be the same: then a refusal is not sure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bedrock_cmk_guard.controls.documents import Policy, in_any_place, read_policy, renamed, settled
from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.iam.access import owners
from bedrock_cmk_guard.iam.evaluator import (
    Decision,
    Open,
    OpenRequest,
    Outcome,
    PolicySet,
    evaluate,
    supplied_by_aws,
)
from bedrock_cmk_guard.kms_calls import open_keys, with_open_keys
from bedrock_cmk_guard.subjects import Document, Key, Reading, Role, Unknown

EVERYTHING = PolicyDocument(PolicyKind.IDENTITY, (Statement(sid="", effect=Effect.ALLOW, actions=("*",)),))
"""What an administrator of the account has."""
_ORGANIZATION = ("aws:principalorgid", "aws:resourceorgid", "aws:sourceorgid")


class _Change(Protocol):
    """Settles what a document leaves open."""

    __name__: str

    def __call__(self, document: Document | Unknown) -> Document | Unknown: ...


Values = str | tuple[str, ...] | Open


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer to one question."""

    allowed: bool | None
    """None where it cannot be known."""
    why: str
    """What decides it, or what keeps it from being known."""
    explicit: bool = False
    """Whether a statement denies it."""


@dataclass(frozen=True, slots=True)
class _Documents:
    """The policies in one way of reading them."""

    key: Policy
    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None

    @property
    def doubts(self) -> list[str]:
        every = (self.key, *self.identity, *((self.boundary,) if self.boundary is not None else ()))
        found = [policy.doubt for policy in every if policy.doubt]
        if not found and any(said.certain is None for policy in every for said in policy.statements):
            found.append("a statement of the policies has parts that cannot be known")
        return found


class KeyQuestions:
    """Questions about one key, with what was read beside it."""

    def __init__(self, reading: Reading, arn: str, key: Key | None) -> None:
        self._reading = reading
        self._arn = arn
        self._key = key
        self._parts = arn.split(":")
        self._document: Document | Unknown = (
            default_key_policy(self._parts[1], self._parts[4]) if key is None else _policy_of(key)
        )
        self._own_account = self._account()
        self._read: dict[tuple[int, str, PolicyKind], Policy] = {}

    @property
    def region(self) -> str:
        """The Region in the key's ARN."""
        return self._parts[3]

    @property
    def account(self) -> str:
        """The account in the key's ARN."""
        return self._parts[4]

    @property
    def partition(self) -> str:
        """The partition in the key's ARN."""
        return self._parts[1]

    @property
    def policy(self) -> Policy:
        """The key's policy."""
        return read_policy(self._settle(self._document), PolicyKind.KEY)

    def named_principals(self) -> list[str]:
        """The roles and users that the key's policy may let in."""
        return list(
            dict.fromkeys(
                name
                for said in self.policy.statements
                if said.allows and said.possible.principal is not None
                for name in said.possible.principal.aws
                if name.startswith("arn:") and not name.endswith(":root")
            )
        )

    def ask_administrator(self, principal: str, action: str, context: Mapping[str, Values]) -> Asked:
        """Ask of somebody whose own policies allow everything."""
        return self._ask(principal, action, context, (), None, EVERYTHING)

    def ask_service(self, service: str, action: str, context: Mapping[str, Values]) -> Asked:
        """Ask of a service, which has no policies of its own."""
        return self._ask(service, action, context, (), None, None)

    def ask_role(self, role: Role, action: str, context: Mapping[str, Values]) -> Asked:
        """Ask of a role that was read."""
        if role.arn.split(":")[4] != self.account and self._assumes(role):
            return Asked(None, "the accounts of the key and the role cannot be compared")
        identity = tuple(fact.value for fact in role.policies)
        boundary = role.boundary.value if role.boundary is not None else None
        return self._ask(role.arn, action, context, identity, boundary, None)

    def _assumes(self, role: Role) -> bool:
        known = self._key is not None and self._key.account.known() is not None
        return not known or role.account.known() is None

    def _ask(
        self,
        principal: str,
        action: str,
        context: Mapping[str, Values],
        identity: tuple[Document | Unknown, ...],
        boundary: Document | Unknown,
        own: PolicyDocument | None,
    ) -> Asked:
        def documents(change: _Change) -> _Documents:
            return _Documents(
                self._policy(self._document, PolicyKind.KEY, change),
                tuple(self._policy(each, PolicyKind.IDENTITY, change) for each in identity),
                self._policy(boundary, PolicyKind.IDENTITY, change) if boundary is not None else None,
            )

        request = OpenRequest(principal, action, self._arn, self.account, context)
        strict = documents(self._settle)
        answer = self._answer(request, strict, own)
        if answer.allowed is not False or self._place_known():
            return answer
        lenient = self._answer(request, documents(self._anywhere), own)
        if lenient.allowed is False:
            return answer
        return Asked(None, "it turns on the account or Region that the code is applied to")

    def _policy(self, document: Document | Unknown, kind: PolicyKind, change: _Change) -> Policy:
        """A policy as it is read after a change: once, because many questions are asked of it."""
        # The reading holds the documents, so that nothing else takes their identity meanwhile.
        mark = (id(document), change.__name__, kind)
        found = self._read.get(mark)
        if found is None:
            found = self._read[mark] = read_policy(change(document), kind)
        return found

    def _answer(self, request: OpenRequest, policies: _Documents, own: PolicyDocument | None) -> Asked:
        try:
            least = self._decide(request, policies, own, most=False)
            if least.allowed:
                return Asked(True, _words(least))
            most = self._decide(request, policies, own, most=True)
        except PolicyError as problem:
            return Asked(None, str(problem))
        if not most.may_be_allowed:
            return Asked(False, _words(most), most.outcome is Outcome.EXPLICIT_DENY)
        doubts = policies.doubts or [f"it turns on {', '.join(most.depends_on or least.depends_on)}"]
        return Asked(None, doubts[0])

    def _decide(
        self, request: OpenRequest, policies: _Documents, own: PolicyDocument | None, *, most: bool
    ) -> Decision:
        def read(policy: Policy) -> PolicyDocument | None:
            return policy.most if most else policy.least

        identity = tuple(found for each in policies.identity if (found := read(each)) is not None)
        if own is not None:
            identity = (*identity, own)
        boundary = read(policies.boundary) if policies.boundary is not None else None
        if policies.boundary is not None and boundary is None:
            boundary = NOTHING
        key_policy = read(policies.key) or NOBODY
        tested = [key_policy, *identity, *((boundary,) if boundary is not None else ())]
        context = with_open_keys({**self._own_context(tested), **request.context}, open_keys(tested))
        return evaluate(
            OpenRequest(
                request.principal, request.action, request.resource, request.resource_account, context
            ),
            PolicySet(identity=identity, boundary=boundary, resource_policy=key_policy),
            supplied_by_aws,
        )

    def _own_context(self, tested: Iterable[PolicyDocument]) -> dict[str, Values]:
        """What the key itself brings to a request, and the organisation that its policy names."""
        found: dict[str, Values] = {}
        named: dict[str, set[str]] = {}
        for document in tested:
            for statement in document.statements:
                for block in statement.condition.values():
                    for key, values in block.items():
                        named.setdefault(key.lower(), set()).update(values)
        for key, organizations in named.items():
            if key in _ORGANIZATION and len(organizations) == 1:
                found[key] = next(iter(organizations))
        if self._key is not None:
            aliases = self._key.aliases
            if aliases and "kms:resourcealiases" in named:
                found["kms:ResourceAliases"] = aliases
            for name, value in (self._key.tags.known() or {}).items():
                if f"aws:resourcetag/{name.lower()}" in named and not isinstance(value, Unknown):
                    found[f"aws:ResourceTag/{name}"] = value
        return found

    def _account(self) -> str:
        """The account that the key is in: by its ARN, or by whom its policy lets repair it."""
        if self._key is None or self._key.account.known() is not None:
            return ""
        policy = read_policy(self._document, PolicyKind.KEY)
        certain = [said.certain for said in policy.statements if said.certain is not None]
        found = owners(certain)
        return found[0] if len(found) == 1 and found[0] != self.account else ""

    def _place_known(self) -> bool:
        key = self._key
        return key is None or (key.account.known() is not None and key.region.known() is not None)

    def _settle(self, document: Document | Unknown) -> Document | Unknown:
        """A document in which the key's own account and the roles read go by the names they have here."""
        if isinstance(document, Unknown) or document is None:
            return document
        if self._own_account:
            document = settled(document, self._own_account, self.account)
        for role in self._reading.roles:
            name = role.name.known()
            if name is not None and not role.arn.endswith(f"/{name}"):
                head = role.arn.partition(":role/")[0]
                document = renamed(document, f"{head}:role/{name}", role.arn)
        return document

    def _anywhere(self, document: Document | Unknown) -> Document | Unknown:
        if isinstance(document, Unknown) or document is None:
            return document
        key = self._key
        account = self.account if key is not None and key.account.known() is None else None
        region = self.region if key is not None and key.region.known() is None else None
        return self._settle(in_any_place(document, account, region))


NOBODY = PolicyDocument(
    PolicyKind.KEY,
    (
        Statement(
            sid="",
            effect=Effect.ALLOW,
            actions=("kms:ListAliases",),
            principal=Principal(service=("nobody.amazonaws.com",)),
        ),
    ),
)
"""A key policy of which nothing is known: it lets nobody in."""
NOTHING = PolicyDocument(
    PolicyKind.IDENTITY, (Statement(sid="", effect=Effect.ALLOW, actions=("kms:ListAliases",)),)
)
"""A boundary of which nothing is known: it leaves nothing."""


def default_key_policy(partition: str, account: str) -> Document:
    """The policy that KMS gives a key without one.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Enable IAM policies",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }


def _policy_of(key: Key) -> Document | Unknown:
    if key.policy.value is None:
        parts = key.arn.split(":")
        return default_key_policy(parts[1], parts[4])
    return key.policy.value


def _words(decision: Decision) -> str:
    if decision.statements:
        return " and ".join(f"{each.sid} of the {each.policy}" for each in decision.statements)
    near = [miss.statement.sid for miss in decision.near_misses if miss.statement.sid]
    almost = f"; {', '.join(near)} would, but for its condition" if near else ""
    return f"nothing in the {decision.layer or 'policies'} allows it{almost}"
