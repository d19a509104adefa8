variable "key_arn" {
  type    = string
  default = null
}

variable "required" {
  type = string
}

variable "not_null" {
  type     = string
  default  = "arn:aws:kms:us-east-1:111122223333:key/0a0a0a0a-0000-4000-8000-000000000001"
  nullable = false
}

provider "aws" {
  region = "us-east-1"
}

locals {
  chosen = coalesce(var.key_arn, var.not_null)
}

resource "aws_bedrockagent_agent" "null_default" {
  agent_name                  = "a"
  customer_encryption_key_arn = var.key_arn
}

resource "aws_bedrockagent_agent" "required" {
  agent_name                  = "b"
  customer_encryption_key_arn = var.required
}

resource "aws_bedrockagent_agent" "local" {
  agent_name                  = "c"
  customer_encryption_key_arn = local.chosen
}
