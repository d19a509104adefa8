# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_role" "support-desk-agentcore" {
  name = "support-desk-agentcore"

  description = "Handed to the service by support-desk"

  tags = {
    "application" : "support-desk",
    "cost-centre" : "CC-3003",
    "data-owner" : "Support Platform",
    "data-sensitivity" : "confidential",
    "environment" : "production"
  }

  assume_role_policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "BedrockAgentcore",
        "Effect" : "Allow",
        "Principal" : {
          "Service" : "bedrock-agentcore.amazonaws.com"
        },
        "Action" : "sts:AssumeRole",
        "Condition" : {
          "ArnLike" : {
            "aws:SourceArn" : "arn:aws:bedrock-agentcore:eu-central-1:666666666666:*"
          },
          "StringEquals" : {
            "aws:SourceAccount" : "666666666666"
          }
        }
      }
    ]
  })
}
