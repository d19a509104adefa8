"""``kpi --publish cloudwatch``, against moto and botocore's own model of the call."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest

from bedrock_cmk_guard.cli import main


def test_the_figures_are_metrics(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["kpi", "--publish", "cloudwatch", "--region", "eu-central-1", "--tag", "application"]
    assert main(arguments) == 0
    assert "metrics in BedrockCmkGuard" in capsys.readouterr().err
    client = boto3.client("cloudwatch", "eu-central-1")
    found = client.get_paginator("list_metrics").paginate(Namespace="BedrockCmkGuard")
    metrics = [each for page in found for each in page["Metrics"]]
    names = {each["MetricName"] for each in metrics}
    assert names == {
        "ComplianceScore",
        "OnCustomerKeys",
        "TimeToRemediate",
        "OpenFindings",
        "ExpiredExceptions",
        "NotAudited",
    }
    values = [pair["Value"] for each in metrics for pair in each["Dimensions"]]
    assert all(value.isascii() and value.isprintable() for value in values)
    assert any(value.startswith("=HYPERLINK") for value in values)


def test_a_refusal_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "none"))
    assert main(["kpi", "--publish", "cloudwatch"]) == 2
    assert "CloudWatch: connect failed: You must specify a region" in capsys.readouterr().err
    assert main(["kpi", "--publish", "cloudwatch", "--region", "eu-central-1", "--namespace", ""]) == 2
    assert "CloudWatch: put_metric_data failed" in capsys.readouterr().err
