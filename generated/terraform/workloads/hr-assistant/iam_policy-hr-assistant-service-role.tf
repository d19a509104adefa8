# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_policy" "hr-assistant-service-role" {
  name = "hr-assistant-service-role"
  path = "/bedrock-cmk-guard/"

  description = "What the service role of hr-assistant may do"

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
        "Sid" : "InvokeModels",
        "Effect" : "Allow",
        "Action" : [
          "bedrock:InvokeModel",
          "bedrock:InvokeModelWithResponseStream"
        ],
        "Resource" : "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-3-5-sonnet-20240620-v1:0"
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
            "aws:ResourceTag/bedrock-cmk-workload" : "hr-assistant"
          }
        }
      }
    ]
  })
}

resource "aws_iam_role_policy_attachment" "hr-assistant-agent_hr-assistant-service-role" {
  role       = aws_iam_role.hr-assistant-agent.name
  policy_arn = aws_iam_policy.hr-assistant-service-role.arn
}
