resource "aws_bedrock_guardrail" "other" {
  name        = "other"
  kms_key_arn = local.behind_the_error
}
