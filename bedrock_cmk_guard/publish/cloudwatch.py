"""The figures as CloudWatch metrics, on which alarms and dashboards stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import islice

from bedrock_cmk_guard.publish.aws import Service
from bedrock_cmk_guard.reports.audit.model import Kpis

# PutMetricData takes 1,000 metrics and 1 MB: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
_BATCH = 500
_LONGEST = 1024


def put_metrics(kpis: Kpis, namespace: str, region: str | None = None) -> int:
    """Put the figures into a namespace, and return how many metrics they are."""
    service = Service("cloudwatch", "CloudWatch", region)
    rest = iter(metrics(kpis))
    number = 0
    while batch := list(islice(rest, _BATCH)):
        service.call("put_metric_data", Namespace=namespace, MetricData=batch)
        number += len(batch)
    return number


def metrics(kpis: Kpis) -> Iterator[Mapping[str, object]]:
    """Every metric. A figure of nothing is none."""
    if kpis.score.value is not None:
        yield _metric(kpis.at, "ComplianceScore", kpis.score.value, "None")
    for group in kpis.groups:
        for scope, share in (("production", group.production), ("all", group.everything)):
            if share.percent is not None:
                found = {"Dimension": group.dimension, "Name": group.name, "Scope": scope}
                yield _metric(kpis.at, "OnCustomerKeys", share.percent, "Percent", found)
    for severity, remediation in kpis.remediation.items():
        if remediation.mean is not None and remediation.median is not None:
            for statistic, time in (("mean", remediation.mean), ("median", remediation.median)):
                found = {"Severity": severity, "Statistic": statistic}
                yield _metric(kpis.at, "TimeToRemediate", time.total_seconds(), "Seconds", found)
    for each in kpis.open:
        found = {"Severity": each.severity, "Age": each.age}
        yield _metric(kpis.at, "OpenFindings", each.counted, "Count", found)
    today = kpis.at.date()
    lapsed = sum((each.days_left(today) or 0) < 0 for each in kpis.exceptions)
    yield _metric(kpis.at, "ExpiredExceptions", lapsed, "Count")
    if kpis.attempts is not None:
        yield _metric(kpis.at, "UnauthorisedKeyAttempts", kpis.attempts.calls, "Count")
    yield _metric(kpis.at, "NotAudited", len(kpis.not_audited), "Count")


def _metric(
    at: dt.datetime, name: str, value: float, unit: str, dimensions: Mapping[str, str] | None = None
) -> Mapping[str, object]:
    return {
        "MetricName": name,
        "Timestamp": at,
        "Value": float(value),
        "Unit": unit,
        "Dimensions": [{"Name": each, "Value": _value(text)} for each, text in (dimensions or {}).items()],
    }


def _value(text: str) -> str:
    """A dimension's value: of ASCII without control characters, not empty, and not with a colon in front."""
    plain = ascii(text)[1:-1][:_LONGEST]
    return f"_{plain}" if not plain.strip() or plain.startswith(":") else plain
