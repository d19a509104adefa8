"""Findings in the AWS Security Finding Format, as Security Hub takes them.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bedrock_cmk_guard.history.figures import ClosedFinding, OpenFinding
from bedrock_cmk_guard.history.records import NOTE, Cell, Closed
from bedrock_cmk_guard.reports.audit.remedies import control_of, title_of
from bedrock_cmk_guard.reports.terminal import safe

if TYPE_CHECKING:
    from bedrock_cmk_guard.iam import Json

_NAME = "bedrock-cmk-guard"
_TYPES = ("Software and Configuration Checks/AWS Security Best Practices",)
_LABELS = {"high": "HIGH", "medium": "MEDIUM", "low": "LOW"}
_KINDS = {"kms-key": "AwsKmsKey", "iam-role": "AwsIamRole"}
_NOT_AUDITED = "BCG_LIVE_006"
_TITLE, _DESCRIPTION, _REMEDY, _FIELD, _RESOURCE = 256, 1024, 512, 1024, 512


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who hands the findings to Security Hub; findings of the default product are of that account and Region."""

    account: str
    region: str
    partition: str = "aws"


def open_finding(each: OpenFinding, publisher: Publisher | None = None) -> dict[str, Json]:
    """An open finding."""
    severity = _LABELS.get(each.severity, "MEDIUM")
    if each.accepted_by or each.level == NOTE:
        severity = "INFORMATIONAL"
    elif each.level != "required":
        severity = "LOW"
    fields = {
        "level": each.level,
        "workload": each.workload,
        "environment": each.environment,
        "accepted_by": each.accepted_by,
        "accepted_until": each.accepted_until.isoformat() if each.accepted_until else "",
        "command": each.command,
    }
    return _finding(
        publisher or _own(each.cell, each.arn),
        identity=_identity(each.control, each.arn, each.cell.surface, each.about),
        control=each.control,
        message=each.message,
        remedy=each.fix,
        severity=severity,
        created=each.opened,
        updated=each.last_seen,
        status="FAILED" if each.verdict == "fail" else "WARNING",
        resource=_resource(each.cell, each.arn, each.name),
        fields=fields,
    )


def closed_finding(each: ClosedFinding, publisher: Publisher | None = None) -> dict[str, Json]:
    """A finding that is open no more, as archived."""
    gone = each.why is Closed.DELETED
    return {
        **_finding(
            publisher or _own(each.cell, each.arn),
            identity=_identity(each.control, each.arn, each.cell.surface, each.about),
            control=each.control,
            message=each.message,
            remedy="",
            severity=_LABELS.get(each.severity, "MEDIUM"),
            created=each.opened,
            updated=each.closed,
            status="NOT_AVAILABLE" if gone else "PASSED",
            resource=_resource(each.cell, each.arn, ""),
            fields={"closed": each.why.value},
        ),
        "RecordState": "ARCHIVED",
    }


def unread_cell(
    cell: Cell,
    reason: str,
    created: dt.datetime,
    updated: dt.datetime,
    publisher: Publisher | None = None,
    *,
    archived: bool = False,
) -> dict[str, Json]:
    """What was not audited: a finding, never silence."""
    partition = publisher.partition if publisher is not None else "aws"
    found = _finding(
        publisher or Publisher(cell.account, _region(cell)),
        identity=_identity(_NOT_AUDITED, cell.account, cell.region, cell.surface),
        control=_NOT_AUDITED,
        message=f"{cell.what} in {cell.region} of account {cell.account} was not audited: {reason or 'not read'}",
        remedy="",
        severity="HIGH",
        created=created,
        updated=updated,
        status="PASSED" if archived else "NOT_AVAILABLE",
        resource={
            "Type": "AwsAccount",
            "Id": f"AWS::::Account:{cell.account}",
            "Partition": partition,
            "Region": _region(cell),
        },
        fields={},
    )
    return {**found, "RecordState": "ARCHIVED"} if archived else found


def findings(
    found: Iterable[OpenFinding],
    not_audited: Mapping[Cell, str],
    since: Mapping[Cell, dt.datetime],
    at: dt.datetime,
    publisher: Publisher | None = None,
) -> Iterator[dict[str, Json]]:
    """What is open, and what was not audited."""
    for each in found:
        yield open_finding(each, publisher)
    for cell, reason in sorted(not_audited.items()):
        yield unread_cell(cell, reason, since[cell], at, publisher)


def _finding(
    publisher: Publisher,
    *,
    identity: str,
    control: str,
    message: str,
    remedy: str,
    severity: str,
    created: dt.datetime,
    updated: dt.datetime,
    status: str,
    resource: dict[str, Json],
    fields: Mapping[str, str],
) -> dict[str, Json]:
    known = control_of(control)
    text = remedy or (known.remediation if known is not None else "")
    recommendation: dict[str, Json] = {"Text": safe(text)[:_REMEDY]} if text else {}
    if known is not None and known.references:
        recommendation["Url"] = known.references[0]
    found: dict[str, Json] = {
        "SchemaVersion": "2018-10-08",
        "Id": identity,
        "ProductArn": f"arn:{publisher.partition}:securityhub:{publisher.region}:{publisher.account}"
        f":product/{publisher.account}/default",
        "GeneratorId": f"{_NAME}/{control}",
        "AwsAccountId": publisher.account,
        "Types": list(_TYPES),
        "CreatedAt": _time(created),
        "UpdatedAt": _time(updated),
        "Severity": {"Label": severity},
        "FindingProviderFields": {"Severity": {"Label": severity}, "Types": list(_TYPES)},
        "Title": safe(f"{control}: {title_of(control)}")[:_TITLE],
        "Description": safe(message)[:_DESCRIPTION] or control,
        "Compliance": {"Status": status},
        "RecordState": "ACTIVE",
        "Resources": [resource],
        "ProductFields": {f"{_NAME}/{name}": safe(value)[:_FIELD] for name, value in fields.items() if value},
    }
    if recommendation:
        found["Remediation"] = {"Recommendation": recommendation}
    return found


def _resource(cell: Cell, arn: str, name: str) -> dict[str, Json]:
    other = {"surface": cell.surface, "account": cell.account, "name": name}
    return {
        "Type": _KINDS.get(cell.surface, "Other"),
        "Id": safe(arn)[:_RESOURCE],
        "Partition": _partition(arn),
        "Region": _region(cell),
        "Details": {"Other": {key: safe(value)[:_FIELD] for key, value in other.items() if value}},
    }


def _identity(*parts: str) -> str:
    """By which a finding is known again: the same for the same control, resource and what it is about."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()
    return f"{_NAME}/{parts[0]}/{digest[:40]}"


def _own(cell: Cell, arn: str) -> Publisher:
    return Publisher(cell.account, _region(cell), _partition(arn))


def _region(cell: Cell) -> str:
    """A Region that Security Hub knows; roles and policies are of none."""
    return cell.region if "-" in cell.region else "us-east-1"


def _partition(arn: str) -> str:
    parts = arn.split(":")
    return parts[1] if parts[0] == "arn" and len(parts) > 5 and parts[1] else "aws"


def _time(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
