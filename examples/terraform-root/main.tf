# The whole example organisation applied from one place: every rendered module, each with the provider of its account.
#
# The rendered modules hold no provider and no backend, so that this is yours to decide. Small organisations apply
# them like this; larger ones give each module a root (and a state) of its own.
#
#   bedrock-cmk-guard render examples/cmk-guard.yaml --out generated
#   cd examples/terraform-root && terraform init && terraform plan
#
# A workload that is renamed only changes its `source`: the `moved` blocks in it keep its keys. When a workload leaves
# the requirements, leave its `module` block here until it has been applied once more: its folder then holds the
# `removed` blocks that make Terraform forget the keys instead of deleting them.

terraform {
  required_version = ">= 1.7"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

# The management account, or the account that policies of AWS Organizations are delegated to.
provider "aws" {
  alias               = "organization"
  region              = "eu-central-1"
  allowed_account_ids = ["111111111111"]
}

provider "aws" {
  alias               = "hr"
  region              = "eu-central-1"
  allowed_account_ids = ["222222222222"]

  # The requirements' principals.applier. It exists before anything here does.
  assume_role {
    role_arn = "arn:aws:iam::222222222222:role/bedrock-cmk-applier"
  }
}

provider "aws" {
  alias               = "wealth"
  region              = "eu-central-1"
  allowed_account_ids = ["555555555555"]

  assume_role {
    role_arn = "arn:aws:iam::555555555555:role/bedrock-cmk-applier"
  }
}

provider "aws" {
  alias               = "support"
  region              = "eu-central-1"
  allowed_account_ids = ["666666666666"]

  assume_role {
    role_arn = "arn:aws:iam::666666666666:role/bedrock-cmk-applier"
  }
}

# First the roles that key policies name: KMS refuses a policy that names a role which does not exist.
module "hr_roles" {
  source    = "../../generated/terraform/accounts/222222222222"
  providers = { aws = aws.hr }
}

module "wealth_roles" {
  source    = "../../generated/terraform/accounts/555555555555"
  providers = { aws = aws.wealth }
}

module "support_roles" {
  source    = "../../generated/terraform/accounts/666666666666"
  providers = { aws = aws.support }
}

# Then the workloads. A key in another Region than the provider's says so itself, by its `region` argument.
module "hr_assistant" {
  source     = "../../generated/terraform/workloads/hr-assistant"
  providers  = { aws = aws.hr }
  depends_on = [module.hr_roles]
}

module "financial_adviser" {
  source     = "../../generated/terraform/workloads/financial-adviser"
  providers  = { aws = aws.wealth }
  depends_on = [module.wealth_roles]
}

module "support_desk" {
  source     = "../../generated/terraform/workloads/support-desk"
  providers  = { aws = aws.support }
  depends_on = [module.support_roles]
}

# What refuses comes last, when everything it spares is there.
module "organization" {
  source     = "../../generated/terraform/organization"
  providers  = { aws = aws.organization }
  depends_on = [module.hr_assistant, module.financial_adviser, module.support_desk]
}

output "key_arn" {
  description = "The ARN of every key, by what shares it and by Region: what agents, memories and flows are given."
  value = merge(
    module.hr_assistant.key_arn,
    module.financial_adviser.key_arn,
    module.support_desk.key_arn,
  )
}

output "callers_policy_arn" {
  description = "What each application's own role is to have attached."
  value = {
    hr-assistant      = module.hr_assistant.policy_arn["hr-assistant-callers"]
    financial-adviser = module.financial_adviser.policy_arn["financial-adviser-callers"]
    support-desk      = module.support_desk.policy_arn["support-desk-callers"]
  }
}
