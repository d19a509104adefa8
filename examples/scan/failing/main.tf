# A support agent and its memory, as tutorials write them: no key is named, so both lie under keys that AWS owns.

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

resource "aws_bedrockagent_agent" "support" {
  agent_name              = "support"
  agent_resource_role_arn = aws_iam_role.agent.arn
  foundation_model        = "anthropic.claude-sonnet-4-20250514-v1:0"
  instruction             = "You answer customers' questions about their orders, politely and briefly."
}

resource "aws_bedrockagentcore_memory" "support" {
  name                      = "support"
  event_expiry_duration     = 30
  memory_execution_role_arn = aws_iam_role.agent.arn
}
