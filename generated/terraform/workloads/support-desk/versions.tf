# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.
#
# Before this module is applied:
# - The role arn:aws:iam::666666666666:role/bedrock-cmk-governance, rendered in accounts/666666666666: apply that first.
# - The role arn:aws:iam::666666666666:role/bedrock-cmk-applier, which is not rendered here.
# - The role arn:aws:iam::666666666666:role/bedrock-cmk-breakglass, rendered in accounts/666666666666: apply that first.
# - The role arn:aws:iam::666666666666:role/bedrock-agent-provisioner, rendered in accounts/666666666666: apply that first.
# - The role arn:aws:iam::666666666666:role/support-desk-app, which is not rendered here.

terraform {
  required_version = ">= 1.7"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}
