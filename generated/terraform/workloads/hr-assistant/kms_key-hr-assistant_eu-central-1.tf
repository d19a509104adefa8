# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_kms_key" "hr-assistant_eu-central-1" {
  region                  = "eu-central-1"
  enable_key_rotation     = true
  rotation_period_in_days = 365
  deletion_window_in_days = 30

  description = "AI agent data of hr-assistant in eu-central-1"

  tags = {
    "application" : "hr-assistant",
    "bedrock-cmk" : "guarded",
    "bedrock-cmk-workload" : "hr-assistant",
    "cost-centre" : "CC-1001",
    "data-owner" : "Human Resources",
    "data-sensitivity" : "restricted",
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
          "AWS" : "arn:aws:iam::222222222222:root"
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
        "Sid" : "RootRecovery",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::222222222222:root"
        },
        "Action" : [
          "kms:CancelKeyDeletion",
          "kms:EnableKey",
          "kms:PutKeyPolicy"
        ],
        "Resource" : "*",
        "Condition" : {
          "ArnEquals" : {
            "aws:PrincipalArn" : "arn:aws:iam::222222222222:root"
          }
        }
      },
      {
        "Sid" : "Governance",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::222222222222:role/bedrock-cmk-governance"
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
          "AWS" : "arn:aws:iam::222222222222:role/bedrock-cmk-applier"
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
          "AWS" : "arn:aws:iam::222222222222:role/bedrock-cmk-breakglass"
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
          "AWS" : "arn:aws:iam::222222222222:role/hr-portal"
        },
        "Action" : [
          "kms:GenerateDataKey",
          "kms:Decrypt"
        ],
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock:arn" : "arn:aws:bedrock:eu-central-1:222222222222:agent/*"
          }
        }
      },
      {
        "Sid" : "Provisioners1",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::222222222222:role/bedrock-agent-provisioner"
        },
        "Action" : [
          "kms:GenerateDataKey",
          "kms:Decrypt"
        ],
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock:arn" : "arn:aws:bedrock:eu-central-1:222222222222:agent/*"
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
            "aws:SourceArn" : "arn:aws:bedrock:eu-central-1:222222222222:agent-alias/*"
          },
          "StringEquals" : {
            "aws:SourceAccount" : "222222222222"
          }
        }
      },
      {
        "Sid" : "Callers2",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::222222222222:role/hr-portal"
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
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws-crypto-ec:aws:bedrock:arn" : "arn:aws:bedrock:eu-central-1:222222222222:agent-alias/*"
          }
        }
      },
      {
        "Sid" : "Provisioners2",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::222222222222:role/bedrock-agent-provisioner"
        },
        "Action" : "kms:CreateGrant",
        "Resource" : "*",
        "Condition" : {
          "ForAllValues:StringEquals" : {
            "kms:GrantOperations" : [
              "CreateGrant",
              "GenerateDataKey",
              "GenerateDataKeyWithoutPlaintext",
              "DescribeKey",
              "Encrypt",
              "Decrypt"
            ]
          },
          "Null" : {
            "kms:GrantOperations" : "false"
          },
          "StringEquals" : {
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
          }
        }
      },
      {
        "Sid" : "Provisioners3",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::222222222222:role/bedrock-agent-provisioner"
        },
        "Action" : [
          "kms:GenerateDataKey",
          "kms:Decrypt",
          "kms:DescribeKey"
        ],
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
          }
        }
      },
      {
        "Sid" : "ServiceRole1",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::222222222222:role/hr-assistant-agent"
        },
        "Action" : [
          "kms:GenerateDataKey",
          "kms:Decrypt"
        ],
        "Resource" : "*"
      },
      {
        "Sid" : "Provisioners4",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::222222222222:role/bedrock-agent-provisioner"
        },
        "Action" : "kms:CreateGrant",
        "Resource" : "*",
        "Condition" : {
          "Bool" : {
            "kms:GrantIsForAWSResource" : "true"
          },
          "StringEquals" : {
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
          }
        }
      },
      {
        "Sid" : "Callers3",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::222222222222:role/hr-portal"
        },
        "Action" : "kms:Decrypt",
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
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
          "ArnNotLike" : {
            "aws:PrincipalArn" : "arn:aws:iam::222222222222:role/hr-assistant-agent"
          },
          "BoolIfExists" : {
            "aws:PrincipalIsAWSService" : "false"
          },
          "StringNotEquals" : {
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
          }
        }
      },
      {
        "Sid" : "NobodyElse",
        "Effect" : "Deny",
        "Principal" : "*",
        "Action" : [
          "kms:Decrypt",
          "kms:Encrypt",
          "kms:GenerateDataKey",
          "kms:GenerateDataKeyWithoutPlaintext",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo",
          "kms:CreateGrant"
        ],
        "Resource" : "*",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::222222222222:role/hr-portal",
              "arn:aws:iam::222222222222:role/bedrock-agent-provisioner",
              "arn:aws:iam::222222222222:role/hr-assistant-agent"
            ]
          },
          "BoolIfExists" : {
            "aws:PrincipalIsAWSService" : "false"
          }
        }
      }
    ]
  })

  # KMS refuses a policy that names a role that does not exist.
  depends_on = [
    aws_iam_role.hr-assistant-agent,
  ]

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "hr-assistant_eu-central-1" {
  region        = "eu-central-1"
  name          = "alias/agents/hr-assistant"
  target_key_id = aws_kms_key.hr-assistant_eu-central-1.id
}
