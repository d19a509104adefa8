"""What the prover is asked, and how it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bedrock_cmk_guard.iam import Condition
from bedrock_cmk_guard.iam.evaluator import Decision, PolicySet, Request
from bedrock_cmk_guard.iam.prover.situation import Facts


class Kind(StrEnum):
    """The kinds of caller that a question is about."""

    ROOT = "account roots"
    USER = "users"
    ROLE = "roles"
    FEDERATED_USER = "federated users"
    SERVICE_LINKED = "service-linked roles"
    WEB_IDENTITY = "web and SAML identities"
    SERVICE = "AWS services"


#: Everybody who is somebody in an account, but for the roles that AWS itself defines and uses.
IDENTITIES = frozenset({Kind.ROOT, Kind.USER, Kind.ROLE, Kind.FEDERATED_USER})


@dataclass(frozen=True, slots=True)
class Callers:
    """Who may be calling. ``accounts`` limits them to these accounts, ``outside`` keeps these out."""

    kinds: frozenset[Kind] = IDENTITIES
    accounts: frozenset[str] | None = None
    outside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """Whether there is a request of this form that is allowed (or, with ``allowed=False``, one that is refused).

    ``actions`` may have wildcards. ``resources`` are ARN patterns; one without a wildcard is that resource. The
    request fulfils ``condition`` and carries the keys ``given``, and no other key that begins like one of
    ``closed``. With ``unless``, it must be refused under those other policies too (or allowed, where a refused one
    is looked for): that is how two sets of policies are compared.
    """

    policies: PolicySet
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    callers: Callers = Callers()
    condition: Condition = field(default_factory=dict)
    given: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    closed: tuple[str, ...] = ()
    allowed: bool = True
    unless: PolicySet | None = None
    facts: Facts = field(default_factory=Facts)


@dataclass(frozen=True, slots=True)
class Found:
    """A request of the form asked for, with the evaluator's decision on it."""

    request: Request
    decision: Decision


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is no such request. ``axioms`` are the ids of those that ruled requests out; ``looked_at`` counts cases."""

    axioms: frozenset[str] = frozenset()
    looked_at: int = 0


@dataclass(frozen=True, slots=True)
class Undecided:
    """The prover does not know, and why."""

    reason: str


Answer = Found | Nothing | Undecided
