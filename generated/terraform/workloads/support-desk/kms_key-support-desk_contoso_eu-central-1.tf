# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_kms_key" "support-desk_contoso_eu-central-1" {
  region                  = "eu-central-1"
  enable_key_rotation     = true
  rotation_period_in_days = 365
  deletion_window_in_days = 30

  description = "AI agent data of support-desk/contoso in eu-central-1"

  tags = {
    "application" : "support-desk",
    "bedrock-cmk" : "guarded",
    "bedrock-cmk-tenant" : "contoso",
    "bedrock-cmk-workload" : "support-desk",
    "cost-centre" : "CC-3003",
    "data-owner" : "Support Platform",
    "data-sensitivity" : "confidential",
    "environment" : "production"
  }

  policy = jsonencode({
    "Version" : "2012-10-17",
    "Id" : "bedrock-cmk-guard",
    "Statement" : [
      {
        "Sid" : "AccountReads",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::666666666666:root"
        },
        "Action" : [
          "kms:DescribeKey",
          "kms:GetKeyPolicy",
          "kms:GetKeyRotationStatus",
          "kms:ListGrants",
          "kms:ListKeyPolicies",
          "kms:ListKeyRotations",
          "kms:ListResourceTags"
        ],
        "Resource" : "*"
      },
      {
        "Sid" : "AccountRecovery",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::666666666666:root"
        },
        "Action" : [
          "kms:CancelKeyDeletion",
          "kms:EnableKey",
          "kms:PutKeyPolicy"
        ],
        "Resource" : "*"
      },
      {
        "Sid" : "Governance",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::666666666666:role/bedrock-cmk-governance"
        },
        "Action" : [
          "kms:CreateAlias",
          "kms:DeleteAlias",
          "kms:EnableKeyRotation",
          "kms:PutKeyPolicy",
          "kms:TagResource",
          "kms:UntagResource",
          "kms:UpdateAlias",
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
        "Resource" : "*"
      },
      {
        "Sid" : "Applier",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::666666666666:role/bedrock-cmk-applier"
        },
        "Action" : [
          "kms:CreateAlias",
          "kms:DeleteAlias",
          "kms:EnableKeyRotation",
          "kms:PutKeyPolicy",
          "kms:TagResource",
          "kms:UntagResource",
          "kms:UpdateAlias",
          "kms:UpdateKeyDescription",
          "kms:DescribeKey",
          "kms:GetKeyPolicy",
          "kms:GetKeyRotationStatus",
          "kms:ListGrants",
          "kms:ListKeyPolicies",
          "kms:ListKeyRotations",
          "kms:ListResourceTags"
        ],
        "Resource" : "*"
      },
      {
        "Sid" : "BreakGlass",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::666666666666:role/bedrock-cmk-breakglass"
        },
        "Action" : [
          "kms:CancelKeyDeletion",
          "kms:EnableKey",
          "kms:PutKeyPolicy",
          "kms:DescribeKey",
          "kms:GetKeyPolicy",
          "kms:GetKeyRotationStatus",
          "kms:ListGrants",
          "kms:ListKeyPolicies",
          "kms:ListKeyRotations",
          "kms:ListResourceTags"
        ],
        "Resource" : "*"
      },
      {
        "Sid" : "Provisioners1",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::666666666666:role/bedrock-agent-provisioner"
        },
        "Action" : [
          "kms:CreateGrant",
          "kms:Decrypt",
          "kms:DescribeKey",
          "kms:GenerateDataKey",
          "kms:GenerateDataKeyWithoutPlaintext",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo"
        ],
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "kms:ViaService" : "bedrock-agentcore.eu-central-1.amazonaws.com"
          }
        }
      },
      {
        "Sid" : "Callers1",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::666666666666:role/support-desk-app"
        },
        "Action" : [
          "kms:Decrypt",
          "kms:DescribeKey",
          "kms:GenerateDataKey"
        ],
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "kms:ViaService" : "bedrock-agentcore.eu-central-1.amazonaws.com"
          }
        }
      },
      {
        "Sid" : "ServiceRole1",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::666666666666:role/support-desk-agentcore"
        },
        "Action" : [
          "kms:Decrypt",
          "kms:DescribeKey",
          "kms:GenerateDataKey"
        ],
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "kms:ViaService" : "bedrock-agentcore.eu-central-1.amazonaws.com"
          }
        }
      },
      {
        "Sid" : "OnlyThroughServices",
        "Effect" : "Deny",
        "Principal" : "*",
        "Action" : [
          "kms:Decrypt",
          "kms:Encrypt",
          "kms:GenerateDataKey",
          "kms:GenerateDataKeyWithoutPlaintext",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo"
        ],
        "Resource" : "*",
        "Condition" : {
          "BoolIfExists" : {
            "aws:PrincipalIsAWSService" : "false"
          },
          "StringNotEquals" : {
            "kms:ViaService" : "bedrock-agentcore.eu-central-1.amazonaws.com"
          }
        }
      }
    ]
  })

  # KMS refuses a policy that names a role that does not exist.
  depends_on = [
    aws_iam_role.support-desk-agentcore,
  ]

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "support-desk_contoso_eu-central-1" {
  region        = "eu-central-1"
  name          = "alias/agents/support-desk/contoso"
  target_key_id = aws_kms_key.support-desk_contoso_eu-central-1.id
}
