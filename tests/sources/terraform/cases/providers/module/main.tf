resource "aws_kms_key" "this" {
  provider = aws.other
}

resource "aws_bedrockagentcore_memory" "inherits" {
  name               = "inherits"
  encryption_key_arn = "alias/m"
}

resource "aws_bedrockagentcore_memory" "handed" {
  provider           = aws.other
  name               = "handed"
  encryption_key_arn = aws_kms_key.this.arn
}
