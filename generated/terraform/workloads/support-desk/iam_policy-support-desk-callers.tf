# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_policy" "support-desk-callers" {
  name = "support-desk-callers"
  path = "/bedrock-cmk-guard/"

  description = "What the callers of support-desk may do"

  tags = {
    "application" : "support-desk",
    "cost-centre" : "CC-3003",
    "data-owner" : "Support Platform",
    "data-sensitivity" : "confidential",
    "environment" : "production"
  }

  policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "Use1",
        "Effect" : "Allow",
        "Action" : "bedrock-agentcore:InvokeGateway",
        "Resource" : "arn:aws:bedrock-agentcore:eu-central-1:666666666666:gateway/*"
      },
      {
        "Sid" : "Use2",
        "Effect" : "Allow",
        "Action" : [
          "bedrock-agentcore:CreateEvent",
          "bedrock-agentcore:DeleteEvent",
          "bedrock-agentcore:BatchCreateMemoryRecords",
          "bedrock-agentcore:BatchUpdateMemoryRecords",
          "bedrock-agentcore:BatchDeleteMemoryRecords",
          "bedrock-agentcore:DeleteMemoryRecord",
          "bedrock-agentcore:UpdateMemoryRecordExpirySpecification",
          "bedrock-agentcore:StartMemoryExtractionJob",
          "bedrock-agentcore:IngestData",
          "bedrock-agentcore:GetEvent",
          "bedrock-agentcore:ListEvents",
          "bedrock-agentcore:GetMemoryRecord",
          "bedrock-agentcore:ListMemoryRecords",
          "bedrock-agentcore:RetrieveMemoryRecords",
          "bedrock-agentcore:ListActors",
          "bedrock-agentcore:ListSessions",
          "bedrock-agentcore:ListMemoryExtractionJobs"
        ],
        "Resource" : "arn:aws:bedrock-agentcore:eu-central-1:666666666666:memory/*"
      },
      {
        "Sid" : "KeySupportDesk1",
        "Effect" : "Allow",
        "Action" : [
          "kms:Decrypt",
          "kms:DescribeKey",
          "kms:GenerateDataKey"
        ],
        "Resource" : "arn:aws:kms:eu-central-1:666666666666:key/*",
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded",
            "aws:ResourceTag/bedrock-cmk-workload" : "support-desk",
            "kms:ViaService" : "bedrock-agentcore.eu-central-1.amazonaws.com"
          }
        }
      }
    ]
  })
}
