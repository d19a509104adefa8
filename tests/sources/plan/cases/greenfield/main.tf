# Everything is new, so that no key has an ARN yet: each is found by what the configuration refers to.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "region" {
  default = "eu-west-1"
}

variable "encrypt" {
  default = true
}

provider "aws" {
  region = var.region
}

data "aws_caller_identity" "me" {}

resource "aws_kms_key" "tenant" {
  for_each            = toset(["a", "b"])
  enable_key_rotation = true
  tags                = { Tenant = each.key }
}

resource "aws_kms_key" "one" {
  count                   = 1
  deletion_window_in_days = 7
}

resource "aws_kms_alias" "one" {
  name          = "alias/one"
  target_key_id = aws_kms_key.one[0].key_id
}

resource "aws_kms_alias" "prefixed" {
  name_prefix   = "alias/prefixed-"
  target_key_id = aws_kms_key.tenant["a"].key_id
}

locals {
  key_arn = aws_kms_key.one[0].arn
}

module "key" {
  source = "./key"
}

module "agents" {
  source   = "./agent"
  for_each = { a = aws_kms_key.tenant["a"].arn }
  key_arn  = each.value
  settings = { key = module.key.arn, other = "x" }
}

resource "aws_bedrockagentcore_memory" "named" {
  name                  = "named"
  event_expiry_duration = 30
  encryption_key_arn    = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
}

resource "aws_bedrockagentcore_memory" "splat" {
  name                  = "splat"
  event_expiry_duration = 30
  encryption_key_arn    = one(aws_kms_key.one[*].arn)
}

resource "aws_bedrockagentcore_memory" "conditional" {
  name                  = "conditional"
  event_expiry_duration = 30
  encryption_key_arn    = var.encrypt ? aws_kms_key.one[0].arn : null
}

resource "aws_bedrockagentcore_memory" "either" {
  name                  = "either"
  event_expiry_duration = 30
  encryption_key_arn    = aws_kms_key.tenant["a"].key_id == "x" ? module.key.arn : aws_kms_key.one[0].arn
}

resource "aws_bedrockagentcore_memory" "each" {
  for_each              = aws_kms_key.tenant
  name                  = "each_${each.key}"
  event_expiry_duration = 30
  encryption_key_arn    = each.value.arn
}

resource "aws_bedrockagentcore_memory" "by_key" {
  for_each              = toset(["a", "b"])
  name                  = "by_key_${each.key}"
  event_expiry_duration = 30
  encryption_key_arn    = aws_kms_key.tenant[each.key].arn
}

resource "aws_bedrockagentcore_memory" "alias" {
  name                  = "alias"
  event_expiry_duration = 30
  encryption_key_arn    = aws_kms_alias.one.arn
}

resource "aws_bedrockagentcore_memory" "by_alias" {
  name                  = "by_alias"
  event_expiry_duration = 30
  encryption_key_arn    = aws_kms_alias.one.target_key_arn
}

resource "aws_bedrockagentcore_memory" "prefixed" {
  name                  = "prefixed"
  event_expiry_duration = 30
  encryption_key_arn    = aws_kms_alias.prefixed.arn
}

resource "aws_bedrockagentcore_memory" "key_id" {
  name                  = "key_id"
  event_expiry_duration = 30
  encryption_key_arn    = aws_kms_key.one[0].key_id
}

resource "aws_bedrockagentcore_memory" "local" {
  name                  = "local"
  event_expiry_duration = 30
  encryption_key_arn    = local.key_arn
}

resource "aws_bedrockagentcore_memory" "topic" {
  name                  = "topic"
  event_expiry_duration = 30
  encryption_key_arn    = aws_sns_topic.other.kms_master_key_id == "x" ? aws_kms_key.one[0].arn : aws_sns_topic.other.arn
}

resource "aws_sns_topic" "other" {
  name = "other"
}

resource "aws_bedrockagentcore_memory" "null" {
  name                  = "null"
  event_expiry_duration = 30
  encryption_key_arn    = null
}

resource "aws_bedrockagentcore_memory" "empty" {
  name                  = "empty"
  event_expiry_duration = 30
  encryption_key_arn    = ""
}

resource "aws_bedrockagentcore_memory" "left_out" {
  name                  = "left_out"
  event_expiry_duration = 30
}

resource "aws_bedrockagentcore_memory" "never" {
  count                 = 0
  name                  = "never"
  event_expiry_duration = 30
}

resource "aws_bedrockagentcore_token_vault_cmk" "dynamic" {
  dynamic "kms_configuration" {
    for_each = [1]
    content {
      key_type    = "CustomerManagedKey"
      kms_key_arn = aws_kms_key.one[0].arn
    }
  }
}

resource "aws_bedrockagentcore_token_vault_cmk" "written" {
  kms_configuration {
    key_type    = "CustomerManagedKey"
    kms_key_arn = module.key.arn
  }
}

resource "aws_bedrockagentcore_token_vault_cmk" "left_out" {
  kms_configuration {
    key_type = "ServiceManagedKey"
  }
}

resource "aws_bedrockagentcore_token_vault_cmk" "contradicts_itself" {
  kms_configuration {
    key_type    = "ServiceManagedKey"
    kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  }
}

resource "aws_bedrockagentcore_harness" "silent" {
  harness_name       = "silent"
  execution_role_arn = "arn:aws:iam::111122223333:role/harness"
}

resource "aws_bedrockagentcore_harness" "keyed" {
  harness_name       = "keyed"
  execution_role_arn = "arn:aws:iam::111122223333:role/harness"
  memory {
    managed_memory_configuration {
      encryption_key_arn = aws_kms_key.one[0].arn
    }
  }
}

resource "aws_bedrockagentcore_harness" "own_memory" {
  harness_name       = "own_memory"
  execution_role_arn = "arn:aws:iam::111122223333:role/harness"
  memory {
    agentcore_memory_configuration {
      arn = "arn:aws:bedrock-agentcore:eu-west-1:111122223333:memory/own"
    }
  }
}
