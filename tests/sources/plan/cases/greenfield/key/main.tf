resource "aws_kms_key" "this" {}

output "arn" {
  value = try(aws_kms_key.this.arn, null)
}
