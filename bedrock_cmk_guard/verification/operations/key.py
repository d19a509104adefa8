"""What is asked of the key: its use by whoever calls, its use by services, and its administration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bedrock_cmk_guard.requirements.workloads import Workload
from bedrock_cmk_guard.resources import KmsKey
from bedrock_cmk_guard.surfaces import KmsPrincipal, KmsStatement
from bedrock_cmk_guard.verification.actors import SERVICES, Actor, Kind, Stage, Values
from bedrock_cmk_guard.verification.model import Row
from bedrock_cmk_guard.verification.operations.asked import (
    DELETE,
    DELETE_RECENT,
    DELETE_SHORT,
    DIRECT,
    DISABLE,
    ELSEWHERE,
    GRANT,
    NONE,
    PUT_POLICY,
    READ_KEY,
    RECOVER,
    RIGHT,
    TAG_KEY,
    WRONG,
    WRONG_ACCOUNT,
    Operation,
    context_of,
    fill,
    key_arn,
    key_tags,
    needed,
    via_of,
)

# Every operation that makes, wraps or opens data keys, or plain text, under a symmetric key.
# Source: https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-compare.html
CRYPTOGRAPHIC = (
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


def key_use(stage: Stage, key: KmsKey) -> Iterator[Operation]:
    """Through each service in the ways its surfaces come, and in ways that they do not."""
    forms: dict[tuple[str | None, tuple[str, str] | None], set[str]] = {}
    for workload, _, statement in needed(stage):
        for kind in statement.principals - {KmsPrincipal.SERVICE}:
            form = via_of(statement, kind, workload), _context(stage, statement, kind, workload)
            forms.setdefault(form, set()).update(a for a in statement.actions if a in CRYPTOGRAPHIC)
            if "kms:CreateGrant" in statement.actions:
                forms[form].add("kms:CreateGrant")
    arn, tags = key_arn(stage, key), key_tags(key)
    for (via, encryption), actions in sorted(forms.items(), key=str):
        row = RIGHT if via is not None else DIRECT
        for action in (*CRYPTOGRAPHIC, *sorted(actions - set(CRYPTOGRAPHIC))):
            yield _use(stage, row, action, arn, tags, via, encryption)
    vias = sorted({via for via, _ in forms if via is not None}) or ["bedrock"]
    contexts = sorted({encryption for _, encryption in forms if encryption is not None})
    for action in CRYPTOGRAPHIC:
        for via in vias:
            if (via, None) not in forms:
                yield _use(stage, NONE, action, arn, tags, via, None)
            for name, value in contexts:
                wrong = value.replace(f":{stage.workloads[0].account}:", f":{WRONG_ACCOUNT}:")
                yield _use(stage, WRONG, action, arn, tags, via, (name, wrong))
        yield _use(stage, ELSEWHERE, action, arn, tags, "s3", contexts[0] if contexts else None)
        for encryption in (None, *contexts):
            if (None, encryption) not in forms:
                yield _use(stage, DIRECT, action, arn, tags, None, encryption)


def _context(
    stage: Stage, statement: KmsStatement, kind: KmsPrincipal, workload: Workload
) -> tuple[str, str] | None:
    """A role that calls KMS directly sends no context either."""
    if kind is KmsPrincipal.SERVICE_ROLE and workload.service_role.calls_kms_directly:
        return None
    return context_of(stage, statement, workload)


def _use(
    stage: Stage,
    row: Row,
    action: str,
    arn: str,
    tags: Values,
    via: str | None,
    encryption: tuple[str, str] | None,
) -> Operation:
    context: dict[str, str | tuple[str, ...]] = dict(tags)
    suffix = stage.requirements.organization.partition.dns_suffix
    if via is not None:
        context["kms:ViaService"] = f"{via}.{stage.region}.{suffix}"
    if encryption is not None:
        context[encryption[0]] = encryption[1]
    if action == "kms:CreateGrant":
        context |= _GRANT
    through = f"through {via}" if via is not None else "directly"
    named = f", {encryption[0].partition('EncryptionContext:')[2]}={encryption[1]}" if encryption else ""
    return Operation(
        row,
        action,
        arn,
        arn.split(":")[4],
        through + named,
        context,
        via=via,
        encryption=encryption,
        on_key=True,
    )


# Made by a service that is integrated with KMS, for itself or for its caller.
# Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
_GRANT: Mapping[str, str | tuple[str, ...]] = {
    "kms:GrantIsForAWSResource": "true",
    "kms:GrantOperations": ("Decrypt", "GenerateDataKey"),
    "kms:GrantConstraintType": "EncryptionContextSubset",
}


def service_operations(stage: Stage, key: KmsKey, actor: Actor) -> Iterator[Operation]:
    """What a service is asked about: its own calls, made for whomever it comes for."""
    assert actor.kind in SERVICES
    arn, tags = key_arn(stage, key), key_tags(key)
    asked = False
    account, organization = actor.on_behalf_of or ("", "")
    for workload, _, statement in needed(stage):
        if statement.service != actor.principal:
            continue
        whom = workload.account if actor.kind is Kind.SERVICE else account
        encryption = context_of(stage, statement, workload, whom)
        for action in statement.actions:
            asked = True
            context: dict[str, str | tuple[str, ...]] = dict(tags)
            if encryption is not None:
                context[encryption[0]] = encryption[1]
            if action == "kms:CreateGrant":
                context |= _GRANT
            elif not statement.source_absent:
                context |= {"aws:SourceAccount": whom, "aws:SourceOrgID": organization}
                if statement.source_arn is not None:
                    context["aws:SourceArn"] = fill(stage, statement.source_arn, whom)
            yield Operation(
                RIGHT, action, arn, key.account, "as itself", context, statement, None, encryption, True
            )
    if not asked:
        for action in CRYPTOGRAPHIC:
            context = {**tags, "aws:SourceAccount": account, "aws:SourceOrgID": organization}
            yield Operation(DIRECT, action, arn, key.account, "as itself", context, on_key=True)


def administration(stage: Stage, key: KmsKey) -> Iterator[Operation]:
    """What is done to the key itself: read, write its policy, grant, disable, delete, tag, recover."""
    tag = stage.requirements.tag_standard.guard
    standard = stage.requirements.key_standard
    long_ago = {"kms:TrailingDaysWithoutKeyUsage": "1000"}
    window = {"kms:ScheduleKeyDeletionPendingWindowInDays": str(standard.deletion_window_days)}
    asked: tuple[tuple[Row, str, str, Values], ...] = (
        (READ_KEY, "kms:DescribeKey", "", {}),
        (READ_KEY, "kms:GetKeyPolicy", "", {}),
        (PUT_POLICY, "kms:PutKeyPolicy", "", {"kms:BypassPolicyLockoutSafetyCheck": "false"}),
        (
            GRANT,
            "kms:CreateGrant",
            "to somebody",
            {"kms:GrantIsForAWSResource": "false", "kms:GrantOperations": ("Decrypt",)},
        ),
        (DISABLE, "kms:DisableKey", "unused for long", long_ago),
        (DELETE, "kms:ScheduleKeyDeletion", "unused for long", {**long_ago, **window}),
        (
            DELETE_SHORT,
            "kms:ScheduleKeyDeletion",
            "in 7 days",
            {**long_ago, "kms:ScheduleKeyDeletionPendingWindowInDays": "7"},
        ),
        (
            DELETE_RECENT,
            "kms:ScheduleKeyDeletion",
            "used yesterday",
            {**window, "kms:TrailingDaysWithoutKeyUsage": "1"},
        ),
        (
            TAG_KEY,
            "kms:TagResource",
            tag.key,
            {"aws:TagKeys": (tag.key,), f"aws:RequestTag/{tag.key}": "no"},
        ),
        (TAG_KEY, "kms:UntagResource", tag.key, {"aws:TagKeys": (tag.key,)}),
        (RECOVER, "kms:CancelKeyDeletion", "", {}),
        (RECOVER, "kms:EnableKey", "", {}),
    )
    arn, tags = key_arn(stage, key), key_tags(key)
    for row, action, form, context in asked:
        yield Operation(row, action, arn, key.account, form, {**tags, **context}, on_key=True)
