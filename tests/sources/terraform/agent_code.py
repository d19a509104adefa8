"""An agent with its role, to which a test adds the key; and the names that they will have."""

from __future__ import annotations

AGENT = """
resource "aws_bedrockagent_agent" "this" {
  agent_name                  = "agent"
  agent_resource_role_arn     = aws_iam_role.agent.arn
  customer_encryption_key_arn = aws_kms_key.this.arn
}

resource "aws_iam_role" "agent" {
  name               = "agent"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "bedrock.amazonaws.com" } }]
  })
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  root      = "arn:${local.partition}:iam::${local.account}:root"
}
"""
ROLE = "arn:aws:iam::000000000000:role/agent"
ROOT = "arn:aws:iam::000000000000:root"
