variable "create" {
  type    = bool
  default = true
}

variable "key_arn" {
  type    = string
  default = null
}

resource "aws_kms_key" "this" {
  count = var.create ? 1 : 0

  description = <<EOF
EOF
}

output "arn" {
  value = try(aws_kms_key.this[0].arn, var.key_arn)
}

output "only" {
  value = one(aws_kms_key.this[*].arn)
}
