resource "aws_bedrockagent_agent" "this" {
  customer_encryption_key_arn = null
}

resource "aws_bedrockagent_data_source" "this" {
  dynamic "server_side_encryption_configuration" {
    for_each = ["alias/overridden"]
    content {
      kms_key_arn = server_side_encryption_configuration.value
    }
  }
}
