"""The prover: whether *any* request of some form is allowed, or refused, under a set of policies.

    answer(Question(policies, actions=("kms:Decrypt",), resources=(key,), condition={...}))

gives a request (which the evaluator has confirmed), or nothing (a proof, with the axioms it rests on), or says that
it does not know and why. It knows nothing of keys or agents.
"""

from bedrock_cmk_guard.iam.prover.axioms import AXIOMS, Axiom
from bedrock_cmk_guard.iam.prover.question import (
    IDENTITIES,
    Answer,
    Callers,
    Found,
    Kind,
    Nothing,
    Question,
    Undecided,
)
from bedrock_cmk_guard.iam.prover.search import Search, answer
from bedrock_cmk_guard.iam.prover.situation import Facts
from bedrock_cmk_guard.iam.prover.undecided import UndecidedError

__all__ = [
    "AXIOMS",
    "IDENTITIES",
    "Answer",
    "Axiom",
    "Callers",
    "Facts",
    "Found",
    "Kind",
    "Nothing",
    "Question",
    "Search",
    "Undecided",
    "UndecidedError",
    "answer",
]
