"""Bad code for ``checks verify``: in every framework, what each control judges.

It is text here, and no file of the package, so that nobody's scanner takes it for code of theirs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from bedrock_cmk_guard.controls import CONTROLS, SubjectKind

_CMK = "BCG_CMK_001"


class Expected(NamedTuple):
    """What Checkov must report of the sample in one framework."""

    reports: frozenset[str]
    both: frozenset[str]
    """Those that fail where there is no key, and pass where there is one."""


_JUDGED = frozenset(control.id for control in CONTROLS if control.kind is not SubjectKind.FAULT)
_OF_RESOURCES = frozenset(control.id for control in CONTROLS if control.kind is SubjectKind.RESOURCE)
EXPECTED = {
    "terraform": Expected(_JUDGED, frozenset({_CMK})),
    "terraform_json": Expected(_OF_RESOURCES, frozenset({_CMK})),
    "terraform_plan": Expected(_OF_RESOURCES, frozenset({_CMK})),
    "cloudformation": Expected(_JUDGED, frozenset({_CMK})),
}

_TERRAFORM = """\
resource "aws_bedrockagent_agent" "without_key" {
  agent_name              = "without-key"
  agent_resource_role_arn = aws_iam_role.agent.arn
  foundation_model        = "anthropic.claude-sonnet-4-5"
}

resource "aws_bedrockagent_agent" "with_key" {
  agent_name                  = "with-key"
  agent_resource_role_arn     = aws_iam_role.agent.arn
  foundation_model            = "anthropic.claude-sonnet-4-5"
  customer_encryption_key_arn = aws_kms_key.agent.arn
}

resource "aws_kms_key" "agent" {
  is_enabled              = false
  deletion_window_in_days = 7
}

resource "aws_iam_role" "agent" {
  name = "agent"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "bedrock.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
"""

_TERRAFORM_JSON = """\
{
  "resource": {
    "aws_bedrockagentcore_memory": {
      "without_key": {"name": "without_key", "event_expiry_duration": 30},
      "with_key": {
        "name": "with_key",
        "event_expiry_duration": 30,
        "encryption_key_arn": "KEY"
      }
    }
  }
}
"""

_KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

_CLOUDFORMATION = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  WithoutKey:
    Type: AWS::Bedrock::Agent
    Properties:
      AgentName: without-key
      AgentResourceRoleArn: !GetAtt Role.Arn
  WithKey:
    Type: AWS::Bedrock::Agent
    Properties:
      AgentName: with-key
      AgentResourceRoleArn: !GetAtt Role.Arn
      CustomerEncryptionKeyArn: !GetAtt Key.Arn
  Key:
    Type: AWS::KMS::Key
    Properties:
      Enabled: false
      PendingWindowInDays: 7
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {AWS: "*"}, Action: "kms:*", Resource: "*"}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}
"""


def _plan() -> str:
    """What ``terraform show -json`` would say of two memories, one without a key."""
    memories = {"with_key": _KEY, "without_key": None}
    resources = [
        {
            "address": f"aws_bedrockagentcore_memory.{name}",
            "mode": "managed",
            "type": "aws_bedrockagentcore_memory",
            "name": name,
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "values": {"name": name, "event_expiry_duration": 30, "encryption_key_arn": key},
        }
        for name, key in memories.items()
    ]
    changes = [
        {
            **{field: each[field] for field in ("address", "mode", "type", "name", "provider_name")},
            "change": {"actions": ["create"], "before": None, "after": each["values"], "after_unknown": {}},
        }
        for each in resources
    ]
    return json.dumps(
        {
            "format_version": "1.2",
            "terraform_version": "1.11.4",
            "planned_values": {"root_module": {"resources": resources}},
            "resource_changes": changes,
            "configuration": {"root_module": {}},
        },
        indent=2,
    )


def write_sample(folder: Path) -> None:
    """Write the files, each in a folder of its own, so that none is read with another."""
    for name, text in (
        ("terraform/main.tf", _TERRAFORM),
        ("terraform_json/main.tf.json", _TERRAFORM_JSON.replace("KEY", _KEY)),
        ("terraform_plan/plan.json", _plan()),
        ("cloudformation/template.yaml", _CLOUDFORMATION),
    ):
        path = folder / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
