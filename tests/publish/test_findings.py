"""``report --publish``: Security Hub, EventBridge and S3, played by moto; requests are checked by botocore's models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.securityhub.models import securityhub_backends

from bedrock_cmk_guard.cli import main
from bedrock_cmk_guard.history import Cell, History
from bedrock_cmk_guard.history.figures import Figures
from bedrock_cmk_guard.publish.aws import PublishError, Service
from bedrock_cmk_guard.publish.eventbridge import put_events
from bedrock_cmk_guard.reports.audit.gathering import kpis
from bedrock_cmk_guard.scan.scanning import demands_from
from tests.report.histories import ADVISER, EVERYTHING, NO_KEY, SANDBOX, record, subject, week

REGION = "eu-central-1"
ACCOUNT = "123456789012"
"""moto's."""


def imported() -> dict[str, dict[str, Any]]:
    """What Security Hub has, by id; the last that was imported of each counts."""
    return {each.data["Id"]: each.data for each in securityhub_backends[ACCOUNT][REGION].findings}


def publish(*targets: str) -> int:
    return main(["report", *(word for target in targets for word in ("--publish", target))])


def test_open_findings_are_active_and_closed_ones_archived(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish("securityhub") == 0
    assert "Security Hub: 6 findings active, 3 archived" in capsys.readouterr().err
    found = imported()
    assert {each["AwsAccountId"] for each in found.values()} == {ACCOUNT}
    assert {each["ProductArn"] for each in found.values()} == {
        f"arn:aws:securityhub:{REGION}:{ACCOUNT}:product/{ACCOUNT}/default"
    }
    of_m1 = [each for each in found.values() if each["Resources"][0]["Id"].endswith("/m1")]
    assert [each["Severity"]["Label"] for each in of_m1] == ["INFORMATIONAL"]
    assert of_m1[0]["Resources"][0]["Details"]["Other"]["account"] == ADVISER
    unread = [each for each in found.values() if each["Resources"][0]["Type"] == "AwsAccount"]
    assert [each["Resources"][0]["Id"] for each in unread] == [f"AWS::::Account:{SANDBOX}"]
    assert [each["Compliance"]["Status"] for each in unread] == ["NOT_AVAILABLE"]


def test_a_finding_keeps_its_id_until_it_is_archived(folder: Path) -> None:
    assert publish("securityhub") == 0
    before = imported()
    with History.open(str(folder / "cmk-guard-history.db")) as history:
        record(history, week(4), [subject("leave")], covered=[*EVERYTHING, Cell(SANDBOX, REGION)])
    assert publish("securityhub") == 0
    after = imported()
    assert before.keys() == after.keys()
    assert {each["RecordState"] for each in after.values()} == {"ARCHIVED"}
    statuses = {
        each["Resources"][0]["Id"].rpartition("/")[2]: each["Compliance"]["Status"] for each in after.values()
    }
    assert statuses["leave"] == "PASSED"
    assert statuses["trial"] == "NOT_AVAILABLE"
    assert statuses[f"AWS::::Account:{SANDBOX}"] == "PASSED"
    assert all(after[each]["UpdatedAt"] >= before[each]["UpdatedAt"] for each in after)


def test_more_than_a_hundred_go_in_batches(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with History.open(str(folder / "cmk-guard-history.db")) as history:
        record(history, week(4), [subject(f"a{number}", NO_KEY) for number in range(250)])
    sizes: list[int] = []
    call = Service.call

    def counted(service: Service, operation: str, **arguments: Any) -> Any:
        if operation == "batch_import_findings":
            sizes.append(len(arguments["Findings"]))
        return call(service, operation, **arguments)

    monkeypatch.setattr(Service, "call", counted)
    assert publish("securityhub") == 0
    assert sizes[:2] == [100, 100]
    assert sum(sizes) > 250
    assert len([each for each in imported().values() if each["RecordState"] == "ACTIVE"]) == 251


def test_what_security_hub_refuses_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call = Service.call

    def refusing(service: Service, operation: str, **arguments: Any) -> Any:
        answer = call(service, operation, **arguments)
        if operation == "batch_import_findings":
            first = arguments["Findings"][0]["Id"]
            said = {"Id": first, "ErrorCode": "InvalidInput", "ErrorMessage": "not today"}
            answer = {**answer, "FailedCount": 1, "FailedFindings": [said]}
        return answer

    monkeypatch.setattr(Service, "call", refusing)
    assert publish("securityhub") == 2
    assert "1 findings were refused and 8 taken: InvalidInput: not today" in capsys.readouterr().err


@pytest.fixture
def queue(folder: Path) -> str:
    """The URL of a queue that gets every event of ours."""
    sqs, events = boto3.client("sqs", REGION), boto3.client("events", REGION)
    url: str = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="ours", EventPattern=json.dumps({"source": ["bedrock-cmk-guard"]}))
    events.put_targets(Rule="ours", Targets=[{"Id": "queue", "Arn": arn}])
    return url


def heard(url: str) -> list[dict[str, Any]]:
    sqs = boto3.client("sqs", REGION)
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for each in messages:
            found.append(json.loads(each["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return found


def test_the_last_audits_changes_are_events(queue: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish("eventbridge") == 0
    assert "EventBridge: 4 events on default" in capsys.readouterr().err
    events = heard(queue)
    assert sorted(each["detail-type"] for each in events) == [
        "Audit Finished",
        "Finding Fixed",
        "Finding Opened",
        "Finding Opened",
    ]
    (fixed,) = [each["detail"] for each in events if each["detail-type"] == "Finding Fixed"]
    assert (fixed["control"], fixed["closed"]) == ("BCG_KEY_001", week(3).isoformat())
    (finished,) = [each["detail"] for each in events if each["detail-type"] == "Audit Finished"]
    assert finished["score"]["value"] == pytest.approx(47.727, abs=0.001)


def never(service: Service, operation: str, **arguments: Any) -> Any:
    return {"Entries": [{"ErrorCode": "InternalFailure", "ErrorMessage": "no"} for _ in arguments["Entries"]]}


def test_refused_events_are_sent_again_and_only_those(
    queue: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = Service.call
    waited: list[float] = []
    sent: list[list[str]] = []

    def partly(service: Service, operation: str, **arguments: Any) -> Any:
        entries = arguments["Entries"]
        sent.append([each["DetailType"] for each in entries])
        if len(sent) > 2:
            return call(service, operation, Entries=entries)
        answer: Any = call(service, operation, Entries=entries[1:]) if entries[1:] else {"Entries": []}
        return {"Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "slow"}, *answer["Entries"]]}

    monkeypatch.setattr(Service, "call", partly)
    with History.open(str(folder / "cmk-guard-history.db")) as history:
        figures = kpis(history, demands_from(folder / "cmk-guard.yaml"))
        assert put_events(history, figures, "default", week(2), wait=waited.append) == 4
        assert [len(each) for each in sent] == [4, 1, 1]
        assert waited == [1.0, 2.0]
        assert len(heard(queue)) == 4
        monkeypatch.setattr(Service, "call", never)
        with pytest.raises(PublishError, match="refused 4 events 5 times, and took 0: InternalFailure: no"):
            put_events(history, figures, "default", week(2), wait=waited.append)


def test_the_report_lies_in_a_bucket_under_a_key(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    s3 = boto3.client("s3", REGION)
    s3.create_bucket(Bucket="audits", CreateBucketConfiguration={"LocationConstraint": REGION})
    key = boto3.client("kms", REGION).create_key()["KeyMetadata"]["Arn"]
    assert main(["report", "--publish", "s3://audits/a/report.html", "--sse-kms-key", key]) == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "S3: s3://audits/a/report.html\n")
    found = s3.get_object(Bucket="audits", Key="a/report.html")
    assert found["Body"].read().startswith(b"<!DOCTYPE html>")
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", key)
    assert found["ContentType"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--publish", "s3://nowhere-at-all/report.html"),
            "S3 (s3://nowhere-at-all/report.html): put_object failed",
        ),
        (("--publish", "s3://audits"), "give a bucket and a key"),
        (("--publish", "s3://audits/folder/"), "give a bucket and a key"),
        (("--sse-kms-key", "k"), "--sse-kms-key is for --publish s3://"),
        (("--publish", "eventbridge", "--event-bus", ""), "EventBridge: put_events failed"),
    ],
)
def test_refusals(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert main(["report", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_every_event_of_a_time(queue: str, folder: Path) -> None:
    """More than one call takes, the first audit among them."""
    with History.open(str(folder / "cmk-guard-history.db")) as history:
        record(history, week(4), [subject(f"a{number}", NO_KEY) for number in range(25)])
        opened = len(list(Figures(history, week(4)).open_findings()))
    assert publish("eventbridge") == 0
    kinds = [each["detail-type"] for each in heard(queue)]
    assert kinds.count("Finding Opened") == 25
    assert opened >= 25
