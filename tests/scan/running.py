"""Starts the command as people do, and hands back what they see."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = (sys.executable, "-m", "bedrock_cmk_guard")


@dataclass(frozen=True)
class Done:
    """What a run left."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def controls(self) -> list[tuple[str, str, str]]:
        """Control, verdict and resource of each finding that counts."""
        return [(f["control"], f["verdict"], f["resource"]) for f in self.json["findings"] if f["counts"]]

    def verdicts(self) -> dict[str, str]:
        """The verdict of each surface's resource, by address."""
        return {each["address"]: each["verdict"] for each in self.json["resources"]}


def run(
    *arguments: str,
    cwd: Path,
    stdin: bytes = b"",
    command: str = "scan",
    timeout: float = 120,
    **environment: str,
) -> Done:
    done = subprocess.run(
        [*PROGRAM, command, *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=timeout,
        env={**os.environ, **environment},
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return Done(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def as_json(*arguments: str, cwd: Path, stdin: bytes = b"") -> Done:
    return run("--format", "json", *arguments, cwd=cwd, stdin=stdin)


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def workload(name: str, match: str = "{}", role: str = "") -> str:
    """A workload, as an item of the requirements."""
    return f"""  - name: {name}
    account: "111122223333"
    regions: [eu-central-1]
    environment: production
    data_owner: Ann
    sensitivity: internal
    surfaces: [bedrock-agent]
    service_role: {{role: {role or f"{name}-agent"}}}
    callers: [{{role: portal}}]
    match: {match}
"""


NO_KEY = """resource "aws_bedrockagent_agent" "this" {
  agent_name              = "support"
  agent_resource_role_arn = "arn:aws:iam::111122223333:role/agent"
  foundation_model        = "anthropic.claude-v2"
}
"""
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
WITH_KEY = NO_KEY.replace("\n}", f'\n  customer_encryption_key_arn = "{KEY}"\n}}')
TEMPLATE = """Resources:
  Agent:
    Type: AWS::Bedrock::Agent
    Properties:
      AgentName: support
"""
