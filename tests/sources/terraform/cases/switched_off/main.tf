provider "aws" {}

variable "enabled" {
  type    = bool
  default = false
}

variable "agents" {
  type    = map(object({ key = string }))
  default = {}
}

resource "aws_kms_key" "this" {
  count = var.enabled ? 1 : 0
}

resource "aws_bedrockagent_agent" "this" {
  count = var.enabled ? 1 : 0

  agent_name                  = "agent"
  customer_encryption_key_arn = one(aws_kms_key.this[*].arn)
}

resource "aws_bedrockagent_agent" "each" {
  for_each = var.agents

  agent_name                  = each.key
  customer_encryption_key_arn = each.value.key
}

module "never" {
  count  = 0
  source = "./module"
}

module "without" {
  source  = "./module"
  enabled = false
}
