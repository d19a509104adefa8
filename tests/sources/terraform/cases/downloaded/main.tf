module "key" {
  source  = "example/kms/aws"
  version = "1.0.0"
}

module "missing" {
  source = "git::https://example.com/agents.git"
}

module "nowhere" {
  source = "./nowhere"
}

resource "aws_bedrockagent_agent" "good" {
  agent_name                  = "good"
  customer_encryption_key_arn = module.key.key_arn
}

resource "aws_bedrockagent_agent" "missing" {
  agent_name                  = "missing"
  customer_encryption_key_arn = module.missing.key_arn
}
