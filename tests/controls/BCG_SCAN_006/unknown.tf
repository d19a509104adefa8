data "terraform_remote_state" "names" {
  backend = "s3"
  config  = { bucket = "states", key = "names", region = "eu-central-1" }
}

# Workloads are known by their names, and what this one will be nobody knows yet.
resource "aws_bedrockagent_agent" "agent" {
  agent_name                  = data.terraform_remote_state.names.outputs.agent_name
  agent_resource_role_arn     = "arn:aws:iam::111122223333:role/agent"
  foundation_model            = "anthropic.claude-sonnet-4-20250514-v1:0"
  customer_encryption_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
}
