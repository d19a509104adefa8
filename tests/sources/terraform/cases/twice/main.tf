resource "aws_bedrockagent_agent" "this" {
  agent_name                  = "first"
  customer_encryption_key_arn = "alias/first"
}

resource "aws_bedrockagent_agent" "this" {
  agent_name = "second"
}

resource "aws_bedrockagent_agent" {
  agent_name = "nameless"
}
