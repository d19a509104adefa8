variable "key" {
  type    = string
  default = "alias/main"
}

locals {
  memory_key = null
}

resource "aws_bedrockagent_agent" "this" {
  agent_name                  = "agent"
  customer_encryption_key_arn = var.key
}

resource "aws_bedrockagent_data_source" "this" {
  name              = "source"
  knowledge_base_id = "KB"
  server_side_encryption_configuration {
    kms_key_arn = "alias/main"
  }
}

resource "aws_bedrockagentcore_memory" "this" {
  name                  = "memory"
  event_expiry_duration = 30
  encryption_key_arn    = local.memory_key
}
