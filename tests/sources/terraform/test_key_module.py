"""A key module of the shape that those in registries have, called for an agent."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from tests.sources.terraform.agent_code import AGENT, ROLE, ROOT
from tests.sources.terraform.reading_cases import read_folder

_KEY_MODULE = """
variable "create" {
  type    = bool
  default = true
}

variable "external" {
  type    = bool
  default = false
}

variable "policy" {
  type    = string
  default = null
}

variable "users" {
  type    = list(string)
  default = []
}

variable "aliases" {
  type    = list(string)
  default = []
}

data "aws_caller_identity" "current" {
  count = var.create ? 1 : 0
}

locals {
  account = try(data.aws_caller_identity.current[0].account_id, "")
  aliases = { for k, v in toset(var.aliases) : k => { name = v } }
}

data "aws_iam_policy_document" "this" {
  count = var.create ? 1 : 0

  dynamic "statement" {
    for_each = length(var.users) > 0 ? [1] : []

    content {
      sid       = "Users"
      actions   = ["kms:Decrypt"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = concat(var.users, ["arn:aws:iam::${local.account}:root"])
      }

      condition {
        test     = "Bool"
        variable = "kms:GrantIsForAWSResource"
        values   = [true]
      }
    }
  }
}

resource "aws_kms_key" "this" {
  count  = var.create && !var.external ? 1 : 0
  policy = coalesce(var.policy, data.aws_iam_policy_document.this[0].json)
}

resource "aws_kms_external_key" "this" {
  count  = var.create && var.external ? 1 : 0
  policy = coalesce(var.policy, data.aws_iam_policy_document.this[0].json)
}

resource "aws_kms_alias" "this" {
  for_each = { for k, v in merge(local.aliases, {}) : k => v if var.create }

  name          = "alias/${each.value.name}"
  target_key_id = try(aws_kms_key.this[0].key_id, aws_kms_external_key.this[0].id)
}

output "key_arn" {
  value = try(aws_kms_key.this[0].arn, aws_kms_external_key.this[0].arn, null)
}
"""


def test_a_key_module_of_the_usual_shape(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    (tmp_path / "key" / "main.tf").write_text(_KEY_MODULE, encoding="utf-8")
    code = """
        module "key" {
          source  = "./key"
          users   = [aws_iam_role.agent.arn]
          aliases = ["agents"]
        }
        module "external" {
          source   = "./key"
          external = true
          policy   = jsonencode({ Statement = [] })
        }
        """
    (tmp_path / "main.tf").write_text(
        AGENT.replace("aws_kms_key.this.arn", "module.key.key_arn") + dedent(code), encoding="utf-8"
    )
    (reading,) = read_folder(tmp_path, ["main.tf"])
    keys = {key.address: key for key in reading.keys}
    assert set(keys) == {"module.key.aws_kms_key.this[0]", "module.external.aws_kms_external_key.this[0]"}
    key = keys["module.key.aws_kms_key.this[0]"]
    (agent,) = reading.resources
    assert getattr(agent.key.value, "text", None) == key.arn
    assert key.aliases == ("alias/agents",)
    statement = {
        "Sid": "Users",
        "Effect": "Allow",
        "Action": ["kms:Decrypt"],
        "Resource": ["*"],
        "Principal": {"AWS": [ROLE, ROOT]},
        "Condition": {"Bool": {"kms:GrantIsForAWSResource": ["true"]}},
    }
    assert key.policy.value == {"Version": "2012-10-17", "Statement": [statement]}
    external = keys["module.external.aws_kms_external_key.this[0]"]
    assert (external.origin.value, external.policy.value) == ("EXTERNAL", {"Statement": []})
