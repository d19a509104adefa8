# Rendered by bedrock-cmk-guard from the requirements: change those, not this file.

resource "aws_organizations_policy" "tag_tag-standard" {
  name = "tag-standard"
  type = "TAG_POLICY"

  content = jsonencode({
    "tags" : {
      "application" : {
        "tag_key" : {
          "@@assign" : "application"
        },
        "report_required_tag_for" : {
          "@@assign" : [
            "kms:key"
          ]
        }
      },
      "data-owner" : {
        "tag_key" : {
          "@@assign" : "data-owner"
        },
        "report_required_tag_for" : {
          "@@assign" : [
            "kms:key"
          ]
        }
      },
      "cost-centre" : {
        "tag_key" : {
          "@@assign" : "cost-centre"
        },
        "tag_value" : {
          "@@assign" : [
            "CC-*"
          ]
        },
        "enforced_for" : {
          "@@assign" : [
            "kms:key"
          ]
        },
        "report_required_tag_for" : {
          "@@assign" : [
            "kms:key"
          ]
        }
      },
      "data-sensitivity" : {
        "tag_key" : {
          "@@assign" : "data-sensitivity"
        },
        "tag_value" : {
          "@@assign" : [
            "internal",
            "confidential",
            "restricted"
          ]
        },
        "enforced_for" : {
          "@@assign" : [
            "kms:key"
          ]
        },
        "report_required_tag_for" : {
          "@@assign" : [
            "kms:key"
          ]
        }
      },
      "environment" : {
        "tag_key" : {
          "@@assign" : "environment"
        },
        "tag_value" : {
          "@@assign" : [
            "production",
            "staging",
            "development"
          ]
        },
        "enforced_for" : {
          "@@assign" : [
            "kms:key"
          ]
        },
        "report_required_tag_for" : {
          "@@assign" : [
            "kms:key"
          ]
        }
      }
    }
  })
}

# ai-workloads
resource "aws_organizations_policy_attachment" "tag_tag-standard_ou-ab12-11111111" {
  policy_id = aws_organizations_policy.tag_tag-standard.id
  target_id = "ou-ab12-11111111"
}
