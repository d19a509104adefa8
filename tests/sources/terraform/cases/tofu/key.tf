resource "aws_bedrockagent_prompt" "this" {
  name                        = "prompt"
  customer_encryption_key_arn = "alias/prompt"
}
