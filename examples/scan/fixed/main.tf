# The agent and memory of ../failing, under a customer managed key that the agent's role can use.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.18"
    }
  }
}

data "aws_caller_identity" "current" {}

resource "aws_iam_role" "agent" {
  name = "support-agent"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = ["bedrock.amazonaws.com", "bedrock-agentcore.amazonaws.com"] }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "agent" {
  name = "key"
  role = aws_iam_role.agent.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
      Resource = aws_kms_key.agents.arn
    }]
  })
}

resource "aws_kms_key" "agents" {
  description             = "Support agent and its memory"
  enable_key_rotation     = true
  rotation_period_in_days = 365
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Administration"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
        Action = [
          "kms:CancelKeyDeletion", "kms:Describe*", "kms:DisableKey", "kms:EnableKey*", "kms:Get*", "kms:List*",
          "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource",
        ]
        Resource = "*"
      },
      {
        # Whoever creates and calls agents and memories: with permissions of their own, and through the services only.
        Sid       = "ThroughTheServices"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
        Action = [
          "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey",
          "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo",
        ]
        Resource = "*"
        Condition = {
          StringLike = { "kms:ViaService" = ["bedrock.*.amazonaws.com", "bedrock-agentcore.*.amazonaws.com"] }
        }
      },
      {
        Sid       = "Use"
        Effect    = "Allow"
        Principal = { AWS = aws_iam_role.agent.arn }
        Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
        Resource  = "*"
      },
      {
        Sid       = "Bedrock"
        Effect    = "Allow"
        Principal = { Service = "bedrock.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
      },
    ]
  })
}

resource "aws_kms_alias" "agents" {
  name          = "alias/agents/support"
  target_key_id = aws_kms_key.agents.key_id
}

resource "aws_bedrockagent_agent" "support" {
  agent_name                  = "support"
  agent_resource_role_arn     = aws_iam_role.agent.arn
  foundation_model            = "anthropic.claude-sonnet-4-20250514-v1:0"
  customer_encryption_key_arn = aws_kms_key.agents.arn
  instruction                 = "You answer customers' questions about their orders, politely and briefly."
}

resource "aws_bedrockagentcore_memory" "support" {
  name                      = "support"
  event_expiry_duration     = 30
  encryption_key_arn        = aws_kms_key.agents.arn
  memory_execution_role_arn = aws_iam_role.agent.arn
}
