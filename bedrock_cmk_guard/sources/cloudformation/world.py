"""What all stacks of one reading share: where they are made, what may be spent on them, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bedrock_cmk_guard.sources.cloudformation.template import Template
from bedrock_cmk_guard.subjects import ASSUMED_ACCOUNT, ASSUMED_REGION, Fault, FaultKind, Place, made_up_arn

# A value within a value within a value; each takes a few frames of Python's stack.
MAX_NESTED = 80
MAX_STACKS = 500
# Evaluations and copied nodes of a whole reading: a large template takes some ten thousand.
MAX_SPENT = 2_000_000


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a stack is made, as far as a CDK manifest tells."""

    account: str | None = None
    region: str | None = None

    @property
    def partition(self) -> str:
        """The partition that the Region is in."""
        region = self.region or ""
        if region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if region.startswith("us-gov-") else "aws"


@dataclass(slots=True)
class World:
    """What all stacks of one reading share."""

    environment: Environment
    load: Callable[[Template, str], Template | str]
    """Finds the template that another one nests by this path; the reason, where it cannot be had."""
    faults: list[Fault] = field(default_factory=list)
    files: dict[str, None] = field(default_factory=dict)
    nested: int = 0
    _stacks: int = 0
    _spent: int = 0
    _told: set[tuple[str, str]] = field(default_factory=set)

    def spend(self, amount: int = 1) -> bool:
        """Whether this much may be spent. It is told once if not."""
        self._spent += amount
        return self._spent <= MAX_SPENT

    def another_stack(self) -> bool:
        """Whether one more nested stack may be read."""
        self._stacks += 1
        return self._stacks <= MAX_STACKS

    def fault(self, kind: FaultKind, message: str, place: Place, address: str = "") -> None:
        """Keep what went wrong, once."""
        if (message, address) not in self._told:
            self._told.add((message, address))
            self.faults.append(Fault(kind, message, place, address))

    def made_up(self, service: str, kind: str, address: str) -> str:
        """The ARN that stands for a resource of these stacks."""
        where = self.environment
        return made_up_arn(
            service,
            kind,
            address,
            partition=where.partition,
            region=where.region or ASSUMED_REGION,
            account=where.account or ASSUMED_ACCOUNT,
        )
