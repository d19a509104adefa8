variable "key_type" {
  type = string
}

locals {
  key = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
}

resource "aws_bedrockagentcore_token_vault_cmk" "customer" {
  kms_configuration {
    key_type    = "CustomerManagedKey"
    kms_key_arn = local.key
  }
}

resource "aws_bedrockagentcore_token_vault_cmk" "service" {
  kms_configuration {
    key_type    = "ServiceManagedKey"
    kms_key_arn = local.key
  }
}

resource "aws_bedrockagentcore_token_vault_cmk" "either" {
  kms_configuration {
    key_type    = var.key_type
    kms_key_arn = local.key
  }
}

resource "aws_bedrockagentcore_token_vault_cmk" "left_out" {
  kms_configuration {
    key_type = "ServiceManagedKey"
  }
}
