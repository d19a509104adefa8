"""Requests of which parts are open: whatever is said of them holds for every way of filling them in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.evaluator import (
    Grant,
    Open,
    OpenRequest,
    Outcome,
    PolicySet,
    Request,
    Supplies,
    evaluate,
    supplied_by_aws,
)
from bedrock_cmk_guard.iam.evaluator.truth import Turns
from tests.iam.evaluator.policies import (
    FULL,
    HERE,
    KEY,
    LINKED,
    NOTHING,
    OUTSIDER,
    ROLE,
    ROOT,
    SERVICE,
    SESSION,
    THERE,
    USER,
    Part,
    document,
    key,
    scp,
)
from tests.iam_simulate import strategies
from tests.iam_simulate.driver import Question

pytestmark = pytest.mark.thorough

ALLOWED, EXPLICIT, IMPLICIT, DEPENDS = Outcome
ANYTHING, PRESENT = Open.ANYTHING, Open.PRESENT
ORG = "aws:PrincipalOrgID"

# Everything that a part of a generated request is filled in with: what the policies speak of, and something else.
_PRINCIPALS = (
    *strategies.PRINCIPALS,
    LINKED,
    f"arn:aws:sts::{THERE}:assumed-role/other/s",
    "s3.amazonaws.com",
)
_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey", "kms:RetireGrant", "sts:AssumeRole", "bedrock:InvokeAgent")
_RESOURCES = (KEY, strategies.ROLE, strategies.ALIAS, f"arn:aws:kms:us-east-1:{THERE}:key/other", "*")
_KEYS: dict[str, tuple[str, ...]] = {
    **strategies.STRINGS,
    **strategies.ARNS,
    **strategies.KMS_STRINGS,
    **strategies.BOOLS,
    **strategies.NUMBERS,
    **strategies.DATES,
    **strategies.ADDRESSES,
}
_MANY = strategies.MANY
_FIELDS: dict[str, tuple[str, ...]] = {
    "principal": _PRINCIPALS,
    "action": _ACTIONS,
    "resource": _RESOURCES,
    "resource_account": (HERE, THERE),
}
_PARTS = (*_FIELDS, *_KEYS, *_MANY)
_GRANTS = st.builds(
    Grant,
    grantee=st.sampled_from((*_PRINCIPALS[:4], ROOT, f"arn:aws:iam::{THERE}:root", SERVICE)),
    operations=st.lists(
        st.sampled_from(("Decrypt", "GenerateDataKey", "RetireGrant", "CreateGrant")), min_size=1, unique=True
    ).map(tuple),
    encryption_context_equals=st.sampled_from(({}, {"aws:bedrock:arn": strategies.ALIAS})),
    encryption_context_subset=st.sampled_from(({}, {"aws:bedrock:arn": strategies.ALIAS})),
    source_arn=st.sampled_from((None, strategies.ALIAS)),
)


@st.composite
def open_questions(draw: st.DrawFn) -> tuple[OpenRequest, PolicySet, tuple[str, ...]]:
    """A request, policies, and the parts that were opened."""
    question = draw(strategies.questions())
    request, policies = question.request, question.policies
    grants = tuple(draw(st.lists(_GRANTS, max_size=2)))
    policies = PolicySet(
        policies.identity,
        policies.boundary,
        policies.session,
        policies.resource_policy,
        policies.scps,
        policies.rcps,
        grants,
    )
    opened = draw(st.lists(st.sampled_from(_PARTS), min_size=1, max_size=3, unique=True))
    context: dict[str, str | tuple[str, ...] | Open] = dict(request.context)
    for name in opened:
        if name not in _FIELDS:
            context[name] = draw(st.sampled_from((ANYTHING, ANYTHING, PRESENT)))
    asked = OpenRequest(
        ANYTHING if "principal" in opened else request.principal,
        ANYTHING if "action" in opened else request.action,
        ANYTHING if "resource" in opened else request.resource,
        ANYTHING if "resource_account" in opened else request.resource_account,
        context,
    )
    return asked, policies, tuple(opened)


def values_of(request: OpenRequest, part: str) -> tuple[str | tuple[str, ...] | None, ...]:
    """What to fill a part in with."""
    if part in _FIELDS:
        return _FIELDS[part]
    values: tuple[str | tuple[str, ...], ...] = (*_KEYS.get(part, ()), "something else")
    if part in _MANY:
        values = ((_MANY[part][0],), _MANY[part], ("s3.amazonaws.com",))
    return values if request.context[part] is PRESENT else (None, *values)


def completions(request: OpenRequest) -> Iterator[Request]:
    """Ways of filling the request in, one of each kind that its policies tell apart."""
    parts = request.open_parts
    for chosen in itertools.product(*(values_of(request, part) for part in parts)):
        filled = request
        for part, value in zip(parts, chosen, strict=True):
            filled = filled.filled(part, value)
        yield filled.closed()


def check_completions(asked: OpenRequest, policies: PolicySet, supplies: Supplies | None) -> set[Outcome]:
    """Compare the answer with the two-valued one for a sample of completions; return what they gave."""
    decision = evaluate(asked, policies, supplies)
    found = set()
    for request in itertools.islice(completions(asked), 60):
        closed = evaluate(request, policies, supplies)
        found.add(closed.outcome)
        assert closed.outcome in decision.possible, (request, decision.reasons, closed.reasons)
        assert closed.possible == {closed.outcome}
    assert set(decision.depends_on) <= {*asked.open_parts}
    assert (decision.outcome is DEPENDS) == bool(decision.depends_on) == (len(decision.possible) > 1)
    return found


_MANY_EXAMPLES = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@_MANY_EXAMPLES
@given(open_questions())
def test_every_completion_gives_what_was_said(
    question: tuple[OpenRequest, PolicySet, tuple[str, ...]],
) -> None:
    asked, policies, _ = question

    check_completions(asked, policies, None)


@_MANY_EXAMPLES
@given(open_questions())
def test_so_it_is_with_the_keys_that_aws_supplies(
    question: tuple[OpenRequest, PolicySet, tuple[str, ...]],
) -> None:
    asked, policies, _ = question

    check_completions(asked, policies, supplied_by_aws)


@_MANY_EXAMPLES
@given(open_questions())
def test_a_part_that_is_not_named_does_not_matter(
    question: tuple[OpenRequest, PolicySet, tuple[str, ...]],
) -> None:
    """Vary one open part that the answer leaves out, the others held: the outcome stays."""
    asked, policies, _ = question
    decision = evaluate(asked, policies)
    idle = [part for part in asked.open_parts if part not in decision.depends_on]
    busy = [part for part in asked.open_parts if part in decision.depends_on]
    for chosen in itertools.islice(itertools.product(*(values_of(asked, part) for part in busy)), 6):
        settled = asked
        for part, value in zip(busy, chosen, strict=True):
            settled = settled.filled(part, value)
        ways = itertools.product(*(values_of(asked, part) for part in idle))
        outcomes = set()
        for way in itertools.islice(ways, 30):
            request = settled
            for part, value in zip(idle, way, strict=True):
                request = request.filled(part, value)
            outcomes.add(evaluate(request.closed(), policies).outcome)
        assert len(outcomes) == 1, (idle, decision.reasons)


@_MANY_EXAMPLES
@given(strategies.questions())
def test_nothing_open_is_a_request(question: Question) -> None:
    request = question.request
    same = OpenRequest(
        request.principal, request.action, request.resource, request.resource_account, request.context
    )

    assert evaluate(same, question.policies) == evaluate(request, question.policies)
    assert evaluate(same, question.policies, supplied_by_aws) == evaluate(
        request, question.policies, supplied_by_aws
    )


DENY: Part = {"Sid": "D", "Effect": "Deny"}


def org(operator: str, value: str | list[str] = "o-exampleorg1") -> Part:
    wanted: Part = {ORG: value if isinstance(value, str) else list(value)}
    return {operator: wanted}


# A Deny's condition on one open key: what comes of it
CONDITIONS = [
    ("equals", org("StringEquals"), ANYTHING, DEPENDS),
    ("not equals, or absent", org("StringNotEquals"), ANYTHING, DEPENDS),
    ("anything at all, if it is there", org("StringLike", "*"), ANYTHING, DEPENDS),
    ("anything at all, and it is there", org("StringLike", "*"), PRESENT, EXPLICIT),
    ("anything or nothing", org("StringLikeIfExists", "*"), ANYTHING, EXPLICIT),
    ("never", org("StringNotLike", "*"), PRESENT, ALLOWED),
    ("no value, and it is there", org("StringNotEquals", "${aws:PrincipalTag/none}"), PRESENT, ALLOWED),
    ("no value", org("StringNotEquals", "${aws:PrincipalTag/none}"), ANYTHING, DEPENDS),
    ("no value, none is it", org("StringEquals", "${aws:PrincipalTag/none}"), ANYTHING, ALLOWED),
    ("absent?", org("Null", "true"), ANYTHING, DEPENDS),
    ("absent, and it is there", org("Null", "true"), PRESENT, ALLOWED),
    ("there, and it is", org("Null", "false"), PRESENT, EXPLICIT),
    ("there or not", org("Null", ["true", "false"]), ANYTHING, EXPLICIT),
    ("two of one key", {**org("StringEquals"), **org("Null", "false")}, PRESENT, DEPENDS),
]


@pytest.mark.parametrize(("case", "condition", "value", "outcome"), CONDITIONS)
def test_a_condition_on_an_open_key(case: str, condition: Part, value: Open, outcome: Outcome) -> None:
    policies = PolicySet(identity=(FULL,), scps=((scp({**DENY, "Condition": condition}),),))

    decision = evaluate(OpenRequest(ROLE, "kms:Decrypt", KEY, None, {ORG: value}), policies)

    assert decision.outcome is outcome, case
    assert decision.depends_on == ((ORG,) if outcome is DEPENDS else ())
    assert decision.allowed == (outcome is ALLOWED)
    assert decision.may_be_allowed == (outcome in (ALLOWED, DEPENDS))


def test_only_what_matters_is_named() -> None:
    """A second condition that fails, another Allow that holds, a Deny that holds: the open key is idle."""
    team: Part = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    open_ = OpenRequest(ROLE, "kms:Decrypt", KEY, None, {ORG: ANYTHING, "aws:PrincipalTag/team": "blue"})

    for statements in (
        [{**DENY, "Condition": {**team, **org("StringNotEquals")}}],
        [{**DENY, "Condition": org("StringEquals")}, {"Effect": "Deny", "Sid": "E"}],
        [{"Sid": "A", "Condition": org("StringEquals")}],
    ):
        decision = evaluate(open_, PolicySet(identity=(FULL,), scps=((scp(*statements),),)))
        assert decision.depends_on == ()
        assert decision.outcome is not DEPENDS


def test_denied_either_way_is_not_allowed() -> None:
    policies = PolicySet(scps=((scp({**DENY, "Condition": org("StringNotEquals")}),),))

    decision = evaluate(OpenRequest(ROLE, "kms:Decrypt", KEY, None, {ORG: ANYTHING}), policies)

    assert decision.outcome is DEPENDS
    assert decision.possible == {EXPLICIT, IMPLICIT}
    assert not decision.may_be_allowed


def test_the_answer_says_what_it_turns_on() -> None:
    policies = PolicySet(identity=(FULL,), scps=((scp({**DENY, "Condition": org("StringNotEquals")}),),))

    decision = evaluate(OpenRequest(ROLE, "kms:Decrypt", KEY, None, {ORG: ANYTHING}), policies)

    assert decision.reasons == (
        f"It depends on {ORG}.",
        f"Statement D of SCP level 0 denies it in some cases (StringNotEquals {ORG} 'o-exampleorg1' turns on"
        f" {ORG}).",
    )
    assert decision.sids == {"D"}


def test_variables_that_are_open() -> None:
    """Where no value of the variable can match, it does not matter."""
    tag = "aws:PrincipalTag/team"
    condition: Part = {"StringEquals": {"aws:SourceAccount": f"red-${{{tag}}}"}}
    policies = PolicySet(identity=(document("identity", {"Condition": condition}),))

    def decide(account: str) -> tuple[Outcome, tuple[str, ...]]:
        context: dict[str, str | tuple[str, ...] | Open] = {tag: ANYTHING, "aws:SourceAccount": account}
        decision = evaluate(OpenRequest(ROLE, "kms:Decrypt", KEY, None, context), policies)
        return decision.outcome, decision.depends_on

    assert decide("red-1") == (DEPENDS, (tag,))
    assert decide("blue-1") == (IMPLICIT, ())


def test_a_key_that_the_action_never_supplies_is_absent_though_open() -> None:
    invented = "bedrock:CustomerEncryptionKeyArn"
    policies = PolicySet(
        identity=(FULL,), scps=((scp({**DENY, "Condition": {"Null": {invented: "true"}}}),),)
    )
    request = OpenRequest(ROLE, "bedrock:CreateAgent", "*", None, {invented: ANYTHING})

    assert evaluate(request, policies).outcome is DEPENDS
    assert evaluate(request, policies, supplied_by_aws).outcome is EXPLICIT


# An open caller: key policy's statement, further policies, outcome
CALLERS = [
    ("nobody is let in", {"Principal": {"AWS": USER}, "Effect": "Deny"}, {}, (EXPLICIT, IMPLICIT)),
    ("somebody is", {"Principal": {"AWS": USER}}, {}, (ALLOWED, IMPLICIT)),
    ("everyone is, but not from elsewhere", {"Principal": "*"}, {}, (ALLOWED, IMPLICIT)),
    ("everyone is, and may", {"Principal": "*"}, {"identity": (FULL,)}, (ALLOWED,)),
    (
        "SCPs bind some",
        {"Principal": "*"},
        {"identity": (FULL,), "scps": ((scp(DENY),),)},
        (ALLOWED, EXPLICIT),
    ),
    (
        "boundaries bind roles",
        {"Principal": "*"},
        {"identity": (FULL,), "boundary": NOTHING},
        (ALLOWED, IMPLICIT),
    ),
    ("all are denied", {"Principal": "*", "Effect": "Deny"}, {}, (EXPLICIT,)),
]


@pytest.mark.parametrize(("case", "statement", "others", "possible"), CALLERS)
def test_an_open_caller(
    case: str, statement: Part, others: dict[str, object], possible: tuple[Outcome, ...]
) -> None:
    policies = PolicySet(resource_policy=key(statement), **others)  # type: ignore[arg-type]

    decision = evaluate(OpenRequest(ANYTHING, "kms:Decrypt", KEY), policies)

    assert decision.possible == set(possible), case
    assert decision.depends_on == (("principal",) if len(possible) > 1 else ())


def test_open_actions_and_resources() -> None:
    policies = PolicySet(
        identity=(
            document("identity", {"Sid": "A", "Action": "kms:*", "Resource": KEY}),
            document("identity", {"Sid": "N", "Effect": "Deny", "NotAction": "*"}),
        )
    )

    asked = OpenRequest(ROLE, ANYTHING, ANYTHING)

    assert evaluate(asked, policies).depends_on == ("action", "resource")
    assert evaluate(asked.filled("action", "kms:Decrypt"), policies).depends_on == ("resource",)
    assert evaluate(asked.filled("action", "s3:GetObject"), policies).outcome is IMPLICIT
    assert evaluate(asked.filled("resource", KEY), policies).depends_on == ("action",)
    assert evaluate(asked, PolicySet(identity=(FULL,))).depends_on == ("resource",)


def test_an_open_account_of_the_resource() -> None:
    """Whether key policy and identity policy must both allow turns on it."""
    policies = PolicySet(resource_policy=key({"Principal": {"AWS": ROLE}}))

    decision = evaluate(OpenRequest(ROLE, "kms:Decrypt", KEY, ANYTHING), policies)

    assert decision.possible == {ALLOWED, IMPLICIT}
    assert decision.depends_on == ("resource_account",)
    assert evaluate(OpenRequest(OUTSIDER, "kms:Decrypt", KEY), policies).outcome is IMPLICIT


def test_the_role_of_a_session_cannot_be_open() -> None:
    with pytest.raises(PolicyError, match="its role's; state it or leave it out"):
        evaluate(
            OpenRequest(SESSION, "kms:Decrypt", KEY, None, {"aws:PrincipalArn": ANYTHING}),
            PolicySet(identity=(FULL,)),
        )


def test_what_is_open_is_neither_true_nor_false() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(ANYTHING)
    with pytest.raises(TypeError, match="turns on a, b"):
        bool(Turns(frozenset({"b", "a"})))


def test_filling_in() -> None:
    request = OpenRequest(context={ORG: ANYTHING, "aws:PrincipalTag/team": "red"})

    assert request.open_parts == ("principal", "action", "resource", ORG)
    assert request.filled(ORG.upper(), None).open_parts == ("principal", "action", "resource")
    with pytest.raises(PolicyError, match="leaves principal, action, resource, aws:PrincipalOrgID open"):
        request.closed()
    with pytest.raises(PolicyError, match="action is one text"):
        request.filled("action", None)
    with pytest.raises(PolicyError, match="the action of a request"):
        request.filled("action", "kms:*")
