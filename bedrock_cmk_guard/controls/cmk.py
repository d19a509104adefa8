"""Whether data lies under an acceptable customer managed key."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.controls.branches import judge_branches
from bedrock_cmk_guard.controls.context import Context
from bedrock_cmk_guard.controls.control import Judgement, Severity, control, fails, unknown
from bedrock_cmk_guard.controls.frameworks import AT_REST, KEY_MANAGEMENT
from bedrock_cmk_guard.controls.key_names import WORDS, NameParts, parts_of
from bedrock_cmk_guard.subjects import GONE, Absent, EncryptedResource, Key, KeyName, Unknown
from bedrock_cmk_guard.surfaces import KeyForm

_KEYS = "https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html"
_AGENTS = "https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-agents-new.html"
_MEMORY = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/storage-encryption.html"
_HARNESS = "agentcore-harness-managed-memory"
_SPEC = "SYMMETRIC_DEFAULT"
_USAGE = "ENCRYPT_DECRYPT"


@control(
    "BCG_CMK_001",
    severity=Severity.HIGH,
    remediation="Name a customer managed KMS key of your own, by its ARN.",
    references=(_KEYS, _AGENTS, _MEMORY),
    frameworks=AT_REST,
    terraform="customer_encryption_key_arn = aws_kms_key.agents.arn",
    cloudformation="CustomerEncryptionKeyArn: !GetAtt AgentsKey.Arn",
)
def under_a_customer_key(resource: EncryptedResource, context: Context) -> Iterator[Judgement]:
    """Data lies under a customer managed key.

    Leaving the key out is no error in any AWS API: the data then lies under a key that AWS owns, which nobody in the
    organisation can audit, restrict or destroy. Nor is a text that is no key, an alias where the API takes key ARNs
    only, or a key that AWS manages, a customer managed key.
    """

    def judge(value: KeyName | Absent | Unknown) -> Judgement | None:
        place, trail = resource.key.place, resource.key.trail
        if isinstance(value, Unknown):
            return unknown(f"the key cannot be known: {value.reason}", place, trail, value=value)
        wrong = _absence(resource, value) if isinstance(value, Absent) else _naming(resource, context, value)
        if isinstance(wrong, Unknown):
            return unknown(wrong.reason, place, trail)
        return fails(wrong, place, trail, fix=fix_of(resource)) if wrong else None

    yield from judge_branches(resource, judge)


@control(
    "BCG_CMK_002",
    severity=Severity.HIGH,
    remediation="Name a key in an account and Region that the requirements approve.",
    references=(
        "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html",
    ),
    frameworks=KEY_MANAGEMENT,
    terraform="customer_encryption_key_arn = aws_kms_key.agents.arn  # of an approved account",
    cloudformation="CustomerEncryptionKeyArn: !GetAtt AgentsKey.Arn  # of an approved account",
)
def approved_key(resource: EncryptedResource, context: Context) -> Iterator[Judgement]:
    """The key is of an approved account, Region and partition.

    Whoever holds the key's account decides who reads the data, and whether anybody still can tomorrow. A key that the
    same code makes is of the account that the code is applied to; unless the code names it, its account is not judged.
    """

    def judge(value: KeyName | Absent | Unknown) -> Judgement | None:
        if not isinstance(value, KeyName):
            return None
        wrong = _disapproved(resource, context, value)
        return fails(wrong, resource.key.place, resource.key.trail) if wrong else None

    yield from judge_branches(resource, judge)


@control(
    "BCG_CMK_003",
    severity=Severity.HIGH,
    remediation="Give it an enabled symmetric encryption key of its own Region.",
    references=(
        "https://docs.aws.amazon.com/bedrock/latest/userguide/cmk-agent-resources.html",
        "https://docs.aws.amazon.com/kms/latest/developerguide/symmetric-asymmetric.html",
    ),
    frameworks=KEY_MANAGEMENT,
    terraform='customer_master_key_spec = "SYMMETRIC_DEFAULT"',
    cloudformation="KeySpec: SYMMETRIC_DEFAULT",
)
def key_can_do_the_job(resource: EncryptedResource, context: Context) -> Iterator[Judgement]:
    """The key can encrypt this data.

    Every surface takes symmetric encryption keys only, of its own Region, and only while they are enabled. With any
    other the call is refused, or the data cannot be read any more.
    """

    def judge(value: KeyName | Absent | Unknown) -> Judgement | None:
        if not isinstance(value, KeyName):
            return None
        place, trail = resource.key.place, resource.key.trail
        key = context.key_named(value.text)
        region = resource.region.known()
        keys_region = key.region.known() if key is not None else parts_of(value.text).region
        if region and keys_region and region != keys_region:
            return fails(f"the key is in {keys_region} and the resource in {region}", place, trail)
        if key is None:
            return None
        wrong = _unfit(key)
        if isinstance(wrong, Unknown):
            return unknown(f"{key.address}: {wrong.reason}", place, trail, value=wrong)
        return fails(f"{key.address} {wrong}", place, trail) if wrong else None

    yield from judge_branches(resource, judge)


CONTROLS = (under_a_customer_key, approved_key, key_can_do_the_job)


def fix_of(resource: EncryptedResource) -> str:
    """The line that mends a missing key, as the source spells it."""
    if resource.surface == _HARNESS and "[" not in resource.attribute:
        where = "the managed memory's key can only be set when the harness is created"
        return (
            f"Set {resource.attribute} to a key of your own, or give the harness a memory of yours; {where}."
        )
    if resource.type.startswith("AWS::"):
        return f"{resource.attribute}: !GetAtt AgentsKey.Arn"
    return f"{resource.attribute} = aws_kms_key.agents.arn"


def _absence(resource: EncryptedResource, value: Absent) -> str:
    how = "left out" if value.how == "left out" else f"{value.how}, which is as if it were left out"
    if resource.surface == _HARNESS:
        return f"{resource.attribute} is {how}: AWS then makes a memory for the harness, under a key that AWS owns"
    return f"{resource.attribute} is {how}: the data lies under a key that AWS owns"


def _naming(resource: EncryptedResource, context: Context, value: KeyName) -> str | Unknown:
    """What is wrong with how the key is named, or with whose it is."""
    parts = parts_of(value.text)
    if parts.of_aws:
        return f"{value.text} is a key that AWS manages, not a customer managed one"
    if parts.form is None:
        return f"{value.text[:120]!r} is no KMS key: AWS refuses it, or takes it for nothing"
    accepts = context.surface(resource).key.accepts
    if not _takes(accepts, parts):
        forms = " or ".join(WORDS[form] for form in KeyForm if form in accepts)
        return f"{value.text} is {WORDS[parts.form]}, and {resource.attribute} takes {forms}"
    key = context.key_named(value.text)
    if key is None:
        return ""
    if isinstance(key.manager.value, Unknown):
        return Unknown(
            f"whether {key.address} is a customer's key cannot be known: {key.manager.value.reason}"
        )
    return f"{key.address} is a key that AWS manages" if key.manager.value == "AWS" else ""


def _takes(accepts: frozenset[KeyForm], parts: NameParts) -> bool:
    return parts.form in accepts


def _disapproved(resource: EncryptedResource, context: Context, value: KeyName) -> str:
    """Why the key is not approved, as far as its name or declaration tells."""
    demands = context.demands
    parts = parts_of(value.text)
    key = context.key_named(value.text)
    account = key.account.known() if key is not None else parts.account
    region = key.region.known() if key is not None else parts.region
    workload = context.assignment(resource).workload
    approved = frozenset(workload.key_accounts) if workload is not None else demands.key_accounts
    if key is None and demands.partition and parts.partition and parts.partition != demands.partition:
        return f"the key is in the partition {parts.partition}, and {demands.partition} is approved"
    if approved and account and account not in approved:
        whose = f"the workload {workload.name}" if workload is not None else "any workload"
        return f"the key is of account {account}, which is not approved for keys of {whose}"
    if demands.regions and region and region not in demands.regions:
        return f"the key is in {region}, which is not an approved Region"
    return ""


def _unfit(key: Key) -> str | Unknown:
    """Why the key cannot encrypt anything for a surface; a sentence's rest."""
    if key.state == GONE:
        return "does not exist any more"
    for value, wanted, what in (
        (key.spec.value, _SPEC, "is of spec"),
        (key.usage.value, _USAGE, "is for"),
    ):
        if isinstance(value, Unknown) and not key.declared:
            continue  # as of a key that is named by its ARN
        if isinstance(value, Unknown):
            return Unknown(f"its spec and usage cannot be known: {value.reason}", value.delegated)
        if value != wanted:
            return f"{what} {value}, and only {wanted} will do"
    if key.state not in (None, "Enabled"):
        return f"is in state {key.state}"
    if isinstance(key.enabled.value, Unknown):
        reason = f"whether it is enabled cannot be known: {key.enabled.value.reason}"
        return Unknown(reason) if key.declared else ""
    return "" if key.enabled.value else "is disabled"
