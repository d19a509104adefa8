resource "aws_bedrockagent_agent" "this" {
  agent_name                  = "terraform"
  customer_encryption_key_arn = "alias/terraform"
}
