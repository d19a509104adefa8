resource "aws_bedrockagent_agent" "support" {
  # bcg:skip=BCG_CMK_001 owner="platform team" reason="migration, CHG-1234" expires=2099-12-31
  agent_name              = "support"
  agent_resource_role_arn = "arn:aws:iam::111122223333:role/agent"
  foundation_model        = "anthropic.claude-sonnet-4-20250514-v1:0"
}
