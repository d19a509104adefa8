# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

output "policy_id" {
  description = "The id of each policy of AWS Organizations, by type and name."

  value = {
    "SERVICE_CONTROL_POLICY" : {
      "bedrock-cmk-scp-ai-workloads-1" : aws_organizations_policy.scp_bedrock-cmk-scp-ai-workloads-1.id,
      "bedrock-cmk-scp-ai-workloads-2" : aws_organizations_policy.scp_bedrock-cmk-scp-ai-workloads-2.id,
    },
    "RESOURCE_CONTROL_POLICY" : {
      "bedrock-cmk-rcp-ai-workloads-1" : aws_organizations_policy.rcp_bedrock-cmk-rcp-ai-workloads-1.id,
    },
    "TAG_POLICY" : {
      "tag-standard" : aws_organizations_policy.tag_tag-standard.id,
    },
  }
}
