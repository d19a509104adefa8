provider "aws" {
  region = "us-east-1"
}

variable "create" {
  type = bool
}

variable "key_arn" {
  type    = string
  default = null
}

resource "aws_kms_key" "this" {
  count = var.create ? 1 : 0
}

resource "aws_bedrockagent_agent" "with_its_key" {
  count = var.create ? 1 : 0

  agent_name                  = "agent"
  customer_encryption_key_arn = aws_kms_key.this[0].arn
}

resource "aws_bedrockagent_agent" "or_null" {
  agent_name                  = "agent"
  customer_encryption_key_arn = try(aws_kms_key.this[0].arn, var.key_arn)
}

resource "aws_bedrockagent_agent" "the_only_one" {
  agent_name                  = "agent"
  customer_encryption_key_arn = one(aws_kms_key.this[*].arn)
}

resource "aws_bedrockagent_agent" "either" {
  agent_name                  = "agent"
  customer_encryption_key_arn = var.create ? "alias/a" : "alias/b"
}

resource "aws_bedrockagent_agent" "the_same" {
  agent_name                  = "agent"
  customer_encryption_key_arn = var.create ? "alias/a" : "alias/${"a"}"
}

resource "aws_bedrockagent_agent" "joined" {
  agent_name                  = "agent"
  customer_encryption_key_arn = join("", aws_kms_key.this[*].arn)
}
