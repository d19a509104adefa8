"""Policies and requests for the comparison: small pools, so that requests often meet the policies."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.document import Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.iam.evaluator import PolicySet, Request
from tests.iam_simulate.driver import Question

HERE, THERE = "111122223333", "444455556666"
KEY = f"arn:aws:kms:us-east-1:{HERE}:key/11111111-2222-3333-4444-555555555555"
ROLE = f"arn:aws:iam::{HERE}:role/target"
ALIAS = f"arn:aws:bedrock:us-east-1:{HERE}:agent-alias/AGENT12345/ALIAS12345"
TARGETS = (
    ("kms:Decrypt", KEY),
    ("kms:GenerateDataKey", KEY),
    ("kms:CreateGrant", KEY),
    ("kms:ScheduleKeyDeletion", KEY),
    ("sts:AssumeRole", ROLE),
    ("bedrock:InvokeAgent", ALIAS),
)
PRINCIPALS = (
    f"arn:aws:iam::{HERE}:role/app",
    f"arn:aws:sts::{HERE}:assumed-role/app/session",
    f"arn:aws:sts::{HERE}:assumed-role/admin/session",
    f"arn:aws:iam::{HERE}:user/alice",
    f"arn:aws:iam::{THERE}:role/app",
    f"arn:aws:iam::{HERE}:root",
    "bedrock.amazonaws.com",
)
ACTIONS = ("*", "kms:*", "kms:Decrypt", "KMS:decrypt", "kms:Generate*", "kms:?ecrypt", "sts:Assume*")
RESOURCES = ("*", KEY, f"arn:aws:kms:*:{HERE}:key/*", f"arn:aws:kms:us-east-?:{THERE}:key/*", ROLE, ALIAS)
NAMED = (HERE, THERE, *PRINCIPALS[:-1], "*")

#: Values of the keys that every action carries, and of those that only some do.
STRINGS = {
    "aws:PrincipalOrgID": ("o-exampleorg1", "o-exampleorg2"),
    "aws:PrincipalTag/team": ("blue", "Blue", "bl*", "red"),
    "aws:SourceAccount": (HERE, THERE),
}
ARNS = {"aws:SourceArn": (ALIAS, f"arn:aws:bedrock:us-east-1:{THERE}:agent/A", ROLE)}
KMS_STRINGS = {
    "kms:ViaService": ("bedrock.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"),
    "kms:EncryptionContext:aws:bedrock:arn": (ALIAS, f"arn:aws:bedrock:us-east-1:{THERE}:agent/A"),
}
BOOLS = {"aws:SecureTransport": ("true", "false"), "aws:MultiFactorAuthPresent": ("true", "false")}
NUMBERS = {"aws:MultiFactorAuthAge": ("0", "7", "30", "30.5")}
DATES = {"aws:CurrentTime": ("2026-11-24T00:00:00Z", "2026-12-24T00:00:00Z")}
ADDRESSES = {"aws:SourceIp": ("10.0.0.1", "10.1.0.1", "2001:db8::1")}
MANY = {"aws:CalledVia": ("cloudformation.amazonaws.com", "bedrock.amazonaws.com")}
DERIVED = ("aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalIsAWSService", "aws:PrincipalType")

_STRING_PATTERNS = ("blue", "BLUE", "b*", "?lue", "o-exampleorg1", HERE, "*", "bedrock.*.amazonaws.com")
_VARIABLES = ("${aws:PrincipalAccount}", "${aws:PrincipalTag/team, 'blue'}", "b${*}", "o-exampleorg${?}")
_ARN_PATTERNS = (
    f"arn:aws:iam::{HERE}:role/app",
    "arn:aws:iam::*:role/a*",
    f"arn:aws:bedrock:*:{HERE}:*",
    "arn:aws:bedrock:us-east-1:${aws:PrincipalAccount}:agent-alias/*",
    "arn:*:iam::*:user/*",
)


def _operators(bases: tuple[str, ...]) -> SearchStrategy[str]:
    return st.builds(
        lambda base, suffix: base + suffix, st.sampled_from(bases), st.sampled_from(("", "IfExists"))
    )


def _block(
    keys: tuple[str, ...], bases: tuple[str, ...], values: tuple[str, ...]
) -> SearchStrategy[tuple[str, str, tuple[str, ...]]]:
    chosen = st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)
    return st.tuples(_operators(bases), st.sampled_from(keys), chosen)


_STRING_BASES = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase")
_ARN_BASES = ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike")
_NUMERIC_BASES = ("NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericGreaterThanEquals")
_DATE_BASES = ("DateEquals", "DateNotEquals", "DateLessThan", "DateGreaterThanEquals")
_CHECKS = st.one_of(
    _block(
        (*STRINGS, *KMS_STRINGS, "aws:PrincipalAccount", "aws:PrincipalType"),
        _STRING_BASES,
        (*_STRING_PATTERNS, *_VARIABLES, ALIAS, "AssumedRole"),
    ),
    _block(("aws:PrincipalArn", *ARNS), _ARN_BASES, _ARN_PATTERNS),
    _block((*BOOLS, "aws:PrincipalIsAWSService"), ("Bool",), ("true", "false", "True")),
    _block(tuple(NUMBERS), _NUMERIC_BASES, ("7", "30", "-1", "30.5")),
    _block(tuple(DATES), _DATE_BASES, ("2026-11-24T00:00:00Z", "2026-12-01T00:00:00Z")),
    _block(tuple(ADDRESSES), ("IpAddress", "NotIpAddress"), ("10.0.0.0/16", "10.1.0.1", "2001:db8::/32")),
    st.tuples(
        st.just("Null"),
        st.sampled_from((*STRINGS, *ARNS, *KMS_STRINGS, *BOOLS, *DERIVED, *MANY)),
        st.sampled_from((("true",), ("false",))),
    ),
    st.tuples(
        st.sampled_from(
            ("ForAnyValue:StringEquals", "ForAnyValue:StringNotLike", "ForAllValues:StringNotEquals")
        ),
        st.sampled_from(tuple(MANY)),
        st.sampled_from((("cloudformation.amazonaws.com",), ("*.amazonaws.com", "s3.amazonaws.com"))),
    ),
)


def _condition(checks: list[tuple[str, str, tuple[str, ...]]]) -> dict[str, dict[str, tuple[str, ...]]]:
    condition: dict[str, dict[str, tuple[str, ...]]] = {}
    for operator, key, values in checks:
        condition.setdefault(operator, {})[key] = values
    return condition


_FULL = Statement(sid="Full", effect=Effect.ALLOW, actions=("*",))


@st.composite
def statements(draw: st.DrawFn, kind: PolicyKind, index: int) -> Statement:
    """A statement that the grammar of the kind accepts."""
    deny = kind is PolicyKind.RCP or draw(st.booleans())
    actions = draw(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2, unique=True).map(tuple))
    resources = draw(st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2, unique=True).map(tuple))
    principal = None
    if kind is PolicyKind.TRUST:
        actions = ("sts:AssumeRole",) if draw(st.booleans()) else ("sts:*",)
    if kind is PolicyKind.RCP:
        actions = tuple(action for action in actions if action != "*") or ("kms:*",)
        principal = Principal(everyone=True)
    elif kind in {PolicyKind.KEY, PolicyKind.TRUST}:
        principal = draw(
            st.one_of(
                st.just(Principal(everyone=True)),
                st.just(Principal(service=("bedrock.amazonaws.com",))),
                st.lists(st.sampled_from(NAMED), min_size=1, max_size=2, unique=True).map(
                    lambda names: Principal(aws=tuple(names))
                ),
            )
        )
    negated = kind is not PolicyKind.RCP and draw(st.integers(0, 5)) == 0
    elsewhere = kind is not PolicyKind.TRUST and draw(st.integers(0, 5)) == 0
    excepted = tuple(resource for resource in resources if resource != "*") if elsewhere else ()
    plain = Statement(
        sid=f"S{index}",
        effect=Effect.DENY if deny else Effect.ALLOW,
        actions=() if negated else actions,
        not_actions=actions if negated else (),
        resources=("*",) if excepted or kind is PolicyKind.TRUST else resources,
        not_resources=excepted,
        principal=principal,
    )
    try:
        return replace(plain, condition=_condition(draw(st.lists(_CHECKS, max_size=2))))
    except PolicyError:  # ForAllValues without a presence test
        return plain


@st.composite
def documents(draw: st.DrawFn, kind: PolicyKind) -> PolicyDocument:
    """A document of one to three statements."""
    drawn = [draw(statements(kind, index)) for index in range(draw(st.integers(1, 3)))]
    if kind in {PolicyKind.KEY, PolicyKind.TRUST} and draw(st.booleans()):
        action = "kms:*" if kind is PolicyKind.KEY else "sts:*"
        names = draw(st.sampled_from(((HERE,), PRINCIPALS[:-1])))
        opening = replace(_FULL, actions=(action,), principal=Principal(aws=names, service=PRINCIPALS[-1:]))
        drawn.append(opening)
    return PolicyDocument(kind=kind, statements=tuple(drawn))


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """A request with some of the context keys that its action carries."""
    action, resource = draw(st.sampled_from(TARGETS))
    single = {**STRINGS, **ARNS, **BOOLS, **NUMBERS, **DATES, **ADDRESSES}
    if action.startswith("kms:") and action != "kms:ScheduleKeyDeletion":
        single |= KMS_STRINGS
    context: dict[str, str | tuple[str, ...]] = {
        key: draw(st.sampled_from(values)) for key, values in single.items() if draw(st.booleans())
    }
    for key, values in MANY.items():
        if draw(st.booleans()):
            context[key] = tuple(draw(st.lists(st.sampled_from(values), min_size=1, max_size=2)))
    return Request(draw(st.sampled_from(PRINCIPALS)), action, resource, None, context)


FULL_SCP = PolicyDocument(kind=PolicyKind.SCP, statements=(_FULL,))
FULL_IDENTITY = PolicyDocument(kind=PolicyKind.IDENTITY, statements=(_FULL,))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """A request and a set of policies, some of which are absent; a caller has only policies it can have."""
    request = draw(requests())
    kind = {"kms": PolicyKind.KEY, "sts": PolicyKind.TRUST}.get(request.service)
    root, session = request.principal.endswith(":root"), ":assumed-role/" in request.principal
    identity: tuple[PolicyDocument, ...] = ()
    boundary = None
    if root:
        identity = (FULL_IDENTITY,)
    elif request.principal.startswith("arn:"):
        identity = (draw(documents(PolicyKind.IDENTITY)), *draw(st.sampled_from(((FULL_IDENTITY,), ()))))
        boundary = draw(documents(PolicyKind.IDENTITY)) if draw(st.integers(0, 3)) == 0 else None
    policies = PolicySet(
        identity=identity,
        boundary=boundary,
        session=draw(documents(PolicyKind.IDENTITY)) if session and draw(st.integers(0, 3)) == 0 else None,
        resource_policy=None if kind is None else draw(documents(kind)),
        scps=((FULL_SCP,), (FULL_SCP, draw(documents(PolicyKind.SCP)))) if draw(st.booleans()) else None,
        rcps=((draw(documents(PolicyKind.RCP)),),) if draw(st.booleans()) else None,
    )
    return Question(f"{request.principal} {request.action}", request, policies)
