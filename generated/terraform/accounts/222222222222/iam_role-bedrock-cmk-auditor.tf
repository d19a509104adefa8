# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_role" "bedrock-cmk-auditor" {
  name = "bedrock-cmk-auditor"

  description = "Reads configuration, never content"

  assume_role_policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "Roles",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::444444444444:role/audit"
        },
        "Action" : "sts:AssumeRole"
      }
    ]
  })
}
