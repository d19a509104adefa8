"""The prover and the evaluator say the same of random policies."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedrock_cmk_guard.iam import PolicyDocument, PolicyKind, Statement
from bedrock_cmk_guard.iam.evaluator import Outcome, PolicySet, Request, Supplies, evaluate, supplied_by_aws
from bedrock_cmk_guard.iam.prover import Callers, Found, Kind, Nothing, Question, Undecided, answer
from tests.prover.possible import is_possible
from tests.prover.random_policies import ACTIONS, FACTS, KEY, KEYS, VALUES, Maker
from tests.strategies import policy_documents, statements

pytestmark = pytest.mark.thorough

EVERYBODY = Callers(kinds=frozenset(Kind))


def meets(request: Request, form: Statement, supplies: Supplies | None) -> bool:
    """Whether a request has a form: whether a key policy that denies that form denies it."""
    policies = PolicySet(resource_policy=PolicyDocument(PolicyKind.KEY, (form,)))
    return evaluate(request, policies, supplies).outcome is Outcome.EXPLICIT_DENY


@pytest.mark.parametrize("supplies", [None, supplied_by_aws], ids=["any key", "keys AWS supplies"])
@settings(max_examples=250, deadline=None)
@given(seed=st.integers(0, 2**32), wanted=st.booleans())
def test_what_is_proved_holds_for_sampled_requests(
    supplies: Supplies | None, seed: int, wanted: bool
) -> None:
    maker = Maker(seed)
    policies, form = maker.policies(), maker.form()
    question = Question(policies, ACTIONS, (KEY,), EVERYBODY, form.condition, facts=FACTS, allowed=wanted)
    found = answer(question, supplies)
    if isinstance(found, Found):
        assert evaluate(found.request, policies, supplies).allowed is wanted
        assert meets(found.request, form, supplies)
        assert is_possible(found.request, FACTS)
    if not isinstance(found, Nothing):
        return
    for _ in range(150):
        request = maker.request()
        if not is_possible(request, FACTS, tuple(key for key in VALUES if key not in request.context)):
            continue
        if meets(request, form, supplies):
            assert evaluate(request, policies, supplies).allowed is not wanted, request


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 2**32), wanted=st.booleans())
def test_what_is_proved_of_any_key_holds_for_sampled_keys(seed: int, wanted: bool) -> None:
    maker = Maker(seed)
    policies, form = maker.policies(), maker.form()
    question = Question(
        policies, ACTIONS, ("arn:aws:kms:*",), EVERYBODY, form.condition, facts=FACTS, allowed=wanted
    )
    found = answer(question)
    if isinstance(found, Found):
        assert evaluate(found.request, policies, supplied_by_aws).allowed is wanted
        assert meets(found.request, form, supplied_by_aws)
    if not isinstance(found, Nothing):
        return
    for number in range(150):
        request = maker.request(KEYS[number % len(KEYS)])
        if not is_possible(request, FACTS, tuple(key for key in VALUES if key not in request.context)):
            continue
        if meets(request, form, supplied_by_aws):
            assert evaluate(request, policies, supplied_by_aws).allowed is not wanted, request


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    identity=policy_documents(PolicyKind.IDENTITY),
    key=policy_documents(PolicyKind.KEY),
    rcp=policy_documents(PolicyKind.RCP),
    form=statements(PolicyKind.IDENTITY),
    wanted=st.booleans(),
)
def test_any_policy_gets_an_answer(
    identity: PolicyDocument, key: PolicyDocument, rcp: PolicyDocument, form: Statement, wanted: bool
) -> None:
    """Policies of awkward text: a request that the evaluator confirms, a proof, or a reason."""
    policies = PolicySet(identity=(identity,), resource_policy=key, rcps=((rcp,),))
    asked = form.actions or ("kms:Decrypt",)
    question = Question(policies, asked[:1], (KEY,), EVERYBODY, form.condition, allowed=wanted, facts=FACTS)
    found = answer(question, None)
    if isinstance(found, Found):
        assert evaluate(found.request, policies).allowed is wanted
    elif isinstance(found, Undecided):
        assert found.reason
        assert "does not confirm" not in found.reason
