"""How long proofs take: the example's claims, growth with the number of statements, and beside brute force.

    python benchmarks/prover.py

Brute force asks the evaluator about every combination of the example values that the prover itself finds for callers
and condition keys; it is timed on some thousands and reckoned up. Times are of one core, in one process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

from bedrock_cmk_guard.claims import Judged, claims_of, judge
from bedrock_cmk_guard.iam import Condition, Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.iam.evaluator import PolicySet, Request, evaluate, supplied_by_aws
from bedrock_cmk_guard.iam.prover import Question, answer
from bedrock_cmk_guard.iam.prover.atoms import Atom, atom
from bedrock_cmk_guard.iam.prover.callers import classes, hints, views
from bedrock_cmk_guard.iam.prover.decide import statements_of
from bedrock_cmk_guard.iam.prover.values import values
from bedrock_cmk_guard.requirements import load_requirements

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "cmk-guard.yaml"
SIZES = (10, 20, 40, 80, 160)
_TIMED = 5_000
_KEY = "arn:aws:kms:eu-central-1:111111111111:key/1234"


def of_the_example() -> tuple[Judged, ...]:
    """Judge every claim of the example, from scratch."""
    return tuple(map(judge, claims_of(load_requirements(EXAMPLE))))


def grown(size: int) -> Question:
    """A key policy with this many statements about decryption, each with conditions of its own."""
    everybody = Principal(everyone=True)
    statements = [Statement("Any", Effect.ALLOW, ("kms:Decrypt",), principal=everybody)]
    for number in range(size - 2):
        condition: Condition = {
            "ArnNotLike": {
                "aws:PrincipalArn": (f"arn:aws:iam::*:role/team-{number}", "arn:aws:iam::*:role/app")
            },
            "StringNotEquals": {f"kms:EncryptionContext:k{number % 7}": (f"v{number}",)},
        }
        statements.append(
            Statement("", Effect.DENY, ("kms:Decrypt",), principal=everybody, condition=condition)
        )
    last: Condition = {"ArnNotEquals": {"aws:PrincipalArn": ("arn:aws:iam::111111111111:role/app",)}}
    statements.append(Statement("Last", Effect.DENY, ("kms:*",), principal=everybody, condition=last))
    administrator = PolicyDocument(PolicyKind.IDENTITY, (Statement("All", Effect.ALLOW, ("*",)),))
    policies = PolicySet(
        identity=(administrator,), resource_policy=PolicyDocument(PolicyKind.KEY, tuple(statements))
    )
    return Question(policies, ("kms:Decrypt",), (_KEY,), condition=last)


def grid(question: Question) -> tuple[int, Iterator[Request]]:
    """Every combination of a caller and of values of the keys that the policies compare, and how many there are."""
    statements = tuple(
        s for s in statements_of(question.policies) if "kms:Decrypt" in s.actions or "kms:*" in s.actions
    )
    seen = views(statements, question.condition, ())
    found = list(classes(seen, question.callers, "aws", hints("aws", ("222222222222",))))
    by_key: dict[str, set[Atom]] = {}
    for statement in statements:
        for operator, block in statement.condition.items():
            for key, wanted in block.items():
                if not key.lower().startswith(("aws:principal", "aws:resource")) and "${" not in wanted[0]:
                    by_key.setdefault(key.lower(), set()).add(atom(operator, key, *wanted))
    axes = {key: values(key, frozenset(atoms), frozenset())[0] for key, atoms in sorted(by_key.items())}
    count = len(found)
    for axis in axes.values():
        count *= len(axis)

    def requests() -> Iterator[Request]:
        for combination in product(*axes.values()):
            context = {key: v.found for key, v in zip(axes, combination, strict=True) if v.found}
            for caller in found:
                own = {"aws:PrincipalArn": caller.arn} if caller.arn else {}
                yield Request(
                    caller.name,
                    "kms:Decrypt",
                    question.resources[0],
                    None,
                    {**question.given, **context, **own},
                )

    return count, requests()


def main() -> None:
    """Print the three measurements."""
    started = time.perf_counter()
    judged = of_the_example()
    seconds = time.perf_counter() - started
    slowest = max(judged, key=lambda each: each.seconds)
    print(
        f"the example: {len(judged)} claims in {seconds:.2f} s, the slowest {slowest.claim.id} {slowest.seconds:.2f} s"
    )
    started = time.perf_counter()
    again = sum(each.seconds for each in of_the_example())
    print(f"once more in the same process: {again:.2f} s")

    print("statements   seconds   cases")
    before = 0.0
    for size in SIZES:
        question = grown(size)
        started = time.perf_counter()
        found = answer(question)
        seconds = time.perf_counter() - started
        growth = f"   x{seconds / before:.1f}" if before else ""
        print(
            f"{size:10,} {seconds:9.3f} {getattr(found, 'looked_at', 0):7,} {type(found).__name__}{growth}",
            flush=True,
        )
        before = seconds

    claim = next(c for c in claims_of(load_requirements(EXAMPLE)) if c.id == "decrypt/financial-adviser")
    question = claim.questions[0]
    count, requests = grid(question)
    some = list(islice(requests, _TIMED))
    started = time.perf_counter()
    for request in some:
        evaluate(request, question.policies, supplied_by_aws)
    each = (time.perf_counter() - started) / len(some)
    started = time.perf_counter()
    answer(question)
    proof = time.perf_counter() - started
    print(
        f"brute force for {claim.id}: {count:,} requests x {each * 1000:.2f} ms = {count * each:.1f} s"
        f"; the proof {proof * 1000:.1f} ms"
    )


if __name__ == "__main__":
    main()
