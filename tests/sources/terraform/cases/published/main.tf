variable "key_arn" {
  type = string
}

variable "optional_key_arn" {
  type    = string
  default = ""
}

resource "aws_bedrockagentcore_memory" "this" {
  name                  = "memory"
  event_expiry_duration = 30
  encryption_key_arn    = var.key_arn
}

resource "aws_bedrockagentcore_gateway" "this" {
  name        = "gateway"
  kms_key_arn = var.optional_key_arn != "" ? var.optional_key_arn : null
}

variable "agents" {
  type = map(object({
    name    = string
    key_arn = optional(string)
    demands = object({ key_arn = string })
  }))
  default = {}
}

resource "aws_bedrockagent_agent" "may_leave_it_out" {
  for_each = var.agents

  agent_name                  = each.value.name
  customer_encryption_key_arn = each.value.key_arn
}

resource "aws_bedrockagent_agent" "must_give_it" {
  for_each = var.agents

  agent_name                  = each.value.name
  customer_encryption_key_arn = each.value.demands.key_arn
}

variable "memory" {
  type = object({
    name       = string
    encryption = optional(object({ key_arn = optional(string, "alias/by-default") }), {})
  })
}

resource "aws_bedrockagentcore_memory" "by_default" {
  name                  = var.memory.name
  event_expiry_duration = 30
  encryption_key_arn    = var.memory.encryption.key_arn
}
