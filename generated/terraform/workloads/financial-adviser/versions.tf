# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.
#
# Before this module is applied:
# - The role arn:aws:iam::555555555555:role/bedrock-cmk-governance, rendered in accounts/555555555555: apply that first.
# - The role arn:aws:iam::555555555555:role/bedrock-cmk-applier, which is not rendered here.
# - The role arn:aws:iam::555555555555:role/bedrock-cmk-breakglass, rendered in accounts/555555555555: apply that first.
# - The role arn:aws:iam::555555555555:role/adviser-desktop, which is not rendered here.
# - The role arn:aws:iam::555555555555:role/bedrock-agent-provisioner, rendered in accounts/555555555555: apply that first.

terraform {
  required_version = ">= 1.7"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}
