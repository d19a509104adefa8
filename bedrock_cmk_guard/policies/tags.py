"""The tags that rendered resources carry."""

from __future__ import annotations

from collections.abc import Mapping

from bedrock_cmk_guard.policies.key_use import context_keys
from bedrock_cmk_guard.policies.scopes import KeyScope
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.standards import Isolation, TagSource
from bedrock_cmk_guard.requirements.workloads import Workload

# The value of the guard's context tag, on keys whose every decryption carries a documented encryption context.
CONTEXT_DOCUMENTED = "documented"


def workload_tags(requirements: Requirements, workload: Workload) -> Mapping[str, str]:
    """The demanded tags of a workload's resources, and its own."""
    tags = dict(workload.tags)
    for tag in requirements.tag_standard.tags:
        if tag.value_from is not None:
            tags[tag.key] = str(workload.tag_value(tag))
    return dict(sorted(tags.items()))


def key_tags(requirements: Requirements, scope: KeyScope) -> Mapping[str, str]:
    """The tags of a key: its workload's, and the guard tags.

    On a key that several workloads share, a tag that takes the workload's name takes the scope's, and tags on
    which the workloads differ are left out; the rules of the requirements keep demanded ones from differing.
    """
    guard = requirements.tag_standard.guard
    first, *others = (workload_tags(requirements, workload) for workload in scope.workloads)
    shared = {key: value for key, value in first.items() if all(tags.get(key) == value for tags in others)}
    if requirements.isolation(scope.workloads[0]) is Isolation.ENVIRONMENT:
        named = (tag.key for tag in requirements.tag_standard.tags if tag.value_from is TagSource.NAME)
        shared |= dict.fromkeys(named, scope.name)
    own = {guard.key: guard.value, guard.workload_key: scope.name.partition("/")[0]}
    if context_keys(scope):
        own[guard.context_key] = CONTEXT_DOCUMENTED
    if scope.tenant is not None:
        own[guard.tenant_key] = scope.tenant.name
    return {**dict(sorted(shared.items())), **own}
