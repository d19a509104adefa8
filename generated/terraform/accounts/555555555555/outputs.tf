# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

output "role_arn" {
  description = "The ARN of each role, by name."

  value = {
    "bedrock-agent-provisioner" : aws_iam_role.bedrock-agent-provisioner.arn,
    "bedrock-cmk-governance" : aws_iam_role.bedrock-cmk-governance.arn,
    "bedrock-cmk-breakglass" : aws_iam_role.bedrock-cmk-breakglass.arn,
    "bedrock-cmk-auditor" : aws_iam_role.bedrock-cmk-auditor.arn,
  }
}

output "policy_arn" {
  description = "The ARN of each managed policy, by name."

  value = {
    "bedrock-cmk-provisioner" : aws_iam_policy.bedrock-cmk-provisioner.arn,
    "bedrock-cmk-governance" : aws_iam_policy.bedrock-cmk-governance.arn,
    "bedrock-cmk-break-glass" : aws_iam_policy.bedrock-cmk-break-glass.arn,
    "bedrock-cmk-auditor" : aws_iam_policy.bedrock-cmk-auditor.arn,
    "bedrock-cmk-applier" : aws_iam_policy.bedrock-cmk-applier.arn,
  }
}
