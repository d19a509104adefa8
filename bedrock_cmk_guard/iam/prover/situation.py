"""Who calls what on which resource: the part of a request that is settled before its condition keys are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bedrock_cmk_guard.iam.evaluator import Request
from bedrock_cmk_guard.iam.evaluator.arns import parse_arn
from bedrock_cmk_guard.iam.evaluator.principals import Caller, derived_context
from bedrock_cmk_guard.iam.prover.atoms import Found


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the organisation: its id, and accounts that belong to it."""

    partition: str = "aws"
    organization: str | None = None
    members: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Situation:
    """A caller, an action and a resource.

    ``given`` are condition keys whose values are part of the question; of keys that begin like one of ``closed``
    there are no others.
    """

    caller: Caller
    action: str
    resource: str
    facts: Facts = field(default_factory=Facts)
    given: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    closed: tuple[str, ...] = ()

    @property
    def service(self) -> str:
        """The prefix of the action."""
        return self.action.partition(":")[0].lower()

    @cached_property
    def resource_account(self) -> str | None:
        """The account of the resource: the one in its ARN, else the caller's."""
        arn = parse_arn(self.resource)
        return (arn.account if arn is not None else None) or self.caller.account

    @cached_property
    def settled(self) -> Mapping[str, Found]:
        """The condition keys that follow, by name in lower case."""
        settled: dict[str, Found] = dict.fromkeys(_OF_CALLERS)
        settled |= derived_context(self.caller)
        if self.resource_account is not None:
            settled["aws:resourceaccount"] = (self.resource_account,)
        if self.caller.account is not None and self.caller.is_iam and self.service == "kms":
            settled["kms:calleraccount"] = (self.caller.account,)
        for key, value in self.given.items():
            settled[key.lower()] = (value,) if isinstance(value, str) else value
        return settled

    def is_settled(self, key: str) -> bool:
        """Whether the situation decides what a key holds; the key is in lower case."""
        return key in self.settled or key.startswith(self.closed)

    def request(self, values: Mapping[str, Found]) -> Request:
        """The request with these values of the keys that were open."""
        context: dict[str, str | tuple[str, ...]] = dict(self.given)
        if self.caller.arn is not None and self.caller.arn != self.caller.name:
            context["aws:PrincipalArn"] = self.caller.arn
        for key, found in values.items():
            if found:
                context[key] = found if len(found) > 1 else found[0]
        return Request(self.caller.name, self.action, self.resource, None, context)


# What the evaluator derives from the caller; a caller for whom it derives nothing carries none.
_OF_CALLERS = (
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:username",
    "kms:calleraccount",
)
