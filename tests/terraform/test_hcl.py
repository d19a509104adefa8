"""What is read back from HCL is what Terraform reads, whatever the strings hold."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.terraform.fixtures import TerraformFactory
from tests.terraform.hcl import Document, Expression, HclError, policy_documents, read

HOSTILE = [
    'quote "',
    "back\\slash",
    "line\nfeed",
    "tab\tand\rreturn",
    "${aws:PrincipalAccount}",
    "${unclosed",
    "$${twice}",
    "$$${",
    "%{ if true }",
    "%{",
    "%%{x",
    "$",
    "100%",
    "<&>",
    "emoji \U0001f600",
    "é\u2713\u2028\u0085\x7f",
    "} ) ] //  # /* */",
    "<<EOF",
    "\\u0041",
    "bell \b feed \f",
    "\x00\x01",
    "",
]


def quoted(text: str) -> str:
    """An HCL string literal, written independently of the package. HCL lacks two of JSON's escapes."""
    literal = json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
    return re.sub(r"\\[\\bf]", lambda m: {"b": "\\u0008", "f": "\\u000c"}.get(m[0][1], m[0]), literal)


def written(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return quoted(value) if isinstance(value, str) else json.dumps(value)


def document_of(folder: Path, value: object) -> object:
    file = folder / "document.tf"
    file.write_text(
        f'resource "aws_kms_key" "this" {{\n  policy = jsonencode({written(value)})\n}}\n', "utf-8"
    )
    return policy_documents(file)["aws_kms_key.this.policy"]


def test_hostile_strings_are_what_terraform_reads(tmp_path: Path, terraform: TerraformFactory) -> None:
    strings = [text for text in HOSTILE if "\x00" not in text]
    (tmp_path / "main.tf").write_text(
        f'output "all" {{\n  value = {written(strings)}\n}}\n', encoding="utf-8"
    )
    root = terraform(tmp_path).init()
    root.apply()
    assert root.outputs()["all"] == strings
    assert read(tmp_path / "main.tf")["output.all"]["value"] == strings


def test_terraform_normalises_strings(tmp_path: Path, terraform: TerraformFactory) -> None:
    """A value that is not NFC cannot come out as itself: it must be refused or normalised."""
    text = "cafe\u0301"
    (tmp_path / "main.tf").write_text(f'output "it" {{\n  value = {quoted(text)}\n}}\n', encoding="utf-8")
    root = terraform(tmp_path).init()
    root.apply()
    assert root.outputs()["it"] == unicodedata.normalize("NFC", text) != text
    assert read(tmp_path / "main.tf")["output.it"]["value"] == text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_string_in_a_document(tmp_path: Path, text: str) -> None:
    document = {"Sid": text, text: ["next", text, "last}"]}
    assert document_of(tmp_path, document) == document


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(alphabet=st.one_of(st.sampled_from('${}%"\\\n<&>'), st.characters(codec="utf-8"))),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON)
def test_any_document_comes_back(tmp_path: Path, value: object) -> None:
    assert document_of(tmp_path, value) == value


def test_blocks_and_expressions(tmp_path: Path) -> None:
    file = tmp_path / "main.tf"
    file.write_text(
        """\
# a comment
resource "aws_kms_alias" "this" {
  name          = "alias/hr"
  target_key_id = aws_kms_key.this.key_id
  tags = {
    Owner       = "hr" // not a value
    "a:b c"     = "x"
  }
  lifecycle {
    prevent_destroy = true
  }
}

data "aws_region" "this" {}

removed {
  from = module.hr
  lifecycle {
    destroy = false
  }
}

output "arn" {
  value = "${aws_kms_key.this.arn}/x"
}

locals {
  document = jsonencode({ Version = "2012-10-17", Statement = [] })
}
""",
        encoding="utf-8",
    )
    assert read(file) == {
        "aws_kms_alias.this": {
            "name": "alias/hr",
            "target_key_id": Expression("${aws_kms_key.this.key_id}"),
            "tags": {"Owner": "hr", "a:b c": "x"},
            "lifecycle": [{"prevent_destroy": True}],
        },
        "data.aws_region.this": {},
        "removed[0]": {"from": Expression("${module.hr}"), "lifecycle": [{"destroy": False}]},
        "output.arn": {"value": Expression('"${aws_kms_key.this.arn}/x"')},
        "locals[0]": {"document": Document({"Version": "2012-10-17", "Statement": []})},
    }
    assert policy_documents(file) == {"locals[0].document": {"Version": "2012-10-17", "Statement": []}}


def test_a_template_is_never_taken_for_text(tmp_path: Path) -> None:
    file = tmp_path / "main.tf"
    file.write_text('locals {\n  a = jsonencode({ "Sid" = "x-${var.name}" })\n}\n', encoding="utf-8")
    assert policy_documents(file) == {"locals[0].a": {"Sid": Expression('"x-${var.name}"')}}


def test_a_wrong_escape_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "main.tf"
    file.write_text('locals {\n  a = "\\q"\n}\n', encoding="utf-8")
    with pytest.raises(HclError, match="no escape"):
        read(file)
