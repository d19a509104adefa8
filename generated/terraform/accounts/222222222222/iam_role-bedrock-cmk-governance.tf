# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_role" "bedrock-cmk-governance" {
  name = "bedrock-cmk-governance"

  description = "Administers keys and never uses them"

  assume_role_policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "Roles",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::444444444444:role/key-governance"
        },
        "Action" : "sts:AssumeRole"
      }
    ]
  })
}
