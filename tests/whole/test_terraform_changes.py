"""Requirements change, and the keys stay: what Terraform makes of a rendering upon the state of the one before."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from tests.terraform.fixtures import TerraformFactory
from tests.terraform.harness import Action, Plan, Terraform
from tests.whole.rendered import EXAMPLE, render_to

# Moving, forgetting and refusing are Terraform's own work; one schema will do.
pytestmark = [pytest.mark.parametrize("aws_version", ["6.0.0"], indirect=True), pytest.mark.thorough]

Edit: TypeAlias = Callable[[dict[str, Any]], None]
_KEYS = ("aws_kms_key.", "aws_kms_external_key.")


class Organisation:
    """An organisation whose file is edited, rendered and applied, again and again, in place."""

    def __init__(self, folder: Path, terraform: TerraformFactory) -> None:
        self._file = folder / "cmk-guard.yaml"
        self._terraform = terraform
        self.out = folder / "policies"
        self.data: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))

    def render(self) -> None:
        self._file.write_text(yaml.safe_dump(self.data, allow_unicode=True), encoding="utf-8")
        assert render_to(self._file, self.out) == 0
        assert self.is_clean()

    def is_clean(self) -> bool:
        return render_to(self._file, self.out, "--check") == 0

    def workload(self, name: str) -> dict[str, Any]:
        return next(each for each in self.data["workloads"] if each["name"] == name)

    def root(self, module: str) -> Terraform:
        terraform = self._terraform(self.out / "terraform" / module).init()
        assert terraform.validate() == []
        assert terraform.unformatted() == []
        return terraform

    def apply(self, module: str) -> Terraform:
        root = self.root(module)
        root.apply()
        assert root.replan_is_empty()
        return root

    def move_state(self, before: str, after: str) -> None:
        folder = self.out / "terraform"
        shutil.move(folder / before / "terraform.tfstate", folder / after / "terraform.tfstate")


@pytest.fixture
def organisation(tmp_path: Path, terraform: TerraformFactory) -> Organisation:
    organisation = Organisation(tmp_path, terraform)
    organisation.render()
    return organisation


def keys(plan: Plan) -> dict[str, tuple[Action, ...]]:
    """What is planned for each key, by address."""
    return {address: actions for address, actions in plan.actions.items() if address.startswith(_KEYS)}


def arns(root: Terraform) -> dict[str, str]:
    return {address: values["arn"] for address, values in root.state().items() if address.startswith(_KEYS)}


def test_a_renamed_workload_keeps_its_keys(organisation: Organisation) -> None:
    before = arns(organisation.apply("workloads/support-desk"))
    organisation.workload("support-desk").update(name="help-desk", renamed_from="support-desk")
    organisation.render()
    organisation.move_state("workloads/support-desk", "workloads/help-desk")
    assert not list((organisation.out / "terraform/workloads/support-desk").glob("*.tf"))

    root = organisation.root("workloads/help-desk")
    plan = root.plan()

    assert set(keys(plan).values()) == {("update",)}
    assert {old: new for old, new in plan.moved.items() if old.startswith("aws_kms_key.")} == {
        address: address.replace("support-desk", "help-desk") for address in before
    }
    assert {old: new for old, new in plan.moved.items() if old.startswith("aws_kms_alias.")} == {
        address.replace("kms_key", "kms_alias"): address.replace("kms_key", "kms_alias").replace(
            "support", "help"
        )
        for address in before
    }
    root.apply()
    assert root.replan_is_empty()
    assert sorted(arns(root).values()) == sorted(before.values())

    del organisation.workload("help-desk")["renamed_from"]
    organisation.render()
    assert organisation.root("workloads/help-desk").replan_is_empty()


def test_a_renamed_tenant_keeps_its_key(organisation: Organisation) -> None:
    before = arns(organisation.apply("workloads/support-desk"))
    organisation.workload("support-desk")["tenants"][1] = {"name": "contoso-ltd", "renamed_from": "contoso"}
    organisation.render()

    root = organisation.root("workloads/support-desk")
    plan = root.plan()

    assert keys(plan) == {
        "aws_kms_key.support-desk_eu-central-1": ("no-op",),
        "aws_kms_key.support-desk_northwind_eu-central-1": ("no-op",),
        "aws_kms_key.support-desk_contoso-ltd_eu-central-1": ("update",),
    }
    root.apply()
    assert sorted(arns(root).values()) == sorted(before.values())
    assert root.replan_is_empty()


def test_a_workload_that_leaves_is_forgotten_and_its_keys_stay(organisation: Organisation) -> None:
    before = arns(organisation.apply("workloads/financial-adviser"))
    adviser = organisation.workload("financial-adviser")
    organisation.data["workloads"].remove(adviser)
    organisation.render()

    root = organisation.root("workloads/financial-adviser")
    plan = root.plan()

    assert keys(plan) == dict.fromkeys(before, ("forget",))
    deleted = [change.type for change in root.apply()]
    assert "aws_kms_key" not in deleted
    assert root.state() == {}
    assert root.replan_is_empty()
    organisation.render()
    assert organisation.root("workloads/financial-adviser").replan_is_empty()

    organisation.data["workloads"].append(adviser)
    organisation.render()
    again = organisation.apply("workloads/financial-adviser")
    assert arns(again).keys() == before.keys()
    assert not (again.folder / "retired.tf").exists()


def test_a_tenant_that_leaves_is_forgotten_and_its_key_stays(organisation: Organisation) -> None:
    before = arns(organisation.apply("workloads/support-desk"))
    del organisation.workload("support-desk")["tenants"][0]
    organisation.render()

    root = organisation.root("workloads/support-desk")
    plan = root.plan()

    assert keys(plan) == {
        "aws_kms_key.support-desk_eu-central-1": ("no-op",),
        "aws_kms_key.support-desk_northwind_eu-central-1": ("forget",),
        "aws_kms_key.support-desk_contoso_eu-central-1": ("no-op",),
    }
    deleted = [change.type for change in root.apply() if change.action == "delete"]
    assert deleted == ["aws_kms_alias"]
    assert arns(root).items() < before.items()
    assert root.replan_is_empty()
    organisation.render()


def test_a_region_comes_and_goes(organisation: Organisation) -> None:
    before = arns(organisation.apply("workloads/hr-assistant"))
    organisation.workload("hr-assistant")["regions"] = ["eu-central-1", "us-east-1"]
    organisation.render()
    root = organisation.root("workloads/hr-assistant")
    assert keys(root.plan())["aws_kms_key.hr-assistant_us-east-1"] == ("create",)
    assert keys(root.plan())["aws_kms_key.hr-assistant_eu-central-1"] in (("no-op",), ("update",))
    root.apply()
    assert before.items() < arns(root).items()

    organisation.workload("hr-assistant")["regions"] = ["eu-central-1"]
    organisation.render()
    assert keys(organisation.root("workloads/hr-assistant").plan())["aws_kms_key.hr-assistant_us-east-1"] == (
        "forget",
    )
    assert arns(organisation.apply("workloads/hr-assistant")) == before


def test_keys_that_move_to_central_accounts_are_made_anew_and_the_old_ones_stay(
    organisation: Organisation,
) -> None:
    before = arns(organisation.apply("workloads/hr-assistant"))
    organisation.data["key_standard"] |= {"held_in": "key-accounts", "key_accounts": ["777777777777"]}
    organisation.render()

    assert keys(organisation.root("workloads/hr-assistant").plan()) == dict.fromkeys(before, ("forget",))
    assert len(arns(organisation.apply("keys/hr-assistant"))) == len(before)
    organisation.apply("workloads/hr-assistant")


def test_another_origin_makes_a_new_key_and_the_old_one_stays(organisation: Organisation) -> None:
    organisation.apply("workloads/hr-assistant")
    organisation.data["key_standard"] |= {"origin": "EXTERNAL", "rotation_period_days": None}
    organisation.render()

    plan = organisation.root("workloads/hr-assistant").plan()

    assert keys(plan) == {
        "aws_kms_key.hr-assistant_eu-central-1": ("forget",),
        "aws_kms_external_key.hr-assistant_eu-central-1": ("create",),
    }
    assert plan.changes["aws_kms_alias.hr-assistant_eu-central-1"] == ("update",)
    organisation.apply("workloads/hr-assistant")


def drop_a_tenant(workload: dict[str, Any]) -> None:
    del workload["tenants"][0]


def rename_a_tenant(workload: dict[str, Any]) -> None:
    workload["tenants"][0] = {"name": "fabrikam", "renamed_from": "northwind"}


def drop_every_tenant(workload: dict[str, Any]) -> None:
    del workload["tenants"], workload["isolation"]


@pytest.mark.parametrize("also", [drop_a_tenant, rename_a_tenant, drop_every_tenant])
def test_no_key_is_deleted_when_a_workload_is_renamed_and_changed_at_once(
    organisation: Organisation, also: Edit
) -> None:
    before = arns(organisation.apply("workloads/support-desk"))
    organisation.workload("support-desk").update(name="help-desk", renamed_from="support-desk")
    also(organisation.workload("help-desk"))
    organisation.render()
    organisation.move_state("workloads/support-desk", "workloads/help-desk")

    root = organisation.root("workloads/help-desk")
    planned = keys(root.plan())

    assert set(planned.values()) <= {("update",), ("forget",)}
    assert len(planned) == len(before)
    root.apply()
    assert set(arns(root).values()) <= set(before.values())
    assert root.replan_is_empty()
    del organisation.workload("help-desk")["renamed_from"]
    organisation.render()
    assert organisation.root("workloads/help-desk").replan_is_empty()


def test_no_key_is_deleted_when_a_workload_is_renamed_and_the_origin_changes_at_once(
    organisation: Organisation,
) -> None:
    organisation.apply("workloads/hr-assistant")
    organisation.workload("hr-assistant").update(name="people", renamed_from="hr-assistant")
    organisation.data["key_standard"] |= {"origin": "EXTERNAL", "rotation_period_days": None}
    organisation.render()
    organisation.move_state("workloads/hr-assistant", "workloads/people")

    assert keys(organisation.root("workloads/people").plan()) == {
        "aws_kms_key.hr-assistant_eu-central-1": ("forget",),
        "aws_kms_external_key.people_eu-central-1": ("create",),
    }
    organisation.apply("workloads/people")
