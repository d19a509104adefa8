variable "key" {
  default = "alias/before"
}

resource "aws_bedrockagent_agent" "before" {
  agent_name                  = "before"
  customer_encryption_key_arn = var.key
}

resource "aws_bedrockagent_agent" "broken" {
  agent_name = "broken"
  tags = {

resource "aws_bedrockagentcore_memory" "behind" {
  name = "behind"
}
