"""Decisions a second on one core: our evaluator beside iam-simulate in the same run, and growth with statements.

    python benchmarks/evaluator.py [REQUESTS]

Both decide the same generated requests, with the reasons that each gives. iam-simulate runs in a node process of its
own; its start is measured apart and taken off, the reading of its questions is not. Seconds are of a processor, so that
what else the machine does counts for neither. Nothing is asserted; the numbers are for people to compare.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedrock_cmk_guard.iam.document import Effect, PolicyDocument, PolicyKind, Statement
from bedrock_cmk_guard.iam.evaluator import Open, OpenRequest, PolicySet, Request, evaluate, supplied_by_aws
from tests.iam_simulate import driver
from tests.iam_simulate.generator import questions

REQUESTS = 2000
ROLE = "arn:aws:iam::111122223333:role/app"
KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"


def seconds(work: Callable[[], object]) -> float:
    """The processor's seconds of this process, best of three."""
    found = []
    for _ in range(3):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


def ours(asked: list[driver.Question], *, afresh: bool) -> float:
    """Decisions a second, with reasons; ``afresh``: nothing is remembered of the policies from the last time."""

    def decide() -> None:
        for question in asked:
            policies = replace(question.policies) if afresh else question.policies
            _ = evaluate(question.request, policies, supplied_by_aws).reasons

    return len(asked) / seconds(decide)


def theirs(asked: list[driver.Question]) -> float:
    """Decisions a second of the node process, without its start."""
    once = driver.processor_seconds(asked)
    thrice = driver.processor_seconds([*asked, *asked, *asked])
    return 2 * len(asked) / (thrice - once)


def of_statements(count: int) -> float:
    """Microseconds a decision where so many statements of an SCP speak of other actions or do not apply."""
    statements = [Statement("Full", Effect.ALLOW, ("*",))]
    for number in range(count):
        actions = ("bedrock:CreateAgent", f"bedrock:Update{number}") if number % 4 else ("kms:*",)
        condition = {"StringEquals": {"aws:PrincipalTag/team": (f"team-{number}",)}}
        statements.append(Statement(f"S{number}", Effect.DENY, actions, condition=condition))
    scp = PolicyDocument(PolicyKind.SCP, tuple(statements))
    full = PolicyDocument(PolicyKind.IDENTITY, (Statement("Full", Effect.ALLOW, ("*",)),))
    policies = PolicySet(identity=(full,), scps=((scp,),))
    request = Request(ROLE, "kms:Decrypt", KEY, None, {"aws:PrincipalTag/team": "blue"})
    times = max(20, 20_000 // (count + 1))

    def decide() -> None:
        for _ in range(times):
            evaluate(request, policies, supplied_by_aws)

    return seconds(decide) / times * 1e6


def three_valued(asked: list[driver.Question]) -> float:
    """Decisions a second with the caller and every context key open."""
    opened = [
        (
            OpenRequest(
                Open.ANYTHING,
                q.request.action,
                q.request.resource,
                None,
                dict.fromkeys(q.request.context, Open.ANYTHING),
            ),
            q.policies,
        )
        for q in asked
    ]

    def decide() -> None:
        for request, policies in opened:
            evaluate(request, policies)

    return len(opened) / seconds(decide)


def main(count: int) -> None:
    """Print the rates and the growth."""
    asked = [q for q in islice(questions(20261124), count) if driver.limit(q) is None]
    rate = ours(asked, afresh=False)
    print(f"{len(asked):,} generated requests")
    print(f"  this evaluator         {rate:10,.0f} decisions a second")
    print(f"    policies seen first  {ours(asked, afresh=True):10,.0f}")
    print(f"    with much left open  {three_valued(asked):10,.0f}")
    missing = driver.missing()
    if missing is not None:
        print(f"  iam-simulate: {missing}")
    else:
        other = theirs(asked)
        print(f"  iam-simulate           {other:10,.0f}   (ours is {rate / other:.0f} times that)")
    print("statements   microseconds a decision")
    for statements in (10, 100, 1000, 10_000):
        print(f"{statements:10,} {of_statements(statements):12,.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS)
