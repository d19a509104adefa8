variable "agents" {
  type = map(object({
    key  = optional(string)
    size = optional(number, 1)
  }))
  default = {
    one = { key = "alias/one" }
    two = {}
  }
}

variable "names" {
  type = set(string)
}

resource "aws_bedrockagent_agent" "map" {
  for_each = var.agents

  agent_name                  = each.key
  customer_encryption_key_arn = each.value.key
}

resource "aws_bedrockagent_agent" "count" {
  count = 2

  agent_name                  = "agent-${count.index}"
  customer_encryption_key_arn = count.index == 0 ? null : "alias/second"
}

resource "aws_bedrockagent_agent" "unknown" {
  for_each = var.names

  agent_name                  = each.key
  customer_encryption_key_arn = "alias/${each.value}"
}

resource "aws_bedrockagent_agent" "never" {
  count = 0

  agent_name = "never"
}
