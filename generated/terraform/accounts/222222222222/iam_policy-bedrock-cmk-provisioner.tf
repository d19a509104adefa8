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
          "bedrock:CreateAgent",
          "bedrock:ListAgents",
          "bedrock:CreateKnowledgeBase",
          "bedrock:ListKnowledgeBases",
          "bedrock:CreateGuardrail",
          "bedrock:ListGuardrails"
        ],
        "Resource" : "*"
      },
      {
        "Sid" : "Write2",
        "Effect" : "Allow",
        "Action" : [
          "bedrock:UpdateAgentAlias",
          "bedrock:DeleteAgentAlias",
          "bedrock:GetAgentAlias"
        ],
        "Resource" : "arn:aws:bedrock:eu-central-1:222222222222:agent-alias/*/*"
      },
      {
        "Sid" : "Write3",
        "Effect" : "Allow",
        "Action" : [
          "bedrock:UpdateAgent",
          "bedrock:DeleteAgent",
          "bedrock:PrepareAgent",
          "bedrock:DeleteAgentVersion",
          "bedrock:CreateAgentAlias",
          "bedrock:CreateAgentActionGroup",
          "bedrock:UpdateAgentActionGroup",
          "bedrock:DeleteAgentActionGroup",
          "bedrock:AssociateAgentCollaborator",
          "bedrock:UpdateAgentCollaborator",
          "bedrock:DisassociateAgentCollaborator",
          "bedrock:GetAgent",
          "bedrock:GetAgentVersion",
          "bedrock:GetAgentActionGroup",
          "bedrock:GetAgentCollaborator",
          "bedrock:ListAgentVersions",
          "bedrock:ListAgentAliases",
          "bedrock:ListAgentActionGroups",
          "bedrock:ListAgentCollaborators",
          "bedrock:ListAgentKnowledgeBases"
        ],
        "Resource" : "arn:aws:bedrock:eu-central-1:222222222222:agent/*"
      },
      {
        "Sid" : "Write4",
        "Effect" : "Allow",
        "Action" : [
          "bedrock:AssociateAgentKnowledgeBase",
          "bedrock:UpdateAgentKnowledgeBase",
          "bedrock:DisassociateAgentKnowledgeBase",
          "bedrock:GetAgentKnowledgeBase"
        ],
        "Resource" : [
          "arn:aws:bedrock:eu-central-1:222222222222:agent/*",
          "arn:aws:bedrock:eu-central-1:222222222222:knowledge-base/*"
        ]
      },
      {
        "Sid" : "Write5",
        "Effect" : "Allow",
        "Action" : "bedrock:UpdateGuardrail",
        "Resource" : [
          "arn:aws:bedrock:eu-central-1:222222222222:automated-reasoning-policy/*",
          "arn:aws:bedrock:eu-central-1:222222222222:automated-reasoning-policy/*:*",
          "arn:aws:bedrock:eu-central-1:222222222222:guardrail-profile/*",
          "arn:aws:bedrock:eu-central-1:222222222222:guardrail/*"
        ]
      },
      {
        "Sid" : "Write6",
        "Effect" : "Allow",
        "Action" : [
          "bedrock:DeleteGuardrail",
          "bedrock:CreateGuardrailVersion",
          "bedrock:GetGuardrail"
        ],
        "Resource" : "arn:aws:bedrock:eu-central-1:222222222222:guardrail/*"
      },
      {
        "Sid" : "Write7",
        "Effect" : "Allow",
        "Action" : [
          "bedrock:UpdateKnowledgeBase",
          "bedrock:DeleteKnowledgeBase",
          "bedrock:GetKnowledgeBase",
          "bedrock:CreateDataSource",
          "bedrock:UpdateDataSource",
          "bedrock:DeleteDataSource",
          "bedrock:GetDataSource",
          "bedrock:ListDataSources",
          "bedrock:GetIngestionJob",
          "bedrock:ListIngestionJobs",
          "bedrock:GetKnowledgeBaseDocuments",
          "bedrock:ListKnowledgeBaseDocuments"
        ],
        "Resource" : "arn:aws:bedrock:eu-central-1:222222222222:knowledge-base/*"
      },
      {
        "Sid" : "Tag1",
        "Effect" : "Allow",
        "Action" : [
          "bedrock:ListTagsForResource",
          "bedrock:TagResource",
          "bedrock:UntagResource"
        ],
        "Resource" : [
          "arn:aws:bedrock:eu-central-1:222222222222:agent-alias/*/*",
          "arn:aws:bedrock:eu-central-1:222222222222:agent/*",
          "arn:aws:bedrock:eu-central-1:222222222222:automated-reasoning-policy/*",
          "arn:aws:bedrock:eu-central-1:222222222222:automated-reasoning-policy/*:*",
          "arn:aws:bedrock:eu-central-1:222222222222:guardrail/*",
          "arn:aws:bedrock:eu-central-1:222222222222:knowledge-base/*"
        ]
      },
      {
        "Sid" : "PassServiceRoles",
        "Effect" : "Allow",
        "Action" : "iam:PassRole",
        "Resource" : "arn:aws:iam::222222222222:role/hr-assistant-agent",
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
        "Sid" : "KeyHrAssistant1",
        "Effect" : "Allow",
        "Action" : [
          "kms:GenerateDataKey",
          "kms:Decrypt"
        ],
        "Resource" : "arn:aws:kms:eu-central-1:222222222222:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "hr-assistant",
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock:arn" : "arn:aws:bedrock:eu-central-1:222222222222:agent/*"
          }
        }
      },
      {
        "Sid" : "KeyHrAssistant2",
        "Effect" : "Allow",
        "Action" : "kms:CreateGrant",
        "Resource" : "arn:aws:kms:eu-central-1:222222222222:key/*",
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
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "hr-assistant",
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
          }
        }
      },
      {
        "Sid" : "KeyHrAssistant3",
        "Effect" : "Allow",
        "Action" : [
          "kms:GenerateDataKey",
          "kms:Decrypt",
          "kms:DescribeKey"
        ],
        "Resource" : "arn:aws:kms:eu-central-1:222222222222:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "hr-assistant",
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
          }
        }
      },
      {
        "Sid" : "KeyHrAssistant4",
        "Effect" : "Allow",
        "Action" : "kms:CreateGrant",
        "Resource" : "arn:aws:kms:eu-central-1:222222222222:key/*",
        "Condition" : {
          "Bool" : {
            "kms:GrantIsForAWSResource" : "true"
          },
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "hr-assistant",
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
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
