"""Which files are found, what they are taken for, and what becomes of those that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.sources.files import MAX_BYTES, Kind, SourceFile, walk
from tests.scan.running import NO_KEY, TEMPLATE, write


def shown(*paths: Path | str, base: Path) -> list[str]:
    return [os.path.relpath(file.path, base) for file in walk(paths).files]


def test_files_are_found_by_their_endings(tmp_path: Path) -> None:
    names = [
        "a.tf", "b.tofu", "c.tf.json", "d.tofu.json", "e.tfvars", "f.tfvars.json", "g.yaml", "h.yml", "i.json",
        "j.template",
    ]  # fmt: skip
    write(tmp_path, dict.fromkeys([*names, "k.txt", "l.py", "m.tfstate", "n.TF"], ""))
    assert shown(tmp_path, base=tmp_path) == names


@pytest.mark.parametrize(
    "folder", [".terraform", ".git", "node_modules", "vendor", "third_party", ".terragrunt-cache", ".venv"]
)
def test_other_peoples_code_is_passed_over_but_read_where_it_is_named(tmp_path: Path, folder: str) -> None:
    write(tmp_path, {f"{folder}/a.tf": NO_KEY, "b.tf": ""})
    assert shown(tmp_path, base=tmp_path) == ["b.tf"]
    assert shown(tmp_path / folder, base=tmp_path) == [f"{folder}/a.tf"]
    assert shown(tmp_path / folder / "a.tf", base=tmp_path) == [f"{folder}/a.tf"]


def test_what_git_ignores_is_passed_over_but_read_where_it_is_named(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".gitignore": "*.secret.tf\n/build/\n!keep.secret.tf\n",
            "a.tf": "",
            "b.secret.tf": "",
            "keep.secret.tf": "",
            "build/c.tf": "",
            "deep/build/d.tf": "",
            "deep/.gitignore": "e.tf\n!f.secret.tf\n",
            "deep/e.tf": "",
            "deep/f.secret.tf": "",
        },
    )
    (tmp_path / ".git").mkdir()
    expected = ["a.tf", "keep.secret.tf", "deep/f.secret.tf", "deep/build/d.tf"]
    assert shown(tmp_path, base=tmp_path) == expected
    assert shown(tmp_path / "deep", base=tmp_path) == ["deep/f.secret.tf", "deep/build/d.tf"]
    assert shown(tmp_path / "b.secret.tf", base=tmp_path) == ["b.secret.tf"]
    assert shown(tmp_path / "build", base=tmp_path) == ["build/c.tf"]
    assert walk([tmp_path]).skipped == [
        f"{tmp_path}/{name}" for name in ("build", "b.secret.tf", "deep/e.tf")
    ]


def test_the_exclude_file_of_the_repository_counts_too(tmp_path: Path) -> None:
    write(tmp_path, {".git/info/exclude": "scratch.tf\n", "scratch.tf": "", "a.tf": ""})
    assert shown(tmp_path, base=tmp_path) == ["a.tf"]


def test_a_pattern_that_git_does_without_does_not_undo_the_others(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "!\nb.tf\n", "a.tf": "", "b.tf": ""})
    assert shown(tmp_path, base=tmp_path) == ["a.tf"]


def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    write(tmp_path, {"tree/a.tf": "", "elsewhere/b.tf": ""})
    (tmp_path / "tree/loop").symlink_to(tmp_path / "tree")
    (tmp_path / "tree/again").symlink_to(tmp_path / "tree/loop")
    (tmp_path / "tree/linked").symlink_to(tmp_path / "elsewhere")
    assert shown(tmp_path / "tree", base=tmp_path) == ["tree/a.tf", "tree/linked/b.tf"]


def test_a_file_is_found_once_however_often_it_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": ""})
    assert shown(tmp_path, tmp_path / "a.tf", tmp_path, base=tmp_path) == ["a.tf"]


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no such file or folder"):
        walk([tmp_path / "nowhere"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, {"closed/a.tf": ""})
    (tmp_path / "closed").chmod(0)
    try:
        found = walk([tmp_path])
    finally:
        (tmp_path / "closed").chmod(0o755)
    assert [fault.place.file for fault in found.faults] == [f"{tmp_path}/closed"]


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tf")
    (tmp_path / "dangling.tf").symlink_to(tmp_path / "nowhere")
    (tmp_path / "self.tf").symlink_to(tmp_path / "self.tf")
    for file in walk([tmp_path]).files:
        with pytest.raises(SourceError, match="cannot read"):
            file.marked()


def test_a_huge_file_is_refused_only_where_it_matters(tmp_path: Path) -> None:
    huge = b" " * (MAX_BYTES + 1)
    write(
        tmp_path,
        {"plain.yaml": huge, "template.yaml": huge + b"\nResources: {A: {Type: AWS::Bedrock::Agent}}"},
    )
    assert SourceFile(tmp_path / "plain.yaml", "plain.yaml").kind() is Kind.OTHER
    with pytest.raises(SourceError, match="too large to be read: 16,777"):
        SourceFile(tmp_path / "template.yaml", "template.yaml").kind()


def test_a_mark_on_the_seam_of_two_parts_is_found(tmp_path: Path) -> None:
    for shift in range(16):
        write(tmp_path, {"a.yaml": b" " * (1024 * 1024 - shift) + b"AWS::Bedrock::Agent"})
        assert SourceFile(tmp_path / "a.yaml", "a.yaml").marked()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.tf", "", Kind.TERRAFORM),
        ("a.tofu.json", "", Kind.TERRAFORM),
        ("a.auto.tfvars", "", Kind.TFVARS),
        ("a.yaml", TEMPLATE, Kind.CLOUDFORMATION),
        ("a.template", TEMPLATE, Kind.CLOUDFORMATION),
        ("a.json", '{"Resources": {"A": {"Type": "AWS::Bedrock::Agent"}}}', Kind.CLOUDFORMATION),
        ("a.yml", "Resources: {S: {Type: AWS::CloudFormation::Stack}}", Kind.CLOUDFORMATION),
        ("a.yaml", "Resources: {S: {Type: AWS::S3::Bucket}}", Kind.OTHER),
        ("a.yaml", "kind: Deployment\nimage: bedrock", Kind.OTHER),
        (
            "plan.json",
            '{"terraform_version": "1.9", "planned_values": {"x": "aws_bedrock_guardrail"}}',
            Kind.PLAN,
        ),
        ("s.json", '{"terraform_version": "1.9", "lineage": "x", "r": "aws_bedrock_guardrail"}', Kind.STATE),
        ("package.json", '{"name": "bedrock"}', Kind.OTHER),
    ],
)
def test_what_a_file_is(tmp_path: Path, name: str, content: str, kind: Kind) -> None:
    for encoding in ("utf-8", "utf-16"):
        write(tmp_path, {name: content.encode(encoding)})
        assert SourceFile(tmp_path / name, name).kind() is kind


def test_siblings_are_named_as_the_user_would(tmp_path: Path) -> None:
    file = SourceFile(tmp_path / "infra" / "main.tf", "../infra/main.tf")
    assert file.sibling(tmp_path / "infra" / "modules" / "a.tf").shown == "../infra/modules/a.tf"
    assert file.sibling(tmp_path / "b.tf").shown == "../b.tf"
    absolute = SourceFile(tmp_path / "a.tf", str(tmp_path / "a.tf"))
    assert absolute.sibling(tmp_path / "b.tf").shown == str(tmp_path / "b.tf")
