"""Writing to a folder: nothing of others is lost, and whatever breaks it off, rendering again brings it right."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bedrock_cmk_guard.errors import RenderError
from bedrock_cmk_guard.render import RenderedFile, Written, check, load_manifest, render, write, writing
from bedrock_cmk_guard.resources import Module
from tests.render import modules as made

ROLE = "terraform/workloads/hr/iam_role-hr-agent.tf"
SCP = "json/organization/service_control_policy-agent-writers.json"


def put(out: Path, *modules: Module, force: bool = False, **options: Any) -> Written:
    return write(render(modules, previous=load_manifest(out), **options), out, force=force)


def files(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A rendered folder; blanks and other letters in its path make no difference."""
    out = tmp_path / "a folder für policies"
    put(out, *made.EVERYTHING)
    return out


def test_what_is_written_is_what_was_rendered(out: Path) -> None:
    expected = {file.path: file.text.encode() for file in render(made.EVERYTHING).files()}
    assert files(out) == expected
    assert not check(render(made.EVERYTHING, previous=load_manifest(out)), out).paths


def test_manifest_knows_every_file(out: Path) -> None:
    manifest = load_manifest(out)
    assert manifest is not None
    assert manifest.digests().keys() == files(out).keys() - {"manifest.json"}
    assert not manifest.interrupted


def test_writing_again_touches_nothing(out: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    written = put(out, *made.EVERYTHING)
    assert (written.changed, written.removed) == ((), ())
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before


def test_only_what_differs_is_written(out: Path) -> None:
    written = put(out, made.organization(description="New"), made.EVERYTHING[1])
    assert set(written.changed) == {
        "terraform/organization/service_control_policy-agent-writers.tf",
        "cloudformation/organization.yaml",
    }


def test_a_file_of_somebody_else_stops_everything(out: Path) -> None:
    foreign = out / "terraform/workloads/hr/iam_role-new.tf"
    foreign.write_text("mine")
    before = files(out)
    with pytest.raises(RenderError, match=r"iam_role-new\.tf was not written by bedrock-cmk-guard"):
        put(out, made.workload(made.role(name="new")))
    assert files(out) == before
    put(out, made.workload(made.role(name="new")), force=True)
    assert foreign.read_text().startswith("# Rendered")


def test_files_of_others_beside_ours_are_left_alone(out: Path) -> None:
    backend = out / "terraform/workloads/hr/backend.tf"
    backend.write_text("mine")
    put(out, made.organization())
    assert backend.read_text() == "mine"
    assert not check(render([made.organization()], previous=load_manifest(out)), out).paths


@pytest.mark.parametrize("modules", [(made.organization(), made.workload(made.role(description="New"))), ()])
def test_an_edited_file_is_not_overwritten_or_deleted(out: Path, modules: tuple[Module, ...]) -> None:
    (out / ROLE).write_text("edited")
    before = files(out)
    with pytest.raises(RenderError, match=f"{ROLE}.* edited since it was written"):
        put(out, *modules)
    assert files(out) == before
    put(out, *modules, force=True)
    assert files(out).get(ROLE, b"") != b"edited"


def test_a_file_that_became_what_is_rendered_is_no_conflict(out: Path) -> None:
    rendering = render([made.organization(), made.workload(made.role(description="New"))])
    new = next(file.text for file in rendering.files() if file.path == ROLE)
    (out / ROLE).write_bytes(new.encode())
    put(out, *rendering.modules)
    assert (out / ROLE).read_bytes() == new.encode()


def test_every_conflict_is_named_but_not_endlessly(out: Path) -> None:
    for path in list(files(out)):
        if path != "manifest.json":
            (out / path).write_text("edited")
    with pytest.raises(RenderError) as caught:
        put(out, *made.EVERYTHING)
    assert len(str(caught.value).splitlines()) == 22
    assert "… and " in str(caught.value)


def test_a_new_module_joins_what_others_put_where_it_goes(out: Path) -> None:
    notes = out / "terraform/workloads/another/notes.txt"
    notes.parent.mkdir()
    notes.write_text("mine")
    another = made.workload(made.role(name="another"), name="workloads/another")
    written = put(out, *made.EVERYTHING, another)
    assert set(written.changed) == {
        "terraform/workloads/another/versions.tf",
        "terraform/workloads/another/iam_role-another.tf",
        "terraform/workloads/another/outputs.tf",
        "cloudformation/workloads/another.yaml",
        "json/workloads/another/iam_role-another-trust.json",
    }
    assert notes.read_text() == "mine"
    expected = render((*made.EVERYTHING, another), previous=load_manifest(out))
    assert not check(expected, out).paths


def test_stale_files_and_empty_folders_go(out: Path) -> None:
    written = put(out, made.workload())
    assert SCP in written.removed
    assert not (out / "json/organization").exists()
    assert not (out / "cloudformation/organization.yaml").exists()
    assert (out / "json/workloads/hr").is_dir()


def test_formats_that_are_not_asked_for_go(out: Path) -> None:
    put(out, *made.EVERYTHING, formats=["json"])
    assert {path.partition("/")[0] for path in files(out)} == {"json", "manifest.json"}


def test_a_stale_file_that_is_gone_already_is_no_matter(out: Path) -> None:
    (out / SCP).unlink()
    assert SCP not in put(out, made.workload()).removed


def test_files_besides_the_modules_come_and_go(out: Path) -> None:
    put(out, *made.EVERYTHING, extra=[RenderedFile("policy/policy.md", "# Policy")])
    assert (out / "policy/policy.md").read_text() == "# Policy"
    put(out, *made.EVERYTHING)
    assert not (out / "policy").exists()


@pytest.mark.parametrize("link", ["terraform", "terraform/workloads", "json/organization"])
def test_links_to_folders_are_not_followed(tmp_path: Path, link: str) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (out / link).parent.mkdir(parents=True)
    (out / link).symlink_to(elsewhere, target_is_directory=True)
    for force in (False, True):
        with pytest.raises(RenderError, match="is a symbolic link, which is not followed"):
            put(out, *made.EVERYTHING, force=force)
    with pytest.raises(RenderError, match="symbolic link"):
        check(render(made.EVERYTHING), out)
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("path", [ROLE, "manifest.json"])
def test_links_to_files_are_not_followed(out: Path, tmp_path: Path, path: str) -> None:
    target = tmp_path / "target"
    target.write_bytes((out / path).read_bytes())
    (out / path).unlink()
    (out / path).symlink_to(target)
    before = target.read_bytes()
    for modules in (made.EVERYTHING, ()):
        with pytest.raises(RenderError, match=r"not a plain file|symbolic link"):
            put(out, *modules, force=True)
    assert target.read_bytes() == before


def test_the_folder_itself_may_be_a_link(out: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(out, target_is_directory=True)
    put(link, made.workload())
    assert not (out / SCP).exists()


@pytest.mark.parametrize("blocker", ["terraform", ROLE])
def test_what_stands_where_something_else_belongs_is_refused(tmp_path: Path, blocker: str) -> None:
    place = tmp_path / "out" / blocker
    if blocker == ROLE:
        place.mkdir(parents=True)
    else:
        place.parent.mkdir()
        place.write_text("a file")
    with pytest.raises(RenderError, match=r"not a folder|not a plain file"):
        put(tmp_path / "out", *made.EVERYTHING, force=True)


def test_a_file_where_the_folder_belongs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(RenderError, match="out"):
        put(tmp_path / "out", *made.EVERYTHING)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write to any folder")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(RenderError, match=r"cannot write .*Permission denied"):
            put(tmp_path / "out", *made.EVERYTHING)
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: str, data: bytes) -> None:
        raise OSError(28, "No space left on device", path)

    monkeypatch.setattr(writing, "_write_file", full)
    with pytest.raises(RenderError, match=r"cannot write .*No space left on device"):
        put(tmp_path / "out", *made.EVERYTHING)
    assert files(tmp_path / "out") == {}


Interruption = Callable[[str], BaseException | None]


@pytest.mark.parametrize("after", range(0, 60, 4))
@pytest.mark.parametrize("how", [KeyboardInterrupt, OSError])
def test_interrupted_anywhere_the_next_run_brings_it_right(
    out: Path, monkeypatch: pytest.MonkeyPatch, after: int, how: type[BaseException]
) -> None:
    """Breaks off after so many changes to the disk; then nothing is taken for edited, and nothing is left over."""
    changed = (
        made.organization(description="New"),
        made.workload(made.role(description="New"), made.role(name="x")),
        made.workload(made.role(name="another"), name="workloads/another"),
    )
    left = after

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise how("broken off")
            return real(*args, **kwargs)

        return wrapper

    with monkeypatch.context() as broken:
        for owner, name in ((os, "replace"), (writing, "_write_file"), (Path, "unlink"), (Path, "rmdir")):
            broken.setattr(owner, name, counted(getattr(owner, name)))
        try:
            put(out, *changed)
        except (KeyboardInterrupt, RenderError):
            assert left < 0
    put(out, *changed)
    expected = render(changed, previous=load_manifest(out))
    assert files(out) == {file.path: file.text.encode() for file in expected.files()}
    assert not check(expected, out).paths


def test_a_file_edited_after_an_interruption_is_still_known_as_edited(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.replace, 0

    def broken(source: str, target: str) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        real(source, target)

    changed = (made.organization(description="New"), made.workload(made.role(description="New")))
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", broken)
        with pytest.raises(KeyboardInterrupt):
            put(out, *changed)
    (out / ROLE).write_text("edited")
    with pytest.raises(RenderError, match=f"{ROLE} was edited"):
        put(out, *changed)


class TestOnly:
    def test_other_modules_are_left_as_they_are(self, out: Path) -> None:
        before = files(out)
        written = put(
            out,
            made.organization(description="New"),
            made.workload(made.role(description="New")),
            only=["workload:hr"],
        )
        assert {path.split("/")[1] for path in (*written.changed, *written.removed)} == {"workloads"}
        after = files(out)
        assert {path: text for path, text in after.items() if "/organization" in path} == {
            path: text for path, text in before.items() if "/organization" in path
        }
        entries = [json.loads(each["manifest.json"])["modules"]["organization"] for each in (before, after)]
        assert entries[0] == entries[1]

    def test_edited_files_of_other_modules_are_no_matter(self, out: Path) -> None:
        (out / ROLE).write_text("edited")
        put(out, *made.EVERYTHING, only=["organization"])
        assert (out / ROLE).read_text() == "edited"

    def test_files_besides_the_modules_stay(self, out: Path) -> None:
        put(out, *made.EVERYTHING, extra=[RenderedFile("policy/policy.md", "# Policy")])
        put(out, *made.EVERYTHING, only=["organization"])
        assert (out / "policy/policy.md").exists()
        assert not check(
            render(made.EVERYTHING, previous=load_manifest(out), only=["organization"]), out
        ).paths

    def test_into_an_empty_folder(self, tmp_path: Path) -> None:
        put(tmp_path, *made.EVERYTHING, only=["organization"])
        assert {
            path.split("/")[-1].split(".")[0] if "/" not in path else path.split("/")[1]
            for path in files(tmp_path)
        } == {
            "organization",
            "organization.yaml",
            "manifest",
        }

    def test_unknown_module_is_refused_with_those_there_are(self) -> None:
        with pytest.raises(RenderError, match="there are organization, workload:hr"):
            render(made.EVERYTHING, only=["workload:nope"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"generator": "bedrock-cmk-guard"}',
        '{"generator": "bedrock-cmk-guard", "schema_version": 1, "modules": [], "files": {}}',
        '{"generator": "bedrock-cmk-guard", "schema_version": 1, "modules": {}, "files": {"../x": "'
        + "0" * 64
        + '"}}',
        '{"generator": "bedrock-cmk-guard", "schema_version": 1, "modules": {}, "files": {"x": "short"}}',
        '{"generator": "bedrock-cmk-guard", "schema_version": 1, "modules": {"../x": {}}, "files": {}}',
        '{"generator": "bedrock-cmk-guard", "schema_version": 2, "modules": {}, "files": {}}',
        "[" * 100_000,
        "\udcff",
    ],
)
def test_a_manifest_that_we_did_not_write_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text, errors="surrogateescape")
    with pytest.raises(RenderError, match=r"manifest\.json"):
        put(tmp_path, *made.EVERYTHING, force=True)
    assert list(tmp_path.iterdir()) == [tmp_path / "manifest.json"]


@pytest.mark.parametrize(
    "entry",
    [
        {"account": "x"},
        {"keys": {'aws_kms_key.x" {}': "a"}},
        {"retired": {"aws_iam_role.x": "a"}},
        {"keys": {"aws_kms_key.x": 1}},
        {"files": ["x"]},
        {"resources": [1]},
    ],
)
def test_a_manifest_with_addresses_that_are_none_is_refused(out: Path, entry: dict[str, Any]) -> None:
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["modules"]["workloads/hr"].update(entry)
    (out / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(RenderError, match="not a manifest that bedrock-cmk-guard wrote"):
        load_manifest(out)


class TestCheck:
    def test_missing_edited_stale_files_are_shown(self, out: Path) -> None:
        (out / ROLE).write_text("edited\n")
        (out / SCP).unlink()
        rendering = render([made.organization(), made.workload()], previous=load_manifest(out))
        before = files(out)
        drift = check(rendering, out)
        assert files(out) == before
        assert {ROLE, SCP, "manifest.json"} <= set(drift.paths)
        assert f"--- a/{ROLE}\n+++ b/{ROLE}\n" in drift.diff
        assert "\n-edited\n" in drift.diff
        assert f"--- /dev/null\n+++ b/{SCP}\n" in drift.diff
        assert "--- a/json/workloads/hr/kms_key-hr_still_eu-central-1.json\n+++ /dev/null\n" in drift.diff

    def test_json_in_one_line_is_shown_line_by_line(self, out: Path) -> None:
        (out / SCP).write_bytes((out / SCP).read_bytes().replace(b"DenyCreateAgent", b"Changed"))
        drift = check(render(made.EVERYTHING, previous=load_manifest(out)), out)
        assert '-      "Sid": "Changed",\n+      "Sid": "DenyCreateAgent",\n' in drift.diff

    def test_white_space_counts(self, out: Path) -> None:
        (out / SCP).write_bytes((out / SCP).read_bytes() + b"\n")
        drift = check(render(made.EVERYTHING, previous=load_manifest(out)), out)
        assert drift.paths == (SCP,)
        assert "white space" in drift.diff

    def test_the_diff_is_bounded(self, tmp_path: Path) -> None:
        extra = [RenderedFile(f"x{number}", "line\n" * 300 + "x" * 10_000) for number in range(9)]
        drift = check(render([], extra=extra), tmp_path)
        assert len(drift.paths) == 10
        assert len(drift.diff.splitlines()) < 1100
        assert max(map(len, drift.diff.splitlines())) < 600
        assert "  x8\n" in drift.diff

    def test_a_folder_that_is_not_there_differs_and_is_not_made(self, tmp_path: Path) -> None:
        assert check(render(made.EVERYTHING), tmp_path / "none").paths
        assert not (tmp_path / "none").exists()
