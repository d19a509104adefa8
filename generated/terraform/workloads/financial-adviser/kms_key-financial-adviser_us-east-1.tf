# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_kms_key" "financial-adviser_us-east-1" {
  region                  = "us-east-1"
  enable_key_rotation     = true
  rotation_period_in_days = 365
  deletion_window_in_days = 30

  description = "AI agent data of financial-adviser in us-east-1"

  tags = {
    "application" : "financial-adviser",
    "bedrock-cmk" : "guarded",
    "bedrock-cmk-context" : "documented",
    "bedrock-cmk-workload" : "financial-adviser",
    "cost-centre" : "CC-2002",
    "data-owner" : "Wealth Management",
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
          "AWS" : "arn:aws:iam::555555555555:root"
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
          "AWS" : "arn:aws:iam::555555555555:root"
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
          "AWS" : "arn:aws:iam::555555555555:role/bedrock-cmk-governance"
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
          "AWS" : "arn:aws:iam::555555555555:role/bedrock-cmk-applier"
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
          "AWS" : "arn:aws:iam::555555555555:role/bedrock-cmk-breakglass"
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
        "Sid" : "Callers1",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::555555555555:role/adviser-desktop"
        },
        "Action" : [
          "kms:GenerateDataKey",
          "kms:Decrypt"
        ],
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "kms:ViaService" : "bedrock.us-east-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock:arn" : "arn:aws:bedrock:us-east-1:555555555555:agent/*"
          }
        }
      },
      {
        "Sid" : "Provisioners1",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::555555555555:role/bedrock-agent-provisioner"
        },
        "Action" : [
          "kms:GenerateDataKey",
          "kms:Decrypt"
        ],
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "kms:ViaService" : "bedrock.us-east-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock:arn" : "arn:aws:bedrock:us-east-1:555555555555:agent/*"
          }
        }
      },
      {
        "Sid" : "Service1",
        "Effect" : "Allow",
        "Principal" : {
          "Service" : "bedrock.amazonaws.com"
        },
        "Action" : [
          "kms:GenerateDataKeyWithoutPlaintext",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo"
        ],
        "Resource" : "*",
        "Condition" : {
          "ArnLike" : {
            "aws:SourceArn" : "arn:aws:bedrock:us-east-1:555555555555:agent-alias/*"
          },
          "StringEquals" : {
            "aws:SourceAccount" : "555555555555"
          }
        }
      },
      {
        "Sid" : "Callers2",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::555555555555:role/adviser-desktop"
        },
        "Action" : [
          "kms:GenerateDataKeyWithoutPlaintext",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo",
          "kms:Decrypt"
        ],
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "kms:ViaService" : "bedrock.us-east-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws-crypto-ec:aws:bedrock:arn" : "arn:aws:bedrock:us-east-1:555555555555:agent-alias/*"
          }
        }
      },
      {
        "Sid" : "Callers3",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::555555555555:role/adviser-desktop"
        },
        "Action" : [
          "kms:Encrypt",
          "kms:Decrypt",
          "kms:GenerateDataKey"
        ],
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "kms:ViaService" : "bedrock.us-east-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock:session:arn" : "arn:aws:bedrock:us-east-1:555555555555:session/*"
          }
        }
      },
      {
        "Sid" : "Callers4",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::555555555555:role/adviser-desktop"
        },
        "Action" : "kms:DescribeKey",
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "kms:ViaService" : "bedrock.us-east-1.amazonaws.com"
          }
        }
      },
      {
        "Sid" : "Provisioners2",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::555555555555:role/bedrock-agent-provisioner"
        },
        "Action" : [
          "kms:GenerateDataKey",
          "kms:Decrypt"
        ],
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "kms:ViaService" : "bedrock.us-east-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock-flows:arn" : "arn:aws:bedrock:us-east-1:555555555555:flow/*"
          }
        }
      },
      {
        "Sid" : "ServiceRole1",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::555555555555:role/financial-adviser-agent"
        },
        "Action" : [
          "kms:GenerateDataKey",
          "kms:Decrypt"
        ],
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "kms:ViaService" : "bedrock.us-east-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock-flows:arn" : "arn:aws:bedrock:us-east-1:555555555555:flow/*"
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
            "kms:ViaService" : "bedrock.us-east-1.amazonaws.com"
          }
        }
      }
    ]
  })

  # KMS refuses a policy that names a role that does not exist.
  depends_on = [
    aws_iam_role.financial-adviser-agent,
  ]

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "financial-adviser_us-east-1" {
  region        = "us-east-1"
  name          = "alias/agents/financial-adviser"
  target_key_id = aws_kms_key.financial-adviser_us-east-1.id
}
