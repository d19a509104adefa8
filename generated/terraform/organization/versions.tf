# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.
#
# Before this module is applied:
# - SCPs, RCPs and tag policies enabled in AWS Organizations, and all other modules applied. Attach in the order of the rollout.

terraform {
  required_version = ">= 1.7"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}
