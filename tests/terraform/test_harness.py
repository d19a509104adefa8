"""The harness itself: real Terraform accepts what is right, refuses what is not, and tells what it did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.terraform.fixtures import TerraformFactory
from tests.terraform.harness import Terraform
from tests.terraform.provider import Served
from tests.terraform.schema import NEWEST, load_schema

pytestmark = pytest.mark.thorough

VERSIONS = """\
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
"""

KEY = """\
resource "aws_kms_key" "this" {
  region                  = "eu-west-1"
  deletion_window_in_days = 30
  enable_key_rotation     = true
  rotation_period_in_days = 365
  policy                  = jsonencode({ "Version" = "2012-10-17", "Statement" = [] })
  tags                    = { Owner = "hr" }

  lifecycle {
    prevent_destroy = true
  }
}
"""

KEY_OUTPUTS = """\
output "key_arn" {
  value = aws_kms_key.this.arn
}
"""


ORGANIZATION = """\
provider "aws" {
  region              = "us-gov-west-1"
  allowed_account_ids = ["444455556666"]
}

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

resource "aws_organizations_policy" "rcp" {
  name         = "kms"
  type         = "RESOURCE_CONTROL_POLICY"
  content      = "{}"
  skip_destroy = true
  tags         = { Owner = "security" }
}

resource "aws_organizations_policy_attachment" "rcp" {
  policy_id    = aws_organizations_policy.rcp.id
  target_id    = "r-ab12"
  skip_destroy = true
}

resource "aws_iam_role" "agent" {
  name               = "agent"
  path               = "/bedrock/"
  assume_role_policy = jsonencode({ "Version" = "2012-10-17", "Statement" = [] })
}

resource "aws_iam_role_policy" "agent" {
  name   = "agent"
  role   = aws_iam_role.agent.id
  policy = "{}"
}

resource "aws_kms_external_key" "imported" {
  multi_region = true
}

output "all" {
  value = {
    account   = data.aws_caller_identity.this.account_id
    partition = data.aws_partition.this.partition
    region    = data.aws_region.this.region
    policy    = aws_organizations_policy.rcp.id
    arn       = aws_organizations_policy.rcp.arn
    attached  = aws_organizations_policy_attachment.rcp.id
    role      = aws_iam_role.agent.arn
    key       = aws_kms_external_key.imported.arn
    state     = aws_kms_external_key.imported.key_state
    tags      = aws_organizations_policy.rcp.tags_all
  }
}
"""


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.tf").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def root(tmp_path: Path, terraform: TerraformFactory) -> Terraform:
    return terraform(write(tmp_path / "root", versions=VERSIONS))


def test_apply_answers_like_aws_and_replans_empty(root: Terraform) -> None:
    write(root.folder, main=KEY, outputs=KEY_OUTPUTS)
    root.init()
    assert root.validate() == []
    assert root.unformatted() == []
    plan = root.plan()
    assert plan.changes == {"aws_kms_key.this": ("create",)}
    assert json.loads(plan.values("aws_kms_key.this")["policy"])["Version"] == "2012-10-17"

    (change,) = root.apply()

    assert (change.action, change.type) == ("create", "aws_kms_key")
    assert json.loads(change.values["policy"]) == {"Version": "2012-10-17", "Statement": []}
    assert change.values["tags_all"] == {"Owner": "hr"}
    assert root.outputs()["key_arn"].startswith("arn:aws:kms:eu-west-1:111122223333:key/")
    assert root.state()["aws_kms_key.this"]["rotation_period_in_days"] == 365
    assert root.replan_is_empty()


def test_update_keeps_ids_and_tags_follow(root: Terraform) -> None:
    write(root.folder, main=KEY, outputs=KEY_OUTPUTS)
    root.init().apply()
    arn = root.outputs()["key_arn"]
    write(root.folder, main=KEY.replace('Owner = "hr"', 'Owner = "finance"'))
    assert not root.replan_is_empty()
    assert root.plan().changes == {"aws_kms_key.this": ("update",)}
    (change,) = root.apply()
    assert change.action == "update"
    assert change.values["tags_all"] == {"Owner": "finance"}
    assert root.outputs()["key_arn"] == arn
    assert root.replan_is_empty()


def test_prevent_destroy_refuses_destroy_and_replacement(root: Terraform) -> None:
    write(root.folder, main=KEY)
    root.init().apply()
    assert "Instance cannot be destroyed" in root.destroy().check_failed()
    write(root.folder, main=KEY.replace("eu-west-1", "eu-central-1"))
    assert "Instance cannot be destroyed" in root.run("plan", "-no-color").check_failed()
    assert "aws_kms_key.this" in root.state()


def test_destroy_tells_the_provider(root: Terraform) -> None:
    write(
        root.folder,
        main='resource "aws_kms_alias" "a" {\n  name          = "alias/a"\n  target_key_id = "k"\n}\n',
    )
    root.init().apply()
    assert root.destroy().check().code == 0
    assert root.state() == {}


@pytest.mark.parametrize(
    ("resource", "arguments", "summary"),
    [
        ("aws_kms_key", ["enable_key_rotate = true"], "Unsupported argument"),
        ("aws_kms_alias", ['name = "alias/a"'], "Missing required argument"),
        ("aws_kms_key", ['tags = "x"'], "Incorrect attribute value type"),
        ("aws_kms_key", ['arn = "x"'], "Value for read-only attribute"),
        ("aws_kms_key", ["deletion_window_in_days = 6"], "Value out of range"),
        (
            "aws_kms_key",
            ["enable_key_rotation = true", "rotation_period_in_days = 2561"],
            "Value out of range",
        ),
        ("aws_kms_key", ["rotation_period_in_days = 365"], "Missing required argument"),
        ("aws_kms_key", ['policy = "{"'], "Invalid JSON"),
        ("aws_kms_key", ["policy = jsonencode([])"], "Invalid JSON"),
        ("aws_kms_key", ['policy = jsonencode({ "a" = "\u2713" })'], "Invalid value"),
        ("aws_kms_key", [f'policy = jsonencode({{ "a" = "{"x" * 32768}" }})'], "Policy too large"),
        ("aws_kms_key", ['tags = { a = "b<c" }'], "Invalid tag"),
        ("aws_kms_key", ['tags = { "aws:a" = "b" }'], "Invalid tag"),
        ("aws_kms_key", ['region = "Ireland"'], "Invalid value"),
        ("aws_kms_alias", ['name = "a"', 'target_key_id = "k"'], "Invalid value"),
        ("aws_kms_alias", ['name = "alias/aws/a"', 'target_key_id = "k"'], "Reserved alias"),
        (
            "aws_organizations_policy",
            ['name = "p"', 'content = "{}"', 'type = "SCP"'],
            "Invalid policy type",
        ),
        (
            "aws_organizations_policy",
            ['name = "p"', 'content = "{}"', 'region = "eu-west-1"'],
            "Unsupported argument",
        ),
        ("aws_iam_role", ['assume_role_policy = "{}"', 'region = "eu-west-1"'], "Unsupported argument"),
        (
            "aws_organizations_policy_attachment",
            ['policy_id = "p"', 'target_id = "root"'],
            "Invalid value",
        ),
    ],
)
def test_validate_complains(root: Terraform, resource: str, arguments: list[str], summary: str) -> None:
    write(root.folder, main="\n".join([f'resource "{resource}" "x" {{', *arguments, "}", ""]))
    found = root.init().validate()
    assert [diagnostic.summary for diagnostic in found] == [summary]
    assert found[0].file == "main.tf"


def test_unformatted_names_the_file(root: Terraform) -> None:
    write(root.folder, main="locals {\n  a   = 1\n}\n")
    assert root.unformatted() == ["main.tf"]


def test_organizations_and_iam_ids(root: Terraform) -> None:
    write(
        root.folder,
        main=ORGANIZATION,
    )
    root.init().apply()
    got = root.outputs()["all"]
    policy = got["policy"]
    arn = f"arn:aws-us-gov:organizations::444455556666:policy/o-exampleorgid/resource_control_policy/{policy}"
    assert policy.startswith("p-")
    assert got | {"key": ""} == {
        "account": "444455556666",
        "partition": "aws-us-gov",
        "region": "us-gov-west-1",
        "policy": policy,
        "arn": arn,
        "attached": f"r-ab12:{policy}",
        "role": "arn:aws-us-gov:iam::444455556666:role/bedrock/agent",
        "key": "",
        "state": "PendingImport",
        "tags": {"Owner": "security"},
    }
    assert got["key"].startswith("arn:aws-us-gov:kms:us-gov-west-1:444455556666:key/mrk-")
    assert root.replan_is_empty()


@pytest.mark.parametrize("aws_version", ["6.0.0"], indirect=True)
@pytest.mark.parametrize(
    ("argument", "summary"),
    [
        ('key_spec = "SYMMETRIC_DEFAULT"', "Unsupported argument"),
        ('key_usage = "ENCRYPT_DECRYPT"', "Value for read-only attribute"),
    ],
)
def test_external_key_of_the_lowest_version_takes_no_spec(
    root: Terraform, argument: str, summary: str
) -> None:
    write(root.folder, main=f'resource "aws_kms_external_key" "k" {{\n  {argument}\n}}\n')
    assert [diagnostic.summary for diagnostic in root.init().validate()] == [summary]


def modules(folder: Path) -> Path:
    """A root that calls two workload modules in sibling folders, each without a provider block."""
    for name in ("hr", "finance"):
        write(folder / name, versions=VERSIONS, main=KEY, outputs=KEY_OUTPUTS)
    calls = "".join(
        f'module "{name}" {{\n  source    = "../{name}"\n  providers = {{ aws = aws.workloads }}\n}}\n'
        for name in ("hr", "finance")
    )
    provider = 'provider "aws" {\n  alias  = "workloads"\n  region = "eu-west-1"\n}\n'
    return write(folder / "root", versions=VERSIONS, main=provider + calls)


def test_root_of_several_modules_with_a_passed_provider(tmp_path: Path, terraform: TerraformFactory) -> None:
    root = terraform(modules(tmp_path))
    assert root.init().validate() == []
    assert len(root.apply()) == 2
    assert set(root.state()) == {"module.hr.aws_kms_key.this", "module.finance.aws_kms_key.this"}
    assert len({values["arn"] for values in root.state().values()}) == 2
    assert root.replan_is_empty()


def test_removed_forgets_the_key_and_moved_keeps_it(tmp_path: Path, terraform: TerraformFactory) -> None:
    root = terraform(modules(tmp_path))
    root.init().apply()
    before = root.state()
    main = (root.folder / "main.tf").read_text()
    call = main[main.index('module "finance"') :]
    removed = "removed {\n  from = module.finance\n\n  lifecycle {\n    destroy = false\n  }\n}\n"
    moved = "moved {\n  from = module.hr\n  to   = module.people\n}\n"
    write(root.folder, main=main.replace(call, removed + moved).replace('module "hr"', 'module "people"'))
    root.init()
    plan = root.plan()
    assert plan.changes == {"module.finance.aws_kms_key.this": ("forget",)}
    assert plan.moved == {"module.hr.aws_kms_key.this": "module.people.aws_kms_key.this"}
    assert root.apply() == []
    assert root.state() == {"module.people.aws_kms_key.this": before["module.hr.aws_kms_key.this"]}


def test_leaving_a_module_out_without_removed_would_destroy(
    tmp_path: Path, terraform: TerraformFactory
) -> None:
    """Why `removed` is rendered: `prevent_destroy` goes away together with the block that holds it."""
    root = terraform(modules(tmp_path))
    root.init().apply()
    main = (root.folder / "main.tf").read_text()
    write(root.folder, main=main[: main.index('module "finance"')])
    assert root.init().plan().changes == {"module.finance.aws_kms_key.this": ("delete",)}


def test_state_of_any_version_is_read_by_the_newest(root: Terraform, terraform_program: str) -> None:
    write(root.folder, main='resource "aws_kms_external_key" "k" {\n  region = "eu-west-1"\n}\n')
    root.init().apply()
    with Served(load_schema(NEWEST)) as newest:
        assert Terraform(root.folder, newest, terraform_program).init().replan_is_empty()
