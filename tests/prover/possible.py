"""Whether a request is possible at all by the prover's axioms: every key's demands, put to a concrete request."""

from __future__ import annotations

from bedrock_cmk_guard.iam.evaluator import Request
from bedrock_cmk_guard.iam.evaluator.principals import parse_caller
from bedrock_cmk_guard.iam.prover.axioms import AXIOMS, rank
from bedrock_cmk_guard.iam.prover.situation import Facts, Situation


def is_possible(request: Request, facts: Facts, unset: tuple[str, ...] = ()) -> bool:
    """``unset`` are keys that the request could carry and does not."""
    context = {key.lower(): value for key, value in request.context.items()}
    arn = context.pop("aws:principalarn", None)
    caller = parse_caller(request.principal, arn if isinstance(arn, str) else None)
    situation = Situation(caller, request.action, request.resource, facts)
    if any(axiom.excludes is not None and axiom.excludes(situation) for axiom in AXIOMS):
        return False
    values = {
        key: (value,) if isinstance(value, str) else value
        for key, value in {**dict.fromkeys(map(str.lower, unset), ()), **context}.items()
    }
    settled: dict[str, tuple[str, ...] | None] = {}
    for key in sorted(values, key=rank):
        found = values[key] or None
        for axiom in AXIOMS:
            for atom, truth in axiom.demands(situation, key, settled) if axiom.demands else ():
                if atom.holds(found) is not truth:
                    return False
        settled[key] = found
    return True
