"""The example root of `examples/terraform-root`: all modules called from one place, each with its provider."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bedrock_cmk_guard.resources import IamRole, KmsKey
from tests.terraform.fixtures import TerraformFactory
from tests.terraform.harness import Terraform
from tests.terraform.provider import Served
from tests.whole.rendered import EXAMPLE, Rendered

pytestmark = pytest.mark.thorough

ROOT = EXAMPLE.parent / "terraform-root"


@pytest.fixture
def root(tmp_path: Path, example: Rendered, terraform: TerraformFactory) -> Terraform:
    shutil.copytree(example.folder, tmp_path / "generated")
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*")
    folder = shutil.copytree(ROOT, tmp_path / "examples" / "terraform-root", ignore=ignored)
    return terraform(folder)


def test_the_example_root_applies_every_module_in_its_account(
    root: Terraform, example: Rendered, served_aws: Served
) -> None:
    root.init()
    assert root.validate() == []
    assert root.unformatted() == []

    applied = root.apply()

    accounts = {block["allowed_account_ids"][0] for block in served_aws.provider.log.configured}
    assert accounts == {module.account for module in example.modules}
    assert len(root.state()) == len(applied)
    places: dict[tuple[str, str], int] = {}
    for place, change in enumerate(applied):
        what = change.values.get("description" if change.type == "aws_kms_key" else "name")
        places[change.type, str(what)] = place
    for module in example.modules:
        roles = [places["aws_iam_role", each.name] for each in module.resources if isinstance(each, IamRole)]
        keys = [
            places["aws_kms_key", each.description] for each in module.resources if isinstance(each, KmsKey)
        ]
        if keys:
            assert max(roles) < min(keys), module.name
    last_key = max(place for (kind, _), place in places.items() if kind == "aws_kms_key")
    assert last_key < min(place for (kind, _), place in places.items() if kind == "aws_organizations_policy")
    assert root.replan_is_empty()


@pytest.mark.parametrize("aws_version", ["6.0.0"], indirect=True)
def test_the_example_root_gives_out_what_applications_need(root: Terraform, example: Rendered) -> None:
    keys = [key for module in example.modules for key in module.resources if isinstance(key, KmsKey)]
    root.init().apply()

    outputs = root.outputs()

    assert {(scope, region) for scope, arns in outputs["key_arn"].items() for region in arns} == {
        (key.scope, key.region) for key in keys
    }
    for name, arn in outputs["callers_policy_arn"].items():
        assert arn.endswith(f":policy/bedrock-cmk-guard/{name}-callers")
    assert root.destroy().check_failed().count("Instance cannot be destroyed") == len(keys)


def test_the_example_root_calls_every_module_of_the_example(example: Rendered) -> None:
    text = (ROOT / "main.tf").read_text(encoding="utf-8")

    called = re.findall(r'source += "\.\./\.\./generated/terraform/(.*)"', text)

    assert sorted(called) == sorted(module.name for module in example.modules)
