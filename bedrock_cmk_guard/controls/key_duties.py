"""Whether those who administer a key are others than those who use it, and whether anybody is left to administer it."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.controls.context import Context
from bedrock_cmk_guard.controls.control import Judgement, Severity, control, fails, unknown
from bedrock_cmk_guard.controls.frameworks import DUTIES, KEY_MANAGEMENT
from bedrock_cmk_guard.controls.key_policy import unknown_policy
from bedrock_cmk_guard.controls.questions import KeyQuestions
from bedrock_cmk_guard.demands import Demands, matches
from bedrock_cmk_guard.iam import Statement
from bedrock_cmk_guard.iam.access import gives, is_account
from bedrock_cmk_guard.subjects import Key

_ADMINISTRATION = ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DisableKey")
_USE = ("kms:Decrypt", "kms:GenerateDataKey")
_DEFAULT = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"


@control(
    "BCG_KEY_012",
    severity=Severity.MEDIUM,
    remediation="Give administration and use of the key to different roles, in statements of their own.",
    references=(
        "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",
        "https://docs.aws.amazon.com/prescriptive-guidance/latest/aws-kms-best-practices/data-protection-key-policies.html",
    ),
    frameworks=DUTIES,
    terraform='actions = ["kms:Decrypt", "kms:GenerateDataKey"]',
    cloudformation="Action: [kms:Decrypt, kms:GenerateDataKey]",
)
def duties_apart(key: Key, context: Context) -> Iterator[Judgement]:
    """Nobody both administers and uses the key.

    Who can write the key policy can let anybody in, and who can schedule its deletion can destroy the data; neither
    needs to read it. The account itself, to which KMS's default policy leaves everything, is not judged here.
    """
    policy = context.key_policy(key)
    yield from unknown_policy(key, policy)
    certain = [said.certain for said in policy.statements if said.allows and said.certain is not None]
    possible = [said.possible for said in policy.statements if said.allows]
    wrong = _both(certain, context.demands)
    for principal, what in wrong.items():
        yield fails(f"the key policy lets {principal} {what}", key.policy.place, key.policy.trail)
    for principal, what in _both(possible, context.demands).items():
        if principal not in wrong and principal != "*":
            yield unknown(f"the key policy perhaps lets {principal} {what}", key.policy.place)


@control(
    "BCG_KEY_013",
    severity=Severity.HIGH,
    remediation="Keep a statement that gives arn:aws:iam::<account>:root at least kms:PutKeyPolicy and "
    "kms:GetKeyPolicy.",
    references=(_DEFAULT,),
    frameworks=KEY_MANAGEMENT,
    terraform='principals {\n  type        = "AWS"\n  identifiers = '
    '["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"]\n}',
    cloudformation="Principal: {AWS: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:root}",
)
def somebody_can_repair(key: Key, context: Context) -> Iterator[Judgement]:
    """Somebody can change the key policy.

    A key policy is the only way in: where nobody has kms:PutKeyPolicy by it, not even the root user can repair it, and
    AWS Support has to help.
    """
    questions = KeyQuestions(context.reading, key.arn, key)
    owner = f"arn:{questions.partition}:iam::{questions.account}"
    candidates = [f"{owner}:root", f"{owner}:role/Administrator", *questions.named_principals()]
    asked = [
        questions.ask_administrator(each, "kms:PutKeyPolicy", {"kms:BypassPolicyLockoutSafetyCheck": "false"})
        for each in candidates
        if "*" not in each
    ]
    if any(answer.allowed for answer in asked):
        return
    doubts = [answer.why for answer in asked if answer.allowed is None]
    if doubts:
        text = f"whether anybody can change the key policy cannot be known: {doubts[0]}"
        yield unknown(text, key.policy.place, key.policy.trail)
        return
    text = "nobody can change the key policy, the account's root user included"
    yield fails(text, key.policy.place, key.policy.trail)


CONTROLS = (duties_apart, somebody_can_repair)


def _both(statements: list[Statement], demands: Demands) -> dict[str, str]:
    """Who has both duties by these statements, or the one that the requirements keep from them."""
    administers: dict[str, str] = {}
    uses: dict[str, str] = {}
    for statement in statements:
        named = statement.principal.aws if statement.principal is not None else ()
        for principal in named:
            if is_account(principal):
                continue
            for actions, found in ((_ADMINISTRATION, administers), (_USE, uses)):
                given = next((action for action in actions if gives(statement, action)), None)
                if given:
                    found.setdefault(principal, given)
    wrong = {
        principal: f"both administer the key ({administers[principal]}) and use it ({uses[principal]})"
        for principal in administers
        if principal in uses
    }
    for found, patterns, what in (
        (uses, demands.administrators, "use the key ({}), which administers keys by the requirements"),
        (administers, demands.users, "administer the key ({}), which uses keys by the requirements"),
    ):
        for principal, action in found.items():
            if any(matches(pattern, principal) for pattern in patterns):
                wrong.setdefault(principal, what.format(action))
    return wrong
