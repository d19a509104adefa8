# awscc, where every argument is optional and computed: unknown, although nobody wrote it.
terraform {
  required_providers {
    awscc = {
      source = "hashicorp/awscc"
    }
  }
}

provider "awscc" {
  region = "eu-west-2"
}

resource "awscc_kms_key" "k" {
  enable_key_rotation = true
  key_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "kms:*", Resource = "*" }]
  })
  tags = [{ key = "Owner", value = "hr" }]
}

resource "awscc_bedrock_guardrail" "left_out" {
  name = "left_out"
}

resource "awscc_bedrock_guardrail" "keyed" {
  name        = "keyed"
  kms_key_arn = awscc_kms_key.k.arn
}

resource "awscc_bedrock_data_automation_library" "left_out" {
  library_name = "left_out"
}

resource "awscc_bedrock_data_automation_library" "keyed" {
  library_name             = "keyed"
  encryption_configuration = { kms_key_id = awscc_kms_key.k.arn }
}

resource "awscc_bedrock_data_automation_library" "named" {
  library_name             = "named"
  encryption_configuration = { kms_key_id = "arn:aws:kms:eu-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab" }
}
