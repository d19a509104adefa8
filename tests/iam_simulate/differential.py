"""The comparison at scale: generated requests and policies, put to our evaluator and to iam-simulate.

    python -m tests.iam_simulate.differential [--judged 10000] [--seed 20261124]

Prints how many both decided, what came out, how many were excused and by which document of AWS's, and every
disagreement that is not. The exit status is 1 if there is one.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice

from bedrock_cmk_guard.iam.evaluator import Outcome, evaluate
from tests.iam_simulate import driver
from tests.iam_simulate.generator import questions

SEED = 20261124
BATCH = 1000


@dataclass(slots=True)
class Totals:
    """What a run found."""

    judged: int = 0
    unknown_actions: int = 0
    """Asked, and not judged: iam-simulate's own data is too old for the action."""
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    """Ours, of everything asked."""
    excused: Counter[driver.Excuse] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)


def run(judged: int, seed: int = SEED) -> Totals:
    """Compare until so many questions are judged by both; a process of node for each batch."""
    totals, made = Totals(), questions(seed)
    while totals.judged < judged:
        asked: list[driver.Question] = []
        for question in islice(made, BATCH):
            excuse = driver.limit(question)
            if excuse is None:
                asked.append(question)
            else:
                totals.excused[excuse] += 1
        compared = driver.compare(asked)
        totals.judged += compared.judged
        totals.unknown_actions += len(asked) - compared.judged
        totals.differences.extend(compared.differences)
        totals.outcomes.update(evaluate(q.request, q.policies, driver.carried).outcome for q in asked)
    return totals


def main() -> int:
    """Run it and print what it found."""
    parser = argparse.ArgumentParser(description="Compare the evaluator with iam-simulate.")
    parser.add_argument("--judged", type=int, default=10_000, help="how many requests both have to judge")
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    missing = driver.missing()
    if missing is not None:
        print(missing, file=sys.stderr)
        return 2
    totals = run(arguments.judged, arguments.seed)
    print(f"{totals.judged:,} requests judged by both, seed {arguments.seed}")
    print(
        f"{totals.unknown_actions:,} more of actions that iam-simulate's data does not have; our decisions on all:"
    )
    for outcome, count in sorted(totals.outcomes.items()):
        print(f"  {outcome:14} {count:6,}")
    print(f"{sum(totals.excused.values()):,} not compared:")
    for excuse, count in totals.excused.most_common():
        print(f"  {count:6,} {excuse.reason}\n         {excuse.document}")
    print(f"{len(totals.differences)} disagreements without an explanation")
    for difference in totals.differences:
        print(f"\n{difference}")
    return 1 if totals.differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
