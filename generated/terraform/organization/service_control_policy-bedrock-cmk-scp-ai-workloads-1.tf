# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_organizations_policy" "scp_bedrock-cmk-scp-ai-workloads-1" {
  name = "bedrock-cmk-scp-ai-workloads-1"
  type = "SERVICE_CONTROL_POLICY"

  description = "Keys of AI agents: closed surfaces, memory keys, key protection, role protection, approved keys, key tags, stored data"

  content = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "ClosedSurfaces",
        "Effect" : "Deny",
        "Action" : "bedrock:InvokeInlineAgent",
        "Resource" : "*"
      },
      {
        "Sid" : "CreateMemoryNeedsKey",
        "Effect" : "Deny",
        "Action" : "bedrock-agentcore:CreateMemory",
        "Resource" : "*",
        "Condition" : {
          "StringNotLike" : {
            "bedrock-agentcore:KmsKeyArn" : "arn:aws:kms:*:$${aws:PrincipalAccount}:key/*"
          }
        }
      },
      {
        "Sid" : "DestroyGuardedKeys",
        "Effect" : "Deny",
        "Action" : [
          "kms:DeleteImportedKeyMaterial",
          "kms:DisableKey",
          "kms:DisableKeyRotation",
          "kms:ScheduleKeyDeletion",
          "kms:UpdatePrimaryRegion"
        ],
        "Resource" : "*",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::*:role/bedrock-cmk-governance",
              "arn:aws:iam::*:role/bedrock-cmk-breakglass"
            ]
          },
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded"
          }
        }
      },
      {
        "Sid" : "ChangeGuardedKeys",
        "Effect" : "Deny",
        "Action" : [
          "kms:EnableKeyRotation",
          "kms:ImportKeyMaterial",
          "kms:PutKeyPolicy",
          "kms:ReplicateKey",
          "kms:TagResource",
          "kms:UntagResource"
        ],
        "Resource" : "*",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::*:role/bedrock-cmk-governance",
              "arn:aws:iam::*:role/bedrock-cmk-breakglass",
              "arn:aws:iam::*:role/bedrock-cmk-applier"
            ]
          },
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded"
          }
        }
      },
      {
        "Sid" : "SetGuardTags",
        "Effect" : "Deny",
        "Action" : [
          "kms:CreateKey",
          "kms:TagResource",
          "kms:UntagResource"
        ],
        "Resource" : "*",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::*:role/bedrock-cmk-governance",
              "arn:aws:iam::*:role/bedrock-cmk-breakglass",
              "arn:aws:iam::*:role/bedrock-cmk-applier"
            ]
          },
          "ForAnyValue:StringEqualsIgnoreCase" : {
            "aws:TagKeys" : [
              "bedrock-cmk",
              "bedrock-cmk-workload",
              "bedrock-cmk-tenant",
              "bedrock-cmk-context"
            ]
          }
        }
      },
      {
        "Sid" : "GrantsByPeople",
        "Effect" : "Deny",
        "Action" : [
          "kms:CreateGrant",
          "kms:RevokeGrant"
        ],
        "Resource" : "*",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::*:role/bedrock-cmk-governance",
              "arn:aws:iam::*:role/bedrock-cmk-breakglass"
            ]
          },
          "BoolIfExists" : {
            "kms:GrantIsForAWSResource" : "false"
          },
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded"
          }
        }
      },
      {
        "Sid" : "MoveAliases",
        "Effect" : "Deny",
        "Action" : [
          "kms:CreateAlias",
          "kms:DeleteAlias",
          "kms:UpdateAlias"
        ],
        "Resource" : "arn:aws:kms:*:*:alias/agents/*",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::*:role/bedrock-cmk-governance",
              "arn:aws:iam::*:role/bedrock-cmk-breakglass",
              "arn:aws:iam::*:role/bedrock-cmk-applier"
            ]
          }
        }
      },
      {
        "Sid" : "ShortDeletionWindow",
        "Effect" : "Deny",
        "Action" : "kms:ScheduleKeyDeletion",
        "Resource" : "*",
        "Condition" : {
          "NumericLessThan" : {
            "kms:ScheduleKeyDeletionPendingWindowInDays" : "30"
          },
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded"
          }
        }
      },
      {
        "Sid" : "RecentlyUsedKeys",
        "Effect" : "Deny",
        "Action" : [
          "kms:DisableKey",
          "kms:ScheduleKeyDeletion"
        ],
        "Resource" : "*",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : "arn:aws:iam::*:role/bedrock-cmk-breakglass"
          },
          "Null" : {
            "aws:ResourceTag/bedrock-cmk-tenant" : "true"
          },
          "NumericLessThanEquals" : {
            "kms:TrailingDaysWithoutKeyUsage" : "90"
          },
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded"
          }
        }
      },
      {
        "Sid" : "SlowRotation",
        "Effect" : "Deny",
        "Action" : "kms:EnableKeyRotation",
        "Resource" : "*",
        "Condition" : {
          "NumericGreaterThan" : {
            "kms:RotationPeriodInDays" : "365"
          },
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded"
          }
        }
      },
      {
        "Sid" : "LockoutBypass",
        "Effect" : "Deny",
        "Action" : [
          "kms:CreateKey",
          "kms:PutKeyPolicy"
        ],
        "Resource" : "*",
        "Condition" : {
          "Bool" : {
            "kms:BypassPolicyLockoutSafetyCheck" : "true"
          }
        }
      },
      {
        "Sid" : "GuardedKeySpec",
        "Effect" : "Deny",
        "Action" : "kms:CreateKey",
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "aws:RequestTag/bedrock-cmk" : "guarded"
          },
          "StringNotEquals" : {
            "kms:KeySpec" : "SYMMETRIC_DEFAULT"
          }
        }
      },
      {
        "Sid" : "GuardedKeyOrigin",
        "Effect" : "Deny",
        "Action" : "kms:CreateKey",
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "aws:RequestTag/bedrock-cmk" : "guarded"
          },
          "StringNotEquals" : {
            "kms:KeyOrigin" : "AWS_KMS"
          }
        }
      },
      {
        "Sid" : "GuardedKeyMultiRegion",
        "Effect" : "Deny",
        "Action" : "kms:CreateKey",
        "Resource" : "*",
        "Condition" : {
          "Bool" : {
            "kms:MultiRegion" : "true"
          },
          "StringEquals" : {
            "aws:RequestTag/bedrock-cmk" : "guarded"
          }
        }
      },
      {
        "Sid" : "TrustedRoles",
        "Effect" : "Deny",
        "Action" : [
          "iam:AttachRolePolicy",
          "iam:CreateRole",
          "iam:DeleteRole",
          "iam:DeleteRolePermissionsBoundary",
          "iam:DeleteRolePolicy",
          "iam:DetachRolePolicy",
          "iam:PutRolePermissionsBoundary",
          "iam:PutRolePolicy",
          "iam:TagRole",
          "iam:UntagRole",
          "iam:UpdateAssumeRolePolicy",
          "iam:UpdateRole",
          "iam:UpdateRoleDescription"
        ],
        "Resource" : [
          "arn:aws:iam::*:role/bedrock-agent-provisioner",
          "arn:aws:iam::*:role/bedrock-cmk-governance",
          "arn:aws:iam::*:role/bedrock-cmk-breakglass",
          "arn:aws:iam::*:role/bedrock-cmk-auditor",
          "arn:aws:iam::*:role/bedrock-cmk-applier",
          "arn:aws:iam::222222222222:role/hr-assistant-agent",
          "arn:aws:iam::555555555555:role/financial-adviser-agent",
          "arn:aws:iam::666666666666:role/support-desk-agentcore",
          "arn:aws:iam::222222222222:role/hr-portal",
          "arn:aws:iam::555555555555:role/adviser-desktop",
          "arn:aws:iam::666666666666:role/support-desk-app",
          "arn:aws:iam::*:role/AWSControlTowerExecution"
        ],
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::*:role/bedrock-cmk-applier",
              "arn:aws:iam::*:role/bedrock-cmk-governance",
              "arn:aws:iam::*:role/bedrock-cmk-breakglass",
              "arn:aws:iam::*:role/AWSControlTowerExecution"
            ]
          }
        }
      },
      {
        "Sid" : "TrustedPolicies",
        "Effect" : "Deny",
        "Action" : [
          "iam:CreatePolicy",
          "iam:CreatePolicyVersion",
          "iam:DeletePolicy",
          "iam:DeletePolicyVersion",
          "iam:SetDefaultPolicyVersion"
        ],
        "Resource" : "arn:aws:iam::*:policy/bedrock-cmk-guard/*",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::*:role/bedrock-cmk-applier",
              "arn:aws:iam::*:role/bedrock-cmk-governance",
              "arn:aws:iam::*:role/bedrock-cmk-breakglass",
              "arn:aws:iam::*:role/AWSControlTowerExecution"
            ]
          }
        }
      },
      {
        "Sid" : "TrustedIdentityProviders",
        "Effect" : "Deny",
        "Action" : [
          "iam:AddClientIDToOpenIDConnectProvider",
          "iam:CreateOpenIDConnectProvider",
          "iam:DeleteOpenIDConnectProvider",
          "iam:RemoveClientIDFromOpenIDConnectProvider",
          "iam:UpdateOpenIDConnectProviderThumbprint"
        ],
        "Resource" : "arn:aws:iam::*:oidc-provider/token.actions.githubusercontent.com",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::*:role/bedrock-cmk-applier",
              "arn:aws:iam::*:role/bedrock-cmk-governance",
              "arn:aws:iam::*:role/bedrock-cmk-breakglass",
              "arn:aws:iam::*:role/AWSControlTowerExecution"
            ]
          }
        }
      },
      {
        "Sid" : "PassServiceRoles",
        "Effect" : "Deny",
        "Action" : "iam:PassRole",
        "Resource" : [
          "arn:aws:iam::222222222222:role/hr-assistant-agent",
          "arn:aws:iam::555555555555:role/financial-adviser-agent",
          "arn:aws:iam::666666666666:role/support-desk-agentcore"
        ],
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::*:role/bedrock-agent-provisioner",
              "arn:aws:iam::*:role/AWSControlTowerExecution"
            ]
          }
        }
      },
      {
        "Sid" : "PassServiceRolesToBedrock",
        "Effect" : "Deny",
        "Action" : "iam:PassRole",
        "Resource" : [
          "arn:aws:iam::222222222222:role/hr-assistant-agent",
          "arn:aws:iam::555555555555:role/financial-adviser-agent",
          "arn:aws:iam::666666666666:role/support-desk-agentcore"
        ],
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : "arn:aws:iam::*:role/AWSControlTowerExecution"
          },
          "StringNotEquals" : {
            "iam:PassedToService" : [
              "bedrock-agentcore.amazonaws.com",
              "bedrock.amazonaws.com"
            ]
          }
        }
      },
      {
        "Sid" : "PassNoKeyRoles",
        "Effect" : "Deny",
        "Action" : "iam:PassRole",
        "Resource" : [
          "arn:aws:iam::*:role/bedrock-cmk-governance",
          "arn:aws:iam::*:role/bedrock-cmk-breakglass",
          "arn:aws:iam::*:role/bedrock-cmk-auditor"
        ],
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : "arn:aws:iam::*:role/AWSControlTowerExecution"
          }
        }
      },
      {
        "Sid" : "OnlyGuardedKeys",
        "Effect" : "Deny",
        "Action" : [
          "kms:Encrypt",
          "kms:GenerateDataKey",
          "kms:GenerateDataKeyWithoutPlaintext",
          "kms:ReEncryptTo",
          "kms:CreateGrant"
        ],
        "Resource" : "*",
        "Condition" : {
          "StringLike" : {
            "kms:ViaService" : [
              "agent-registry.*.amazonaws.com",
              "bedrock.*.amazonaws.com",
              "bedrock-agentcore.*.amazonaws.com",
              "bedrock-agentcore-identity.*.amazonaws.com"
            ]
          },
          "StringNotEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded"
          }
        }
      },
      {
        "Sid" : "OnlyKeysOfApprovedAccounts",
        "Effect" : "Deny",
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
          "StringLike" : {
            "kms:ViaService" : [
              "agent-registry.*.amazonaws.com",
              "bedrock.*.amazonaws.com",
              "bedrock-agentcore.*.amazonaws.com",
              "bedrock-agentcore-identity.*.amazonaws.com"
            ]
          },
          "StringNotEquals" : {
            "aws:ResourceAccount" : "$${aws:PrincipalAccount}"
          }
        }
      },
      {
        "Sid" : "KeyTag1",
        "Effect" : "Deny",
        "Action" : "kms:CreateKey",
        "Resource" : "*",
        "Condition" : {
          "Null" : {
            "aws:RequestTag/application" : "true"
          }
        }
      },
      {
        "Sid" : "KeyTag2",
        "Effect" : "Deny",
        "Action" : "kms:CreateKey",
        "Resource" : "*",
        "Condition" : {
          "Null" : {
            "aws:RequestTag/data-owner" : "true"
          }
        }
      },
      {
        "Sid" : "KeyTag3",
        "Effect" : "Deny",
        "Action" : "kms:CreateKey",
        "Resource" : "*",
        "Condition" : {
          "StringNotLike" : {
            "aws:RequestTag/cost-centre" : "CC-*"
          }
        }
      },
      {
        "Sid" : "KeyTag4",
        "Effect" : "Deny",
        "Action" : "kms:CreateKey",
        "Resource" : "*",
        "Condition" : {
          "StringNotEquals" : {
            "aws:RequestTag/data-sensitivity" : [
              "internal",
              "confidential",
              "restricted"
            ]
          }
        }
      },
      {
        "Sid" : "KeyTag5",
        "Effect" : "Deny",
        "Action" : "kms:CreateKey",
        "Resource" : "*",
        "Condition" : {
          "StringNotEquals" : {
            "aws:RequestTag/environment" : [
              "production",
              "staging",
              "development"
            ]
          }
        }
      },
      {
        "Sid" : "StoredData1",
        "Effect" : "Deny",
        "Action" : [
          "bedrock:InvokeAgent",
          "bedrock:GetAgentMemory",
          "bedrock:DeleteAgentMemory",
          "bedrock:GetDocumentContent",
          "bedrock:Retrieve",
          "bedrock:AgenticRetrieveStream",
          "bedrock:GenerateQuery",
          "bedrock:CheckIngestedDocumentAcl",
          "bedrock:GetIngestedDocumentAcl",
          "bedrock:StartIngestionJob",
          "bedrock:StopIngestionJob",
          "bedrock:IngestKnowledgeBaseDocuments",
          "bedrock:DeleteKnowledgeBaseDocuments",
          "bedrock:ApplyGuardrail"
        ],
        "Resource" : "*",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : [
              "arn:aws:iam::222222222222:role/hr-portal",
              "arn:aws:iam::222222222222:role/hr-assistant-agent"
            ]
          },
          "StringEquals" : {
            "aws:PrincipalAccount" : "222222222222"
          }
        }
      }
    ]
  })
}

# ai-workloads
resource "aws_organizations_policy_attachment" "scp_bedrock-cmk-scp-ai-workloads-1_ou-ab12-11111111" {
  policy_id = aws_organizations_policy.scp_bedrock-cmk-scp-ai-workloads-1.id
  target_id = "ou-ab12-11111111"
}
