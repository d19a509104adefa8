# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_policy" "bedrock-cmk-governance" {
  name = "bedrock-cmk-governance"
  path = "/bedrock-cmk-guard/"

  description = "What the governance of AI agent keys may do"

  policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "AdministerKeys",
        "Effect" : "Allow",
        "Action" : [
          "kms:EnableKeyRotation",
          "kms:PutKeyPolicy",
          "kms:TagResource",
          "kms:UntagResource",
          "kms:UpdateKeyDescription",
          "kms:CancelKeyDeletion",
          "kms:DisableKey",
          "kms:DisableKeyRotation",
          "kms:EnableKey",
          "kms:RevokeGrant",
          "kms:RotateKeyOnDemand",
          "kms:ScheduleKeyDeletion",
          "kms:DescribeKey",
          "kms:GetKeyPolicy",
          "kms:GetKeyRotationStatus",
          "kms:ListGrants",
          "kms:ListKeyPolicies",
          "kms:ListKeyRotations",
          "kms:ListResourceTags"
        ],
        "Resource" : "arn:aws:kms:eu-central-1:666666666666:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded"
          }
        }
      },
      {
        "Sid" : "Aliases",
        "Effect" : "Allow",
        "Action" : [
          "kms:CreateAlias",
          "kms:DeleteAlias",
          "kms:UpdateAlias"
        ],
        "Resource" : "arn:aws:kms:eu-central-1:666666666666:alias/agents/*"
      },
      {
        "Sid" : "AliasedKeys",
        "Effect" : "Allow",
        "Action" : [
          "kms:CreateAlias",
          "kms:DeleteAlias",
          "kms:UpdateAlias"
        ],
        "Resource" : "arn:aws:kms:eu-central-1:666666666666:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded"
          }
        }
      },
      {
        "Sid" : "FindKeys",
        "Effect" : "Allow",
        "Action" : [
          "kms:ListAliases",
          "kms:ListKeys"
        ],
        "Resource" : "*"
      },
      {
        "Sid" : "StopAgents1",
        "Effect" : "Allow",
        "Action" : "bedrock:UpdateAgentAlias",
        "Resource" : "arn:aws:bedrock:eu-central-1:666666666666:agent-alias/*/*"
      }
    ]
  })
}

resource "aws_iam_role_policy_attachment" "bedrock-cmk-governance_bedrock-cmk-governance" {
  role       = aws_iam_role.bedrock-cmk-governance.name
  policy_arn = aws_iam_policy.bedrock-cmk-governance.arn
}
