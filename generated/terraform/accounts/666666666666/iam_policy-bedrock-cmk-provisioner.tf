# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_policy" "bedrock-cmk-provisioner" {
  name = "bedrock-cmk-provisioner"
  path = "/bedrock-cmk-guard/"

  description = "What the provisioner of AI agent keys may do"

  policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "Write1",
        "Effect" : "Allow",
        "Action" : [
          "bedrock-agentcore:CreateMemory",
          "bedrock-agentcore:ListMemories",
          "bedrock-agentcore:CreateGateway",
          "bedrock-agentcore:ListGateways"
        ],
        "Resource" : "*"
      },
      {
        "Sid" : "Write2",
        "Effect" : "Allow",
        "Action" : [
          "bedrock-agentcore:UpdateGateway",
          "bedrock-agentcore:DeleteGateway",
          "bedrock-agentcore:CreateGatewayTarget",
          "bedrock-agentcore:UpdateGatewayTarget",
          "bedrock-agentcore:DeleteGatewayTarget",
          "bedrock-agentcore:SynchronizeGatewayTargets",
          "bedrock-agentcore:CreateGatewayRule",
          "bedrock-agentcore:UpdateGatewayRule",
          "bedrock-agentcore:DeleteGatewayRule",
          "bedrock-agentcore:CreateGatewayRateLimit",
          "bedrock-agentcore:UpdateGatewayRateLimit",
          "bedrock-agentcore:DeleteGatewayRateLimit",
          "bedrock-agentcore:BatchPutGatewayRateLimits",
          "bedrock-agentcore:GetGateway",
          "bedrock-agentcore:GetGatewayTarget",
          "bedrock-agentcore:ListGatewayTargets",
          "bedrock-agentcore:GetGatewayRule",
          "bedrock-agentcore:ListGatewayRules",
          "bedrock-agentcore:GetGatewayRateLimit",
          "bedrock-agentcore:ListGatewayRateLimits"
        ],
        "Resource" : "arn:aws:bedrock-agentcore:eu-central-1:666666666666:gateway/*"
      },
      {
        "Sid" : "Write3",
        "Effect" : "Allow",
        "Action" : [
          "bedrock-agentcore:UpdateMemory",
          "bedrock-agentcore:DeleteMemory",
          "bedrock-agentcore:GetMemory"
        ],
        "Resource" : "arn:aws:bedrock-agentcore:eu-central-1:666666666666:memory/*"
      },
      {
        "Sid" : "Tag1",
        "Effect" : "Allow",
        "Action" : [
          "bedrock-agentcore:ListTagsForResource",
          "bedrock-agentcore:TagResource",
          "bedrock-agentcore:UntagResource"
        ],
        "Resource" : [
          "arn:aws:bedrock-agentcore:eu-central-1:666666666666:gateway/*",
          "arn:aws:bedrock-agentcore:eu-central-1:666666666666:memory/*"
        ]
      },
      {
        "Sid" : "PassServiceRoles",
        "Effect" : "Allow",
        "Action" : "iam:PassRole",
        "Resource" : "arn:aws:iam::666666666666:role/support-desk-agentcore",
        "Condition" : {
          "StringEquals" : {
            "iam:PassedToService" : [
              "bedrock-agentcore.amazonaws.com",
              "bedrock.amazonaws.com"
            ]
          }
        }
      },
      {
        "Sid" : "KeySupportDesk1",
        "Effect" : "Allow",
        "Action" : [
          "kms:CreateGrant",
          "kms:Decrypt",
          "kms:DescribeKey",
          "kms:GenerateDataKey",
          "kms:GenerateDataKeyWithoutPlaintext",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo"
        ],
        "Resource" : "arn:aws:kms:eu-central-1:666666666666:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "support-desk",
            "kms:ViaService" : "bedrock-agentcore.eu-central-1.amazonaws.com"
          }
        }
      }
    ]
  })
}

resource "aws_iam_role_policy_attachment" "bedrock-agent-provisioner_bedrock-cmk-provisioner" {
  role       = aws_iam_role.bedrock-agent-provisioner.name
  policy_arn = aws_iam_policy.bedrock-cmk-provisioner.arn
}
