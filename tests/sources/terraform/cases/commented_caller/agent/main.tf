resource "aws_bedrockagent_agent" "this" {
  agent_name                  = "agent"
  customer_encryption_key_arn = var.key
}

variable "key" {
  default = null
}
