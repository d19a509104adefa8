"""Proves what the rendered policies are meant to make true, and says as plainly what is not."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from bedrock_cmk_guard.claims import ASSUMPTIONS, Claim, Judged, Verdict, claims_of, judge
from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.iam import Json
from bedrock_cmk_guard.iam.evaluator import Request
from bedrock_cmk_guard.iam.evaluator.patterns import action_matches
from bedrock_cmk_guard.iam.prover import AXIOMS, Found
from bedrock_cmk_guard.requirements import Requirements

SCHEMA_VERSION = 1
_WIDTH = 100
_MOST_NAMED = 12


def prove(requirements: Requirements, wanted: Sequence[str] = ()) -> tuple[Judged, ...]:
    """Judge every claim of the requirements, or those wanted: by id, by a pattern of ids, or by words of a sentence."""
    claims = claims_of(requirements)
    return tuple(judge(claim) for claim in (_chosen(claims, wanted) if wanted else claims))


def _chosen(claims: Iterable[Claim], wanted: Sequence[str]) -> tuple[Claim, ...]:
    claims = tuple(claims)
    chosen: set[str] = set()
    for each in wanted:
        found = {claim.id for claim in claims if _is_meant(claim, each)}
        if not found:
            known = ", ".join(sorted(claim.id for claim in claims)[:_MOST_NAMED])
            raise SourceError(f"no claim is called {each!r} or says that; among the claims are {known}, …")
        chosen |= found
    return tuple(claim for claim in claims if claim.id in chosen)


def _is_meant(claim: Claim, wanted: str) -> bool:
    return action_matches(wanted, claim.id) or (" " in wanted and wanted.lower() in claim.sentence.lower())


def is_as_meant(judged: Iterable[Judged]) -> bool:
    """Whether every claim that the requirements mean to hold is proved."""
    return all(each.is_expected for each in judged)


def as_text(judged: Sequence[Judged]) -> str:
    """The claims and what became of them, for people."""
    lines: list[str] = []
    for each in judged:
        lines += [*_claim(each), ""]
    lines += [*_rests_on(judged), _summary(judged)]
    return "\n".join(lines) + "\n"


def _claim(judged: Judged) -> Iterator[str]:
    claim = judged.claim
    mark = "" if judged.is_expected else "  <- the requirements mean this to hold"
    yield f"{judged.verdict.value.upper():<12} {claim.id}  ({judged.seconds * 1000:.0f} ms){mark}"
    yield from _wrapped(f"{claim.sentence} ({claim.services[0].upper()}{claim.services[1:]}.)")
    if judged.verdict is Verdict.PROVED:
        axioms = f", by the axioms {', '.join(sorted(judged.axioms))}" if judged.axioms else ""
        yield from _wrapped(f"For all requests: {judged.looked_at:,} cases{axioms}.")
    elif judged.verdict is Verdict.NOT_DECIDED:
        yield from _wrapped(f"Not decided: {judged.reason}.")
    if not claim.intended:
        yield from _wrapped(f"Not meant to hold: {claim.because}.")
    if judged.counterexample is not None:
        yield from counterexample(judged.counterexample)


def counterexample(found: Found, called: str = "counterexample") -> Iterator[str]:
    """A request and why it is decided as it is, for people."""
    request = found.request
    yield f"    {called} ({found.decision.outcome.value.replace('_', ' ')}):"
    for name, value in _parts(request):
        yield f"      {name:<10} {value}"
    for number, reason in enumerate(_deciding(found)):
        yield from _wrapped(reason, " " * 17 if number else "      because    ")


def _deciding(found: Found) -> Iterator[str]:
    """The reasons that decided, and a service's own keys that the call lacks; the rest is left to JSON."""
    decision = found.decision
    said = decision.reasons[: max(1, len(decision.statements))]
    yield from (reason for reason in said if not reason.startswith("Statement FullAWSAccess "))
    for key in decision.unsupplied:
        if not key.startswith("aws:"):
            yield f"{found.request.action} never supplies {key}, so it counts as absent."


def _parts(request: Request) -> Iterator[tuple[str, str]]:
    yield "who", request.principal
    yield "calls", request.action
    if request.resource != "*":
        yield "on", request.resource
    for number, (key, value) in enumerate(sorted(request.context.items())):
        shown = value if isinstance(value, str) else ", ".join(value)
        yield "with" if number == 0 else "", f"{key} = {shown}"


def _rests_on(judged: Sequence[Judged]) -> Iterator[str]:
    """The axioms that ruled something out, and what is taken for granted."""
    used = {axiom for each in judged for axiom in each.axioms}
    yield "The proofs rest on these axioms:"
    for axiom in AXIOMS:
        if axiom.id in used or axiom.by_construction:
            yield from _wrapped(f"{axiom.id}: {axiom.sentence} {axiom.source}", "  ", "    ")
    yield "and take for granted:"
    for assumption in ASSUMPTIONS:
        yield from _wrapped(assumption, "  - ", "    ")
    yield ""


def _summary(judged: Sequence[Judged]) -> str:
    proved = sum(each.verdict is Verdict.PROVED for each in judged)
    as_said = sum(each.is_expected and each.verdict is not Verdict.PROVED for each in judged)
    wrong = sum(not each.is_expected for each in judged)
    seconds = sum(each.seconds for each in judged)
    return (
        f"{_count(len(judged), 'claim')}: {proved} proved, {as_said} that the requirements do not mean to hold, "
        f"{wrong} that they mean to hold and that {'does' if wrong == 1 else 'do'} not; {seconds:.2f} s"
    )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _wrapped(text: str, first: str = "    ", rest: str | None = None) -> list[str]:
    indent = rest if rest is not None else " " * len(first)
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def as_json(judged: Sequence[Judged]) -> str:
    """The claims and what became of them, for programs."""
    used = {axiom for each in judged for axiom in each.axioms}
    document: dict[str, Json] = {
        "schema_version": SCHEMA_VERSION,
        "as_meant": is_as_meant(judged),
        "claims": [_json(each) for each in judged],
        "axioms": [
            {"id": axiom.id, "sentence": axiom.sentence, "source": axiom.source}
            for axiom in AXIOMS
            if axiom.id in used or axiom.by_construction
        ],
        "assumptions": list(ASSUMPTIONS),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _json(judged: Judged) -> Json:
    claim = judged.claim
    return {
        "id": claim.id,
        "sentence": claim.sentence,
        "verdict": judged.verdict.value,
        "intended": claim.intended,
        "expected": judged.is_expected,
        "because": None if claim.intended else claim.because,
        "about": list(claim.about),
        "services": claim.services,
        "seconds": round(judged.seconds, 4),
        "cases": judged.looked_at,
        "axioms": [*sorted(judged.axioms)],
        "reason": judged.reason or None,
        "counterexample": found_as_json(judged.counterexample) if judged.counterexample else None,
    }


def found_as_json(found: Found) -> dict[str, Json]:
    """A request and its decision."""
    request = found.request
    return {
        "principal": request.principal,
        "action": request.action,
        "resource": request.resource,
        "context": {
            key: value if isinstance(value, str) else list(value)
            for key, value in sorted(request.context.items())
        },
        "decision": found.decision.outcome.value,
        "reasons": list(found.decision.reasons),
    }
