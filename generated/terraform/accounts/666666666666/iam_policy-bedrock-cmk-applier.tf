# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_policy" "bedrock-cmk-applier" {
  name = "bedrock-cmk-applier"
  path = "/bedrock-cmk-guard/"

  description = "What the applier of AI agent keys may do"

  policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "CreateKeys",
        "Effect" : "Allow",
        "Action" : [
          "kms:CreateKey",
          "kms:TagResource"
        ],
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "aws:RequestTag/bedrock-cmk" : "guarded"
          }
        }
      },
      {
        "Sid" : "BuildKeys",
        "Effect" : "Allow",
        "Action" : [
          "kms:EnableKeyRotation",
          "kms:PutKeyPolicy",
          "kms:TagResource",
          "kms:UntagResource",
          "kms:UpdateKeyDescription",
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
        "Action" : "kms:ListAliases",
        "Resource" : "*"
      },
      {
        "Sid" : "BuildRoles",
        "Effect" : "Allow",
        "Action" : [
          "iam:AttachRolePolicy",
          "iam:CreateRole",
          "iam:DeleteRole",
          "iam:DetachRolePolicy",
          "iam:GetRole",
          "iam:GetRolePolicy",
          "iam:ListAttachedRolePolicies",
          "iam:ListInstanceProfilesForRole",
          "iam:ListRolePolicies",
          "iam:ListRoleTags",
          "iam:TagRole",
          "iam:UntagRole",
          "iam:UpdateAssumeRolePolicy",
          "iam:UpdateRole",
          "iam:UpdateRoleDescription"
        ],
        "Resource" : [
          "arn:aws:iam::666666666666:role/support-desk-agentcore",
          "arn:aws:iam::666666666666:role/bedrock-agent-provisioner",
          "arn:aws:iam::666666666666:role/bedrock-cmk-governance",
          "arn:aws:iam::666666666666:role/bedrock-cmk-breakglass",
          "arn:aws:iam::666666666666:role/bedrock-cmk-auditor"
        ]
      },
      {
        "Sid" : "BuildPolicies",
        "Effect" : "Allow",
        "Action" : [
          "iam:CreatePolicy",
          "iam:CreatePolicyVersion",
          "iam:DeletePolicy",
          "iam:DeletePolicyVersion",
          "iam:GetPolicy",
          "iam:GetPolicyVersion",
          "iam:ListEntitiesForPolicy",
          "iam:ListPolicyTags",
          "iam:ListPolicyVersions",
          "iam:TagPolicy",
          "iam:UntagPolicy"
        ],
        "Resource" : "arn:aws:iam::666666666666:policy/bedrock-cmk-guard/*"
      }
    ]
  })
}
