"""Files and folders: what is linted, what is passed over, and what cannot be."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from bedrock_cmk_guard import PolicyKind, Severity, SourceError, lint_paths
from bedrock_cmk_guard.cli import main

HERE = Path(__file__).resolve().parent
EXAMPLE = HERE.parents[1] / "examples" / "cmk-guard.yaml"
NAIVE = HERE / "never-supplied-key" / "fail.scp.json"
CLEAN = HERE / "never-supplied-key" / "pass.scp.json"
KEY = HERE / "key-lockout" / "pass.key.json"
TRUST = HERE / "external-id" / "pass.trust.json"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example organisation, rendered."""
    folder = tmp_path_factory.mktemp("rendered")
    assert main(["render", str(EXAMPLE), "--out", str(folder), "--quiet"]) == 0
    return folder


def test_what_render_writes_is_clean(rendered: Path) -> None:
    report = lint_paths([rendered])
    documents = {path.name for path in (rendered / "json").rglob("*.json")}
    assert {Path(name).name for name in report.linted} == documents - {"tag_policy-tag-standard.json"}
    assert {Path(name).name for name in report.skipped} >= {"manifest.json", "tag_policy-tag-standard.json"}
    assert set(report.linted.values()) == set(PolicyKind) - {PolicyKind.RESOURCE}
    assert [str(finding) for finding in report.findings if finding.severity is not Severity.NOTE] == []
    # Patterns that cover each other come from several surfaces that share a resource; none of it is wrong.
    assert {finding.rule for finding in report.findings} <= {
        "near-quota",
        "redundant-statement",
        "redundant-word",
        "role-by-name",
    }


def test_only_what_render_wrote_is_named_by_it(rendered: Path, tmp_path: Path) -> None:
    (scp, *_) = sorted((rendered / "json" / "organization").glob("service_control_policy-*.json"))
    assert lint_paths([scp]).linted == {scp.as_posix(): PolicyKind.SCP}
    # The same document elsewhere might be an identity policy.
    copy = tmp_path / "json" / scp.name
    copy.parent.mkdir()
    shutil.copy(scp, copy)
    (tmp_path / "manifest.json").write_text('{"manifest_version": 3}', encoding="utf-8")
    with pytest.raises(SourceError, match="cannot be told what type"):
        lint_paths([copy])


@pytest.mark.parametrize(
    ("source", "name", "kind"),
    [
        (NAIVE, "agents.scp.json", PolicyKind.SCP),
        (NAIVE, "agents.identity.json", PolicyKind.IDENTITY),
        (KEY, "policy.json", PolicyKind.KEY),
        (TRUST, "policy.json", PolicyKind.TRUST),
        (HERE / "oidc-subject" / "pass.trust.json", "policy.json", PolicyKind.TRUST),
    ],
)
def test_the_type_is_told_where_it_is_plain(
    tmp_path: Path, source: Path, name: str, kind: PolicyKind
) -> None:
    shutil.copy(source, tmp_path / name)
    assert list(lint_paths([tmp_path / name]).linted.values()) == [kind]


@pytest.mark.parametrize(
    "source", [NAIVE, HERE / "rcp-denies-services" / "pass.rcp.json", HERE / "placeholder" / "pass.scp.json"]
)
def test_the_type_is_not_guessed(tmp_path: Path, source: Path) -> None:
    shutil.copy(source, tmp_path / "policy.json")
    with pytest.raises(SourceError, match="--type scp, rcp"):
        lint_paths([tmp_path / "policy.json"])
    # In a folder it is a finding, so that the others are still judged.
    shutil.copy(KEY, tmp_path / "key.json")
    report = lint_paths([tmp_path])
    assert [(f.rule, Path(f.file).name) for f in report.findings] == [("unreadable-file", "policy.json")]
    assert len(report.linted) == 1


def test_the_type_given_is_that_of_all(tmp_path: Path) -> None:
    shutil.copy(CLEAN, tmp_path / "one.identity.json")
    assert list(lint_paths([tmp_path], PolicyKind.SCP).linted.values()) == [PolicyKind.SCP]


def test_policies_of_a_folder_are_judged_together(tmp_path: Path) -> None:
    trusting, protecting = ((HERE / "role-by-name" / f"{name}.scp.json") for name in ("fail", "pass"))
    shutil.copy(trusting, tmp_path / "trusting.scp.json")
    assert [f.rule for f in lint_paths([tmp_path]).findings] == ["role-by-name"]
    document = json.loads(protecting.read_text(encoding="utf-8"))
    del document["Statement"][0]
    (tmp_path / "protecting.scp.json").write_text(json.dumps(document), encoding="utf-8")
    assert lint_paths([tmp_path]).findings == []


def test_a_folder_is_searched_but_for_what_is_not_the_users(tmp_path: Path) -> None:
    for folder in ("a/b", ".git", "a/node_modules/x", ".terraform"):
        (tmp_path / folder).mkdir(parents=True)
        shutil.copy(NAIVE, tmp_path / folder / "naive.scp.json")
    (tmp_path / "package.json").write_text('{"name": "no policy", // nor JSON\n}', encoding="utf-8")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    report = lint_paths([tmp_path])
    assert [Path(name).relative_to(tmp_path).as_posix() for name in report.linted] == ["a/b/naive.scp.json"]
    assert [Path(name).name for name in report.skipped] == ["package.json"]


def test_the_same_file_given_twice_is_linted_once() -> None:
    assert len(lint_paths([NAIVE, NAIVE]).findings) == len(lint_paths([NAIVE]).findings)


def test_a_huge_file_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "huge.scp.json").write_text(json.dumps({"Statement": "x" * 250_001}), encoding="utf-8")
    for given in (tmp_path, tmp_path / "huge.scp.json"):
        (found,) = lint_paths([given]).findings
        assert found.rule == "unreadable-file"
        assert "32,768" in found.message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.scp.json")
    shutil.copy(CLEAN, tmp_path / "clean.scp.json")
    (found,) = lint_paths([tmp_path]).findings
    assert (found.rule, found.message) == ("unreadable-file", "not read: it is no regular file")


def test_a_link_that_leads_nowhere_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "gone.scp.json").symlink_to(tmp_path / "nowhere")
    (found,) = lint_paths([tmp_path]).findings
    assert found.rule == "unreadable-file"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_finding(tmp_path: Path) -> None:
    shutil.copy(CLEAN, tmp_path / "secret.scp.json")
    (tmp_path / "secret.scp.json").chmod(0)
    (found,) = lint_paths([tmp_path]).findings
    assert found.rule == "unreadable-file"


@pytest.mark.parametrize("name", ["nowhere.json", ""])
def test_nothing_to_lint_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError):
        lint_paths([tmp_path / name if name else tmp_path])
