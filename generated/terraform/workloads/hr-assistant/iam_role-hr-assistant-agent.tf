# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_role" "hr-assistant-agent" {
  name = "hr-assistant-agent"

  description = "Handed to the service by hr-assistant"

  tags = {
    "application" : "hr-assistant",
    "cost-centre" : "CC-1001",
    "data-owner" : "Human Resources",
    "data-sensitivity" : "restricted",
    "environment" : "production"
  }

  assume_role_policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "Bedrock",
        "Effect" : "Allow",
        "Principal" : {
          "Service" : "bedrock.amazonaws.com"
        },
        "Action" : "sts:AssumeRole",
        "Condition" : {
          "ArnLike" : {
            "aws:SourceArn" : "arn:aws:bedrock:eu-central-1:222222222222:*"
          },
          "StringEquals" : {
            "aws:SourceAccount" : "222222222222"
          }
        }
      }
    ]
  })
}
