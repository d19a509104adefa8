"""A key that leaves the requirements is forgotten by Terraform, never destroyed; a renamed one is kept."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from bedrock_cmk_guard.render import Format, check, load_manifest, render, write
from bedrock_cmk_guard.resources import Module, Target
from tests.render import modules as made
from tests.terraform.fixtures import TerraformFactory

HR = "terraform/workloads/hr"
HOSTILE = "".join(
    [
        '"',
        "\\",
        "'",
        "${x}",
        "$${y}",
        "%{z}",
        "%%{z",
        "$",
        "%",
        "<&>",
        "\n\t\r",
        "💥",
        "é",
        "}",
        "\u2028\ufeff",
        "#{{a}}",
    ]
)


def put(out: Path, *modules: Module, **options: Any) -> None:
    write(render(modules, previous=load_manifest(out), **options), out)


def hr(*scopes: str, **changes: Any) -> Module:
    return made.workload(*(made.key(scope=scope, needs_roles=(), **changes) for scope in scopes))


def retired(out: Path, module: str = "workloads/hr") -> list[str]:
    path = out / "terraform" / module / "retired.tf"
    lines = path.read_text().splitlines() if path.exists() else []
    return [line.removeprefix("  from = ") for line in lines if line.startswith("  from = ")]


def test_a_key_that_leaves_is_forgotten(tmp_path: Path, terraform: TerraformFactory) -> None:
    put(tmp_path, hr("hr", "hr/acme"))
    root = terraform(tmp_path / HR).init()
    root.apply()
    put(tmp_path, hr("hr"))
    root.init()
    assert root.unformatted() == []
    assert root.validate() == []
    assert root.plan().changes == {
        "aws_kms_key.hr_acme_eu-central-1": ("forget",),
        "aws_kms_alias.hr_acme_eu-central-1": ("delete",),
    }
    root.apply()
    assert root.replan_is_empty()


def test_a_workload_that_leaves_leaves_its_keys(tmp_path: Path, terraform: TerraformFactory) -> None:
    put(tmp_path, made.organization(), made.workload())
    root = terraform(tmp_path / HR).init()
    root.apply()
    put(tmp_path, made.organization())
    assert sorted(path.name for path in (tmp_path / HR).glob("*.tf")) == ["retired.tf", "versions.tf"]
    root.init()
    assert root.validate() == []
    changes = root.plan().changes
    assert {address for address, actions in changes.items() if actions == ("forget",)} == {
        "aws_kms_key.hr_eu-central-1",
        "aws_kms_key.hr_us-east-1",
    }
    root.apply()
    assert root.state() == {}


def test_a_renamed_key_is_kept(tmp_path: Path, terraform: TerraformFactory) -> None:
    put(tmp_path, hr("hr/old", alias="alias/one"))
    root = terraform(tmp_path / HR).init()
    root.apply()
    before = root.state()["aws_kms_key.hr_old_eu-central-1"]["arn"]
    put(tmp_path, hr("hr/new", alias="alias/one", former_name="hr/old/eu-central-1"))
    assert retired(tmp_path) == []
    root.init()
    assert root.plan().moved == {
        "aws_kms_key.hr_old_eu-central-1": "aws_kms_key.hr_new_eu-central-1",
        "aws_kms_alias.hr_old_eu-central-1": "aws_kms_alias.hr_new_eu-central-1",
    }
    root.apply()
    assert root.state()["aws_kms_key.hr_new_eu-central-1"]["arn"] == before


def test_hostile_text_arrives_as_itself(tmp_path: Path, terraform: TerraformFactory) -> None:
    text = unicodedata.normalize("NFC", HOSTILE)
    target = Target(HOSTILE, "r-ab12")
    put(
        tmp_path,
        made.organization(name=text, description=text, targets=(target,)),
        formats=[Format.TERRAFORM],
    )
    root = terraform(tmp_path / "terraform/organization").init()
    assert root.unformatted() == []
    root.apply()
    policy = next(
        values for values in root.state().values() if values.get("type") == "SERVICE_CONTROL_POLICY"
    )
    assert (policy["name"], policy["description"]) == (text, text)
    assert json.loads(policy["content"]) == made.SCP.to_dict()


def test_the_retired_stay_retired(tmp_path: Path) -> None:
    put(tmp_path, hr("hr", "hr/acme"))
    put(tmp_path, hr("hr"))
    for _ in range(2):
        put(tmp_path, hr("hr"))
        assert retired(tmp_path) == ["aws_kms_key.hr_acme_eu-central-1"]
        assert not check(render([hr("hr")], previous=load_manifest(tmp_path)), tmp_path).paths
    put(tmp_path)
    put(tmp_path, made.organization())
    assert retired(tmp_path) == ["aws_kms_key.hr_acme_eu-central-1", "aws_kms_key.hr_eu-central-1"]


def test_a_key_that_comes_back_is_not_retired(tmp_path: Path) -> None:
    for scopes in (("hr", "hr/acme"), ("hr",), ("hr", "hr/acme")):
        put(tmp_path, hr(*scopes))
    assert retired(tmp_path) == []
    assert not (tmp_path / HR / "retired.tf").exists()


def test_a_renamed_workload_takes_its_keys_to_its_new_folder(tmp_path: Path) -> None:
    put(tmp_path, hr("hr"))
    key = made.key(scope="people", former_name="hr/eu-central-1", needs_roles=())
    put(tmp_path, made.workload(key, name="workloads/people"))
    assert not (tmp_path / HR).exists()
    assert (
        "aws_kms_key.hr_eu-central-1"
        in (tmp_path / "terraform/workloads/people/kms_key-people_eu-central-1.tf").read_text()
    )
    put(tmp_path, made.workload(key, name="workloads/people"))
    assert retired(tmp_path, "workloads/people") == []


def test_a_changed_origin_is_another_key(tmp_path: Path) -> None:
    put(tmp_path, hr("hr"))
    put(tmp_path, hr("hr", origin="EXTERNAL", rotation_period_days=None))
    assert retired(tmp_path) == ["aws_kms_key.hr_eu-central-1"]


@pytest.mark.parametrize("between", [["json"], ["cloudformation"]])
def test_what_has_left_is_remembered_while_terraform_is_not_rendered(
    tmp_path: Path, between: list[str]
) -> None:
    put(tmp_path, hr("hr", "hr/acme"))
    put(tmp_path, hr("hr"), formats=between)
    put(tmp_path, hr("hr"))
    assert retired(tmp_path) == ["aws_kms_key.hr_acme_eu-central-1"]


def test_only_leaves_what_has_left_elsewhere_to_the_next_run(tmp_path: Path) -> None:
    put(tmp_path, made.organization(), hr("hr"))
    put(tmp_path, made.organization(), only=["organization"])
    assert (tmp_path / HR / "kms_key-hr_eu-central-1.tf").exists()
    put(tmp_path, made.organization(), only=["workload:hr"])
    assert retired(tmp_path) == ["aws_kms_key.hr_eu-central-1"]
