variable "settings" {
  type = object({
    agents = optional(map(object({
      name        = string
      instruction = optional(string, <<-EOT
      EOT
      )
      encryption = optional(object({
        create  = optional(bool, true)
        key_arn = optional(string)
      }), {})
    })), {})
  })
}

locals {
  agents = {
    for name, agent in var.settings.agents :
    # the name is lower case already
    name => merge(agent, { full_name = "agent-${agent.name}" })
    if agent.name != ""
  }
}

module "agent" {
  source   = "../agent"
  for_each = local.agents

  name       = each.value.full_name
  encryption = each.value.encryption
}
