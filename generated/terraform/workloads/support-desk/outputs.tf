# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

output "key_arn" {
  description = "The ARN of each key, by what shares it and by Region."

  value = {
    "support-desk" : {
      "eu-central-1" : aws_kms_key.support-desk_eu-central-1.arn,
    },
    "support-desk/northwind" : {
      "eu-central-1" : aws_kms_key.support-desk_northwind_eu-central-1.arn,
    },
    "support-desk/contoso" : {
      "eu-central-1" : aws_kms_key.support-desk_contoso_eu-central-1.arn,
    },
  }
}

output "alias_name" {
  description = "The alias of each key, by what shares it and by Region."

  value = {
    "support-desk" : {
      "eu-central-1" : aws_kms_alias.support-desk_eu-central-1.name,
    },
    "support-desk/northwind" : {
      "eu-central-1" : aws_kms_alias.support-desk_northwind_eu-central-1.name,
    },
    "support-desk/contoso" : {
      "eu-central-1" : aws_kms_alias.support-desk_contoso_eu-central-1.name,
    },
  }
}

output "role_arn" {
  description = "The ARN of each role, by name."

  value = {
    "support-desk-agentcore" : aws_iam_role.support-desk-agentcore.arn,
  }
}

output "policy_arn" {
  description = "The ARN of each managed policy, by name."

  value = {
    "support-desk-service-role" : aws_iam_policy.support-desk-service-role.arn,
    "support-desk-callers" : aws_iam_policy.support-desk-callers.arn,
  }
}
