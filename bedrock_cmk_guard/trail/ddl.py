"""The table of an organisation's trail on Athena, with partition projection: no partition is ever added by hand.

As the statement that Athena runs, and as the same table in AWS Glue's catalogue, in Terraform and CloudFormation.
https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bedrock_cmk_guard.errors import GuardError
from bedrock_cmk_guard.render.templates import fill
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.trail.columns import TABLE_COLUMNS

_LOCATION = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9!_.*()/-]*)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NAME = re.compile(r"(?:([A-Za-z_][A-Za-z0-9_]*)\.)?([A-Za-z_][A-Za-z0-9_]*)")
_SERDE = "org.apache.hive.hcatalog.data.JsonSerDe"
_INPUT = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"
_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_PARTITIONS = ("account", "region", "day")


@dataclass(frozen=True, slots=True)
class TrailTable:
    """The table: where it is known, where the logs lie, and how its partitions follow from that."""

    database: str
    """Empty: the one that Athena's query editor is at; in the catalogue ``default``."""
    name: str
    location: str
    properties: Mapping[str, str]

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """The name and type of each; Athena's names are in lower case."""
        return tuple((column.name.lower(), column.athena) for column in TABLE_COLUMNS)


def trail_table(location: str, requirements: Requirements, table: str, since: str | None) -> TrailTable:
    """The table. Its accounts are those of workloads and keys, its Regions the organisation's.

    ``location`` is the bucket, with the trail's prefix, under which CloudTrail writes ``AWSLogs``.
    """
    if not _LOCATION.fullmatch(location):
        raise GuardError(
            f"trail ddl: {location} is not a place in S3; give s3://BUCKET/PREFIX, where AWSLogs lies"
        )
    if since is None or not _DAY.fullmatch(since):
        raise GuardError("trail ddl: say from which day on there are logs, with --since 2026-01-31")
    named = _NAME.fullmatch(table)
    if named is None:
        raise GuardError(f"--table {table}: give a table's name, such as cloudtrail or security.cloudtrail")
    organization = requirements.organization
    accounts = sorted(
        {
            each
            for workload in requirements.workloads
            for each in (workload.account, requirements.key_account(workload))
        }
    )
    root = f"{location.rstrip('/')}/AWSLogs/{organization.id}/"
    properties = {
        "projection.enabled": "true",
        "projection.account.type": "enum",
        "projection.account.values": ",".join(accounts),
        "projection.region.type": "enum",
        "projection.region.values": ",".join(organization.regions),
        "projection.day.type": "date",
        "projection.day.format": "yyyy/MM/dd",
        "projection.day.range": f"{since.replace('-', '/')},NOW",
        "projection.day.interval": "1",
        "projection.day.interval.unit": "DAYS",
        "storage.location.template": f"{root}${{account}}/CloudTrail/${{region}}/${{day}}",
    }
    return TrailTable(named[1] or "", named[2], root, properties)


def as_sql(table: TrailTable) -> str:
    """The statement that makes the table."""
    columns = ",\n".join(f"  {name} {kind}" for name, kind in table.columns)
    settings = ",\n".join(f"  '{name}' = '{value}'" for name, value in table.properties.items())
    partitions = ", ".join(f"{name} string" for name in _PARTITIONS)
    name = f"{table.database}.{table.name}" if table.database else table.name
    return (
        f"CREATE EXTERNAL TABLE {name} (\n{columns}\n)\n"
        f"PARTITIONED BY ({partitions})\n"
        f"ROW FORMAT SERDE '{_SERDE}'\n"
        f"STORED AS INPUTFORMAT '{_INPUT}'\n"
        f"OUTPUTFORMAT '{_OUTPUT}'\n"
        f"LOCATION '{table.location}'\n"
        f"TBLPROPERTIES (\n{settings}\n);\n"
    )


def as_terraform(table: TrailTable) -> str:
    """The table as a resource of Terraform."""
    return _filled("trail/table.tf.j2", table)


def as_cloudformation(table: TrailTable) -> str:
    """The table as a template of CloudFormation."""
    return _filled("trail/table.yaml.j2", table)


def _filled(template: str, table: TrailTable) -> str:
    return fill(
        template,
        database=table.database or "default",
        name=table.name,
        location=table.location,
        # What CREATE EXTERNAL TABLE says in SQL is a parameter in the catalogue.
        parameters={"EXTERNAL": "TRUE", **table.properties},
        partitions=_PARTITIONS,
        columns=table.columns,
        serde=_SERDE,
        input_format=_INPUT,
        output_format=_OUTPUT,
    )
