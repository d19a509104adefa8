"""The trail's table as infrastructure: it is the table of the SQL, and each tool takes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bedrock_cmk_guard.cli import main
from tests.cloudformation.harness import lint, parse, validate
from tests.terraform.fixtures import TerraformFactory
from tests.trail.test_questions import REQUIREMENTS

WHERE = ("s3://example-trail/org", "--requirements", str(REQUIREMENTS), "--since", "2026-01-01")
VERSIONS = """terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}
"""


def ddl(capsys: pytest.CaptureFixture[str], form: str, table: str = "security.cloudtrail") -> str:
    assert main(["trail", "ddl", *WHERE, "--table", table, "--format", form]) == 0
    return capsys.readouterr().out


def told_by(sql: str) -> dict[str, Any]:
    """What the statement says, read with no help of what writes it."""
    (inner,) = re.findall(r"\(\n(.*?)\n\)\nPARTITIONED", sql, re.S)
    (partitions,) = re.findall(r"PARTITIONED BY \((.*)\)", sql)
    (properties,) = re.findall(r"TBLPROPERTIES \(\n(.*)\n\);", sql, re.S)
    return {
        "columns": [tuple(line.strip(" ,").split(" ", 1)) for line in inner.splitlines()],
        "partitions": [tuple(each.split()) for each in partitions.split(", ")],
        "parameters": dict(re.findall(r"'(.*?)' = '(.*)'", properties)) | {"EXTERNAL": "TRUE"},
        "classes": re.findall(r"^(?:ROW FORMAT SERDE|STORED AS INPUTFORMAT|OUTPUTFORMAT) '(.*)'$", sql, re.M),
        "location": re.findall(r"^LOCATION '(.*)'$", sql, re.M),
    }


def test_cloudformation_takes_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    template = tmp_path / "trail.yaml"
    template.write_text(ddl(capsys, "cloudformation"), encoding="utf-8")
    assert [*lint(template, ["eu-central-1"]), *validate(template)] == []
    made = parse(template)["Resources"]["TrailTable"]["Properties"]
    table = made["TableInput"]
    storage = table["StorageDescriptor"]
    assert (made["DatabaseName"], table["Name"], table["TableType"]) == (
        "security",
        "cloudtrail",
        "EXTERNAL_TABLE",
    )
    assert told_by(ddl(capsys, "text")) == {
        "columns": [(each["Name"], each["Type"]) for each in storage["Columns"]],
        "partitions": [(each["Name"], each["Type"]) for each in table["PartitionKeys"]],
        "parameters": table["Parameters"],
        "classes": [
            storage["SerdeInfo"]["SerializationLibrary"],
            storage["InputFormat"],
            storage["OutputFormat"],
        ],
        "location": [storage["Location"]],
    }


def test_terraform_takes_the_table(
    terraform: TerraformFactory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "versions.tf").write_text(VERSIONS, encoding="utf-8")
    (tmp_path / "trail.tf").write_text(ddl(capsys, "terraform"), encoding="utf-8")
    program = terraform(tmp_path).init()
    assert program.validate() == []
    assert program.unformatted() == []
    table = program.plan().values("aws_glue_catalog_table.cloudtrail")
    (storage,) = table["storage_descriptor"]
    (serde,) = storage["ser_de_info"]
    assert (table["database_name"], table["name"], table["table_type"]) == (
        "security",
        "cloudtrail",
        "EXTERNAL_TABLE",
    )
    assert told_by(ddl(capsys, "text")) == {
        "columns": [(each["name"], each["type"]) for each in storage["columns"]],
        "partitions": [(each["name"], each["type"]) for each in table["partition_keys"]],
        "parameters": table["parameters"],
        "classes": [serde["serialization_library"], storage["input_format"], storage["output_format"]],
        "location": [storage["location"]],
    }


def test_without_a_database_it_is_the_default_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert ddl(capsys, "text", "cloudtrail").startswith("CREATE EXTERNAL TABLE cloudtrail (\n")
    assert 'database_name = "default"' in ddl(capsys, "terraform", "cloudtrail")
