resource "aws_bedrockagentcore_memory" "this" {
  name                  = "memory"
  event_expiry_duration = 30
  encryption_key_arn    = var.key_arn
}
