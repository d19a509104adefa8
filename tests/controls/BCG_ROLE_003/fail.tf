resource "aws_iam_role" "agent" {
  name = "agent"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = "sts:AssumeRole"
        Principal = {
          Service = "bedrock-agentcore.amazonaws.com"
        }
      },
    ]
  })
}

resource "aws_iam_role_policy" "agent" {
  name = "key"
  role = aws_iam_role.agent.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
        Resource = aws_kms_key.agents.arn
      },
    ]
  })
}

resource "aws_kms_key" "agents" {
  enable_key_rotation = true
}

resource "aws_bedrockagentcore_memory" "support" {
  name                      = "support"
  event_expiry_duration     = 30
  encryption_key_arn        = aws_kms_key.agents.arn
  memory_execution_role_arn = aws_iam_role.agent.arn
}
