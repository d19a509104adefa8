"""Runs the cases of a decision table through the library's evaluator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bedrock_cmk_guard.iam.document import Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.iam.evaluator import Decision, PolicySet, Request, Supplies, evaluate, supplied_by_aws
from tests.decision_tables.table import Case, Table, TableError, load_table

__all__ = ["Case", "CaseFailed", "Table", "TableError", "decide", "load_table", "problem", "run_case"]

Documents = Mapping[str, PolicyDocument]


class CaseFailed(AssertionError):
    """A policy decides otherwise than its table says."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The documents of a case by kind; the statements in ``tested`` are theirs and not the surroundings'."""

    policies: PolicySet
    sids: frozenset[str]


def run_case(case: Case, documents: Documents, supplies: Supplies | None = supplied_by_aws) -> Decision:
    """Run one case. Raises CaseFailed, with the evaluator's own reasons, where the decision is another.

    A case that gives its request a key which the action never supplies shows nothing, so it fails too.
    """
    invented = [
        key for key in case.request.context if supplies is not None and not supplies(case.request, key)
    ]
    if invented:
        raise CaseFailed(
            f"{case.name}: {case.request.action} never supplies {_words(invented)} to this caller"
        )
    setting = settle(case, documents)
    decision = evaluate(case.request, setting.policies, supplies)
    trouble = problem(case, decision, setting.sids)
    if trouble is not None:
        reasons = "\n  ".join(decision.reasons)
        raise CaseFailed(f"{case.name}: {trouble}\n  {reasons}")
    return decision


def decide(case: Case, documents: Documents, supplies: Supplies | None = supplied_by_aws) -> Decision:
    """Evaluate the case's request without judging the decision."""
    return evaluate(case.request, settle(case, documents).policies, supplies)


def problem(case: Case, decision: Decision, sids: frozenset[str]) -> str | None:
    """Say what is wrong with a decision, or None where it is what the table says."""
    if decision.outcome is not case.expect:
        return f"expected {case.expect}, got {decision.outcome}"
    missed = {miss.statement.sid: miss.keys for miss in decision.near_misses if miss.statement.sid in sids}
    involved = (decision.sids & sids) | missed.keys()
    if case.because is None:
        return f"expected no statement to have a part in it, but {_words(involved)} has" if involved else None
    if case.because not in involved:
        return f"expected {case.because} to decide; it was {_words(involved) or 'no statement under test'}"
    if case.by is not None:
        keys = frozenset(key.lower() for key in missed.get(case.because, ()))
        if keys != case.by:
            return f"expected {_words(case.by)} to keep {case.because} from applying; it was {_words(keys)}"
    return None


def select(case: Case, documents: Documents) -> dict[str, PolicyDocument]:
    """The documents under test, by name; every name or glob of the case must find one."""
    found: dict[str, PolicyDocument] = {}
    for pattern in case.policies:
        names = [name for name in documents if name == pattern or fnmatchcase(name, pattern)]
        if not names:
            raise TableError(f"{case.name}: no document is called {pattern!r}; there are {_words(documents)}")
        found.update({name: documents[name] for name in names})
    for name, document in found.items():
        if case.kind is not None and document.kind is not case.kind:
            raise TableError(f"{case.name}: {name} is of kind {document.kind}, not {case.kind}")
    return found


def settle(case: Case, documents: Documents) -> Setting:
    """Put the documents under test in their places, and surroundings that restrict nothing in the others."""
    tested = tuple(select(case, documents).values())
    by_kind = {kind: tuple(d for d in tested if d.kind is kind) for kind in PolicyKind}
    own = (*by_kind[PolicyKind.KEY], *by_kind[PolicyKind.TRUST])
    if len(own) > 1:
        raise TableError(f"{case.name}: a resource has one policy, not {len(own)}")
    identity = by_kind[PolicyKind.IDENTITY] or ((_EVERYTHING,) if case.identity else ())
    policies = PolicySet(
        identity=identity,
        resource_policy=own[0] if own else _open_resource(case.request, bool(by_kind[PolicyKind.IDENTITY])),
        scps=((_FULL_ACCESS, *by_kind[PolicyKind.SCP]),) if by_kind[PolicyKind.SCP] else None,
        rcps=(by_kind[PolicyKind.RCP],) if by_kind[PolicyKind.RCP] else None,
    )
    return Setting(policies, frozenset(s.sid for d in tested for s in d.statements if s.sid))


def failures(
    cases: Sequence[Case], documents: Documents, supplies: Supplies | None = supplied_by_aws
) -> list[CaseFailed]:
    """Run many cases and return what fails."""
    found = []
    for case in cases:
        try:
            run_case(case, documents, supplies)
        except CaseFailed as failed:
            found.append(failed)
    return found


def _open_resource(request: Request, delegates: bool) -> PolicyDocument:
    """A resource's policy that leaves the decision to the documents under test.

    Where identity policies are tested it delegates to the caller's account; else it admits everyone.
    """
    if not delegates:
        return _ADMITS_EVERYONE
    account = request.principal.split(":")[4] if request.principal.startswith("arn:") else ""
    if not account:
        return _ADMITS_EVERYONE
    return _document(PolicyKind.KEY, _allow("Surroundings", Principal(aws=(account,))))


def _allow(sid: str, principal: Principal | None = None) -> Statement:
    return Statement(sid=sid, effect=Effect.ALLOW, actions=("*",), principal=principal)


def _document(kind: PolicyKind, statement: Statement) -> PolicyDocument:
    return PolicyDocument(kind=kind, statements=(statement,))


_FULL_ACCESS = _document(PolicyKind.SCP, _allow("FullAWSAccess"))
_EVERYTHING = _document(PolicyKind.IDENTITY, _allow("Surroundings"))
_ADMITS_EVERYONE = _document(PolicyKind.KEY, _allow("Surroundings", Principal(everyone=True)))


def _words(names: Sequence[str] | Mapping[str, object] | frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
