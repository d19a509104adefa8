"""Short ways to write the policies of these tests."""

from __future__ import annotations

from bedrock_cmk_guard.iam.document import Json, PolicyDocument, PolicyKind
from bedrock_cmk_guard.iam.evaluator import Decision, PolicySet, Request, evaluate

HERE, THERE = "111122223333", "444455556666"
KEY = f"arn:aws:kms:us-east-1:{HERE}:key/11111111-2222-3333-4444-555555555555"
ROLE = f"arn:aws:iam::{HERE}:role/app"
SESSION = f"arn:aws:sts::{HERE}:assumed-role/app/session"
USER = f"arn:aws:iam::{HERE}:user/alice"
ROOT = f"arn:aws:iam::{HERE}:root"
OUTSIDER = f"arn:aws:iam::{THERE}:role/app"
SERVICE = "bedrock.amazonaws.com"
LINKED = f"arn:aws:iam::{HERE}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"

Part = dict[str, Json]


def document(kind: str, *statements: Part) -> PolicyDocument:
    """A document of statements that allow everything, but for what they say."""
    filled: list[Json] = []
    for statement in statements:
        entry: Part = {"Effect": "Allow", "Action": "*", "Resource": "*", **statement}
        for positive, negative in (("Action", "NotAction"), ("Resource", "NotResource")):
            if negative in statement:
                del entry[positive]
        if kind == "trust":
            del entry["Resource"]
        filled.append(entry)
    return PolicyDocument.from_dict(PolicyKind(kind), {"Version": "2012-10-17", "Statement": filled})


def scp(*statements: Part) -> PolicyDocument:
    """An SCP beside FullAWSAccess."""
    return document("scp", {"Sid": "Full"}, *statements)


def key(*statements: Part) -> PolicyDocument:
    """A key policy."""
    return document("key", *statements)


FULL = document("identity", {"Sid": "Full"})
NOTHING = document("identity", {"Sid": "Nothing", "Action": "s3:GetObject"})


def decide_condition(condition: Part, context: dict[str, str | tuple[str, ...]]) -> Decision:
    """Decide a request that one identity statement allows under a condition."""
    policies = PolicySet(identity=(document("identity", {"Sid": "S", "Condition": condition}),))
    return evaluate(Request(ROLE, "kms:Decrypt", KEY, None, context), policies)
