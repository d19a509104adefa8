# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_organizations_policy" "rcp_bedrock-cmk-rcp-ai-workloads-1" {
  name = "bedrock-cmk-rcp-ai-workloads-1"
  type = "RESOURCE_CONTROL_POLICY"

  description = "Keys of AI agents: kms perimeter, provisioner trust"

  content = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "OrganizationOnly",
        "Effect" : "Deny",
        "Principal" : "*",
        "Action" : "kms:*",
        "Resource" : "*",
        "Condition" : {
          "BoolIfExists" : {
            "aws:PrincipalIsAWSService" : "false"
          },
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded"
          },
          "StringNotEqualsIfExists" : {
            "aws:PrincipalOrgID" : "o-exampleorg1"
          }
        }
      },
      {
        "Sid" : "ConfusedDeputy",
        "Effect" : "Deny",
        "Principal" : "*",
        "Action" : "kms:*",
        "Resource" : "*",
        "Condition" : {
          "Bool" : {
            "aws:PrincipalIsAWSService" : "true"
          },
          "Null" : {
            "aws:SourceAccount" : "false"
          },
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded"
          },
          "StringNotEqualsIfExists" : {
            "aws:SourceOrgID" : "o-exampleorg1"
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
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded"
          },
          "StringNotLikeIfExists" : {
            "kms:ViaService" : [
              "agent-registry.*.amazonaws.com",
              "bedrock.*.amazonaws.com",
              "bedrock-agentcore.*.amazonaws.com",
              "bedrock-agentcore-identity.*.amazonaws.com"
            ]
          }
        }
      },
      {
        "Sid" : "NeedsContext",
        "Effect" : "Deny",
        "Principal" : "*",
        "Action" : [
          "kms:Decrypt",
          "kms:GenerateDataKey"
        ],
        "Resource" : "*",
        "Condition" : {
          "Null" : {
            "kms:EncryptionContext:aws-crypto-ec:aws:bedrock:arn" : "true",
            "kms:EncryptionContext:aws:bedrock-flows:arn" : "true",
            "kms:EncryptionContext:aws:bedrock:arn" : "true",
            "kms:EncryptionContext:aws:bedrock:session:arn" : "true"
          },
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-context" : "documented"
          }
        }
      },
      {
        "Sid" : "DestroyedByGovernance",
        "Effect" : "Deny",
        "Principal" : "*",
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
        "Sid" : "PolicyByGovernance",
        "Effect" : "Deny",
        "Principal" : "*",
        "Action" : "kms:PutKeyPolicy",
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
        "Sid" : "PipelineAssumesProvisioners",
        "Effect" : "Deny",
        "Principal" : "*",
        "Action" : "sts:AssumeRole",
        "Resource" : "arn:aws:iam::*:role/bedrock-agent-provisioner",
        "Condition" : {
          "ArnNotLike" : {
            "aws:PrincipalArn" : "arn:aws:iam::333333333333:role/agent-pipeline"
          },
          "BoolIfExists" : {
            "aws:PrincipalIsAWSService" : "false"
          }
        }
      },
      {
        "Sid" : "PipelineSubjects",
        "Effect" : "Deny",
        "Principal" : "*",
        "Action" : "sts:AssumeRoleWithWebIdentity",
        "Resource" : "arn:aws:iam::*:role/bedrock-agent-provisioner",
        "Condition" : {
          "StringNotLike" : {
            "token.actions.githubusercontent.com:sub" : "repo:example/agents:ref:refs/heads/main"
          }
        }
      },
      {
        "Sid" : "PipelineAudiences",
        "Effect" : "Deny",
        "Principal" : "*",
        "Action" : "sts:AssumeRoleWithWebIdentity",
        "Resource" : "arn:aws:iam::*:role/bedrock-agent-provisioner",
        "Condition" : {
          "StringNotEquals" : {
            "token.actions.githubusercontent.com:aud" : "sts.amazonaws.com"
          }
        }
      },
      {
        "Sid" : "NoSamlProvisioners",
        "Effect" : "Deny",
        "Principal" : "*",
        "Action" : "sts:AssumeRoleWithSAML",
        "Resource" : "arn:aws:iam::*:role/bedrock-agent-provisioner"
      }
    ]
  })
}

# ai-workloads
resource "aws_organizations_policy_attachment" "rcp_bedrock-cmk-rcp-ai-workloads-1_ou-ab12-11111111" {
  policy_id = aws_organizations_policy.rcp_bedrock-cmk-rcp-ai-workloads-1.id
  target_id = "ou-ab12-11111111"
}
