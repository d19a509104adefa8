"""Many workloads in one account: their statements are told apart, and a role takes only so many policies."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.policies import build
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import IamPolicy, IamRole, Module
from tests.policies.documents import EXAMPLE


def crowded(workloads: int, surfaces: list[str]) -> tuple[Module, ...]:
    data: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    adviser = data["workloads"][1]
    data["workloads"] = [
        adviser
        | {
            "name": f"adviser-{number}",
            "service_role": {"role": f"adviser-{number}"},
            "surfaces": surfaces,
            "match": {"tags": {"application": f"adviser-{number}"}},
        }
        for number in range(1, workloads + 1)
    ]
    data["enforcement"]["layers"]["stored_data"] = None
    return build(Requirements.model_validate(data))


def provisioner(modules: tuple[Module, ...]) -> tuple[Module, list[IamPolicy]]:
    module = next(each for each in modules if each.name == "accounts/555555555555")
    policies = [each for each in module.resources if isinstance(each, IamPolicy)]
    roles = {each.name for each in module.resources if isinstance(each, IamRole)}
    assert "bedrock-agent-provisioner" in roles
    return module, [each for each in policies if "bedrock-agent-provisioner" in each.attached_to]


def test_the_statements_of_workloads_whose_names_run_together_are_all_there() -> None:
    """The eleventh statement of adviser-1 would be called as the first of adviser-11 is."""
    surfaces = [
        "bedrock-agent",
        "flow",
        "prompt",
        "agentcore-memory",
        "agentcore-gateway",
        "agentcore-token-vault",
    ]
    _, policies = provisioner(crowded(11, surfaces))

    keys = [s for policy in policies for s in policy.content.statements if s.sid.startswith("KeyAdviser")]
    of = [next(iter(s.condition["StringEquals"]["aws:ResourceTag/bedrock-cmk-workload"])) for s in keys]
    each = {f"adviser-{number}": of.count(f"adviser-{number}") for number in range(1, 12)}

    assert {s.sid for s in keys} >= {"KeyAdviser111", "KeyAdviser111x2"}
    assert set(each.values()) == {each["adviser-2"]}
    assert each["adviser-2"] > 10


def test_a_role_that_needs_a_raised_quota_says_so_first() -> None:
    module, policies = provisioner(crowded(25, ["bedrock-agent", "flow", "prompt", "agentcore-gateway"]))
    lines = [line for line in module.prerequisites if line.startswith("A quota of")]

    assert 10 < len(policies) <= 20
    assert lines == [
        f"A quota of {len(policies)} managed policies for each role, which bedrock-agent-provisioner needs: AWS "
        "raises it from 10 to as many as 20."
    ]


def test_more_than_any_role_takes_is_refused_with_the_numbers() -> None:
    with pytest.raises(
        PolicyError,
        match=r"accounts/555555555555: bedrock-agent-provisioner: \d\d managed policies to attach, and AWS attaches 10 "
        r"to one role, 20 where the quota is raised",
    ):
        crowded(60, ["bedrock-agent", "flow", "prompt", "agentcore-memory", "agentcore-gateway"])
