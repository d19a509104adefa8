# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_policy" "financial-adviser-service-role" {
  name = "financial-adviser-service-role"
  path = "/bedrock-cmk-guard/"

  description = "What the service role of financial-adviser may do"

  tags = {
    "application" : "financial-adviser",
    "cost-centre" : "CC-2002",
    "data-owner" : "Wealth Management",
    "data-sensitivity" : "confidential",
    "environment" : "production"
  }

  policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "InvokeModels",
        "Effect" : "Allow",
        "Action" : [
          "bedrock:InvokeModel",
          "bedrock:InvokeModelWithResponseStream"
        ],
        "Resource" : [
          "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-3-5-sonnet-20240620-v1:0",
          "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-5-sonnet-20240620-v1:0"
        ]
      },
      {
        "Sid" : "KeyFinancialAdviser1",
        "Effect" : "Allow",
        "Action" : [
          "kms:GenerateDataKey",
          "kms:Decrypt"
        ],
        "Resource" : "arn:aws:kms:eu-central-1:555555555555:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "financial-adviser",
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock-flows:arn" : "arn:aws:bedrock:eu-central-1:555555555555:flow/*"
          }
        }
      },
      {
        "Sid" : "KeyFinancialAdviser2",
        "Effect" : "Allow",
        "Action" : [
          "kms:GenerateDataKey",
          "kms:Decrypt"
        ],
        "Resource" : "arn:aws:kms:us-east-1:555555555555:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "financial-adviser",
            "kms:ViaService" : "bedrock.us-east-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock-flows:arn" : "arn:aws:bedrock:us-east-1:555555555555:flow/*"
          }
        }
      }
    ]
  })
}

resource "aws_iam_role_policy_attachment" "financial-adviser-agent_financial-adviser-service-role" {
  role       = aws_iam_role.financial-adviser-agent.name
  policy_arn = aws_iam_policy.financial-adviser-service-role.arn
}
