"""SCP: where administrators are shut out, only a workload's callers read and use what it stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.iam import Statement
from bedrock_cmk_guard.policies.conditions import caller_patterns, deny, except_for, in_any_account, unique
from bedrock_cmk_guard.policies.organization_policy import scp
from bedrock_cmk_guard.policies.policy import Policy
from bedrock_cmk_guard.policies.role_protection import service_role_arns
from bedrock_cmk_guard.policies.scopes import surfaces_of
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import Resource

LAYER = "stored_data"


def statements(requirements: Requirements) -> Iterator[Statement]:
    """One statement for the accounts whose workloads shut administrators out and have the same actions and roles.

    Using an agent is refused together with reading: whoever may invoke it with somebody's session or memory id
    can ask it what was said.
    """
    closed = unique(w.account for w in requirements.workloads if w.shut_out_administrators)
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, tuple[str, ...]]] = {}
    for account in closed:
        actions, readers = _actions(requirements, account), _readers(requirements, account)
        names = tuple(reader.rpartition(":")[2] for reader in readers)
        if actions:
            alike.setdefault((actions, names), {})[account] = readers
    for number, ((actions, _), readers_of) in enumerate(alike.items(), start=1):
        yield deny(
            f"StoredData{number}",
            actions,
            {"StringEquals": {"aws:PrincipalAccount": tuple(readers_of)}},
            except_for(
                requirements, LAYER, in_any_account(arn for arns in readers_of.values() for arn in arns)
            ),
        )


def _actions(requirements: Requirements, account: str) -> tuple[str, ...]:
    return unique(
        action
        for workload in requirements.workloads
        if workload.account == account and workload.shut_out_administrators
        for surface in surfaces_of(workload)
        for action in (*surface.actions.stored_data, *surface.actions.use)
    )


def _readers(requirements: Requirements, account: str) -> tuple[str, ...]:
    workloads = [w for w in requirements.workloads if w.account == account]
    callers = (p for w in workloads for p in caller_patterns(requirements, account, w.all_callers))
    return unique((*callers, *service_role_arns(requirements, workloads)))


def build(requirements: Requirements) -> Iterable[Resource]:
    """The SCP of this layer."""
    return scp(requirements, LAYER, statements(requirements))


POLICY = Policy(
    id="stored-data",
    title="Stored sessions and memories are read by callers only",
    kind="SCP",
    stops=(
        "Reading sessions, memories, events and records, and invoking the agents that could repeat them, in the "
        "accounts of workloads that shut administrators out, by anybody but the callers and service roles there.",
    ),
    does_not_stop=(
        "A caller of another workload in the same account: give such a workload an account of its own.",
        "Code that runs as a caller; logs, traces and model invocation logs that hold the same words.",
        "Principals of other accounts, where a resource policy of a service lets them in.",
    ),
    needs_first=(
        "key_protection and role_protection at the same targets; together they shut administrators out.",
    ),
    rollout=6,
    rollout_note="After the callers named are complete: look at who invoked and read in CloudTrail's data events.",
    references=(
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrockagentcore.html",
    ),
    build=build,
)
