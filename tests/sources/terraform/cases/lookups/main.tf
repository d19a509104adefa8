data "aws_kms_key" "by_alias" {
  key_id = "alias/shared"
}

data "aws_kms_key" "aws_managed" {
  key_id = "alias/aws/bedrock"
}

data "aws_kms_alias" "declared" {
  name = "alias/declared"
}

data "aws_kms_alias" "aws_managed" {
  name = "alias/aws/bedrock"
}

data "terraform_remote_state" "keys" {
  backend = "s3"
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

resource "aws_kms_key" "declared" {}

resource "aws_kms_alias" "declared" {
  name          = "alias/declared"
  target_key_id = aws_kms_key.declared.arn
}

resource "aws_bedrockagent_agent" "by_alias" {
  agent_name                  = "a"
  customer_encryption_key_arn = data.aws_kms_key.by_alias.arn
}

resource "aws_bedrockagent_agent" "aws_managed" {
  agent_name                  = "b"
  customer_encryption_key_arn = data.aws_kms_key.aws_managed.arn
}

resource "aws_bedrockagent_agent" "aws_managed_alias" {
  agent_name                  = "b"
  customer_encryption_key_arn = data.aws_kms_alias.aws_managed.target_key_arn
}

resource "aws_bedrockagent_agent" "declared" {
  agent_name                  = "c"
  customer_encryption_key_arn = data.aws_kms_alias.declared.target_key_arn
}

resource "aws_bedrockagent_agent" "alias_arn" {
  agent_name                  = "d"
  customer_encryption_key_arn = aws_kms_alias.declared.arn
}

resource "aws_bedrockagent_agent" "target_of_alias" {
  agent_name                  = "d"
  customer_encryption_key_arn = aws_kms_alias.declared.target_key_arn
}

resource "aws_bedrockagent_agent" "state" {
  agent_name                  = "e"
  customer_encryption_key_arn = data.terraform_remote_state.keys.outputs.key_arn
}

resource "aws_bedrockagent_agent" "put_together" {
  agent_name                  = "f"
  customer_encryption_key_arn = "arn:aws:kms:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:key/1234"
}

resource "aws_bedrockagent_agent" "parameter" {
  agent_name                  = "g"
  customer_encryption_key_arn = data.aws_ssm_parameter.key.value
}

data "aws_ssm_parameter" "key" {
  name = "/key"
}
