"""Ten thousand agents in several accounts and Regions, and faults among them: each is told once, as what it is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bedrock_cmk_guard.audit import Scope
from bedrock_cmk_guard.history import History
from bedrock_cmk_guard.history.figures import Figures
from benchmarks.audit import Many
from examples.audit.service import Asked, Refused
from tests.audit.simulated import HOME, NOW, OTHER, new_key, new_role, simulated

EACH, ACCOUNTS, REGIONS = 1_250, (HOME, OTHER, "555566667777", "888899990000"), ("eu-central-1", "us-east-1")
SCOPE = Scope(
    accounts=ACCOUNTS, role="auditor", regions=REGIONS, tiers=("agent-definition", "session-memory")
)
pytestmark = pytest.mark.thorough


class Troubled(Many):
    """Of a hundred agents ten have no key, one is deleted before it is looked at, and one refuses; pages overlap."""

    def answer(self, asked: Asked) -> dict[str, Any]:
        if asked.operation == "GetAgent":
            number = int(str(asked.parameters["agentId"]).removeprefix("AGENT"))
            if number % 100 == 50:
                raise Refused("ResourceNotFoundException", status=404)
            if number % 100 == 60:
                raise Refused("AccessDeniedException", status=403)
            found = super().answer(asked)
            if number % 10 == 5:
                del found["agent"]["customerEncryptionKeyArn"]
            return found
        found = super().answer(asked)
        if asked.operation == "ListAgents" and "nextToken" in found:
            # The first of each page was the last of the one before.
            found["nextToken"] = str(int(found["nextToken"]) - 1)
        return found


def test_ten_thousand_are_each_told_once(tmp_path: Path) -> None:
    bedrock = Troubled(EACH)
    with simulated(bedrock) as world, History.open(str(tmp_path / "history.db")) as history:
        for account in ACCOUNTS:
            if account != HOME:
                new_role(account)
            for region in REGIONS:
                bedrock.keys[account, region] = [new_key(account, region) for _ in range(3)]
        result = world.audit(scope=SCOPE, history=history)
        standing = list(Figures(history, NOW).standing())
    agents = [each for each in world.found if each.surface == "bedrock-agent"]
    assert not result.coverage.not_audited
    places = len(ACCOUNTS) * len(REGIONS)
    assert len({each.address for each in agents}) == len(agents) == places * (EACH - 12)
    verdicts = Counter(each.verdict.value for each in agents)
    assert verdicts == {"fail": places * 125, "unknown": places * 12, "pass": places * (EACH - 12 - 125 - 12)}
    kept = Counter(each.verdict for each in standing if each.cell.surface == "bedrock-agent")
    assert kept == verdicts
    assert bedrock.calls["bedrock-agent", "GetAgent"] == places * EACH
    # Each key and role is looked at once, whoever uses it.
    assert bedrock.calls["kms", "DescribeKey"] == places * 3
    assert bedrock.calls["iam", "GetRole"] == len(ACCOUNTS)
