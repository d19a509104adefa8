"""Questions about a document, made from its own statements, for the comparison with iam-simulate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bedrock_cmk_guard.iam.document import PolicyDocument
from bedrock_cmk_guard.iam.evaluator import Outcome
from tests.decision_tables.generate import generate
from tests.decision_tables.runner import settle
from tests.decision_tables.table import Case
from tests.iam_simulate.driver import Question, limit


def questions_about(documents: Mapping[str, PolicyDocument], *, per_pattern: int = 2) -> Iterator[Question]:
    """For every statement, action and condition key, a request it matches and one that only that key keeps off.

    Each document is asked about alone, among surroundings that restrict nothing. What iam-simulate cannot
    judge is left out.
    """
    for name, document in documents.items():
        for generated in generate(document, per_pattern=per_pattern):
            case = Case(
                name=f"{name}: {generated.name}",
                policies=(name,),
                request=generated.request,
                expect=Outcome.ALLOWED,
                because=None,
            )
            question = Question(case.name, case.request, settle(case, {name: document}).policies)
            if limit(question) is None:
                yield question
