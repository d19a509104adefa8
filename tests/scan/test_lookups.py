"""Keys that code looks up: an alias that is not AWS's own tells whose key it is, an id does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedrock_cmk_guard import scan
from tests.scan.running import KEY

AGENT = """
terraform {{
  backend "s3" {{}}
}}
data "aws_kms_alias" "own" {{ name = "alias/agents" }}
data "aws_kms_alias" "aws" {{ name = "alias/aws/bedrock" }}
data "aws_kms_key" "alias" {{ key_id = "alias/agents" }}
data "aws_kms_key" "id" {{ key_id = "1234abcd-12ab-34cd-56ef-1234567890ab" }}
resource "aws_bedrockagent_agent" "a" {{
  customer_encryption_key_arn = {key}
}}
"""


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        ("data.aws_kms_alias.own.target_key_arn", "pass"),
        ("data.aws_kms_key.alias.arn", "pass"),
        ("data.aws_kms_key.id.arn", "unknown"),
        ("data.aws_kms_alias.own.arn", "fail"),
        ("data.aws_kms_alias.aws.target_key_arn", "fail"),
    ],
)
def test_a_key_that_code_looks_up(tmp_path: Path, key: str, verdict: str) -> None:
    (tmp_path / "main.tf").write_text(AGENT.format(key=key))
    assert [each.verdict for each in scan([tmp_path]).results] == [verdict]


@pytest.mark.parametrize(
    ("name", "more", "verdict"),
    [
        ("alias/agents", {}, "pass"),
        ("alias/aws/bedrock", {}, "fail"),
        ("alias/agents", {"key_manager": "AWS"}, "fail"),
        ("alias/agents", {"key_spec": "RSA_2048"}, "fail"),
        ("alias/agents", {"enabled": False}, "fail"),
        ("alias/agents", {"key_state": "PendingDeletion"}, "fail"),
    ],
)
def test_a_key_that_a_plan_has_looked_up(
    tmp_path: Path, name: str, more: dict[str, object], verdict: str
) -> None:
    agent = {
        "address": "aws_bedrockagent_agent.a",
        "mode": "managed",
        "type": "aws_bedrockagent_agent",
        "name": "a",
    }
    alias = {
        "address": "data.aws_kms_alias.own",
        "mode": "data",
        "type": "aws_kms_alias",
        "name": "own",
        "values": {"name": name, "target_key_arn": KEY, **more},
    }
    change = {"actions": ["create"], "before": None, "after": {"customer_encryption_key_arn": KEY}}
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": [{**agent, "change": change}],
        "prior_state": {"values": {"root_module": {"resources": [alias]}}},
        "configuration": {"root_module": {}},
    }
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    assert [each.verdict for each in scan([tmp_path]).results] == [verdict]
