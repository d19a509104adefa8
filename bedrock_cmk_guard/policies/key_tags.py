"""SCP: no key is created without the tags that the tag standard demands of keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.iam import Condition, Statement
from bedrock_cmk_guard.policies.conditions import deny, except_for
from bedrock_cmk_guard.policies.organization_policy import scp
from bedrock_cmk_guard.policies.policy import Policy
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.standards import RequiredTag
from bedrock_cmk_guard.resources import Resource

LAYER = "key_tags"
KEY_TYPE = "kms:key"


def statements(requirements: Requirements) -> Iterator[Statement]:
    """One statement per tag: conditions of one statement must all hold, and one missing tag is enough."""
    tags = [tag for tag in requirements.tag_standard.tags if KEY_TYPE in tag.required_on]
    for number, tag in enumerate(tags, start=1):
        yield deny(f"KeyTag{number}", ("kms:CreateKey",), _missing(tag), except_for(requirements, LAYER))


def _missing(tag: RequiredTag) -> Condition:
    """The tag is absent or wrong: negated operators hold for an absent one too."""
    key = f"aws:RequestTag/{tag.key}"
    if tag.values:
        return {"StringNotEquals": {key: tag.values}}
    if tag.pattern is not None:
        return {"StringNotLike": {key: (tag.pattern,)}}
    return {"Null": {key: ("true",)}}


def build(requirements: Requirements) -> Iterable[Resource]:
    """The SCP of this layer."""
    return scp(requirements, LAYER, statements(requirements))


POLICY = Policy(
    id="key-tags",
    title="No key without the demanded tags",
    kind="SCP",
    stops=(
        "Creating a KMS key, for whatever use, without the demanded tags or with a value that is not allowed.",
    ),
    does_not_stop=(
        "Changing or removing tags later on keys that are not guarded.",
        "A replica of a multi-Region key: by AWS's authorization data kms:ReplicateKey carries no tags.",
        "A value that is allowed and untrue. Tags describe; they do not prove.",
        "A tag key written in other letters (Environment for environment): policies read tag keys without case. "
        "The tag policy asks for the right case.",
    ),
    needs_first=("Everything that creates keys at the targets sets the tags, not only keys for agents.",),
    rollout=4,
    rollout_note="After a report of untagged keys, because it binds every new key at the targets.",
    references=(
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html",
    ),
    build=build,
)
