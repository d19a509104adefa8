"""The answer in words: what decided, what almost did, and which keys could not have."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.iam.document import Effect
from bedrock_cmk_guard.iam.evaluator.decision import Decision, Outcome
from bedrock_cmk_guard.iam.evaluator.statements import Match


def sentences(decision: Decision) -> Iterator[str]:
    """Put a decision in sentences."""
    evidence = decision.evidence
    if decision.outcome is Outcome.DEPENDS:
        yield f"It depends on {', '.join(decision.depends_on)}."
    if evidence.lacking is not None:
        yield f"No statement of {evidence.lacking[0]} allows it, and {evidence.lacking[1]}."
    for match in evidence.deciding:
        yield _said(match, decision.outcome)
    for match in evidence.missed:
        yield _missed(match)
    for key in decision.unsupplied:
        yield f"{evidence.action} never supplies {key}, so it counts as absent."


def _said(match: Match, outcome: Outcome) -> str:
    verb = "denies" if match.statement.effect is Effect.DENY else "allows"
    if outcome is Outcome.DEPENDS and match.holds is not True:
        conditions = "; ".join(str(check) for check in match.undecided)
        open_parts = conditions or "whether it speaks of the request is open"
        return f"{match.label} {verb} it in some cases ({open_parts})."
    conditions = "; ".join(str(check) for check in match.checks)
    return f"{match.label} {verb} it{f' ({conditions})' if conditions else ''}."


def _missed(match: Match) -> str:
    conditions = "; ".join(str(check) for check in match.failed)
    return f"{match.label} does not apply: {conditions or 'the encryption context has further pairs'}."
