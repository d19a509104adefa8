variable "enabled" {
  type = bool
}

resource "aws_bedrockagent_agent" "this" {
  count = var.enabled ? 1 : 0

  agent_name = "agent"
}

resource "aws_bedrockagent_prompt" "this" {
  name = "prompt"
}
