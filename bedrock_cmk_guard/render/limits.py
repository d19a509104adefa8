"""What AWS takes as a name, description, alias or tag; everything else is refused before it is written.

Limits and patterns are those of botocore 1.44.5: ``iam`` (policyNameType, roleNameType, policyDescriptionType,
roleDescriptionType, policyPathType, tagKeyType, tagValueType, tagListType), ``organizations`` (PolicyName,
PolicyDescription, PolicyTargetId) and ``kms`` (DescriptionType, AliasNameType, TagKeyType, TagValueType,
RotationPeriodInDaysType). Where the model is wider than the service, the API reference decides: 50 tags and the
characters of a KMS tag (https://docs.aws.amazon.com/kms/latest/APIReference/API_Tag.html), the deletion window
(https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html), and IAM's tag keys and names,
which differ by more than case (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from bedrock_cmk_guard.resources import (
    IamPolicy,
    IamRole,
    KmsKey,
    Module,
    OrganizationPolicy,
    Resource,
)

MOST_TAGS = 50
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]+")
_ACCOUNT = re.compile(r"[0-9]{12}")
_TARGET = re.compile(r"r-[0-9a-z]{4,32}|[0-9]{12}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}")
_ALIAS = re.compile(r"alias/[a-zA-Z0-9/_-]+")
_IAM_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]+")
_POLICY_PATH = re.compile(r"((/[A-Za-z0-9.,+@=_-]+)*)/")
_ROLE_DESCRIPTION = re.compile("[\t\n\r -~\u00a1-\u00ff]*")
# Tab, line feed and carriage return are all that a description may hold of these.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class Refusal(NamedTuple):
    """A field of a resource, and why AWS or the target does not take it."""

    field: str
    reason: str


def length(text: str) -> int:
    """Count characters as AWS's Java does: one outside the basic plane is two."""
    return len(text) if text.isascii() else len(text) + sum(character > "\uffff" for character in text)


def refusals(resource: Resource) -> Iterator[Refusal]:
    """Yield everything about a resource that AWS would refuse; documents have been checked when they were built."""
    bad = [
        Refusal(field, reason)
        for field, text in texts(resource)
        if (reason := _control_character(text)) is not None
    ]
    if bad:
        yield from bad
        return
    if not _ACCOUNT.fullmatch(resource.account):
        yield Refusal("account", f"{resource.account!r} is no account id of twelve digits")
    match resource:
        case OrganizationPolicy():
            yield from _organization_policy(resource)
        case KmsKey():
            yield from _key(resource)
        case IamPolicy():
            yield from _iam_policy(resource)
        case IamRole():
            yield from _role(resource)


def module_refusals(module: Module) -> Iterator[Refusal]:
    """Yield what is wrong with a module itself."""
    if not _ACCOUNT.fullmatch(module.account):
        yield Refusal("account", f"{module.account!r} is no account id of twelve digits")
    for region in module.regions:
        if not _REGION.fullmatch(region):
            yield Refusal("regions", f"{region!r} is no Region")


def texts(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield the field and value of every free text of a resource, but its document."""
    yield "name", resource.name
    yield "description", resource.description
    for key, value in getattr(resource, "tags", {}).items():
        yield "tags", key
        yield f"tags[{key!r}]", value
    if isinstance(resource, KmsKey):
        yield "alias", resource.alias
        yield "scope", resource.scope
        yield "former_name", resource.former_name or ""


def _control_character(text: str) -> str | None:
    if found := _CONTROL.search(text):
        what = "half a surrogate pair" if found[0] >= "\ud800" else "a control character"
        return f"{text!r} has {what}, U+{ord(found[0]):04X}, which cannot be sent to AWS"
    return None


def _size(field: str, text: str, least: int, most: int) -> Iterator[Refusal]:
    if not least <= length(text) <= most:
        yield Refusal(field, f"it has {length(text):,} characters; AWS takes {least} to {most:,}")


def _organization_policy(policy: OrganizationPolicy) -> Iterator[Refusal]:
    yield from _size("name", policy.name, 1, 128)
    yield from _size("description", policy.description, 0, 512)
    for target in policy.targets:
        if not _TARGET.fullmatch(target.id):
            yield Refusal(
                "targets", f"{target.id!r} is no id of a root, an organisational unit or an account"
            )
    ids = [target.id for target in policy.targets]
    for repeated in sorted({each for each in ids if ids.count(each) > 1}):
        yield Refusal("targets", f"{repeated} is named more than once")


def _key(key: KmsKey) -> Iterator[Refusal]:
    yield from _size("description", key.description, 0, 8192)
    yield from _size("alias", key.alias, 1, 256)
    if not _ALIAS.fullmatch(key.alias) or key.alias.startswith("alias/aws/"):
        yield Refusal(
            "alias", f"{key.alias!r} is not alias/ (but not alias/aws/) followed by A-Z, a-z, 0-9, /, _ and -"
        )
    if not _REGION.fullmatch(key.region):
        yield Refusal("region", f"{key.region!r} is no Region")
    if key.origin not in ("AWS_KMS", "EXTERNAL"):
        yield Refusal("origin", f"{key.origin!r} is not AWS_KMS or EXTERNAL")
    if not 7 <= key.deletion_window_days <= 30:
        yield Refusal("deletion_window_days", f"{key.deletion_window_days} is not from 7 to 30")
    if key.rotation_period_days is not None:
        if key.origin == "EXTERNAL":
            yield Refusal("rotation_period_days", "imported key material cannot rotate automatically")
        if not 90 <= key.rotation_period_days <= 2560:
            yield Refusal("rotation_period_days", f"{key.rotation_period_days} is not from 90 to 2560")
    yield from _tags(key.tags)


def _iam_policy(policy: IamPolicy) -> Iterator[Refusal]:
    yield from _iam_name(policy.name, 128)
    yield from _size("description", policy.description, 0, 1000)
    if not _POLICY_PATH.fullmatch(policy.path) or len(policy.path) > 512:
        yield Refusal("path", f"{policy.path!r} is no path between slashes of at most 512 characters")
    yield from _tags(policy.tags, iam=True)


def _role(role: IamRole) -> Iterator[Refusal]:
    yield from _iam_name(role.name, 64)
    yield from _size("description", role.description, 0, 1000)
    if not _ROLE_DESCRIPTION.fullmatch(role.description):
        yield Refusal(
            "description", "IAM takes only printable characters up to U+00FF in a role's description"
        )
    yield from _tags(role.tags, iam=True)


def _iam_name(name: str, most: int) -> Iterator[Refusal]:
    if not _IAM_NAME.fullmatch(name):
        yield Refusal(
            "name", f"{name!r} has others than the characters A-Z, a-z, 0-9 and _+=,.@- that IAM takes"
        )
    yield from _size("name", name, 1, most)


def _tags(tags: Mapping[str, str], *, iam: bool = False) -> Iterator[Refusal]:
    if len(tags) > MOST_TAGS:
        yield Refusal("tags", f"there are {len(tags)} tags; AWS takes {MOST_TAGS}")
    for key, value in tags.items():
        yield from _size("tags", key, 1, 128)
        yield from _size(f"tags[{key!r}]", value, 0, 256)
        if key.lower().startswith("aws:"):
            yield Refusal("tags", f"{key!r}: AWS keeps tag keys that begin with aws: for itself")
        for field, text in (("tags", key), (f"tags[{key!r}]", value)):
            if odd := _foreign_to_tags(text):
                yield Refusal(
                    field,
                    f"{text!r} has the character {odd!r}; tags take letters, digits, blanks and _ . : / = + - @",
                )
    if iam and len({key.casefold() for key in tags}) < len(tags):
        yield Refusal("tags", "two tag keys differ only in case, which IAM takes for the same key")


@lru_cache(maxsize=4096)
def _foreign_to_tags(text: str) -> str | None:
    """Return the first character that may not stand in a tag."""
    return next(
        (each for each in text if not (each in "_.:/=+-@" or unicodedata.category(each)[0] in "LNZ")), None
    )
