"""Whether a key is of use: to those who need it, to one workload only, and to any resource at all."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.controls.context import Context, names
from bedrock_cmk_guard.controls.control import Judgement, Severity, control, fails, unknown
from bedrock_cmk_guard.controls.frameworks import ACCESS, KEY_MANAGEMENT
from bedrock_cmk_guard.controls.questions import Asked, KeyQuestions
from bedrock_cmk_guard.kms_calls import KeyUser, call_context
from bedrock_cmk_guard.subjects import Document, EncryptedResource, Key, Unknown
from bedrock_cmk_guard.surfaces import KmsPrincipal, KmsStatement, Surface, When

_CALLERS = (KmsPrincipal.PROVISIONER, KmsPrincipal.CALLER)
_SERVICES = ("bedrock", "bedrock-agentcore", "agent-registry")


@control(
    "BCG_KEY_015",
    severity=Severity.MEDIUM,
    remediation="Give each workload, environment or tenant a key of its own, as the key standard demands.",
    references=("https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",),
    frameworks=KEY_MANAGEMENT,
    terraform="customer_encryption_key_arn = aws_kms_key.hr_assistant.arn",
    cloudformation="CustomerEncryptionKeyArn: !GetAtt HrAssistantKey.Arn",
)
def not_shared(resource: EncryptedResource, context: Context) -> Iterator[Judgement]:
    """The key is shared by nobody whom the key standard keeps apart.

    Who may use a key may read whatever lies under it, and whoever destroys it destroys all of that. One key for several
    workloads or tenants makes them one.
    """
    workload = context.assignment(resource).workload
    if workload is None:
        return
    guard = f"{context.demands.guard_tag[0]}-tenant"
    for other in context.demanded:
        if other is resource or not _same_key(resource, other, context):
            continue
        its = context.assignment(other).workload
        if its is None:
            continue
        if workload.isolation == "environment" or its.isolation == "environment":
            if workload.environment != its.environment:
                apart = f"of the environment {its.environment}"
                yield fails(
                    f"{other.address} {apart} uses the same key", resource.key.place, resource.key.trail
                )
                return
        elif workload.name != its.name:
            text = f"{other.address} of the workload {its.name} uses the same key"
            yield fails(text, resource.key.place, resource.key.trail)
            return
        elif workload.isolation == "tenant":
            found = list(_tenants(resource, other, guard))
            if found:
                yield found[0]
                return


@control(
    "BCG_KEY_016",
    severity=Severity.LOW,
    remediation="Name the key where the data is, or take it away.",
    references=("https://docs.aws.amazon.com/bedrock/latest/userguide/cmk-agent-resources.html",),
    frameworks=KEY_MANAGEMENT,
    terraform="customer_encryption_key_arn = aws_kms_key.agents.arn",
    cloudformation="CustomerEncryptionKeyArn: !GetAtt AgentsKey.Arn",
)
def wired_to_something(key: Key, context: Context) -> Iterator[Judgement]:
    """A key that is made for agents protects something.

    A key whose policy or tags say that it is for Bedrock, beside resources that all lie under other keys or none, is
    most often one that somebody forgot to name.
    """
    if not key.declared or not context.demanded or context.is_used(key) or not _for_agents(key, context):
        return
    vague = [each for each in context.reading.resources if isinstance(each.key.value, Unknown)]
    if vague:
        yield unknown(f"the key is made for agents; whether {vague[0].address} uses it cannot be known")
    else:
        yield fails("the key is made for agents, and nothing that was read with it uses it")


@control(
    "BCG_KEY_017",
    severity=Severity.HIGH,
    remediation="Let the principals that AWS documents use the key, in the key policy.",
    references=(
        "https://docs.aws.amazon.com/bedrock/latest/userguide/cmk-agent-resources.html",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/ltm-permissions.html",
        "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/storage-encryption.html",
    ),
    frameworks=ACCESS,
    terraform='actions = ["kms:GenerateDataKey", "kms:Decrypt"]',
    cloudformation="Action: [kms:GenerateDataKey, kms:Decrypt]",
)
def lets_its_users_in(key: Key, context: Context) -> Iterator[Judgement]:
    """The key policy lets in those who need the key.

    Each surface needs KMS calls of whoever creates and calls it, and some of the service itself. Where the key policy
    lets no principal at all make them, the resource is locked out: it cannot be created, or its data cannot be read.
    """
    questions = KeyQuestions(context.reading, key.arn, key)
    told: set[str] = set()
    for resource in context.users_of(key):
        for what, answer in _locked_out(resource, context.surface(resource), questions):
            text = f"{resource.address} is locked out: {what}: {answer.why}"
            if answer.allowed is False and what not in told:
                told.add(what)
                yield fails(text, key.policy.place, key.policy.trail)
            elif what not in told:
                told.add(what)
                known = f"whether {resource.address} is locked out cannot be known ({what}): {answer.why}"
                yield unknown(known, key.policy.place, key.policy.trail)


CONTROLS = (not_shared, wired_to_something, lets_its_users_in)


def _same_key(one: EncryptedResource, other: EncryptedResource, context: Context) -> bool:
    """Whether both name one key for sure."""
    first, second = list(names(one)), list(names(other))
    if len(first) != 1 or len(second) != 1:
        return False
    key = context.key_named(first[0].text)
    return first == second or (key is not None and key is context.key_named(second[0].text))


def _tenants(one: EncryptedResource, other: EncryptedResource, tag: str) -> Iterator[Judgement]:
    first, second = ((each.tags.known() or {}).get(tag) for each in (one, other))
    if isinstance(first, str) and isinstance(second, str):
        if first != second:
            yield fails(f"{other.address} of the tenant {second} uses the same key", one.key.place)
        return
    text = f"{other.address} uses the same key; the tag {tag} would say whether it is of the same tenant"
    yield unknown(text, one.key.place)


def _for_agents(key: Key, context: Context) -> bool:
    """Whether its policy names a service of ours, or its tags the guard."""
    name, _ = context.demands.guard_tag
    return name in (key.tags.known() or {}) or _names_a_service(key.policy.value)


def _names_a_service(document: Document | Unknown) -> bool:
    if isinstance(document, str):
        return any(f"{service}." in document and "amazonaws" in document for service in _SERVICES)
    if isinstance(document, Unknown) or document is None or isinstance(document, bool | int | float):
        return False
    parts = document.values() if hasattr(document, "values") else document
    return any(_names_a_service(each) for each in parts)


def _locked_out(
    resource: EncryptedResource, surface: Surface, questions: KeyQuestions
) -> Iterator[tuple[str, Asked]]:
    """Every call the surface needs that nobody can make."""
    for statement in surface.kms:
        if statement.when not in _holding(surface):
            continue
        for role in (*_CALLERS, KmsPrincipal.SERVICE):
            if role in statement.principals:
                yield from _refused(surface, statement, role, questions)


def _holding(surface: Surface) -> frozenset[When]:
    memory = surface.id == "agent-memory-classic"
    return frozenset({When.ALWAYS, When.MEMORY} if memory else {When.ALWAYS})


def _refused(
    surface: Surface, statement: KmsStatement, role: KmsPrincipal, questions: KeyQuestions
) -> Iterator[tuple[str, Asked]]:
    owner = f"arn:{questions.partition}:iam::{questions.account}"
    if role is KmsPrincipal.SERVICE:
        users = [statement.service or ""]
    else:
        users = [f"{owner}:role/Administrator", *questions.named_principals()]
    for action in statement.actions:
        answers = []
        for principal in users:
            if "*" in principal:
                continue
            user = KeyUser(principal, role, surface, questions.region, questions.account)
            form = call_context(user, statement, action)
            ask = questions.ask_service if role is KmsPrincipal.SERVICE else questions.ask_administrator
            answers.append(ask(principal, action, form))
        if any(answer.allowed for answer in answers):
            continue
        doubt = next((answer for answer in answers if answer.allowed is None), None)
        who = statement.service if role is KmsPrincipal.SERVICE else f"no {role.value}"
        what = f"{who} cannot call {action}" if role is KmsPrincipal.SERVICE else f"{who} can call {action}"
        yield what, doubt or answers[0]
