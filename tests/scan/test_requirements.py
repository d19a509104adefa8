"""What requirements make of a scan."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from bedrock_cmk_guard import load_requirements
from bedrock_cmk_guard.demands import Demands
from bedrock_cmk_guard.render.scan_file import scan_file
from bedrock_cmk_guard.requirements import loads_requirements
from bedrock_cmk_guard.requirements.demands import demands_of
from bedrock_cmk_guard.requirements.starter import starter_text
from tests.scan.running import KEY, NO_KEY, WITH_KEY, as_json, run, workload, write
from tests.scan.test_acceptance import GOOD, MINIMAL, with_comment

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "cmk-guard.yaml"
WORKLOAD = "workloads:\n" + workload("desk", role="agent")


@pytest.mark.parametrize("text", [EXAMPLE.read_text(encoding="utf-8"), starter_text()])
def test_the_file_for_applications_demands_the_same(text: str) -> None:
    requirements = loads_requirements(text)
    again = loads_requirements(scan_file(requirements).text)
    assert demands_of(again) == demands_of(requirements)


def test_an_application_extends_the_file_for_applications(tmp_path: Path) -> None:
    rendered = ROOT / "generated" / "scan" / "cmk-guard.yaml"
    exception = "{control: BCG_CMK_001, resource: '*', owner: Ann, reason: moving, expires: 2099-01-01}"
    write(
        tmp_path,
        {
            "a.tf": NO_KEY,
            "org.yaml": rendered.read_bytes(),
            "cmk-guard.yaml": f"extends: org.yaml\nexceptions: [{exception}]\n",
        },
    )
    done = as_json(".", cwd=tmp_path)
    assert (done.status, done.json["summary"]["accepted"]) == (0, 1)
    assert done.json["summary"]["requirements"] == "cmk-guard.yaml"


def test_requirements_can_forbid_inline_skips(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.tf": with_comment(f"# {GOOD}"),
            "cmk-guard.yaml": MINIMAL + "enforcement: {inline_skips: false}\n",
        },
    )
    done = as_json(".", cwd=tmp_path)
    assert done.status == 1
    assert [control for control, _, _ in done.controls()] == ["BCG_CMK_001", "BCG_SCAN_005"]
    assert "the requirements do not allow inline skips" in done.out


def test_keys_of_accounts_that_are_not_approved_fail(tmp_path: Path) -> None:
    foreign = WITH_KEY.replace(KEY, KEY.replace("111122223333:key", "999999999999:key"))
    write(tmp_path, {"a.tf": foreign, "cmk-guard.yaml": MINIMAL + WORKLOAD})
    done = as_json(".", cwd=tmp_path)
    assert done.controls() == [("BCG_CMK_002", "fail", "aws_bedrockagent_agent.this")]
    write(tmp_path, {"a.tf": WITH_KEY})
    assert as_json(".", cwd=tmp_path).status == 0


def test_what_is_demanded_follows_from_the_requirements() -> None:
    demands = demands_of(load_requirements(EXAMPLE))
    assert demands.keys.rotation_period_days == 365
    assert demands.key_accounts == {"222222222222", "555555555555", "666666666666"}
    assert demands.regions == {"eu-central-1", "us-east-1"}
    assert demands.production == {"production"}
    assert demands.guard_tag == ("bedrock-cmk", "guarded")
    assert demands.guard_tag_required
    assert [each.key for each in demands.tags][:2] == ["application", "data-owner"]
    desk = next(each for each in demands.workloads if each.name == "support-desk")
    assert (desk.isolation, desk.tenants) == ("tenant", ("northwind", "contoso"))
    assert desk.match.tags == {"application": "support-desk"}
    assert desk.tags["cost-centre"] == "CC-3003"
    assert desk.callers == ("arn:aws:iam::*:role/support-desk-app",)


def test_nothing_of_the_demands_is_forgotten() -> None:
    """Every field differs from the default in a file that sets everything, or is a default by its nature."""
    demands = demands_of(load_requirements(EXAMPLE))
    defaults = Demands.default()
    same = {
        field.name
        for field in dataclasses.fields(Demands)
        if getattr(demands, field.name) == getattr(defaults, field.name)
    }
    assert same <= {"tiers", "exceptions", "inline_skips", "guard_tag"}


def test_the_whole_example_organisation_is_judged(tmp_path: Path) -> None:
    done = run("--requirements", str(EXAMPLE), "--format", "json", "examples/scan/fixed", cwd=ROOT)
    # No workload of the example matches these, so they are judged as the strictest there is.
    assert {f["control"] for f in done.json["findings"]} >= {"BCG_KEY_008"}
    assert {each["workload"] for each in done.json["resources"]} == {None}
