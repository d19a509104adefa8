variable "first" {
  type    = string
  default = "alias/default"
}

variable "second" {
  default = "alias/default"
}

variable "third" {
  default = "alias/default"
}

resource "aws_bedrockagent_agent" "first" {
  agent_name                  = "first"
  customer_encryption_key_arn = var.first
}

resource "aws_bedrockagent_agent" "second" {
  agent_name                  = "second"
  customer_encryption_key_arn = var.second
}

resource "aws_bedrockagent_agent" "third" {
  agent_name                  = "third"
  customer_encryption_key_arn = var.third
}
