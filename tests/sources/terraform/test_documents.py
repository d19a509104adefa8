"""Keys, roles and their policy documents, as they will be: with what is declared under the name made up for it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from bedrock_cmk_guard.subjects import Key, Reading, Role, Unknown, made_up_arn
from tests.sources.terraform.agent_code import AGENT, ROLE, ROOT
from tests.sources.terraform.reading_cases import read_folder

_DOCUMENTS = """
locals {
  replaced = { Sid = "Replaced", Effect = "Deny", Action = "kms:*", Resource = "*", Principal = "*" }
}
data "aws_iam_policy_document" "base" {
  statement {
    sid       = "Root"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
  }
  statement {
    sid       = "Replaced"
    actions   = ["kms:Decrypt"]
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "key" {
  source_policy_documents   = [data.aws_iam_policy_document.base.json]
  override_policy_documents = [jsonencode({ Statement = [local.replaced] })]
  dynamic "statement" {
    for_each = toset(["kms:Encrypt", "kms:Decrypt"])
    content {
      not_actions = [statement.value]
      resources   = [aws_kms_key.other.arn]
      not_principals {
        type        = "*"
        identifiers = ["*"]
      }
      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["bedrock.&{aws:RequestedRegion}.amazonaws.com"]
      }
    }
  }
}
resource "aws_kms_key" "other" {}
resource "aws_kms_key" "this" {
  policy = data.aws_iam_policy_document.key.json
}
"""
_KEY = made_up_arn("kms", "key", "aws_kms_key.this")


def _read(folder: Path, code: str) -> Reading:
    (folder / "main.tf").write_text(AGENT + dedent(code), encoding="utf-8")
    (reading,) = read_folder(folder, ["main.tf"])
    assert not reading.faults
    return reading


def _key(folder: Path, code: str) -> Key:
    return next(key for key in _read(folder, code).keys if key.address == "aws_kms_key.this")


def _role(folder: Path, code: str) -> Role:
    (role,) = _read(folder, code).roles
    return role


def test_the_role_of_an_agent_is_the_declared_one(tmp_path: Path) -> None:
    reading = _read(tmp_path, 'resource "aws_kms_key" "this" {}')
    (agent,) = reading.resources
    assert agent.role is not None
    assert agent.role.value == reading.roles[0].arn == ROLE


def test_a_key_left_as_it_is_has_what_aws_takes_instead(tmp_path: Path) -> None:
    key = _key(tmp_path, 'resource "aws_kms_key" "this" {}')
    assert (key.spec.value, key.usage.value, key.origin.value) == (
        "SYMMETRIC_DEFAULT",
        "ENCRYPT_DECRYPT",
        "AWS_KMS",
    )
    assert (key.enabled.value, key.multi_region.value, key.rotation.value) == (True, False, False)
    assert (key.rotation_period_days.value, key.deletion_window_days.value) == (None, 30)
    assert key.policy.value is None
    assert {fact.place for fact in (key.spec, key.rotation, key.deletion_window_days, key.policy)} == {None}


def test_what_a_key_says_of_itself_is_read(tmp_path: Path) -> None:
    key = _key(
        tmp_path,
        """
        variable "days" {
          default = "180"
        }
        resource "aws_kms_key" "this" {
          enable_key_rotation      = "true"
          rotation_period_in_days  = var.days
          deletion_window_in_days  = 7
          customer_master_key_spec = "RSA_2048"
          is_enabled               = false
          multi_region             = true
          tags                     = { owner = "me" }
        }
        """,
    )
    assert (key.rotation.value, key.rotation_period_days.value, key.deletion_window_days.value) == (
        True,
        180,
        7,
    )
    assert (key.spec.value, key.enabled.value, key.multi_region.value) == ("RSA_2048", False, True)
    assert key.tags.value == {"owner": "me"}
    assert key.deletion_window_days.place is not None


def test_a_key_policy_by_jsonencode_names_who_is_declared(tmp_path: Path) -> None:
    key = _key(
        tmp_path,
        """
        resource "aws_kms_key" "this" {
          policy = jsonencode({
            Version = "2012-10-17"
            Statement = [{
              Effect    = "Allow"
              Action    = "kms:*"
              Resource  = "*"
              Principal = { AWS = [aws_iam_role.agent.arn, local.root] }
            }]
          })
        }
        """,
    )
    statement = {
        "Effect": "Allow",
        "Action": "kms:*",
        "Resource": "*",
        "Principal": {"AWS": [ROLE, ROOT]},
    }
    assert key.policy.value == {"Version": "2012-10-17", "Statement": [statement]}


def test_a_policy_in_a_heredoc_is_read_and_what_is_not_known_in_it_is_unknown(tmp_path: Path) -> None:
    key = _key(
        tmp_path,
        """
        variable "admin" {}
        resource "aws_kms_key" "this" {}
        resource "aws_kms_key_policy" "this" {
          key_id = aws_kms_key.this.id
          policy = <<-EOT
            {"Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "${aws_kms_key.this.arn}",
              "Principal": {"AWS": ["${aws_iam_role.agent.arn}", "${var.admin}"]}}]}
          EOT
        }
        """,
    )
    assert isinstance(key.policy.value, dict)
    (statement,) = key.policy.value["Statement"]
    assert statement["Resource"] == _KEY
    known, unknown = statement["Principal"]["AWS"]
    assert known == ROLE
    assert isinstance(unknown, Unknown)


def test_a_policy_document_is_put_together(tmp_path: Path) -> None:
    key = _key(tmp_path, _DOCUMENTS)
    other = made_up_arn("kms", "key", "aws_kms_key.other")
    made = [
        {
            "Effect": "Allow",
            "NotAction": [action],
            "Resource": [other],
            "NotPrincipal": "*",
            "Condition": {
                "StringEquals": {"kms:ViaService": ["bedrock.${aws:RequestedRegion}.amazonaws.com"]}
            },
        }
        for action in ("kms:Decrypt", "kms:Encrypt")
    ]
    assert key.policy.value == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Root",
                "Effect": "Allow",
                "Action": ["kms:*"],
                "Resource": ["*"],
                "Principal": {"AWS": [ROOT]},
            },
            {"Sid": "Replaced", "Effect": "Deny", "Action": "kms:*", "Resource": "*", "Principal": "*"},
            *made,
        ],
    }


def test_a_policy_that_nobody_can_know_is_unknown(tmp_path: Path) -> None:
    key = _key(
        tmp_path,
        """
        variable "policy" {}
        resource "aws_kms_key" "this" {
          policy = var.policy
        }
        """,
    )
    assert isinstance(key.policy.value, Unknown)


def test_a_role_has_its_inline_its_own_and_its_attached_policies(tmp_path: Path) -> None:
    (tmp_path / "role.tf").write_text(
        dedent(
            """
            resource "aws_kms_key" "this" {}
            resource "aws_iam_role_policy" "by_name" {
              role   = aws_iam_role.agent.name
              policy = jsonencode({ Statement = [{ Sid = "ByName" }] })
            }
            resource "aws_iam_role_policy" "by_text" {
              role   = "agent"
              policy = jsonencode({ Statement = [{ Sid = "ByText" }] })
            }
            resource "aws_iam_role_policy" "of_another" {
              role   = "another"
              policy = jsonencode({ Statement = [{ Sid = "OfAnother" }] })
            }
            resource "aws_iam_policy" "managed" {
              policy = jsonencode({ Statement = [{ Sid = "Managed" }] })
            }
            resource "aws_iam_role_policy_attachment" "managed" {
              role       = aws_iam_role.agent.id
              policy_arn = aws_iam_policy.managed.arn
            }
            resource "aws_iam_role_policy_attachments_exclusive" "aws" {
              role_name   = aws_iam_role.agent.name
              policy_arns = ["arn:aws:iam::aws:policy/AmazonBedrockFullAccess"]
            }
            """
        ),
        encoding="utf-8",
    )
    role = _role(tmp_path, "")
    assert role.name.value == "agent"
    assert isinstance(role.trust.value, dict)
    sids = [policy.value["Statement"][0]["Sid"] for policy in role.policies if isinstance(policy.value, dict)]
    assert sorted(sids) == ["ByName", "ByText", "Managed"]
    unknown = [policy.value for policy in role.policies if isinstance(policy.value, Unknown)]
    assert [each.reason for each in unknown] == [
        "arn:aws:iam::aws:policy/AmazonBedrockFullAccess is not in what was read"
    ]


def test_awscc_says_the_same_in_other_words(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        dedent(
            """
            resource "awscc_bedrock_knowledge_base" "this" {
              name     = "managed"
              role_arn = awscc_iam_role.this.arn
              knowledge_base_configuration = {
                managed_knowledge_base_configuration = {
                  server_side_encryption_configuration = { kms_key_arn = awscc_kms_key.this.arn }
                }
              }
              tags = { a = "b" }
            }
            resource "awscc_kms_key" "this" {
              key_policy             = { Statement = [{ Effect = "Allow" }] }
              pending_window_in_days = 10
              enable_key_rotation    = true
              tags                   = [{ key = "a", value = "b" }]
            }
            resource "awscc_kms_alias" "this" {
              alias_name    = "alias/cc"
              target_key_id = awscc_kms_key.this.key_id
            }
            resource "awscc_iam_role" "this" {
              role_name                   = "cc"
              assume_role_policy_document = jsonencode({ Statement = [] })
              policies = [{ policy_name = "p", policy_document = jsonencode({ Statement = [{ Sid = "P" }] }) }]
            }
            """
        ),
        encoding="utf-8",
    )
    (reading,) = read_folder(tmp_path, ["."])
    (resource,), (key,), (role,) = reading.resources, reading.keys, reading.roles
    assert resource.surface == "managed-knowledge-base"
    assert getattr(resource.key.value, "text", None) == key.arn
    assert resource.role is not None
    assert resource.role.value == role.arn
    assert resource.tags.value == key.tags.value == {"a": "b"}
    assert (key.deletion_window_days.value, key.rotation.value, key.aliases) == (10, True, ("alias/cc",))
    assert key.policy.value == {"Statement": [{"Effect": "Allow"}]}
    assert [policy.value for policy in role.policies] == [{"Statement": [{"Sid": "P"}]}]
