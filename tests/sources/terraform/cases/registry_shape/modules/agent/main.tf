variable "name" {
  type = string
}

variable "encryption" {
  type = object({
    create  = optional(bool, true)
    key_arn = optional(string)
  })
  default = {}
}

module "key" {
  source = "../key"

  create  = var.encryption.create
  key_arn = var.encryption.key_arn
}

resource "aws_bedrockagent_agent" "this" {
  agent_name                  = var.name
  agent_resource_role_arn     = "arn:aws:iam::111122223333:role/agent"
  customer_encryption_key_arn = module.key.arn
}
