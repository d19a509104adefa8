"""How large a policy may be, how many fit a target, and packing statements into as few policies as fit.

Sizes are measured as they will be sent: minified JSON, with six characters for each character that
Terraform's ``jsonencode`` (Go's ``encoding/json``) escapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.document import Json, PolicyDocument, PolicyKind, Statement, minified
from bedrock_cmk_guard.iam.packing import pack_sizes

AS_OF = "2026-11-23"
_ORGANIZATIONS = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"
_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-iam-policies.html"
_KMS = "https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html"
# A document without statements; each statement adds its own size, and a comma but for the first.
_FRAME = len('{"Version":"2012-10-17","Statement":[]}')
_ESCAPED_BY_TERRAFORM = "<>&\u2028\u2029"


class Quota(StrEnum):
    """What a size or a number is measured against."""

    SCP = "service control policy"
    RCP = "resource control policy"
    TAG_POLICY = "tag policy"
    MANAGED_POLICY = "IAM managed policy"
    ROLE_INLINE = "inline policies of a role, together"
    ROLE_TRUST = "role trust policy"
    KEY_POLICY = "KMS key policy"
    RESOURCE_POLICY = "resource policy"


@dataclass(frozen=True, slots=True)
class Limit:
    """AWS's limit: the largest size, its unit, and how many a root, OU or account takes, if limited."""

    size: int
    unit: str
    per_target: int | None
    source: str


# SCP: 10,240 and ten per target since 2026-05-15, before that 5,120 and five; some tools still hold to those.
# IAM does not count white space, so minified JSON is its measure too.
LIMITS = {
    Quota.SCP: Limit(10_240, "characters", 10, _ORGANIZATIONS),
    Quota.RCP: Limit(5_120, "characters", 5, _ORGANIZATIONS),
    Quota.TAG_POLICY: Limit(10_000, "characters", 10, _ORGANIZATIONS),
    Quota.MANAGED_POLICY: Limit(6_144, "characters", None, _IAM),
    Quota.ROLE_INLINE: Limit(10_240, "characters", None, _IAM),
    Quota.ROLE_TRUST: Limit(2_048, "characters", None, _IAM),
    Quota.KEY_POLICY: Limit(32_768, "bytes", None, _KMS),
    # Each service has its own; S3's for a bucket stands for all.
    Quota.RESOURCE_POLICY: Limit(20_480, "bytes", None, _S3),
}
# Managed policies attached to one role: what every account has, and what AWS raises it to when asked.
# https://repost.aws/knowledge-center/iam-increase-policy-size
ROLE_ATTACHMENTS = 10
MOST_ROLE_ATTACHMENTS = 20
SMALL_SCP_SIZE = 5_120
SCP_SIZES = (LIMITS[Quota.SCP].size, SMALL_SCP_SIZE)

_QUOTA_OF_KIND = {
    PolicyKind.SCP: Quota.SCP,
    PolicyKind.RCP: Quota.RCP,
    PolicyKind.IDENTITY: Quota.MANAGED_POLICY,
    PolicyKind.TRUST: Quota.ROLE_TRUST,
    PolicyKind.KEY: Quota.KEY_POLICY,
    PolicyKind.RESOURCE: Quota.RESOURCE_POLICY,
}


def quota_of(kind: PolicyKind) -> Quota:
    """Return what a document of this kind is measured against; an identity policy is a managed one."""
    return _QUOTA_OF_KIND[kind]


def sent_size(document: PolicyDocument | dict[str, Json]) -> int:
    """Measure a document as it will be sent: bytes for a KMS key policy, characters for all others.

    A character outside the basic plane counts as two, to be safe: AWS does not say how it counts them.
    A mapping is the content of a tag policy.
    """
    if isinstance(document, PolicyDocument):
        return text_size(document.minified(), document.kind)
    return text_size(minified(document), PolicyKind.SCP)


def text_size(text: str, kind: PolicyKind) -> int:
    """Measure a text that is sent as a policy of this kind, as ``sent_size`` measures documents."""
    for character in _ESCAPED_BY_TERRAFORM:
        text = text.replace(character, "\\u0000")
    if LIMITS[quota_of(kind)].unit == "bytes":
        return len(text.encode())
    return len(text) + (0 if text.isascii() else sum(character > "\uffff" for character in text))


def require_size(
    document: PolicyDocument | dict[str, Json], quota: Quota, name: str, *, budget: int | None = None
) -> int:
    """Return the document's size, or raise a ``PolicyError`` with the numbers if its quota is smaller."""
    unit = LIMITS[quota].unit
    size = sent_size(document)
    allowed = _budget(quota, budget)
    if size > allowed:
        raise PolicyError(
            f"{name} is {size:,} {unit}, and a {quota} may have {allowed:,}: {size - allowed:,} too many; "
            "name fewer principals, keys or actions in it"
        )
    return size


def require_slots(quota: Quota, target: str, *, ours: int, occupied: int) -> None:
    """Raise a ``PolicyError`` if a target cannot take our policies beside those it already has.

    ``occupied`` is what the organisation lists for the target, AWS's own full-access policy included.
    RCPFullAWSAccess cannot be detached, so one RCP slot is always taken.
    """
    most = LIMITS[quota].per_target
    taken = max(occupied, 1) if quota is Quota.RCP else occupied
    if most is not None and ours + taken > most:
        raise PolicyError(
            f"{target}: {ours} policies to attach and {taken} slots taken make {ours + taken}, and AWS "
            f"attaches at most {most} of the type {quota} to one target; free {ours + taken - most} there"
        )


def require_attachments(role: str, number: int) -> None:
    """Raise a ``PolicyError`` if more managed policies go to a role than AWS attaches to any."""
    if number > MOST_ROLE_ATTACHMENTS:
        raise PolicyError(
            f"{role}: {number} managed policies to attach, and AWS attaches {ROLE_ATTACHMENTS} to one role, "
            f"{MOST_ROLE_ATTACHMENTS} where the quota is raised; spread the workloads over more accounts"
        )


def pack(
    groups: Sequence[Sequence[Statement]], kind: PolicyKind, *, budget: int | None = None
) -> tuple[PolicyDocument, ...]:
    """Put statements into as few documents as fit, each group in one where that costs no further document.

    The result depends only on the arguments. Statements keep their order within a document, and documents
    are ordered by their first statement. One statement that no document can hold is a ``PolicyError``, and
    so is a Sid that occurs twice.
    """
    statements = [statement for group in groups for statement in group]
    _require_unique_sids(statements)
    allowed = _budget(quota_of(kind), budget)
    sizes = [text_size(minified(statement.to_dict(kind)), kind) for statement in statements]
    for statement, size in zip(statements, sizes, strict=True):
        if _FRAME + size > allowed:
            quota = quota_of(kind)
            raise PolicyError(
                f"statement {statement.sid!r} alone makes a document of {_FRAME + size:,} "
                f"{LIMITS[quota].unit}, and a {quota} may have {allowed:,}; split it, or name fewer "
                "principals, keys or actions"
            )
    # With a comma counted to every statement, and one character more allowed, sizes simply add up.
    bins = pack_sizes([size + 1 for size in sizes], [len(group) for group in groups], allowed - _FRAME + 1)
    return tuple(PolicyDocument(kind, tuple(statements[i] for i in numbers)) for numbers in bins)


def _budget(quota: Quota, budget: int | None) -> int:
    most = LIMITS[quota].size
    if budget is None:
        return most
    if not 0 < budget <= most:
        raise PolicyError(f"the budget for a {quota} must be from 1 to AWS's {most:,}, not {budget:,}")
    return budget


def _require_unique_sids(statements: Sequence[Statement]) -> None:
    seen: set[str] = set()
    for statement in statements:
        if statement.sid and statement.sid in seen:
            raise PolicyError(f"two statements to pack have the Sid {statement.sid!r}; give each its own")
        seen.add(statement.sid)
