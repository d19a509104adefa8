resource "aws_kms_key" "this" {
  count = 1
}

output "key_arn" {
  value = try(aws_kms_key.this[0].arn, null)
}
