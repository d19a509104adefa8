variable "enabled" {
  type    = bool
  default = true
}

resource "aws_bedrockagent_agent" "this" {
  count = var.enabled ? 1 : 0

  agent_name = "agent"
}
