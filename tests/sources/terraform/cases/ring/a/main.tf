module "b" {
  source = "../b"
}

resource "aws_bedrockagent_agent" "this" {
  agent_name = "a"
}
