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
          "bedrock:ListSessions",
          "bedrock:CreateFlow",
          "bedrock:ListFlows",
          "bedrock:ValidateFlowDefinition"
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
        "Resource" : [
          "arn:aws:bedrock:eu-central-1:555555555555:agent-alias/*/*",
          "arn:aws:bedrock:us-east-1:555555555555:agent-alias/*/*"
        ]
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
        "Resource" : [
          "arn:aws:bedrock:eu-central-1:555555555555:agent/*",
          "arn:aws:bedrock:us-east-1:555555555555:agent/*"
        ]
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
          "arn:aws:bedrock:eu-central-1:555555555555:agent/*",
          "arn:aws:bedrock:us-east-1:555555555555:agent/*",
          "arn:aws:bedrock:eu-central-1:555555555555:knowledge-base/*",
          "arn:aws:bedrock:us-east-1:555555555555:knowledge-base/*"
        ]
      },
      {
        "Sid" : "Write5",
        "Effect" : "Allow",
        "Action" : [
          "bedrock:UpdateFlow",
          "bedrock:DeleteFlow",
          "bedrock:PrepareFlow",
          "bedrock:CreateFlowVersion",
          "bedrock:DeleteFlowVersion",
          "bedrock:CreateFlowAlias",
          "bedrock:GetFlow",
          "bedrock:GetFlowVersion",
          "bedrock:ListFlowVersions",
          "bedrock:ListFlowAliases"
        ],
        "Resource" : [
          "arn:aws:bedrock:eu-central-1:555555555555:flow/*",
          "arn:aws:bedrock:us-east-1:555555555555:flow/*"
        ]
      },
      {
        "Sid" : "Write6",
        "Effect" : "Allow",
        "Action" : "bedrock:ListFlowExecutions",
        "Resource" : [
          "arn:aws:bedrock:eu-central-1:555555555555:flow/*",
          "arn:aws:bedrock:us-east-1:555555555555:flow/*",
          "arn:aws:bedrock:eu-central-1:555555555555:flow/*/alias/*",
          "arn:aws:bedrock:us-east-1:555555555555:flow/*/alias/*"
        ]
      },
      {
        "Sid" : "Write7",
        "Effect" : "Allow",
        "Action" : [
          "bedrock:GetExecutionFlowSnapshot",
          "bedrock:GetFlowExecution"
        ],
        "Resource" : [
          "arn:aws:bedrock:eu-central-1:555555555555:flow/*",
          "arn:aws:bedrock:us-east-1:555555555555:flow/*",
          "arn:aws:bedrock:eu-central-1:555555555555:flow/*/alias/*",
          "arn:aws:bedrock:us-east-1:555555555555:flow/*/alias/*",
          "arn:aws:bedrock:eu-central-1:555555555555:flow/*/alias/*/execution/*",
          "arn:aws:bedrock:us-east-1:555555555555:flow/*/alias/*/execution/*"
        ]
      },
      {
        "Sid" : "Write8",
        "Effect" : "Allow",
        "Action" : [
          "bedrock:UpdateFlowAlias",
          "bedrock:DeleteFlowAlias",
          "bedrock:GetFlowAlias"
        ],
        "Resource" : [
          "arn:aws:bedrock:eu-central-1:555555555555:flow/*/alias/*",
          "arn:aws:bedrock:us-east-1:555555555555:flow/*/alias/*"
        ]
      },
      {
        "Sid" : "Write9",
        "Effect" : "Allow",
        "Action" : "bedrock:ListInvocations",
        "Resource" : [
          "arn:aws:bedrock:eu-central-1:555555555555:session/*",
          "arn:aws:bedrock:us-east-1:555555555555:session/*"
        ]
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
          "arn:aws:bedrock:eu-central-1:555555555555:agent-alias/*/*",
          "arn:aws:bedrock:us-east-1:555555555555:agent-alias/*/*",
          "arn:aws:bedrock:eu-central-1:555555555555:agent/*",
          "arn:aws:bedrock:us-east-1:555555555555:agent/*",
          "arn:aws:bedrock:eu-central-1:555555555555:flow/*",
          "arn:aws:bedrock:us-east-1:555555555555:flow/*",
          "arn:aws:bedrock:eu-central-1:555555555555:flow/*/alias/*",
          "arn:aws:bedrock:us-east-1:555555555555:flow/*/alias/*",
          "arn:aws:bedrock:eu-central-1:555555555555:knowledge-base/*",
          "arn:aws:bedrock:us-east-1:555555555555:knowledge-base/*",
          "arn:aws:bedrock:eu-central-1:555555555555:session/*",
          "arn:aws:bedrock:us-east-1:555555555555:session/*"
        ]
      },
      {
        "Sid" : "PassServiceRoles",
        "Effect" : "Allow",
        "Action" : "iam:PassRole",
        "Resource" : "arn:aws:iam::555555555555:role/financial-adviser-agent",
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
        "Sid" : "KeyFinancialAdviser1",
        "Effect" : "Allow",
        "Action" : [
          "kms:GenerateDataKey",
          "kms:Decrypt"
        ],
        "Resource" : "arn:aws:kms:eu-central-1:555555555555:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "financial-adviser",
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock:arn" : "arn:aws:bedrock:eu-central-1:555555555555:agent/*"
          }
        }
      },
      {
        "Sid" : "KeyFinancialAdviser2",
        "Effect" : "Allow",
        "Action" : [
          "kms:GenerateDataKey",
          "kms:Decrypt"
        ],
        "Resource" : "arn:aws:kms:eu-central-1:555555555555:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "financial-adviser",
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock-flows:arn" : "arn:aws:bedrock:eu-central-1:555555555555:flow/*"
          }
        }
      },
      {
        "Sid" : "KeyFinancialAdviser3",
        "Effect" : "Allow",
        "Action" : [
          "kms:GenerateDataKey",
          "kms:Decrypt"
        ],
        "Resource" : "arn:aws:kms:us-east-1:555555555555:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "financial-adviser",
            "kms:ViaService" : "bedrock.us-east-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock:arn" : "arn:aws:bedrock:us-east-1:555555555555:agent/*"
          }
        }
      },
      {
        "Sid" : "KeyFinancialAdviser4",
        "Effect" : "Allow",
        "Action" : [
          "kms:GenerateDataKey",
          "kms:Decrypt"
        ],
        "Resource" : "arn:aws:kms:us-east-1:555555555555:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "financial-adviser",
            "kms:ViaService" : "bedrock.us-east-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock-flows:arn" : "arn:aws:bedrock:us-east-1:555555555555:flow/*"
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
