variable "key_arn" {}

variable "settings" {
  type = object({ key = string, other = string })
}

resource "aws_bedrockagent_agent" "input" {
  agent_name                  = "input"
  agent_resource_role_arn     = "arn:aws:iam::111122223333:role/agent"
  foundation_model            = "m"
  customer_encryption_key_arn = var.key_arn
}

resource "aws_bedrockagent_agent" "in_object" {
  agent_name                  = "in_object"
  agent_resource_role_arn     = "arn:aws:iam::111122223333:role/agent"
  foundation_model            = "m"
  customer_encryption_key_arn = var.settings.key
  memory_configuration {
    enabled_memory_types = ["SESSION_SUMMARY"]
    storage_days         = 30
  }
}
