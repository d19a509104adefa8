# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_policy" "hr-assistant-callers" {
  name = "hr-assistant-callers"
  path = "/bedrock-cmk-guard/"

  description = "What the callers of hr-assistant may do"

  tags = {
    "application" : "hr-assistant",
    "cost-centre" : "CC-1001",
    "data-owner" : "Human Resources",
    "data-sensitivity" : "restricted",
    "environment" : "production"
  }

  policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "Use1",
        "Effect" : "Allow",
        "Action" : [
          "bedrock:AgenticRetrieveStream",
          "bedrock:GenerateQuery",
          "bedrock:CheckIngestedDocumentAcl",
          "bedrock:GetIngestedDocumentAcl",
          "bedrock:GetDocumentContent"
        ],
        "Resource" : "*"
      },
      {
        "Sid" : "Use2",
        "Effect" : "Allow",
        "Action" : [
          "bedrock:InvokeAgent",
          "bedrock:DeleteAgentMemory",
          "bedrock:GetAgentMemory"
        ],
        "Resource" : "arn:aws:bedrock:eu-central-1:222222222222:agent-alias/*/*"
      },
      {
        "Sid" : "Use3",
        "Effect" : "Allow",
        "Action" : "bedrock:ApplyGuardrail",
        "Resource" : [
          "arn:aws:bedrock:eu-central-1:222222222222:guardrail-profile/*",
          "arn:aws:bedrock:eu-central-1:222222222222:guardrail/*"
        ]
      },
      {
        "Sid" : "Use4",
        "Effect" : "Allow",
        "Action" : [
          "bedrock:Retrieve",
          "bedrock:StartIngestionJob",
          "bedrock:StopIngestionJob",
          "bedrock:IngestKnowledgeBaseDocuments",
          "bedrock:DeleteKnowledgeBaseDocuments"
        ],
        "Resource" : "arn:aws:bedrock:eu-central-1:222222222222:knowledge-base/*"
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
        "Action" : [
          "kms:GenerateDataKeyWithoutPlaintext",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo",
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
            "kms:EncryptionContext:aws-crypto-ec:aws:bedrock:arn" : "arn:aws:bedrock:eu-central-1:222222222222:agent-alias/*"
          }
        }
      },
      {
        "Sid" : "KeyHrAssistant3",
        "Effect" : "Allow",
        "Action" : "kms:Decrypt",
        "Resource" : "arn:aws:kms:eu-central-1:222222222222:key/*",
        "Condition" : {
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
