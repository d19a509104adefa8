# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_policy" "bedrock-cmk-break-glass" {
  name = "bedrock-cmk-break-glass"
  path = "/bedrock-cmk-guard/"

  description = "What the break-glass of AI agent keys may do"

  policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "RecoverKeys",
        "Effect" : "Allow",
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
        "Resource" : [
          "arn:aws:kms:eu-central-1:555555555555:key/*",
          "arn:aws:kms:us-east-1:555555555555:key/*"
        ],
        "Condition" : {
          "StringEquals" : {
            "aws:ResourceTag/bedrock-cmk" : "guarded"
          }
        }
      },
      {
        "Sid" : "FindKeys",
        "Effect" : "Allow",
        "Action" : [
          "kms:ListAliases",
          "kms:ListKeys"
        ],
        "Resource" : "*"
      }
    ]
  })
}

resource "aws_iam_role_policy_attachment" "bedrock-cmk-breakglass_bedrock-cmk-break-glass" {
  role       = aws_iam_role.bedrock-cmk-breakglass.name
  policy_arn = aws_iam_policy.bedrock-cmk-break-glass.arn
}
