# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.
#
# Before this module is applied:
# - The role arn:aws:iam::333333333333:role/agent-pipeline, which is not rendered here.
# - The identity provider arn:aws:iam::555555555555:oidc-provider/token.actions.githubusercontent.com.
# - The role arn:aws:iam::444444444444:role/key-governance, which is not rendered here.
# - The role arn:aws:iam::444444444444:role/incident-commander, which is not rendered here.
# - The role arn:aws:iam::444444444444:role/audit, which is not rendered here.

terraform {
  required_version = ">= 1.7"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}
