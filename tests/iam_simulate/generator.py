"""Many policies and requests by a seed, for the comparison at scale: as in ``strategies``, but faster and wider.

Pools are small, so that requests often meet the policies. Besides SCPs by level, RCPs, identity policies, boundaries,
session policies and key policies there are trust policies and those of S3 buckets; every operator in its plain,
``IfExists`` and set forms; variables with and without default, defined and not; negated elements.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.document import Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.iam.evaluator import PolicySet, Request
from bedrock_cmk_guard.iam.grammar_kinds import RCP_SERVICES
from tests.iam_simulate import strategies as pools
from tests.iam_simulate.driver import Question

HERE, THERE, KEY, ROLE, ALIAS = pools.HERE, pools.THERE, pools.KEY, pools.ROLE, pools.ALIAS
OBJECT = "arn:aws:s3:::transcripts/2026/a.json"
USER = f"arn:aws:iam::{HERE}:user/alice"
SESSION = f"arn:aws:sts::{HERE}:assumed-role/app/session"
TARGETS = (
    *pools.TARGETS,
    ("kms:Decrypt", KEY),
    ("kms:Encrypt", KEY),
    ("kms:TagResource", KEY),
    ("kms:PutKeyPolicy", KEY),
    ("kms:RetireGrant", KEY),
    ("kms:ListKeys", "*"),
    ("bedrock:CreateAgent", "*"),
    ("bedrock:UpdateAgent", f"arn:aws:bedrock:us-east-1:{HERE}:agent/AGENT12345"),
    ("iam:PutRolePolicy", ROLE),
    ("s3:GetObject", OBJECT),
    ("s3:PutObject", OBJECT),
)
PRINCIPALS = (
    *pools.PRINCIPALS,
    f"arn:aws:sts::{THERE}:assumed-role/app/session",
    f"arn:aws:iam::{THERE}:user/alice",
    "s3.amazonaws.com",
)
ACTIONS = (
    *("*", "kms:*", "kms:Decrypt", "KMS:decrypt", "kms:Generate*", "kms:?ecrypt", "kms:*Key*"),
    *("sts:*", "sts:Assume*", "bedrock:*Agent", "bedrock:*", "iam:*", "s3:Get*", "s3:*Object"),
)
RESOURCES = (
    *pools.RESOURCES,
    f"arn:aws:kms:us-east-1:{HERE}:key/1111*",
    f"arn:aws:*:*:{HERE}:*",
    "arn:aws:s3:::transcripts/*",
    "arn:aws:s3:::transcripts/${aws:PrincipalTag/year, '2026'}/*",
    "arn:aws:s3:::transcripts/${aws:username}/*",
    f"arn:aws:bedrock:*:{HERE}:agent*",
)
NAMED = (
    *pools.NAMED,
    USER,
    SESSION,
    f"arn:aws:iam::{HERE}:root",
    f"arn:aws:sts::{HERE}:federated-user/alice",
)

_STRINGS = (
    *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    *("StringLike", "StringNotLike"),
)
_ARNS = ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike")
_ORDERS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_WORDS = (
    *("blue", "BLUE", "b*", "?lue", "red", "*", "o-exampleorg1", "o-*", HERE, THERE, "AssumedRole", "alice"),
    *("bedrock.*.amazonaws.com", "bedrock.us-east-1.amazonaws.com", ALIAS, "arn:aws:bedrock:*:*:agent/*"),
    *("${aws:PrincipalAccount}", "${aws:PrincipalTag/team}", "${aws:PrincipalTag/team, 'blue'}"),
    *(
        "${aws:PrincipalTag/none}",
        "x-${aws:PrincipalTag/none}",
        "b${*}",
        "o-exampleorg${?}",
        "${aws:username}",
    ),
)
_ARN_WORDS = (
    f"arn:aws:iam::{HERE}:role/app",
    "arn:aws:iam::*:role/a*",
    f"arn:aws:bedrock:*:{HERE}:*",
    f"arn:aws:bedrock:us-east-1:{HERE}:agent-alias/*",
    "arn:*:iam::*:user/*",
    "arn:aws:iam::*:r*",
    "arn:aws:bedrock:us-*-1:*:agent?alias/*",
)
_TEXT_KEYS = (
    *pools.STRINGS,
    *pools.KMS_STRINGS,
    *(
        "aws:PrincipalAccount",
        "aws:PrincipalType",
        "aws:ResourceAccount",
        "aws:username",
        "kms:CallerAccount",
    ),
)
_ANY_KEY = (*_TEXT_KEYS, *pools.ARNS, *pools.BOOLS, *pools.NUMBERS, *pools.DERIVED, *pools.MANY)
_MANY_VALUES = ("cloudformation.amazonaws.com", "*.amazonaws.com", "s3.amazonaws.com", "bedrock*")
_SINGLE = {
    **pools.STRINGS,
    **pools.ARNS,
    **pools.BOOLS,
    **pools.NUMBERS,
    **pools.DATES,
    **pools.ADDRESSES,
}

Line = tuple[str, str, tuple[str, ...]]


def questions(seed: int) -> Iterator[Question]:
    """Questions without end, the same for the same seed."""
    random = Random(seed)
    number = 0
    while True:
        yield _Maker(random).question(f"seed {seed}, question {number}")
        number += 1


class _Maker:
    """Draws one question."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.action, self.resource = random.choice(TARGETS)
        self.principal = random.choice(PRINCIPALS)

    def question(self, name: str) -> Question:
        service = self.action.partition(":")[0]
        kind = {"kms": PolicyKind.KEY, "sts": PolicyKind.TRUST, "s3": PolicyKind.RESOURCE}.get(service)
        own = self.principal.startswith("arn:")
        root = self.principal.endswith(":root")
        full = (pools.FULL_IDENTITY,)
        identity: tuple[PolicyDocument, ...] = ()
        if own:
            identity = (
                full if root else (self.document(PolicyKind.IDENTITY), *(full if self.chance(2) else ()))
            )
        policies = PolicySet(
            identity=identity,
            boundary=self.document(PolicyKind.IDENTITY) if own and not root and self.chance(4) else None,
            session=self.document(PolicyKind.IDENTITY)
            if ":assumed-role/" in self.principal and self.chance(4)
            else None,
            resource_policy=None
            if kind is None or (kind is PolicyKind.RESOURCE and self.chance(3)) or self.resource == "*"
            else self.document(kind),
            scps=self.scps() if own and self.chance(2) else None,
            rcps=None
            if service not in RCP_SERVICES or self.action == "kms:RetireGrant"
            else tuple((self.document(PolicyKind.RCP),) for _ in range(self.random.randint(1, 2)))
            if self.chance(2)
            else None,
        )
        return Question(name, self.request(), policies)

    def scps(self) -> tuple[tuple[PolicyDocument, ...], ...]:
        full = pools.FULL_SCP
        levels = [
            (full, self.document(PolicyKind.SCP)) if self.chance(2) else (full,)
            for _ in range(self.random.randint(1, 3))
        ]
        if self.chance(6):
            levels.append((self.document(PolicyKind.SCP),))
        return tuple(levels)

    def request(self) -> Request:
        context: dict[str, str | tuple[str, ...]] = {}
        single = dict(_SINGLE)
        if self.action in ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant"):
            single |= pools.KMS_STRINGS
        for key, values in single.items():
            if self.chance(2):
                context[key] = self.random.choice(values)
        if self.chance(2):
            context["aws:CalledVia"] = tuple(
                self.random.choices(pools.MANY["aws:CalledVia"], k=self.random.randint(1, 2))
            )
        return Request(self.principal, self.action, self.resource, HERE, context)

    def document(self, kind: PolicyKind) -> PolicyDocument:
        statements = [self.statement(kind, index) for index in range(self.random.randint(1, 4))]
        if kind in (PolicyKind.KEY, PolicyKind.TRUST, PolicyKind.RESOURCE) and self.chance(2):
            action = {PolicyKind.KEY: "kms:*", PolicyKind.TRUST: "sts:*"}.get(kind, "s3:*")
            names = self.random.choice(((HERE,), (HERE, THERE), PRINCIPALS[:4]))
            principal = Principal(aws=tuple(name for name in names if "amazonaws" not in name))
            statements.append(Statement("Open", Effect.ALLOW, (action,), principal=principal))
        return PolicyDocument(kind, tuple(statements))

    def statement(self, kind: PolicyKind, index: int) -> Statement:
        deny = kind is PolicyKind.RCP or self.chance(3)
        actions = self.some(ACTIONS, 2)
        if self.chance(3):
            actions = (self.action,)
        if kind is PolicyKind.TRUST:
            actions = (self.random.choice(("sts:AssumeRole", "sts:*")),)
        elif kind is PolicyKind.RCP:
            rcp = tuple(
                action for action in actions if action.partition(":")[0].lower() in ("kms", "sts", "s3")
            )
            actions = rcp or ("kms:*",)
        resources = (self.resource,) if self.chance(4) else self.some(RESOURCES, 2)
        negated = kind is not PolicyKind.RCP and self.chance(6)
        elsewhere = kind is not PolicyKind.TRUST and self.chance(6)
        plain = Statement(
            sid=f"S{index}",
            effect=Effect.DENY if deny else Effect.ALLOW,
            actions=() if negated else actions,
            not_actions=actions if negated else (),
            resources=("*",) if elsewhere or kind is PolicyKind.TRUST else resources,
            not_resources=tuple(r for r in resources if r != "*") if elsewhere else (),
            principal=self.named(kind),
            found=True,
        )
        condition: dict[str, dict[str, tuple[str, ...]]] = {}
        for operator, key, values in (self.line() for _ in range(self.random.choice((0, 0, 1, 1, 2)))):
            condition.setdefault(operator, {})[key] = values
        try:
            return replace(plain, condition=condition)
        except PolicyError:  # a set operator on the encryption context, which KMS refuses
            return plain

    def named(self, kind: PolicyKind) -> Principal | None:
        if kind is PolicyKind.RCP:
            return Principal(everyone=True)
        if kind in (PolicyKind.SCP, PolicyKind.IDENTITY):
            return None
        if self.chance(4):
            return Principal(everyone=True)
        if self.chance(5):
            return Principal(service=("bedrock.amazonaws.com", "s3.amazonaws.com"))
        names = self.some(NAMED, 2)
        if self.chance(3) and self.principal.startswith("arn:"):
            names = (self.principal,)
        return Principal(aws=names)

    def line(self) -> Line:
        family = self.random.choice(
            ("string", "string", "string", "arn", "bool", "number", "date", "ip", "null", "set")
        )
        suffix = "IfExists" if self.chance(3) else ""
        pick = self.random.choice
        if family == "arn":
            return pick(_ARNS) + suffix, pick(("aws:PrincipalArn", *pools.ARNS)), self.some(_ARN_WORDS, 2)
        if family == "bool":
            return (
                f"Bool{suffix}",
                pick((*pools.BOOLS, "aws:PrincipalIsAWSService", "aws:ViaAWSService")),
                (pick(("true", "false")),),
            )
        if family == "number":
            return (
                f"Numeric{pick(_ORDERS)}{suffix}",
                pick(tuple(pools.NUMBERS)),
                (pick(("7", "30", "-1", "30.5")),),
            )
        if family == "date":
            dates = ("2026-11-24T00:00:00Z", "2026-12-01T00:00:00Z")
            return f"Date{pick(_ORDERS)}{suffix}", pick(tuple(pools.DATES)), (pick(dates),)
        if family == "ip":
            networks = ("10.0.0.0/16", "10.1.0.1", "2001:db8::/32")
            return (
                pick(("IpAddress", "NotIpAddress")) + suffix,
                pick(tuple(pools.ADDRESSES)),
                self.some(networks, 2),
            )
        if family == "null":
            return "Null", pick(_ANY_KEY), (pick(("true", "false")),)
        if family == "set":
            quantifier = pick(("ForAnyValue:", "ForAllValues:"))
            return f"{quantifier}{pick(_STRINGS)}{suffix}", "aws:CalledVia", self.some(_MANY_VALUES, 2)
        return pick(_STRINGS) + suffix, pick(_TEXT_KEYS), self.some(_WORDS, 3)

    def some(self, values: tuple[str, ...], most: int) -> tuple[str, ...]:
        return tuple(self.random.sample(values, self.random.randint(1, most)))

    def chance(self, of: int) -> bool:
        return self.random.randrange(of) == 0
