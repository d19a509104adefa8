"""Whether a key is of the kind demanded: what it can do, where its material comes from, and where it exists."""

from __future__ import annotations

from collections.abc import Iterator

from bedrock_cmk_guard.controls.context import Context
from bedrock_cmk_guard.controls.control import Judgement, Severity, control, fails, unknown_fact
from bedrock_cmk_guard.controls.frameworks import KEY_MANAGEMENT
from bedrock_cmk_guard.subjects import Key, Unknown

_USAGE = "ENCRYPT_DECRYPT"


@control(
    "BCG_KEY_004",
    severity=Severity.HIGH,
    remediation="Make it a symmetric encryption key. Spec and usage cannot change later: it has to be a new key.",
    references=("https://docs.aws.amazon.com/kms/latest/developerguide/symmetric-asymmetric.html",),
    frameworks=KEY_MANAGEMENT,
    terraform='customer_master_key_spec = "SYMMETRIC_DEFAULT"',
    cloudformation="KeySpec: SYMMETRIC_DEFAULT",
)
def spec_and_usage(key: Key, context: Context) -> Iterator[Judgement]:
    """The key is a symmetric encryption key.

    Bedrock and AgentCore encrypt with symmetric keys only.
    """
    for fact, demanded, what in (
        (key.spec, context.demands.keys.spec, "spec"),
        (key.usage, _USAGE, "usage"),
    ):
        if isinstance(fact.value, Unknown):
            yield from unknown_fact(fact, f"the key's {what}")
        elif fact.value != demanded:
            yield fails(f"the key's {what} is {fact.value}, and {demanded} is needed", fact.place, fact.trail)


@control(
    "BCG_KEY_006",
    severity=Severity.MEDIUM,
    remediation="Make a key of the origin that the key standard names. The origin cannot change later.",
    references=("https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html",),
    frameworks=KEY_MANAGEMENT,
    terraform='resource "aws_kms_key" "agents" {}  # or aws_kms_external_key for imported material',
    cloudformation="Origin: AWS_KMS",
)
def origin(key: Key, context: Context) -> Iterator[Judgement]:
    """The key's material comes from where it is demanded to.

    Material that KMS makes never leaves it. Imported material can be withdrawn at once, and lives
    wherever its copies do.
    """
    demanded, fact = context.demands.keys.origin, key.origin
    if demanded is None:
        return
    if isinstance(fact.value, Unknown):
        yield from unknown_fact(fact, "where the key's material comes from")
    elif fact.value != demanded:
        text = f"the key's origin is {fact.value}, and {demanded} is demanded"
        yield fails(text, fact.place, fact.trail)


@control(
    "BCG_KEY_007",
    severity=Severity.MEDIUM,
    remediation="Make a single-Region key. A multi-Region key cannot become one later.",
    references=("https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html",),
    frameworks=KEY_MANAGEMENT,
    terraform="multi_region = false",
    cloudformation="MultiRegion: false",
)
def single_region(key: Key, context: Context) -> Iterator[Judgement]:
    """The key exists in one Region, where that is demanded.

    Replicas of a multi-Region key decrypt the same data in other Regions, under policies of their own, and the data is
    destroyed only when all of them are.
    """
    fact = key.multi_region
    if context.demands.keys.multi_region:
        return
    if isinstance(fact.value, Unknown):
        yield from unknown_fact(fact, "whether it is a multi-Region key")
    elif fact.value:
        yield fails("it is a multi-Region key, which the key standard does not allow", fact.place, fact.trail)


CONTROLS = (spec_and_usage, origin, single_region)
