"""Logs that are broken, forged or huge: each is said, none is dropped, and the others count all the same."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bedrock_cmk_guard.cli import main

KEY = "arn:aws:kms:eu-central-1:222222222222:key/11111111-aaaa-4bbb-8ccc-000000000001"


def record(number: int = 1, **changes: object) -> dict[str, object]:
    """A denied decryption."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::222222222222:user/eve", "accountId": "222222222222"},
        "eventTime": "2026-10-05T08:00:00Z",
        "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt",
        "awsRegion": "eu-central-1",
        "errorCode": "AccessDenied",
        "requestParameters": None,
        "resources": [{"ARN": KEY, "accountId": "222222222222", "type": "AWS::KMS::Key"}],
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "recipientAccountId": "222222222222",
        **changes,
    }  # fmt: skip


def log(*records: object) -> bytes:
    """A log file."""
    return json.dumps({"Records": list(records)}).encode()


def without(field: str) -> bytes:
    """A log of one record that lacks a field."""
    return log({name: value for name, value in record(9).items() if name != field})


PACKED = gzip.compress(log(*map(record, range(100, 300))), mtime=0)
FLIPPED = bytes(byte ^ (0xFF if place == len(PACKED) // 2 else 0) for place, byte in enumerate(PACKED))
WRONG_SUM = PACKED[:-8] + bytes(byte ^ 0xFF for byte in PACKED[-8:-4]) + PACKED[-4:]
BROKEN: dict[str, tuple[bytes, str]] = {
    "cut.json.gz": (PACKED[: len(PACKED) // 2], "the file is cut short"),
    "last-bytes.json.gz": (PACKED[:-3], "the file is cut short"),
    "flipped.json.gz": (FLIPPED, "its gzip data is damaged"),
    "wrong-sum.json.gz": (WRONG_SUM, "its gzip data is damaged"),
    "tail.json.gz": (PACKED + b"more", "its gzip data is damaged"),
    "empty.json": (b"", "it is empty"),
    "nothing.json.gz": (gzip.compress(b""), "it is empty"),
    "page.json": (b"<html><body>AccessDenied</body></html>", "it is not JSON"),
    "cut.json": (log(record(9))[:-40], "it is not JSON, or breaks off"),
    "binary.json": (b"\x00\xff\xfe\x00" * 50, "it is not UTF-8"),
    "not-utf-8.json": (log(record(9)).replace(b"Decrypt", b"D\xff\xfecr", 1), "it is not UTF-8"),
    "other.json": (b'{"events": []}', 'it has no one list of "Records"'),
    "null.json": (b'{"Records": null}', 'it has no one list of "Records"'),
    "texts.json": (b'{"Records": ["x", 1, null]}', "record 1 is no record"),
    "null-record.json": (b'{"Records": [null]}', "record 1 is no record"),
    "identity.json": (log(record(9, userIdentity="root")), "has no userIdentity that is an object"),
    "resources.json": (log(record(9, resources={"ARN": KEY})), "has resources that are no list of objects"),
    "twice.json": (b'{"Records": [], "Records": ' + log(record(9))[12:], 'it has no one list of "Records"'),
    "deep.json": (
        b'{"Records": [{"requestParameters": ' + b"[" * 30_000 + b"]" * 30_000 + b"}]}",
        "record 1 has no eventID",
    ),
    "list.json": (json.dumps([record(9)]).encode(), 'it has no one list of "Records"'),
    "two.json": (log(record(9)) * 2, "it is not JSON"),
    "session.json": (
        log(record(9, userIdentity={"type": "AssumedRole", "sessionContext": "x"})),
        "has a sessionContext that is no object",
    ),
    "resource.json": (log(record(9, resources=[KEY])), "has resources that are no list of objects"),
    "field-twice.json": (log(record(9)).replace(b'{"eventV', b'{"eventID": "x", "eventV', 1), "names a field twice"),
    "no-id.json": (without("eventID"), "record 1 has no eventID"),
    "no-time.json": (without("eventTime"), "record 1 has no eventTime like"),
    "no-name.json": (without("eventName"), "record 1 has no eventName"),
    "no-source.json": (without("eventSource"), "record 1 has no eventSource"),
    "no-identity.json": (without("userIdentity"), "record 1 has no userIdentity"),
    "time.json": (log(record(9, eventTime="yesterday")), "record 1 has no eventTime like"),
    "version.json": (log(record(9, eventVersion="2.0")), "has an eventVersion that is not 1.x"),
    "resources-many.json": (log(record(9, resources=[{"ARN": KEY}] * 4)), "more than three resources"),
    "some.json": (log(record(7), *[{"eventVersion": "1.11"}] * 5), "record 2 has no eventID, as have 4 more"),
}  # fmt: skip


def asked(capsys: pytest.CaptureFixture[str], folder: Path) -> dict[str, Any]:
    """The answer in JSON; something was wrong."""
    assert main(["trail", str(folder), "--key", KEY, "--format", "json"]) == 1
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_each_fault_is_said_and_the_others_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.json").write_bytes(log(record(1), record(2)))
    (tmp_path / "good.json.gz").write_bytes(gzip.compress(log(record(3))) + gzip.compress(b"\n"))
    for name, (content, _) in BROKEN.items():
        (tmp_path / name).write_bytes(content)
    found = asked(capsys, tmp_path)
    said = {Path(each["file"]).name: each["reason"] for each in found["not_read"]}
    assert said.keys() == BROKEN.keys()
    for name, (_, reason) in BROKEN.items():
        assert reason in said[name], name
    # The two good files, and the one good record of a file that holds worse.
    assert found["summary"]["unauthorised_key_attempts"] == 4
    assert found["summary"]["complete"] is False
    assert main(["trail", str(tmp_path), "--key", KEY, "--question", "denied"]) == 1
    assert capsys.readouterr().out.count("not read: ") == len(BROKEN)


def test_a_bomb_is_not_unpacked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chunk, packer = b" " * (1 << 20), zlib.compressobj(1, wbits=31)
    with (tmp_path / "bomb.json.gz").open("wb") as file:
        for _ in range(300):
            file.write(packer.compress(chunk))
        file.write(packer.flush())
    (said,) = asked(capsys, tmp_path)["not_read"]
    assert "more than 256 MB" in said["reason"]


def test_copies_count_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_bytes(log(record(1), record(2)))
    (tmp_path / "b.json").write_bytes(log(record(2), record(1)))
    (tmp_path / "link.json").symlink_to(tmp_path / "a.json")
    found = asked(capsys, tmp_path)
    assert found["summary"]["unauthorised_key_attempts"] == 2
    assert found["read"] | {"duplicates": 2, "files": 2} == found["read"]
    assert found["not_read"] == []


def test_records_that_differ_under_one_id_are_a_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.json").write_bytes(log(record(1), record(1, errorCode=None)))
    found = asked(capsys, tmp_path)
    assert [each["reason"] for each in found["not_read"]] == ["records that differ share it; one is counted"]


def test_names_of_files_are_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a[1].json", "b*.json", "c?.json", "d'e.json", "f\x1b[31m.json", "{g}.json", "hé ñ.json"):
        (tmp_path / name).write_bytes(log(record(len(name) * 1000 + ord(name[0]))))
    assert asked(capsys, tmp_path)["summary"]["unauthorised_key_attempts"] == 7
    (tmp_path / "z\x1b[31m.json").write_bytes(b"{")
    main(["trail", str(tmp_path)])
    assert "\x1b" not in capsys.readouterr().out


def test_what_is_no_log_is_left_aside_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digest = tmp_path / "AWSLogs" / "222222222222" / "CloudTrail-Digest"
    digest.mkdir(parents=True)
    (digest / "x.json.gz").write_bytes(gzip.compress(b"{}"))
    (tmp_path / "README.md").write_text("example-trail-logs")
    (tmp_path / "a.json").write_bytes(log(record(1)))
    found = asked(capsys, tmp_path)
    assert {Path(each["file"]).name for each in found["left_aside"]} == {"x.json.gz", "README.md"}
    assert found["not_read"] == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_refuses_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_bytes(log(record(1)))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    assert [each["reason"] for each in asked(capsys, tmp_path)["not_read"]] == ["Permission denied"]


def test_values_are_never_sql(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nasty = "x'); DROP TABLE cloudtrail; --"
    (tmp_path / "a.json").write_bytes(
        log(record(1, eventName=nasty, errorMessage="'"), record(2, errorCode="=cmd()"))
    )
    found = asked(capsys, tmp_path)
    assert nasty in {row["action"] for row in found["denied"]}


# The system refuses to let a file grow, as it does when a disk is full.
FULL = """
import resource, signal, sys
from bedrock_cmk_guard.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize(
    ("room", "said"),
    [
        (10_000, "the logs do not fit into TMPDIR and 2GB of memory: "),
        (20_000, "nothing more can be written: File too large\n"),
        (200_000, "the logs do not fit into TMPDIR and 2GB of memory: "),
    ],
)
def test_a_full_disk_is_said(tmp_path: Path, room: int, said: str) -> None:
    """When the database is made, while logs are unpacked, and when what they say is kept."""
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(log(*map(record, range(300)))))
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(room), "trail", str(tmp_path), "--key", KEY],
        # Coverage could not write what it has measured either, and would say so.
        env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1


def _s3(monkeypatch: pytest.MonkeyPatch, put: Callable[[Any], None]) -> None:
    import boto3

    for name, value in (
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_DEFAULT_REGION", "eu-central-1"),
    ):
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(
        Bucket="example-trail-logs", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    put(client)


def test_logs_in_s3(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from moto import mock_aws

    def put(client: Any) -> None:
        client.put_object(
            Bucket="example-trail-logs", Key="org/AWSLogs/a.json.gz", Body=gzip.compress(log(record(1)))
        )
        client.put_object(Bucket="example-trail-logs", Key="org/AWSLogs/b.json.gz", Body=PACKED[:50])
        client.put_object(
            Bucket="example-trail-logs", Key="org/AWSLogs/CloudTrail-Digest/c.json.gz", Body=b"x"
        )
        client.put_object(Bucket="example-trail-logs", Key="elsewhere/d.json", Body=log(record(2)))

    with mock_aws():
        _s3(monkeypatch, put)
        assert main(["trail", "s3://example-trail-logs/org/", "--key", KEY, "--format", "json"]) == 1
        found = json.loads(capsys.readouterr().out)
        assert main(["trail", "s3://not-there/org/"]) == 2
        assert main(["trail", "s3://example-trail-logs/org/", str(tmp_path)]) == 2
    assert found["summary"]["unauthorised_key_attempts"] == 1
    assert [each["file"] for each in found["not_read"]] == ["s3://example-trail-logs/org/AWSLogs/b.json.gz"]
    assert len(found["left_aside"]) == 1
