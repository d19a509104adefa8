resource "aws_kms_key" "agents" {
  description         = "agents"
  enable_key_rotation = true
}

resource "aws_bedrockagent_agent" "good" {
  agent_name                  = "good"
  agent_resource_role_arn     = "arn:aws:iam::111122223333:role/agent"
  foundation_model            = "amazon.nova-pro-v1:0"
  customer_encryption_key_arn = aws_kms_key.agents.arn
}

resource "aws_bedrockagent_agent" "literal" {
  agent_name                  = "literal"
  customer_encryption_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
}

resource "aws_bedrockagent_agent" "left_out" {
  agent_name = "left-out"
}

resource "aws_bedrockagent_agent" "null" {
  agent_name                  = "null"
  customer_encryption_key_arn = null
}

resource "aws_bedrockagent_agent" "empty" {
  agent_name                  = "empty"
  customer_encryption_key_arn = ""
}

resource "aws_bedrockagentcore_memory" "key_id" {
  name                  = "key_id"
  event_expiry_duration = 30
  encryption_key_arn    = aws_kms_key.agents.key_id
}

resource "aws_bedrock_guardrail" "alias" {
  name        = "alias"
  kms_key_arn = aws_kms_alias.agents.name
}

resource "aws_kms_alias" "agents" {
  name          = "alias/agents"
  target_key_id = aws_kms_key.agents.key_id
}
