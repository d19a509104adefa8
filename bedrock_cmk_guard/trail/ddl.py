"""The table of an organisation's trail on Athena, with partition projection: no partition is ever added by hand.

https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html
"""

from __future__ import annotations

import re

from bedrock_cmk_guard.errors import GuardError
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.trail.columns import TABLE_COLUMNS

_LOCATION = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9!_.*()/-]*)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def table_ddl(location: str, requirements: Requirements, table: str, since: str | None) -> str:
    """The statement that makes the table. Its accounts are those of workloads and keys, its Regions the organisation's.

    ``location`` is the bucket, with the trail's prefix, under which CloudTrail writes ``AWSLogs``.
    """
    if not _LOCATION.fullmatch(location):
        raise GuardError(
            f"trail ddl: {location} is not a place in S3; give s3://BUCKET/PREFIX, where AWSLogs lies"
        )
    if since is None or not _DAY.fullmatch(since):
        raise GuardError("trail ddl: say from which day on there are logs, with --since 2026-01-31")
    organization = requirements.organization
    accounts = sorted(
        {
            each
            for workload in requirements.workloads
            for each in (workload.account, requirements.key_account(workload))
        }
    )
    root = f"{location.rstrip('/')}/AWSLogs/{organization.id}/"
    columns = ",\n".join(f"  {column.name.lower()} {column.athena}" for column in TABLE_COLUMNS)
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
    settings = ",\n".join(f"  '{name}' = '{value}'" for name, value in properties.items())
    return (
        f"CREATE EXTERNAL TABLE {table} (\n{columns}\n)\n"
        "PARTITIONED BY (account string, region string, day string)\n"
        "ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'\n"
        "STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'\n"
        "OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'\n"
        f"LOCATION '{root}'\n"
        f"TBLPROPERTIES (\n{settings}\n);\n"
    )
