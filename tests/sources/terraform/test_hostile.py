"""Whatever stands in the files: a reading, with faults for what could not be read; never a traceback or a hang."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedrock_cmk_guard.subjects import FaultKind, KeyName, Reading, Unknown
from tests.sources.terraform.reading_cases import read_folder, told_fault

_AGENT = 'resource "aws_bedrockagent_agent" "this" {\n  customer_encryption_key_arn = "alias/x"\n}\n'


def _read(folder: Path, content: bytes, name: str = "main.tf") -> Reading:
    (folder / name).write_bytes(content)
    (reading,) = read_folder(folder, ["."])
    return reading


@pytest.mark.parametrize("content", [_AGENT, "\ufeff" + _AGENT, _AGENT.replace("\n", "\r\n")])
def test_marks_and_line_ends_are_read_as_terraform_reads_them(tmp_path: Path, content: str) -> None:
    reading = _read(tmp_path, content.encode())
    (resource,) = reading.resources
    assert resource.key.value == KeyName("alias/x")
    assert not reading.faults


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (_AGENT.encode() + b"# \xff\xfe\n", FaultKind.SYNTAX),
        (_AGENT.encode("utf-16"), FaultKind.SYNTAX),
        (_AGENT.encode() + b"\0", FaultKind.SYNTAX),
        (_AGENT[:-3].encode(), FaultKind.SYNTAX),
        (b"resource" + b"{" * 50_000 + _AGENT.encode(), FaultKind.SYNTAX),
    ],
)
def test_what_does_not_parse_is_a_fault_and_no_resource_vanishes(
    tmp_path: Path, content: bytes, kind: FaultKind
) -> None:
    reading = _read(tmp_path, content)
    assert kind in {fault.kind for fault in reading.faults}
    if b"aws_bedrockagent_agent" in content:
        told = [fault.address for fault in reading.faults] + [each.type for each in reading.resources]
        assert "aws_bedrockagent_agent" in told


def test_json_that_is_none_is_a_fault(tmp_path: Path) -> None:
    content = b'{"resource": {"aws_bedrockagent_agent": {"this": {"agent_name": "a"}}}'
    reading = _read(tmp_path, content, "main.tf.json")
    assert {fault["kind"] for fault in map(told_fault, reading.faults)} == {"syntax", "unjudged"}


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 5_000 + '"alias/x"' + ")" * 5_000,
        "[" * 5_000 + "]" * 5_000,
        "local.a",
        "module.self.key",
        " ? ".join(["true"] * 2_000),
        '"' + "${" * 3_000 + "}" * 3_000 + '"',
    ],
)
def test_what_nobody_would_write_is_unknown_or_a_fault(tmp_path: Path, expression: str) -> None:
    code = f"""
        locals {{
          a = local.b
          b = local.a
        }}
        module "self" {{
          source = "./"
        }}
        resource "aws_bedrockagent_agent" "this" {{
          customer_encryption_key_arn = {expression}
        }}
        """
    reading = _read(tmp_path, code.encode())
    known = [each for each in reading.resources if not isinstance(each.key.value, Unknown)]
    assert reading.faults
    assert [each.key.value for each in known] in ([], [KeyName("alias/x")])


def test_a_long_chain_of_locals_ends(tmp_path: Path) -> None:
    chain = "\n".join(f"  l{number} = local.l{number + 1}" for number in range(2_000))
    reading = _read(tmp_path, f'locals {{\n{chain}\n  l2000 = "alias/x"\n}}\n'.encode() + _AGENT.encode())
    (resource,) = reading.resources
    assert resource.key.value == KeyName("alias/x")
    code = _AGENT.replace('"alias/x"', "local.l0")
    (tmp_path / "main.tf").unlink()
    reading = _read(tmp_path, f'locals {{\n{chain}\n  l2000 = "alias/x"\n}}\n{code}'.encode(), "b.tf")
    assert len(reading.resources) == 1


def test_too_many_instances_are_cut_and_said(tmp_path: Path) -> None:
    code = _AGENT.replace("{\n", "{\n  count = 1000000\n", 1)
    reading = _read(tmp_path, code.encode())
    assert 0 < len(reading.resources) <= 1_000
    assert [fault.kind for fault in reading.faults] == [FaultKind.UNJUDGED]


def test_modules_that_multiply_are_cut_and_said(tmp_path: Path) -> None:
    for depth in range(6):
        below = f'module "m" {{\n  count  = 10\n  source = "../m{depth + 1}"\n}}\n'
        (tmp_path / f"m{depth}").mkdir()
        (tmp_path / f"m{depth}" / "main.tf").write_text(below if depth < 5 else _AGENT, encoding="utf-8")
    (reading,) = read_folder(tmp_path, ["m0"])
    assert any("more than" in fault.message for fault in reading.faults)


def test_what_lies_outside_of_the_repository_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "main.tf").write_text('output "key" {\n  value = "alias/secret"\n}\n')
    (tmp_path / "secret").write_text("alias/secret")
    inside = tmp_path / "inside"
    inside.mkdir()
    code = """
        module "outside" {
          source = "../outside"
        }
        resource "aws_bedrockagent_agent" "module" {
          customer_encryption_key_arn = module.outside.key
        }
        resource "aws_bedrockagent_agent" "file" {
          customer_encryption_key_arn = file("../secret")
        }
        """
    reading = _read(inside, code.encode())
    assert all(isinstance(each.key.value, Unknown) for each in reading.resources)
    assert len(reading.resources) == 2
    assert [fault.kind for fault in reading.faults] == [FaultKind.MODULE]


def test_a_folder_without_anything_to_judge_gives_no_reading(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_s3_bucket" "this" {}\n')
    assert read_folder(tmp_path, ["."]) == []
