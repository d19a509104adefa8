"""Loading: the example, several files put together, and where requirements are found."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest
import yaml

from bedrock_cmk_guard.errors import Problem, RequirementsError
from bedrock_cmk_guard.requirements import (
    Requirements,
    dump_requirements,
    find_requirements,
    load_requirements,
    loads_requirements,
)

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "cmk-guard.yaml"
BASE = Path(__file__).parent / "files" / "parts" / "base.yaml"


@pytest.fixture(scope="module")
def base() -> Requirements:
    return load_requirements(BASE)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(RequirementsError) as caught:
        load_requirements(path)
    return caught.value.problems


def message(path: Path) -> str:
    (problem,) = problems(path)
    return problem.message


def test_the_example_loads() -> None:
    requirements = load_requirements(str(EXAMPLE))
    assert [w.name for w in requirements.workloads] == ["hr-assistant", "financial-adviser", "support-desk"]
    assert requirements.exemptions[0].expires == date(2027, 6, 30)


def test_values_that_yaml_would_retype_stay_what_they_are(tmp_path: Path) -> None:
    text = BASE.read_text(encoding="utf-8").replace('"222222222222"', "012345678901")
    text = text.replace("data_owner: Human Resources", "data_owner: no").replace("CISO", "0x1F")
    requirements = load_requirements(write(tmp_path / "cmk-guard.yaml", text))
    assert requirements.workloads[0].account == "012345678901"
    assert requirements.workloads[0].data_owner == "no"
    assert requirements.policy.owner == "0x1F"


def test_json_is_the_same(tmp_path: Path, base: Requirements) -> None:
    data = base.model_dump(mode="json")
    for indent in (None, 2, "\t"):
        path = write(tmp_path / "cmk-guard.json", json.dumps(data, indent=indent))
        assert load_requirements(path) == base


def test_json_escapes_of_an_emoji(tmp_path: Path) -> None:
    text = json.dumps(
        {**yaml.safe_load(BASE.read_text(encoding="utf-8")), "policy": {"owner": "🔑/", "contact": "x"}}
    )
    requirements = load_requirements(write(tmp_path / "cmk-guard.json", text.replace("/", "\\/")))
    assert "\\ud83d" in text
    assert requirements.policy.owner == "🔑/"


def test_a_byte_order_mark_and_windows_line_ends(tmp_path: Path, base: Requirements) -> None:
    path = tmp_path / "cmk-guard.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + BASE.read_bytes().replace(b"\n", b"\r\n"))
    assert load_requirements(path) == base


def test_an_empty_field_has_its_default(tmp_path: Path, base: Requirements) -> None:
    text = (
        BASE.read_text(encoding="utf-8")
        + "exceptions:\nenforcement:\nkey_standard: {isolation: ~, rotation_period_days: null}\n"
    )
    requirements = load_requirements(write(tmp_path / "cmk-guard.yaml", text))
    assert requirements.enforcement == base.enforcement
    assert requirements.key_standard.isolation == base.key_standard.isolation
    assert requirements.key_standard.rotation_period_days is None


def test_an_alias_stands_for_its_anchor(tmp_path: Path) -> None:
    text = BASE.read_text(encoding="utf-8").replace(
        "owner: CISO, contact: ciso@example.com", "owner: &who CISO, contact: *who"
    )
    assert load_requirements(write(tmp_path / "cmk-guard.yaml", text)).policy.contact == "CISO"


def test_text_loads_and_names_itself() -> None:
    assert loads_requirements(EXAMPLE.read_text(encoding="utf-8")) == load_requirements(EXAMPLE)
    with pytest.raises(RequirementsError, match=r"^<string>:1:1: "):
        loads_requirements("[]")
    with pytest.raises(RequirementsError, match=r"only package:… can be named"):
        loads_requirements("extends: a.yaml\n")
    with pytest.raises(RequirementsError, match=r"only package:… can be named"):
        loads_requirements("include: [a.yaml]\n")
    with pytest.raises(RequirementsError, match="there is no installed package '__main__'"):
        loads_requirements("extends: package:__main__/a.yaml\n")


class TestExtends:
    def test_mappings_merge_and_the_rest_replaces(self, tmp_path: Path) -> None:
        write(
            tmp_path / "org" / "base.yaml",
            BASE.read_text(encoding="utf-8") + "key_standard: {isolation: tenant}\n",
        )
        path = write(
            tmp_path / "app" / "cmk-guard.yaml",
            "extends: ../org/base.yaml\n"
            "policy: {owner: CIO}\n"
            "sensitivities: [confidential]\n"
            "key_standard: null\n",
        )
        requirements = load_requirements(path)
        assert (requirements.policy.owner, requirements.policy.contact) == ("CIO", "ciso@example.com")
        assert requirements.sensitivities == ("confidential",)
        assert requirements.key_standard.isolation == "workload"
        assert requirements.workloads[0].name == "assistant"

    def test_chains_end_somewhere(self, tmp_path: Path) -> None:
        write(tmp_path / "0.yaml", BASE.read_text(encoding="utf-8"))
        for index in range(1, 12):
            write(tmp_path / f"{index}.yaml", f"extends: {index - 1}.yaml\n")
        assert load_requirements(tmp_path / "9.yaml").workloads
        assert message(tmp_path / "11.yaml") == "more than 10 files extend one another"

    def test_an_installed_package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        package = tmp_path / "site" / "acme_requirements"
        write(package / "__init__.py", "raise SystemExit('reading requirements runs no code')\n")
        write(package / "data" / "org.yaml", "extends: ../base.yaml\ninclude: [more.yaml]\n")
        write(package / "data" / "more.yaml", "exceptions:\n")
        write(package / "base.yaml", BASE.read_text(encoding="utf-8"))
        monkeypatch.syspath_prepend(str(tmp_path / "site"))
        text = "extends: package:acme_requirements/data/org.yaml\npolicy: {owner: CIO}\n"
        assert loads_requirements(text).policy.owner == "CIO"
        wrong = write(tmp_path / "cmk-guard.yaml", f"{text}organization: {{id: x}}\n")
        assert problems(wrong)[0].file == str(wrong)
        write(package / "data" / "org.yaml", "extends: ../base.yaml\ninclude: ['*.yaml']\n")
        assert "by name only" in problems(wrong)[-1].message
        write(package / "data" / "org.yaml", "extends: ../base.yaml\n")
        write(package / "base.yaml", "version: 2\n")
        assert problems(wrong)[-1].file == "package:acme_requirements/base.yaml"

    def test_a_package_is_not_left(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        package = tmp_path / "site" / "acme_leaves"
        write(package / "__init__.py", "")
        write(package / "cmk-guard.yaml", "extends: ../outside.yaml\n")
        write(tmp_path / "site" / "outside.yaml", BASE.read_text(encoding="utf-8"))
        monkeypatch.syspath_prepend(str(tmp_path / "site"))
        with pytest.raises(RequirementsError, match="is to be written package:NAME/FILE"):
            loads_requirements("extends: package:acme_leaves/cmk-guard.yaml\n")


class TestInclude:
    def test_lists_are_appended_in_order_of_name(self, tmp_path: Path, base: Requirements) -> None:
        workload = base.workloads[0].model_dump(mode="json", exclude_defaults=True)
        for name in ("b", "a"):
            item = {**workload, "name": name, "service_role": {"role": name}}
            write(tmp_path / "teams" / name / "w.yaml", yaml.safe_dump({"workloads": [item]}))
        exemption = "{ou: ou-ab12-33333333, owner: a, reason: b, expires: 2027-06-30, layers: [key_tags]}"
        write(tmp_path / "exemptions.yaml", f"exemptions: [{exemption}]\n")
        text = BASE.read_text(encoding="utf-8") + "include: ['teams/**/*.yaml', exemptions.yaml]\n"
        requirements = load_requirements(write(tmp_path / "cmk-guard.yaml", text))
        assert [w.name for w in requirements.workloads] == ["assistant", "a", "b"]
        assert len(requirements.exemptions) == 1

    def test_patterns_that_find_nothing_or_too_much(self, tmp_path: Path) -> None:
        def told(pattern: str) -> str:
            text = f"{BASE.read_text(encoding='utf-8')}include: ['{pattern}']\n"
            return message(write(tmp_path / "cmk-guard.yaml", text))

        # Two circles of links make 2^40 ways to go.
        (tmp_path / "left").symlink_to(tmp_path)
        (tmp_path / "right").symlink_to(tmp_path)
        assert told("**/none.yaml") == "no file fits '**/none.yaml'"
        write(tmp_path / "many" / ".hidden.yaml", "not: taken\n")
        assert told("many/*") == "no file fits 'many/*'"
        assert told("many/.*").startswith("is not a field of an included file")
        # Whether this is a pattern at all depends on the version of Python.
        assert "**x/a.yaml" in told("**x/a.yaml")
        for index in range(1001):
            write(tmp_path / "many" / f"{index}.yaml", "")
        assert told("many/*.yaml") == "more than 1,000 files fit 'many/*.yaml'"

    def test_a_file_is_taken_once(self, tmp_path: Path) -> None:
        write(tmp_path / "w.yaml", "workloads: []\n")
        path = write(
            tmp_path / "cmk-guard.yaml", BASE.read_text(encoding="utf-8") + "include: [w.yaml, '*.yaml']\n"
        )
        assert [p.message for p in problems(path)] == [
            f"{tmp_path / name} is in these requirements already" for name in ("cmk-guard.yaml", "w.yaml")
        ]

    def test_contradictions_name_the_file_they_stand_in(self, tmp_path: Path, base: Requirements) -> None:
        workload = {**base.workloads[0].model_dump(mode="json", exclude_defaults=True), "environment": "prod"}
        write(tmp_path / "w.yaml", yaml.safe_dump({"workloads": [workload]}, sort_keys=False))
        path = write(tmp_path / "cmk-guard.yaml", BASE.read_text(encoding="utf-8") + "include: [w.yaml]\n")
        first, *_ = [p for p in problems(path) if p.field[-1] == "environment"]
        assert (first.file, first.field) == (str(tmp_path / "w.yaml"), ("workloads", 1, "environment"))
        assert (tmp_path / "w.yaml").read_text(encoding="utf-8").splitlines()[
            first.line - 1
        ] == "  environment: prod"


class TestLinks:
    def test_one_that_leads_out_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "repo" / ".git").mkdir(parents=True)
        outside = write(tmp_path / "outside.yaml", BASE.read_text(encoding="utf-8"))
        (tmp_path / "repo" / "base.yaml").symlink_to(outside)
        path = write(tmp_path / "repo" / "cmk-guard.yaml", "extends: base.yaml\n")
        assert "by a symbolic link" in message(path)

    def test_one_within_the_repository_is_followed(self, tmp_path: Path, base: Requirements) -> None:
        (tmp_path / ".git").mkdir()
        write(tmp_path / "real" / "base.yaml", BASE.read_text(encoding="utf-8"))
        (tmp_path / "app").mkdir()
        (tmp_path / "app" / "base.yaml").symlink_to("../real/base.yaml")
        assert load_requirements(write(tmp_path / "app" / "cmk-guard.yaml", "extends: base.yaml\n")) == base

    def test_a_loop_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").symlink_to("b.yaml")
        (tmp_path / "b.yaml").symlink_to("a.yaml")
        assert message(tmp_path / "a.yaml").startswith("cannot be read")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert "there is no such file" in message(tmp_path / "none.yaml")
    assert message(tmp_path) == "cannot be read: Is a directory"
    assert message(Path("a\0b")).startswith("is not a path")
    assert message(tmp_path / ("x" * 300)).startswith("cannot be read")
    if os.geteuid() != 0:
        path = write(tmp_path / "secret.yaml", "")
        path.chmod(0)
        assert message(path) == "cannot be read: Permission denied"


class TestFind:
    def test_up_to_the_root_of_the_repository(self, tmp_path: Path) -> None:
        inner = tmp_path / "repo" / "a" / "b"
        inner.mkdir(parents=True)
        (tmp_path / "repo" / ".git").mkdir()
        write(tmp_path / "cmk-guard.yaml", "")
        assert find_requirements(inner) is None
        found = write(tmp_path / "repo" / "cmk-guard.yaml", "")
        assert find_requirements(inner) == found
        assert find_requirements(write(inner / "main.tf", "")) == found
        nearer = write(tmp_path / "repo" / "a" / "cmk-guard.yaml", "")
        assert find_requirements(inner) == nearer

    def test_outside_a_repository_only_here(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        found = write(tmp_path / "cmk-guard.yaml", "")
        assert find_requirements(tmp_path / "a") is None
        assert find_requirements(tmp_path) == found

    def test_a_dangling_link_is_not_passed_over(self, tmp_path: Path) -> None:
        (tmp_path / "cmk-guard.yaml").symlink_to("nowhere")
        found = find_requirements(tmp_path)
        assert found is not None
        assert "there is no such file" in message(found)


def test_the_example_survives_dump_and_load() -> None:
    requirements = load_requirements(EXAMPLE)
    text = dump_requirements(requirements)
    assert loads_requirements(text) == requirements
    assert 'account: "222222222222"' in text
    assert text == dump_requirements(loads_requirements(text))
