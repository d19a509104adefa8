"""What decides whether a file matters, held to the catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedrock_cmk_guard import scan
from bedrock_cmk_guard.sources.marks import CLOUDFORMATION_TYPES, MARKS, TERRAFORM_TYPES, holds
from bedrock_cmk_guard.surfaces import catalogue


def test_the_types_are_those_of_the_catalogue() -> None:
    surfaces = catalogue().surfaces.values()
    terraform = {each.type for s in surfaces for each in (s.terraform_aws, s.terraform_awscc) if each}
    assert terraform == TERRAFORM_TYPES
    assert {s.cloudformation.type for s in surfaces if s.cloudformation} == CLOUDFORMATION_TYPES


@pytest.mark.parametrize("name", sorted(TERRAFORM_TYPES | CLOUDFORMATION_TYPES))
def test_every_type_holds_a_mark(name: str) -> None:
    assert holds(f'resource "{name}" "x" {{'.encode())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_text_with_a_byte_order_mark_is_looked_into(encoding: str) -> None:
    assert holds("Type: AWS::Bedrock::Agent".encode(encoding))
    assert not holds("Type: AWS::S3::Bucket".encode(encoding))


def test_no_mark_is_part_of_another() -> None:
    assert not [(a, b) for a in MARKS for b in MARKS if a != b and a in b]


def test_every_mark_is_found() -> None:
    assert all(holds(b"x" + mark + b"x") for mark in MARKS)
    assert not holds(b"aws_glue_registry, edrock")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("t.json", '{"Resources": {"A": {"Type": "\\u0041WS::B\\u0065drock::Agent", "Properties": {}}}}'),
        ("t.yaml", 'Resources:\n  A:\n    Type: "AWS::Bedr\\x6fck::Agent"\n'),
        ("m.tf", 'resource "aws_bedr\\u006fckagent_agent" "a" {\n}\n'),
        ("m.tf.json", '{"resource": {"aws_bedr\\u006fckagent_agent": {"a": {}}}}'),
    ],
)
def test_a_type_is_not_hidden_by_escapes(name: str, code: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(code, encoding="utf-8")
    assert scan([tmp_path]).failed()
