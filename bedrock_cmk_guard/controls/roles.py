"""Whether the role of an agent or memory can use the key, no more than that key, and is taken by the service only."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.controls.context import Context
from bedrock_cmk_guard.controls.control import Judgement, Severity, control, fails, unknown
from bedrock_cmk_guard.controls.documents import Policy, read_policy
from bedrock_cmk_guard.controls.frameworks import ACCESS
from bedrock_cmk_guard.controls.questions import Asked, KeyQuestions
from bedrock_cmk_guard.iam import PolicyKind, Statement
from bedrock_cmk_guard.iam.access import SOURCE_KEYS, demands_context, gives, is_public, narrowed_by
from bedrock_cmk_guard.kms_calls import KeyUser, call_context
from bedrock_cmk_guard.subjects import EncryptedResource, Key, Role
from bedrock_cmk_guard.surfaces import KmsPrincipal, When

_AGENT = "https://docs.aws.amazon.com/bedrock/latest/userguide/cmk-agent-resources.html"
_LEAST = "https://docs.aws.amazon.com/kms/latest/developerguide/iam-policies-best-practices.html"
_DEPUTY = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"
_WIDE = ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion")
_USE = ("kms:Decrypt", "kms:GenerateDataKey")


@control(
    "BCG_ROLE_001",
    severity=Severity.HIGH,
    remediation="Let the role make the calls to KMS that the surface needs, in its own policy and in the key's.",
    references=(_AGENT,),
    frameworks=ACCESS,
    terraform='actions   = ["kms:GenerateDataKey", "kms:Decrypt"]\nresources = [aws_kms_key.agents.arn]',
    cloudformation="Action: [kms:GenerateDataKey, kms:Decrypt]",
)
def can_use_its_key(role: Role, context: Context) -> Iterator[Judgement]:
    """The service role can use the key of what it serves.

    Key policy, the role's policies and its boundary are read together. Where they do not let the role make a call that
    AWS documents as its own, the resource is locked out at run time.
    """
    told: set[str] = set()
    for resource in context.served_by(role):
        for key in context.keys_of(resource):
            for what, answer in _refused(resource, role, key, context):
                if what in told:
                    continue
                told.add(what)
                if answer.allowed is False:
                    yield fails(f"the role cannot {what}: {answer.why}")
                else:
                    yield unknown(f"whether the role can {what} cannot be known: {answer.why}")


@control(
    "BCG_ROLE_002",
    severity=Severity.MEDIUM,
    remediation="Name the key and the few actions that the role needs.",
    references=(_LEAST,),
    frameworks=ACCESS,
    terraform="resources = [aws_kms_key.agents.arn]",
    cloudformation="Resource: !GetAtt AgentsKey.Arn",
)
def no_more_than_its_key(role: Role, context: Context) -> Iterator[Judgement]:
    """The role's policies give it its key only, and no administration of it.

    kms:* lets an agent's role open or destroy the key that protects its own data, and Resource * lets it read whatever
    any key of the account protects whose policy trusts the account.
    """
    for fact in role.policies:
        policy = read_policy(fact.value, PolicyKind.IDENTITY)
        if policy.doubt:
            yield unknown(f"a policy of the role cannot be known: {policy.doubt}", fact.place, fact.trail)
        for said in policy.statements:
            if not said.allows:
                continue
            wrong = _too_wide(said.certain) if said.certain is not None else ""
            if wrong:
                yield fails(f"{said.label} gives {wrong}", fact.place, fact.trail)
            elif said.certain is None and _too_wide(said.possible):
                yield unknown(f"{said.label} may give {_too_wide(said.possible)}", fact.place, fact.trail)


@control(
    "BCG_ROLE_003",
    severity=Severity.MEDIUM,
    remediation="Add aws:SourceAccount, and aws:SourceArn where it is known, to the trust policy.",
    references=(_DEPUTY, "https://docs.aws.amazon.com/bedrock/latest/userguide/agents-permissions.html"),
    frameworks=ACCESS,
    terraform='condition {\n  test     = "StringEquals"\n  variable = "aws:SourceAccount"\n  values   = '
    "[data.aws_caller_identity.current.account_id]\n}",
    cloudformation="Condition: {StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}}",
)
def trusted_for_its_own(role: Role, context: Context) -> Iterator[Judgement]:
    """The role is taken by the service for this account only.

    A service's principal stands for the service in all accounts. Without a condition on the source, somebody else's
    agent may be given this role; and a trust policy that admits everybody gives the data to everybody.
    """
    policy: Policy = read_policy(role.trust.value, PolicyKind.TRUST)
    if policy.doubt:
        yield unknown(f"the trust policy cannot be known: {policy.doubt}", role.trust.place, role.trust.trail)
    for said in policy.statements:
        if not said.allows:
            continue
        wrong = _trusts_too_many(said.certain) if said.certain is not None else ""
        if wrong:
            yield fails(f"{said.label} {wrong}", role.trust.place, role.trust.trail)
        elif _trusts_too_many(said.told):
            text = f"{said.label} has parts that cannot be known, and perhaps {_trusts_too_many(said.told)}"
            yield unknown(text, role.trust.place, role.trust.trail)


CONTROLS = (can_use_its_key, no_more_than_its_key, trusted_for_its_own)


def _refused(
    resource: EncryptedResource, role: Role, key: Key, context: Context
) -> Iterator[tuple[str, Asked]]:
    """The calls that the role needs and cannot, or may not be able to, make."""
    questions = KeyQuestions(context.reading, key.arn, key)
    surface = context.surface(resource)
    for statement in surface.kms:
        if KmsPrincipal.SERVICE_ROLE not in statement.principals or statement.when is not When.ALWAYS:
            continue
        for action in statement.actions:
            user = KeyUser(role.arn, KmsPrincipal.SERVICE_ROLE, surface, questions.region, questions.account)
            answer = questions.ask_role(role, action, call_context(user, statement, action))
            if not answer.allowed:
                yield f"call {action} with {key.address}, which {resource.address} needs", answer


def _too_wide(statement: Statement) -> str:
    """What of KMS a statement gives that no such role needs; nothing, where it is as it should be."""
    administers = [action for action in _WIDE if gives(statement, action)]
    if administers:
        return f"administration of keys ({', '.join(administers)})"
    used = [action for action in _USE if gives(statement, action)]
    every = not statement.resources or "*" in statement.resources
    if used and every and not statement.condition:
        return f"{', '.join(used)} with every key"
    return ""


def _trusts_too_many(statement: Statement) -> str:
    if is_public(statement):
        return "lets everybody take the role"
    services = statement.principal.service if statement.principal is not None else ()
    ours = [each for each in services if each.startswith(("bedrock.", "bedrock-agentcore."))]
    if ours and not (narrowed_by(statement, SOURCE_KEYS) or demands_context(statement)):
        return f"lets {ours[0]} take the role whomever it works for"
    return ""
