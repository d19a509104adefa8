# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_role" "bedrock-cmk-breakglass" {
  name = "bedrock-cmk-breakglass"

  description = "The emergency way in; its use is an incident"

  assume_role_policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "Roles",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::444444444444:role/incident-commander"
        },
        "Action" : "sts:AssumeRole"
      }
    ]
  })
}
