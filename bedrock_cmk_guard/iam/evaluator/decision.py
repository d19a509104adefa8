"""The evaluator's answer: what is decided, by which statements, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from bedrock_cmk_guard.iam.evaluator.layers import Layers
from bedrock_cmk_guard.iam.evaluator.statements import Match


class Outcome(StrEnum):
    """What AWS would do with the request; ``depends`` where it leaves open what decides."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicit_deny"
    IMPLICIT_DENY = "implicit_deny"
    DEPENDS = "depends"


@dataclass(frozen=True, slots=True)
class StatementRef:
    """A statement, by its policy's label, its Sid and its place in the policy."""

    policy: str
    sid: str
    index: int

    @classmethod
    def of(cls, match: Match) -> StatementRef:
        """Refer to a matched statement."""
        return cls(match.policy, match.statement.sid, match.place)


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A statement that fits the request but for its condition, and the condition keys that kept it out."""

    statement: StatementRef
    keys: tuple[str, ...]


class Evidence(NamedTuple):
    """What a decision rests on; the words for it are made when they are asked for."""

    action: str | None
    layers: Layers
    deciding: tuple[Match, ...] = ()
    lacking: tuple[str, str] | None = None

    @property
    def missed(self) -> tuple[Match, ...]:
        """The statements that only their condition kept from applying."""
        return tuple(match for layer in self.layers.all() for match in layer.matches if match.holds is False)


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one request.

    ``unsupplied`` are keys that policies test and this action never supplies, so they counted as absent.
    Where the answer depends on open parts of the request, ``depends_on`` names those that can matter and
    ``possible`` is what can come of it. Conditions are judged one by one: two that cannot both hold, as of one key,
    may make a part matter that does not.
    """

    outcome: Outcome
    possible: frozenset[Outcome]
    evidence: Evidence
    depends_on: tuple[str, ...] = ()
    unsupplied: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the request goes through, whatever is left open."""
        return self.outcome is Outcome.ALLOWED

    @property
    def may_be_allowed(self) -> bool:
        """Whether the request goes through, or does for some way of filling in what is open."""
        return Outcome.ALLOWED in self.possible

    @property
    def statements(self) -> tuple[StatementRef, ...]:
        """The statements that decide: all that deny, or those by which it is allowed, or those that may.

        An implicit deny has none; ``layer`` says which kind of policy lacked an Allow.
        """
        return tuple(StatementRef.of(match) for match in self.evidence.deciding)

    @property
    def sids(self) -> frozenset[str]:
        """The Sids of the deciding statements."""
        return frozenset(match.statement.sid for match in self.evidence.deciding)

    @property
    def layer(self) -> str | None:
        """The layer whose want of an Allow denies implicitly."""
        return self.evidence.lacking[0] if self.evidence.lacking else None

    @property
    def near_misses(self) -> tuple[NearMiss, ...]:
        """The statements that only their condition kept from applying."""
        return tuple(
            NearMiss(StatementRef.of(match), tuple(check.key for check in match.failed))
            for match in self.evidence.missed
        )

    @property
    def reasons(self) -> tuple[str, ...]:
        """The decision in sentences: what decided, what almost did, and which keys could not have."""
        from bedrock_cmk_guard.iam.evaluator.explain import sentences

        return tuple(sentences(self))
