# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_iam_role" "bedrock-agent-provisioner" {
  name = "bedrock-agent-provisioner"

  description = "Creates and changes agents and memories; assumed by the deployment pipeline only"

  assume_role_policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "Roles",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::333333333333:role/agent-pipeline"
        },
        "Action" : "sts:AssumeRole"
      },
      {
        "Sid" : "WebIdentity1",
        "Effect" : "Allow",
        "Principal" : {
          "Federated" : "arn:aws:iam::666666666666:oidc-provider/token.actions.githubusercontent.com"
        },
        "Action" : "sts:AssumeRoleWithWebIdentity",
        "Condition" : {
          "StringEquals" : {
            "token.actions.githubusercontent.com:aud" : "sts.amazonaws.com"
          },
          "StringLike" : {
            "token.actions.githubusercontent.com:sub" : "repo:example/agents:ref:refs/heads/main"
          }
        }
      }
    ]
  })
}
