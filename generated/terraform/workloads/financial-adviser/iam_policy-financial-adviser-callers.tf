# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_policy" "financial-adviser-callers" {
  name = "financial-adviser-callers"
  path = "/bedrock-cmk-guard/"

  description = "What the callers of financial-adviser may do"

  tags = {
    "application" : "financial-adviser",
    "cost-centre" : "CC-2002",
    "data-owner" : "Wealth Management",
    "data-sensitivity" : "confidential",
    "environment" : "production"
  }

  policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "Use1",
        "Effect" : "Allow",
        "Action" : "bedrock:CreateSession",
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
        "Resource" : [
          "arn:aws:bedrock:eu-central-1:555555555555:agent-alias/*/*",
          "arn:aws:bedrock:us-east-1:555555555555:agent-alias/*/*"
        ]
      },
      {
        "Sid" : "Use3",
        "Effect" : "Allow",
        "Action" : "bedrock:StartFlowExecution",
        "Resource" : [
          "arn:aws:bedrock:eu-central-1:555555555555:flow/*",
          "arn:aws:bedrock:us-east-1:555555555555:flow/*",
          "arn:aws:bedrock:eu-central-1:555555555555:flow/*/alias/*",
          "arn:aws:bedrock:us-east-1:555555555555:flow/*/alias/*"
        ]
      },
      {
        "Sid" : "Use4",
        "Effect" : "Allow",
        "Action" : [
          "bedrock:StopFlowExecution",
          "bedrock:ListFlowExecutionEvents"
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
        "Sid" : "Use5",
        "Effect" : "Allow",
        "Action" : "bedrock:InvokeFlow",
        "Resource" : [
          "arn:aws:bedrock:eu-central-1:555555555555:flow/*/alias/*",
          "arn:aws:bedrock:us-east-1:555555555555:flow/*/alias/*"
        ]
      },
      {
        "Sid" : "Use6",
        "Effect" : "Allow",
        "Action" : [
          "bedrock:UpdateSession",
          "bedrock:EndSession",
          "bedrock:DeleteSession",
          "bedrock:CreateInvocation",
          "bedrock:PutInvocationStep",
          "bedrock:GetSession",
          "bedrock:GetInvocationStep",
          "bedrock:ListInvocationSteps"
        ],
        "Resource" : [
          "arn:aws:bedrock:eu-central-1:555555555555:session/*",
          "arn:aws:bedrock:us-east-1:555555555555:session/*"
        ]
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
          "kms:GenerateDataKeyWithoutPlaintext",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo",
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
            "kms:EncryptionContext:aws-crypto-ec:aws:bedrock:arn" : "arn:aws:bedrock:eu-central-1:555555555555:agent-alias/*"
          }
        }
      },
      {
        "Sid" : "KeyFinancialAdviser3",
        "Effect" : "Allow",
        "Action" : [
          "kms:Encrypt",
          "kms:Decrypt",
          "kms:GenerateDataKey"
        ],
        "Resource" : "arn:aws:kms:eu-central-1:555555555555:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "financial-adviser",
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock:session:arn" : "arn:aws:bedrock:eu-central-1:555555555555:session/*"
          }
        }
      },
      {
        "Sid" : "KeyFinancialAdviser4",
        "Effect" : "Allow",
        "Action" : "kms:DescribeKey",
        "Resource" : "arn:aws:kms:eu-central-1:555555555555:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "financial-adviser",
            "kms:ViaService" : "bedrock.eu-central-1.amazonaws.com"
          }
        }
      },
      {
        "Sid" : "KeyFinancialAdviser5",
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
        "Sid" : "KeyFinancialAdviser6",
        "Effect" : "Allow",
        "Action" : [
          "kms:GenerateDataKeyWithoutPlaintext",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo",
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
            "kms:EncryptionContext:aws-crypto-ec:aws:bedrock:arn" : "arn:aws:bedrock:us-east-1:555555555555:agent-alias/*"
          }
        }
      },
      {
        "Sid" : "KeyFinancialAdviser7",
        "Effect" : "Allow",
        "Action" : [
          "kms:Encrypt",
          "kms:Decrypt",
          "kms:GenerateDataKey"
        ],
        "Resource" : "arn:aws:kms:us-east-1:555555555555:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "financial-adviser",
            "kms:ViaService" : "bedrock.us-east-1.amazonaws.com"
          },
          "StringLike" : {
            "kms:EncryptionContext:aws:bedrock:session:arn" : "arn:aws:bedrock:us-east-1:555555555555:session/*"
          }
        }
      },
      {
        "Sid" : "KeyFinancialAdviser8",
        "Effect" : "Allow",
        "Action" : "kms:DescribeKey",
        "Resource" : "arn:aws:kms:us-east-1:555555555555:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "financial-adviser",
            "kms:ViaService" : "bedrock.us-east-1.amazonaws.com"
          }
        }
      }
    ]
  })
}
