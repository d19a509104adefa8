"""What an audit costs: calls beside the fewest that can do, time beside a plain boto3 loop, and memory.

    python benchmarks/audit.py [--agents N]

Agents with one version each, an alias and tags, in one account and Region, under ten keys and one role. They are made
up as they are asked for, so that the memory measured is the audit's; every answer takes 20 ms, as one of AWS's does at
best, where times are compared. Every line is a process of its own, start-up included. Rates are not limited, which
against AWS they are.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedrock_cmk_guard.audit import Scope, Speed, audit
from bedrock_cmk_guard.demands import Demands
from benchmarks.process import cost_of
from examples.audit.service import Asked, Bedrock
from tests.audit.simulated import HOME, MADE, REGION, Simulation, new_key, simulated

ROOT = Path(__file__).resolve().parents[1]
_NOW = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
_KEYS = 10
_COMPARED = 300
_LATENCY = 0.02


class Many(Bedrock):
    """Bedrock with any number of agents in every account and Region that has keys, none of which is kept."""

    def __init__(self, agents: int, latency: float = 0) -> None:
        super().__init__()
        self.agents = agents
        self.keys: dict[tuple[str, str], list[str]] = {}
        self.page = 100
        self._latency = latency

    def answer(self, asked: Asked) -> dict[str, Any]:
        """Answer after a while."""
        time.sleep(self._latency)
        given = asked.parameters
        if (asked.account, asked.region) not in self.keys:
            return super().answer(asked)
        match asked.operation:
            case "ListAgents":
                start = int(given.get("nextToken") or 0)
                numbers = range(start, min(start + self.page, self.agents))
                more = {"nextToken": str(numbers.stop)} if numbers.stop < self.agents else {}
                return {"agentSummaries": [self._summary(number) for number in numbers], **more}
            case "GetAgent":
                return {"agent": self._agent(asked, "agentVersion", "DRAFT")}
            case "GetAgentVersion":
                return {"agentVersion": self._agent(asked, "version", given["agentVersion"])}
            case "ListAgentVersions":
                return {"agentVersionSummaries": [self._version("DRAFT"), self._version("1")]}
            case "ListAgentAliases":
                return {"agentAliasSummaries": [_ALIAS]}
            case "ListTagsForResource" if ":agent/" in given.get("resourceArn", ""):
                return {"tags": {"application": "benchmark"}}
        return super().answer(asked)

    def _summary(self, number: int) -> dict[str, Any]:
        name = f"AGENT{number:05d}"
        return {"agentId": name, "agentName": name, "agentStatus": "PREPARED", "updatedAt": MADE}

    def _version(self, version: str) -> dict[str, Any]:
        return {
            "agentName": "a",
            "agentStatus": "PREPARED",
            "agentVersion": version,
            "createdAt": MADE,
            "updatedAt": MADE,
        }

    def _agent(self, asked: Asked, member: str, version: str) -> dict[str, Any]:
        name = str(asked.parameters["agentId"])
        keys = self.keys[asked.account, asked.region]
        return {
            "agentId": name,
            "agentName": name,
            "agentArn": f"arn:aws:bedrock:{asked.region}:{asked.account}:agent/{name}",
            "agentStatus": "PREPARED",
            "idleSessionTTLInSeconds": 600,
            "agentResourceRoleArn": f"arn:aws:iam::{asked.account}:role/agents",
            "customerEncryptionKeyArn": keys[int(name.removeprefix("AGENT")) % len(keys)],
            "createdAt": MADE,
            "updatedAt": MADE,
            member: version,
        }


_ALIAS = {
    "agentAliasId": "ALIAS00001",
    "agentAliasName": "live",
    "agentAliasStatus": "PREPARED",
    "routingConfiguration": [{"agentVersion": "1"}],
    "createdAt": MADE,
    "updatedAt": MADE,
}


@contextmanager
def many(agents: int, latency: float) -> Iterator[tuple[Simulation, Many]]:
    """A world with so many agents."""
    bedrock = Many(agents, latency)
    with simulated(bedrock) as world:
        bedrock.keys[HOME, REGION] = [new_key() for _ in range(_KEYS)]
        yield world, bedrock


def audited(agents: int, latency: float) -> None:
    """Audit them, and print the calls."""
    with many(agents, latency) as (world, bedrock):
        bedrock.calls.clear()
        scope = Scope(regions=(REGION,), tiers=("agent-definition", "session-memory"))
        begun = time.perf_counter()
        result = audit(world.session, Demands.default(), now=_NOW, scope=scope, speed=Speed(rate=0)).run()
        seconds = time.perf_counter() - begun
        print(json.dumps({
            "seconds": seconds,
            "resources": result.resources,
            "not_audited": len(result.coverage.not_audited),
            "calls": {f"{service} {name}": number for (service, name), number in bedrock.calls.items()},
        }))  # fmt: skip


def looped(agents: int, latency: float) -> None:
    """Read the same, one call after the other."""
    with many(agents, latency) as (world, _):
        begun = time.perf_counter()
        client, kms = world.session.client("bedrock-agent"), world.session.client("kms")
        keys: set[str] = set()
        found = 0
        for page in client.get_paginator("list_agents").paginate():
            for each in page["agentSummaries"]:
                found += 1
                agent = client.get_agent(agentId=each["agentId"])["agent"]
                client.list_tags_for_resource(resourceArn=agent["agentArn"])
                client.list_agent_aliases(agentId=each["agentId"])
                for version in client.list_agent_versions(agentId=each["agentId"])["agentVersionSummaries"]:
                    if version["agentVersion"] != "DRAFT":
                        client.get_agent_version(
                            agentId=each["agentId"], agentVersion=version["agentVersion"]
                        )
                keys.add(agent["customerEncryptionKeyArn"])
        for key in keys:
            kms.describe_key(KeyId=key)
        print(json.dumps({"seconds": time.perf_counter() - begun, "resources": found}))


def fewest(agents: int) -> dict[str, int]:
    """The fewest calls that show every agent's key, tags, versions and aliases, and the keys."""
    each = ("GetAgent", "ListTagsForResource", "ListAgentAliases", "ListAgentVersions", "GetAgentVersion")
    pages = {"bedrock-agent ListAgents": -(-agents // 100)}
    keys = (
        "DescribeKey",
        "GetKeyPolicy",
        "GetKeyRotationStatus",
        "ListAliases",
        "ListGrants",
        "ListResourceTags",
    )
    return (
        pages | {f"bedrock-agent {name}": agents for name in each} | {f"kms {name}": _KEYS for name in keys}
    )


def main() -> None:
    """Print three tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--agents", type=int, default=10_000, help="how many at most (default: 10,000)")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        what, agents, latency = args.child
        (audited if what == "audit" else looped)(int(agents), float(latency))
        return
    _calls_and_time()
    _memory(args.agents)


def _calls_and_time() -> None:
    ours, loop = _child("audit", _COMPARED, _LATENCY), _child("loop", _COMPARED, _LATENCY)
    assert ours["resources"] == loop["resources"] == _COMPARED
    assert not ours["not_audited"]
    least = fewest(_COMPARED)
    print(f"calls for {_COMPARED} agents                     made  fewest possible")
    for name, number in least.items():
        print(f"  {name:38} {ours['calls'].get(name, 0):6,} {number:16,}")
    others = sum(number for name, number in ours["calls"].items() if name not in least)
    print(f"  {'other surfaces, the role, who is asking':38} {others:6,}")
    ours_each, least_each = (
        sum(number for name, number in calls.items() if name in least and name.startswith("bedrock-agent "))
        / _COMPARED
        for calls in (ours["calls"], least)
    )
    print(f"  of Bedrock's for each agent            {ours_each:6.2f} {least_each:16.2f}")
    print(f"\ntime for {_COMPARED} agents, 20 ms each answer")
    print(f"  audit                                  {ours['seconds']:6.1f} s")
    print(
        f"  boto3, one call after the other        {loop['seconds']:6.1f} s   (reads no policies, judges nothing)"
    )
    print(f"  as many times as fast                  {loop['seconds'] / ours['seconds']:6.1f}")


def _memory(agents: int) -> None:
    print("\nmemory, without latency               peak MiB  processor s  resources judged")
    for number in (0, 1_000, agents):
        command = (sys.executable, __file__, "--child", "audit", str(number), "0")
        out = ROOT / "build" / "benchmark-audit.json"
        out.parent.mkdir(exist_ok=True)
        cost = cost_of(command, cwd=ROOT, out=out)
        assert cost.status == 0, "the audit itself failed"
        data = json.loads(out.read_text())
        figures = f"{cost.memory:8.0f} {cost.processor:12.1f} {data['resources']:10,}"
        print(f"  {number:6,} agents                       {figures}")
        out.unlink()


def _child(what: str, agents: int, latency: float) -> Any:
    command = (sys.executable, __file__, "--child", what, str(agents), str(latency))
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
