# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_policy" "support-desk-service-role" {
  name = "support-desk-service-role"
  path = "/bedrock-cmk-guard/"

  description = "What the service role of support-desk may do"

  tags = {
    "application" : "support-desk",
    "cost-centre" : "CC-3003",
    "data-owner" : "Support Platform",
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
        "Resource" : "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-3-5-sonnet-20240620-v1:0"
      },
      {
        "Sid" : "KeySupportDesk1",
        "Effect" : "Allow",
        "Action" : [
          "kms:Decrypt",
          "kms:DescribeKey",
          "kms:GenerateDataKey"
        ],
        "Resource" : "arn:aws:kms:eu-central-1:666666666666:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "support-desk",
            "kms:ViaService" : "bedrock-agentcore.eu-central-1.amazonaws.com"
          }
        }
      },
      {
        "Sid" : "KeySupportDesk2",
        "Effect" : "Allow",
        "Action" : [
          "kms:Decrypt",
          "kms:GenerateDataKey"
        ],
        "Resource" : "arn:aws:kms:eu-central-1:666666666666:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "support-desk",
            "kms:ViaService" : "bedrock-agentcore.eu-central-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock-agentcore-gateway:arn" : "arn:aws:bedrock-agentcore:eu-central-1:666666666666:gateway/*"
          }
        }
      },
      {
        "Sid" : "KeySupportDesk3",
        "Effect" : "Allow",
        "Action" : "kms:CreateGrant",
        "Resource" : "arn:aws:kms:eu-central-1:666666666666:key/*",
        "Condition" : {
          "ForAllValues:StringEquals" : {
            "kms:GrantOperations" : [
              "Decrypt",
              "GenerateDataKey"
            ]
          },
          "Null" : {
            "kms:GrantOperations" : "false"
          },
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "support-desk",
            "kms:GrantConstraintType" : "EncryptionContextSubset",
            "kms:ViaService" : "bedrock-agentcore.eu-central-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock-agentcore-gateway:arn" : "arn:aws:bedrock-agentcore:eu-central-1:666666666666:gateway/*"
          }
        }
      }
    ]
  })
}

resource "aws_iam_role_policy_attachment" "support-desk-agentcore_support-desk-service-role" {
  role       = aws_iam_role.support-desk-agentcore.name
  policy_arn = aws_iam_policy.support-desk-service-role.arn
}
