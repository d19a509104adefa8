# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_role" "financial-adviser-agent" {
  name = "financial-adviser-agent"

  description = "Handed to the service by financial-adviser"

  tags = {
    "application" : "financial-adviser",
    "cost-centre" : "CC-2002",
    "data-owner" : "Wealth Management",
    "data-sensitivity" : "confidential",
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
            "aws:SourceArn" : [
              "arn:aws:bedrock:eu-central-1:555555555555:*",
              "arn:aws:bedrock:us-east-1:555555555555:*"
            ]
          },
          "StringEquals" : {
            "aws:SourceAccount" : "555555555555"
          }
        }
      }
    ]
  })
}
