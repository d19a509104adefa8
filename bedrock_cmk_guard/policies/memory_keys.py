"""SCP: an AgentCore memory cannot be created without a key of the right account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.iam import Statement
from bedrock_cmk_guard.policies.approved_keys import key_account_values
from bedrock_cmk_guard.policies.conditions import deny, except_for, unique
from bedrock_cmk_guard.policies.organization_policy import scp
from bedrock_cmk_guard.policies.policy import Policy
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import Resource
from bedrock_cmk_guard.surfaces import catalogue

LAYER = "memory_keys"


def statements(requirements: Requirements) -> Iterator[Statement]:
    """One statement for each action whose authorization shows the key; today that is CreateMemory alone."""
    partition = requirements.organization.partition.value
    shown = unique(
        f"{surface.key_condition.action} {surface.key_condition.key}"
        for surface in catalogue().surfaces.values()
        if surface.key_condition is not None
    )
    keys = tuple(f"arn:{partition}:kms:*:{account}:key/*" for account in key_account_values(requirements))
    for number, pair in enumerate(shown):
        action, key = pair.split()
        yield deny(
            f"{action.partition(':')[2]}NeedsKey" + (str(number) if number else ""),
            (action,),
            # Negated: a request without any key matches too, and is refused.
            {"StringNotLike": {key: keys}},
            except_for(requirements, LAYER),
        )


def build(requirements: Requirements) -> Iterable[Resource]:
    """The SCP of this layer."""
    return scp(requirements, LAYER, statements(requirements))


POLICY = Policy(
    id="memory-keys",
    title="No AgentCore memory without a customer managed key",
    kind="SCP",
    stops=(
        "Creating an AgentCore memory without a key, with an alias, or with a key of an account that is not meant "
        "to hold keys. By AWS's own authorization data this is the one surface whose key a policy can see.",
    ),
    does_not_stop=(
        "A key ARN of the right account that is an AWS managed key, disabled, or of another workload: the pattern "
        "sees an ARN, not a key. approved_keys adds the guard tag.",
        "Memories that exist: their key cannot be changed; make new ones.",
        "Whether a harness that leaves memory out passes the key condition when it makes its managed memory is not "
        "documented; AWS asks for CreateMemory there, so this should bite. Try it in a sandbox.",
        "Agents, sessions, flows and gateways: no condition key shows their key.",
    ),
    needs_first=("Nothing. Not yet tried in a live account: start in a sandbox OU.",),
    rollout=2,
    rollout_note="Once the sandbox shows that creating with a key works and without is refused.",
    references=(
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrockagentcore.html",
    ),
    build=build,
)
