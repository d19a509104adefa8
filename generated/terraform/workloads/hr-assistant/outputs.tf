# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

output "key_arn" {
  description = "The ARN of each key, by what shares it and by Region."

  value = {
    "hr-assistant" : {
      "eu-central-1" : aws_kms_key.hr-assistant_eu-central-1.arn,
    },
  }
}

output "alias_name" {
  description = "The alias of each key, by what shares it and by Region."

  value = {
    "hr-assistant" : {
      "eu-central-1" : aws_kms_alias.hr-assistant_eu-central-1.name,
    },
  }
}

output "role_arn" {
  description = "The ARN of each role, by name."

  value = {
    "hr-assistant-agent" : aws_iam_role.hr-assistant-agent.arn,
  }
}

output "policy_arn" {
  description = "The ARN of each managed policy, by name."

  value = {
    "hr-assistant-service-role" : aws_iam_policy.hr-assistant-service-role.arn,
    "hr-assistant-callers" : aws_iam_policy.hr-assistant-callers.arn,
  }
}
