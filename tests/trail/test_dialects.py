"""One definition of each query: it parses for Athena, its members are AWS's, and Spark gives what DuckDB gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bedrock_cmk_guard.cli import main
from tests.trail.test_questions import LOGS, REQUIREMENTS

QUESTIONS = ("denied", "decryptions", "outside", "administration", "silent", "guarded")


@pytest.mark.parametrize("question", QUESTIONS)
def test_athena_text_parses_and_reads_the_table_only(
    capsys: pytest.CaptureFixture[str], question: str
) -> None:
    import sqlglot
    from sqlglot import exp
    from sqlglot.optimizer.scope import traverse_scope

    options = ("--requirements", str(REQUIREMENTS), "--since", "2026-10-01", "--until", "2026-10-31")
    assert main(["trail", "sql", question, "--table", "security.cloudtrail", *options]) == 0
    text = capsys.readouterr().out
    (tree,) = sqlglot.parse(text, dialect="athena", error_level=sqlglot.ErrorLevel.RAISE)
    assert isinstance(tree, exp.Query)
    named = {cte.alias for cte in tree.find_all(exp.CTE)}
    read = {f"{table.db}.{table.name}".lstrip(".") for table in tree.find_all(exp.Table)}
    assert read - named == {"security.cloudtrail"}
    assert not list(tree.find_all(exp.Placeholder))
    assert list(traverse_scope(tree))
    # Only the days asked about are read, and the one after, on which late events are delivered.
    assert "day >= '2026/10/01'" in text
    assert "day <= '2026/11/02'" in text


def test_the_table_has_partition_projection(capsys: pytest.CaptureFixture[str]) -> None:
    command = [
        "trail",
        "ddl",
        "s3://example-trail/org",
        "--requirements",
        str(REQUIREMENTS),
        "--since",
        "2026-01-01",
    ]
    assert main([*command, "--table", "security.cloudtrail"]) == 0
    text = capsys.readouterr().out
    for said in (
        "CREATE EXTERNAL TABLE security.cloudtrail (",
        "resources array<struct<arn:string,accountid:string,type:string>>",
        "'projection.account.values' = '222222222222,555555555555,666666666666'",
        "'projection.day.range' = '2026/01/01,NOW'",
        "'s3://example-trail/org/AWSLogs/o-exampleorg1/${account}/CloudTrail/${region}/${day}'",
    ):
        assert said in text


def test_every_column_that_queries_read_is_in_the_table() -> None:
    import sqlglot
    from sqlglot import exp

    from bedrock_cmk_guard.trail.columns import TABLE_COLUMNS
    from bedrock_cmk_guard.trail.definitions import relation
    from bedrock_cmk_guard.trail.scope import Scope

    known = {column.name.lower() for column in TABLE_COLUMNS} | {"day", "copy"}
    read = {column.parts[0].name for column in sqlglot.parse_one(relation("events", Scope(), "athena"), dialect="athena").find_all(exp.Column)}  # fmt: skip  # noqa: E501
    assert read <= known


def test_what_calls_claim_is_where_aws_puts_it() -> None:
    import botocore.session

    from bedrock_cmk_guard.trail.surfaces import claims

    session = botocore.session.get_session()
    for claim in claims():
        operation = session.get_service_model(claim.service).operation_model(claim.event)
        for shape, path in ((operation.input_shape, claim.key), (operation.output_shape, claim.made)):
            for member in path.split("."):
                assert member in shape.members, (claim.event, path)
                shape = shape.members[member]
            assert shape.type_name == "string"


@pytest.mark.spark
def test_spark_gives_the_same_answers(tmp_path: Path) -> None:
    """Outside the ordinary gate: set SPARK_PYTHON to a Python that has pyspark; java must be there."""
    python = os.environ.get("SPARK_PYTHON")
    if python is None:
        pytest.skip("SPARK_PYTHON names no Python with pyspark")
    from bedrock_cmk_guard.requirements import load_requirements
    from bedrock_cmk_guard.trail.asking import ask
    from bedrock_cmk_guard.trail.columns import spark_schema
    from bedrock_cmk_guard.trail.definitions import QUESTIONS as NAMES
    from bedrock_cmk_guard.trail.definitions import whole
    from bedrock_cmk_guard.trail.scope import scope_of

    scope = scope_of(load_requirements(REQUIREMENTS), ())
    work = {"logs": str(LOGS), "schema": spark_schema(), "queries": {name: whole(name, scope, "spark") for name in NAMES}}  # fmt: skip  # noqa: E501
    (tmp_path / "work.json").write_text(json.dumps(work))
    subprocess.run([python, str(Path(__file__).parent / "on_spark.py"), str(tmp_path)], check=True)
    there: dict[str, list[dict[str, Any]]] = json.loads((tmp_path / "answers.json").read_text())
    here = ask([str(LOGS)], scope)
    for name in NAMES:
        ours = sorted((list(row.values()) for row in here.answers[name].rows), key=repr)
        theirs = sorted((list(row.values()) for row in there[name]), key=repr)
        assert ours == theirs, name
        assert ours


def test_spark_is_not_needed_to_import() -> None:
    done = subprocess.run([sys.executable, "-c", "import bedrock_cmk_guard.cli.trail, sys; assert 'duckdb' not in sys.modules"], check=False)  # fmt: skip  # noqa: E501
    assert done.returncode == 0
