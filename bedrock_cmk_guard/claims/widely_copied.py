"""The SCPs that people paste for "no agent without a customer key", put to the same test.

``bedrock:CreateAgent`` carries no condition key that shows the key, so each refuses everybody or nobody.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
"""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.claims.claim import Claim
from bedrock_cmk_guard.claims.world import ADMINISTRATOR, FULL_ACCESS, World
from bedrock_cmk_guard.iam import Condition, Effect, PolicyDocument, PolicyKind, Statement
from bedrock_cmk_guard.iam.evaluator import PolicySet
from bedrock_cmk_guard.iam.prover import Callers, Kind, Question

_KEY = "bedrock:CustomerEncryptionKeyArn"


def claims(world: World) -> Iterator[Claim]:
    """Two SCPs found on blogs, and what they are said to do."""
    accounts = frozenset(world.accounts[:1]) or None

    def asked(condition: Condition, *, allowed: bool) -> tuple[Question, ...]:
        scp = PolicyDocument(
            PolicyKind.SCP,
            (Statement("AgentNeedsKey", Effect.DENY, ("bedrock:CreateAgent",), condition=condition),),
        )
        policies = PolicySet(identity=(ADMINISTRATOR,), scps=((FULL_ACCESS, scp),))
        callers = Callers(frozenset({Kind.ROLE}), accounts)
        return (
            Question(policies, ("bedrock:CreateAgent",), ("*",), callers, allowed=allowed, facts=world.facts),
        )

    absent: Condition = {"Null": {_KEY: ("true",)}}
    wrong: Condition = {"StringLike": {_KEY: ("*:alias/aws/*", "AWS_OWNED_KEY")}}
    yield Claim(
        "pasted-null",
        f"The SCP pasted from blogs, Deny bedrock:CreateAgent where {_KEY} is null, lets agents with a key be created.",
        asked(absent, allowed=False),
        intended=False,
        because="CreateAgent never carries the key, so it is always null and the SCP refuses everybody",
    )
    yield Claim(
        "pasted-value",
        f"Its variant, Deny bedrock:CreateAgent where {_KEY} is an AWS key, stops agents under an AWS key.",
        asked(wrong, allowed=True),
        intended=False,
        because="CreateAgent never carries the key, so the SCP never matches and refuses nobody",
    )
