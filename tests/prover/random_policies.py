"""Small random policies and requests that use the same few values, so that they meet often."""

from __future__ import annotations

import random
from collections.abc import Mapping

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import Condition, Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.iam.evaluator import PolicySet, Request
from bedrock_cmk_guard.iam.prover import Facts

KEY = "arn:aws:kms:eu-central-1:111111111111:key/1234"
OTHER = "arn:aws:kms:us-east-1:333333333333:key/12"
KEYS = (KEY, OTHER, "arn:aws:kms:eu-west-1:222222222222:key/9")
FACTS = Facts("aws", "o-ours", frozenset({"111111111111", "222222222222"}))
ACTIONS = ("kms:Decrypt", "kms:CreateGrant", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:RetireGrant")

CALLERS: tuple[tuple[str, str | None], ...] = (
    ("arn:aws:iam::111111111111:root", None),
    ("arn:aws:iam::111111111111:user/ada", None),
    ("arn:aws:iam::333333333333:user/x/ada", None),
    ("arn:aws:sts::111111111111:assumed-role/app/session", "arn:aws:iam::111111111111:role/app"),
    ("arn:aws:sts::111111111111:assumed-role/app/blue", "arn:aws:iam::111111111111:role/app"),
    ("arn:aws:sts::111111111111:assumed-role/apps/session", "arn:aws:iam::111111111111:role/team/apps"),
    ("arn:aws:sts::222222222222:assumed-role/app/session", "arn:aws:iam::222222222222:role/app"),
    ("arn:aws:sts::333333333333:assumed-role/other/session", "arn:aws:iam::333333333333:role/other"),
    ("arn:aws:sts::444444444444:assumed-role/nobody/session", "arn:aws:iam::444444444444:role/nobody"),
    (
        "arn:aws:sts::111111111111:assumed-role/AWSServiceRoleForX/s",
        "arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
    ),
    ("bedrock.amazonaws.com", None),
    ("s3.amazonaws.com", None),
)

VALUES: Mapping[str, tuple[str, ...]] = {
    "aws:PrincipalOrgID": ("o-ours", "o-theirs"),
    "aws:PrincipalOrgPaths": ("o-ours/r-a/ou-1/", "o-ours/r-a/ou-2/", "o-theirs/r-b/"),
    "kms:ViaService": (
        "s3.eu-central-1.amazonaws.com",
        "bedrock.eu-central-1.amazonaws.com",
        "bedrock.us-east-1.amazonaws.com",
    ),
    "kms:EncryptionContext:a": ("red", "reddish", "Red", "blue"),
    "aws:SourceAccount": ("111111111111", "333333333333", "444444444444"),
    "aws:SourceArn": (
        "arn:aws:bedrock:eu-central-1:111111111111:agent/A",
        "arn:aws:bedrock:eu-central-1:333333333333:agent/A",
        "arn:aws:bedrock:eu-central-1:444444444444:flow/B",
        "arn:aws:s3:::bucket",
    ),
    "aws:SourceOrgID": ("o-ours", "o-theirs"),
    "kms:GrantOperations": ("Decrypt", "Encrypt", "DescribeKey"),
    "aws:TagKeys": ("guard", "GUARD", "team"),
    "aws:RequestTag/guard": ("yes", "no"),
    "kms:ScheduleKeyDeletionPendingWindowInDays": ("7", "8", "15", "29", "30"),
    "aws:CurrentTime": ("2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    "aws:SourceIp": ("10.0.0.1", "10.1.0.1", "192.0.2.7", "2001:db8::5"),
    "aws:MultiFactorAuthPresent": ("true", "false"),
    "aws:PrincipalTag/team": ("red", "blue"),
}
SEVERAL = frozenset({"kms:GrantOperations", "aws:TagKeys", "aws:PrincipalOrgPaths"})

_TEXT = (
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
)
_ARNS = ("ArnLike", "ArnNotLike", "ArnEquals", "StringLike", "StringNotLike")
_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "aws:PrincipalArn": (
        "arn:aws:iam::*:role/app",
        "arn:aws:iam::111111111111:role/app",
        "arn:aws:iam::*:role/app*",
        "arn:aws:iam::*:role/*app*",
        "arn:aws:iam::111111111111:*",
        "arn:aws:iam::*:user/ada",
        "arn:aws:iam::*:root",
        "arn:aws:iam::3*:role/*",
    ),
    "aws:PrincipalAccount": ("111111111111", "222222222222", "3*", "*1"),
    "aws:PrincipalIsAWSService": ("true", "false"),
    "aws:PrincipalType": ("Account", "User", "AssumedRole"),
    "aws:username": ("ada", "a*"),
    "aws:ResourceAccount": ("111111111111", "${aws:PrincipalAccount}"),
    "kms:CallerAccount": ("111111111111", "333333333333"),
    "aws:PrincipalServiceName": ("bedrock.amazonaws.com", "s3*"),
    "aws:PrincipalOrgID": ("o-ours", "o-*"),
    "aws:PrincipalOrgPaths": ("o-ours/r-a/*", "o-ours/*/ou-1/*", "*"),
    "kms:ViaService": ("bedrock.*.amazonaws.com", "s3.eu-central-1.amazonaws.com", "*.us-east-1.*"),
    "kms:EncryptionContext:a": ("red", "re*", "*d*", "????", "RED", "b*e"),
    "aws:SourceAccount": ("111111111111", "3*", "${aws:PrincipalAccount}"),
    "aws:SourceArn": (
        "arn:aws:bedrock:*:111111111111:agent/*",
        "arn:aws:bedrock:*:3*:*",
        "arn:aws:*:*:*:flow/*",
    ),
    "aws:SourceOrgID": ("o-ours",),
    "kms:GrantOperations": ("Decrypt", "De*", "Encrypt"),
    "aws:TagKeys": ("guard", "team", "g*"),
    "aws:RequestTag/guard": ("yes", "n*"),
    "aws:PrincipalTag/team": ("red", "b*"),
}
_OTHERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "kms:ScheduleKeyDeletionPendingWindowInDays": (
        ("NumericLessThan", "NumericGreaterThanEquals", "NumericEquals", "NumericNotEquals"),
        ("7", "8", "14", "30"),
    ),
    "aws:CurrentTime": (
        ("DateLessThan", "DateGreaterThanEquals", "DateNotEquals"),
        ("2026-06-01", "2026-12-31"),
    ),
    "aws:SourceIp": (("IpAddress", "NotIpAddress"), ("10.0.0.0/8", "10.0.0.0/16", "2001:db8::/32")),
    "aws:MultiFactorAuthPresent": (("Bool",), ("true", "false")),
}
_PRINCIPALS = (
    Principal(everyone=True),
    Principal(aws=("arn:aws:iam::111111111111:root",)),
    Principal(aws=("222222222222",)),
    Principal(aws=("arn:aws:iam::111111111111:role/app",)),
    Principal(aws=("arn:aws:iam::111111111111:role/team/apps", "333333333333")),
    Principal(aws=("arn:aws:iam::111111111111:user/ada",), service=("bedrock.amazonaws.com",)),
    Principal(aws=("arn:aws:sts::111111111111:assumed-role/app/blue",)),
    Principal(service=("s3.amazonaws.com",)),
)

_RESOURCES = (
    ("*",),
    ("*",),
    (KEY,),
    ("arn:aws:kms:*:222222222222:*",),
    ("arn:aws:kms:*:${aws:PrincipalAccount}:key/*",),
    ("arn:aws:kms:eu-*:1*:key/*2*", OTHER),
)
_OF_SERVICES = ("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID")
_NOT_OF_SERVICES = ("aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "kms:ViaService")


class Maker:
    """Makes policies and requests by one random generator."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def policies(self) -> PolicySet:
        chance = self.random.random
        return PolicySet(
            identity=(self.document(PolicyKind.IDENTITY, allow=0.8),) if chance() < 0.9 else (),
            boundary=self.document(PolicyKind.IDENTITY, allow=0.9) if chance() < 0.15 else None,
            session=self.document(PolicyKind.IDENTITY, allow=0.9) if chance() < 0.15 else None,
            resource_policy=self.document(
                PolicyKind.KEY if chance() < 0.7 else PolicyKind.RESOURCE, allow=0.7
            )
            if chance() < 0.85
            else None,
            scps=((self.document(PolicyKind.SCP, allow=0.6),),) if chance() < 0.5 else None,
            rcps=((self.document(PolicyKind.RCP, allow=0),),) if chance() < 0.5 else None,
        )

    def document(self, kind: PolicyKind, *, allow: float) -> PolicyDocument:
        statements = [
            self.statement(kind, Effect.ALLOW if self.random.random() < allow else Effect.DENY)
            for _ in range(self.random.randint(1, 3))
        ]
        return PolicyDocument(kind, tuple(statements))

    def statement(self, kind: PolicyKind, effect: Effect) -> Statement:
        pick, chance = self.random.choice, self.random.random
        while True:
            principal = not_principal = None
            if kind is PolicyKind.RCP:
                principal = _PRINCIPALS[0]
            elif kind in (PolicyKind.KEY, PolicyKind.RESOURCE):
                principal = pick(_PRINCIPALS)
                if effect is Effect.DENY and chance() < 0.2:
                    principal, not_principal = None, pick(_PRINCIPALS)
            actions = pick(
                (("kms:*",), ("kms:Decrypt", "kms:CreateGrant"), ("kms:S*",), ("kms:T*", "kms:R*"))
            )
            resources = ("*",) if kind is PolicyKind.KEY else pick(_RESOURCES)
            all_but, elsewhere = chance() < 0.1, chance() < 0.15
            try:
                statement = Statement(
                    "",
                    effect,
                    () if all_but else actions,
                    actions if all_but else (),
                    () if elsewhere else resources,
                    resources if elsewhere else (),
                    principal,
                    not_principal,
                    self.condition(),
                )
                PolicyDocument(kind, (statement,))
            except PolicyError:
                continue
            return statement

    def form(self) -> Statement:
        """A form that requests may have, as a statement that refuses it."""
        while True:
            try:
                return Statement(
                    "", Effect.DENY, ("kms:*",), principal=_PRINCIPALS[0], condition=self.condition(1)
                )
            except PolicyError:
                continue

    def condition(self, most: int = 2) -> Condition:
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for _ in range(self.random.randint(0, most)):
            operator, key, wanted = self.test()
            found.setdefault(operator, {})[key] = wanted
        return found

    def test(self) -> tuple[str, str, tuple[str, ...]]:
        pick, chance = self.random.choice, self.random.random
        key = pick((*_PATTERNS, *_OTHERS))
        if chance() < 0.15:
            return "Null", key, (pick(("true", "false")),)
        if key in _OTHERS:
            operators, values = _OTHERS[key]
            operator = pick(operators)
            wanted: tuple[str, ...] = (pick(values),)
        else:
            operator = "Bool" if "Is" in key else pick(_ARNS if "Arn" in key else _TEXT)
            values = _PATTERNS[key]
            wanted = tuple(self.random.sample(values, min(len(values), self.random.randint(1, 2))))
        if chance() < 0.3:
            operator += "IfExists"
        if key in SEVERAL or chance() < 0.05:
            operator = pick(("ForAnyValue:", "ForAllValues:")) + operator
        return operator, key, wanted

    def request(self, resource: str = KEY) -> Request:
        pick, chance = self.random.choice, self.random.random
        name, arn = pick(CALLERS)
        context: dict[str, str | tuple[str, ...]] = {} if arn is None else {"aws:PrincipalArn": arn}
        for key, values in VALUES.items():
            if key in SEVERAL:
                if found := tuple(value for value in values if chance() < 0.4):
                    context[key] = found[:1] if key == "aws:PrincipalOrgPaths" else found
            elif chance() < 0.5:
                context[key] = pick(values)
        if "222" in name or "111" in name:
            context["aws:PrincipalOrgID"] = "o-ours"
            context["aws:PrincipalOrgPaths"] = (pick(VALUES["aws:PrincipalOrgPaths"][:2]),)
        context.setdefault("aws:CurrentTime", "2026-01-01T00:00:00Z")
        for key in _NOT_OF_SERVICES if arn is None and "amazonaws" in name else _OF_SERVICES:
            context.pop(key, None)
        tags: tuple[str, ...] = tuple(tag for tag in context.get("aws:TagKeys", ()) if tag.lower() != "guard")
        if "aws:RequestTag/guard" in context:
            tags = (*tags, pick(("guard", "GUARD")))
        context["aws:TagKeys"] = tags
        return Request(name, pick(ACTIONS), resource, None, context)
