# Applied with step = 1, then planned with step = 2: what changes, stays, goes and is made anew.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "step" {
  type = number
}

locals {
  first   = var.step == 1
  key_arn = aws_kms_key.k.arn
}

data "aws_kms_key" "found" {
  key_id = "alias/found"
}

resource "aws_kms_key" "k" {
  depends_on              = [aws_kms_key.gone] # the stand-in numbers what it makes
  enable_key_rotation     = true
  rotation_period_in_days = local.first ? 365 : 180
}

resource "aws_kms_key" "gone" {
  count = local.first ? 1 : 0
}

resource "aws_bedrockagent_agent" "kept" {
  agent_name                  = "kept"
  agent_resource_role_arn     = "arn:aws:iam::111122223333:role/agent"
  foundation_model            = "m"
  customer_encryption_key_arn = local.key_arn
}

resource "aws_bedrockagent_agent" "dropped" {
  agent_name                  = "dropped"
  agent_resource_role_arn     = "arn:aws:iam::111122223333:role/agent"
  foundation_model            = "m"
  customer_encryption_key_arn = local.first ? local.key_arn : null
}

resource "aws_bedrockagent_agent" "gained" {
  agent_name                  = "gained"
  agent_resource_role_arn     = "arn:aws:iam::111122223333:role/agent"
  foundation_model            = "m"
  customer_encryption_key_arn = local.first ? null : local.key_arn
}

resource "aws_bedrockagent_agent" "deleted" {
  count                   = local.first ? 1 : 0
  depends_on              = [aws_kms_key.k]
  agent_name              = "deleted"
  agent_resource_role_arn = "arn:aws:iam::111122223333:role/agent"
  foundation_model        = "m"
}

resource "terraform_data" "generation" {
  input = var.step
}

resource "aws_bedrockagent_agent" "replaced" {
  agent_name                  = "replaced"
  agent_resource_role_arn     = "arn:aws:iam::111122223333:role/agent"
  foundation_model            = "m"
  customer_encryption_key_arn = local.first ? local.key_arn : null

  lifecycle {
    replace_triggered_by = [terraform_data.generation]
  }
}

resource "aws_bedrockagent_agent" "replaced_before" {
  agent_name              = "replaced_before"
  agent_resource_role_arn = "arn:aws:iam::111122223333:role/agent"
  foundation_model        = "m"
  depends_on              = [aws_kms_key.k]

  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [terraform_data.generation]
  }
}
