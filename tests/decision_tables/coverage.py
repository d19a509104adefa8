"""Whether a table decides every statement, for every action and condition key, one way and the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bedrock_cmk_guard.iam.document import PolicyDocument, Statement
from bedrock_cmk_guard.iam.evaluator import Supplies, supplied_by_aws
from bedrock_cmk_guard.iam.evaluator.context import Context
from bedrock_cmk_guard.iam.evaluator.patterns import action_matches
from bedrock_cmk_guard.iam.evaluator.statements import Match, match_statement
from tests.decision_tables.runner import Documents, select
from tests.decision_tables.table import Case


@dataclass(frozen=True, slots=True)
class Gap:
    """What no case shows: that a statement applies to an action, or that one key alone stops it."""

    document: str
    sid: str
    action: str
    key: str | None

    def __str__(self) -> str:
        what = "applies" if self.key is None else f"is kept from applying by {self.key} alone"
        return f"{self.document}: no case in which {self.sid} {what}, for {self.action}"


def gaps(
    documents: Documents, cases: Sequence[Case], supplies: Supplies | None = supplied_by_aws
) -> list[Gap]:
    """Every gap of the documents' coverage by the cases that name them."""
    found: list[Gap] = []
    for name, document in documents.items():
        found.extend(coverage(document, (c for c in cases if name in select(c, documents)), name, supplies))
    return found


def coverage(
    document: PolicyDocument,
    cases: Iterable[Case],
    name: str = "document",
    supplies: Supplies | None = supplied_by_aws,
) -> Iterator[Gap]:
    """The gaps of one document's coverage: statement by action by condition key.

    A statement with NotAction counts as one action. A key that stands under two operators of a statement is
    one key: where it is off, all of its operators may be.
    """
    contexts = [(case.request.action, Context(case.request, supplies)) for case in cases]
    for index, statement in enumerate(document.statements):
        matches = [
            (action, match)
            for action, context in contexts
            if (match := match_statement(name, index, statement, context)) is not None
        ]
        yield from _statement_gaps(name, statement, matches)


def _statement_gaps(name: str, statement: Statement, matches: list[tuple[str, Match]]) -> Iterator[Gap]:
    keys = sorted({key.lower() for block in statement.condition.values() for key in block})
    for pattern in statement.actions or ("any action",):
        fitting = [m for action, m in matches if not statement.actions or action_matches(pattern, action)]
        if not any(match.holds for match in fitting):
            yield Gap(name, statement.sid, pattern, None)
        alone = {frozenset(check.key.lower() for check in match.failed) for match in fitting}
        for key in keys:
            if frozenset({key}) not in alone:
                yield Gap(name, statement.sid, pattern, key)
