# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

output "key_arn" {
  description = "The ARN of each key, by what shares it and by Region."

  value = {
    "financial-adviser" : {
      "eu-central-1" : aws_kms_key.financial-adviser_eu-central-1.arn,
      "us-east-1" : aws_kms_key.financial-adviser_us-east-1.arn,
    },
  }
}

output "alias_name" {
  description = "The alias of each key, by what shares it and by Region."

  value = {
    "financial-adviser" : {
      "eu-central-1" : aws_kms_alias.financial-adviser_eu-central-1.name,
      "us-east-1" : aws_kms_alias.financial-adviser_us-east-1.name,
    },
  }
}

output "role_arn" {
  description = "The ARN of each role, by name."

  value = {
    "financial-adviser-agent" : aws_iam_role.financial-adviser-agent.arn,
  }
}

output "policy_arn" {
  description = "The ARN of each managed policy, by name."

  value = {
    "financial-adviser-service-role" : aws_iam_policy.financial-adviser-service-role.arn,
    "financial-adviser-callers" : aws_iam_policy.financial-adviser-callers.arn,
  }
}
