resource "aws_kms_key" "agents" {
  enable_key_rotation = true
}

resource "aws_bedrockagent_agent" "support" {
  agent_name                  = "support"
  agent_resource_role_arn     = "arn:aws:iam::111122223333:role/agent"
  foundation_model            = "anthropic.claude-sonnet-4-20250514-v1:0"
  customer_encryption_key_arn = aws_kms_key.agents.arn
}
