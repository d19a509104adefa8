resource "aws_kms_key" "memory" {}

module "memory" {
  source  = "../modules/memory"
  key_arn = one(aws_kms_key.memory[*].arn)
}

module "old" {
  count   = 2
  source  = "../modules/memory"
  key_arn = "alias/old-${count.index}"
}
