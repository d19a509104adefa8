"""What CloudTrail says of the example organisation, as people ask it."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bedrock_cmk_guard.cli import main
from tests.trail import plain

ROOT = Path(__file__).resolve().parents[2]
LOGS, REQUIREMENTS = ROOT / "examples" / "trail" / "logs", ROOT / "examples" / "cmk-guard.yaml"
HR_KEY = "arn:aws:kms:eu-central-1:222222222222:key/11111111-aaaa-4bbb-8ccc-000000000001"


def asked(capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 1) -> dict[str, Any]:
    """The answer in JSON."""
    assert main(["trail", *map(str, arguments), "--format", "json"]) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture(scope="module")
def story() -> dict[str, Any]:
    """All answers of the sample, which several tests look at."""
    from bedrock_cmk_guard.requirements import load_requirements
    from bedrock_cmk_guard.trail.asking import ask
    from bedrock_cmk_guard.trail.output import as_json
    from bedrock_cmk_guard.trail.scope import scope_of

    found: dict[str, Any] = json.loads(
        as_json(ask([str(LOGS)], scope_of(load_requirements(REQUIREMENTS), ())))
    )
    return found


@pytest.mark.parametrize("question", ["denied", "outside", "decryptions"])
def test_a_plain_loop_counts_the_same(story: dict[str, Any], question: str) -> None:
    fields = ("principal", "subject") if question == "decryptions" else ("principal", "action", "key")
    counted: Counter[tuple[str | None, ...]] = Counter()
    for row in story[question]:
        counted[tuple(row[field] for field in fields)] += row["calls"]
    assert counted == plain.answers(LOGS)[question]
    assert counted


def test_what_the_sample_tells(story: dict[str, Any]) -> None:
    assert story["schema_version"] == 1
    assert story["summary"]["unauthorised_key_attempts"] == 7
    assert story["summary"]["complete"] is True
    refused = {(row["principal"].rpartition("/")[2], row["action"]): row for row in story["denied"]}
    assert refused["intern", "ScheduleKeyDeletion"]["refused_by"] == "service control policy"
    assert refused["developer", "Decrypt"]["refused_by"] == "identity-based policy"
    assert refused["batch", "Decrypt"]["key"] is None
    assert {row["known_by"] for row in story["guarded_keys"]} == {"alias"}
    unexpected = [
        (row["principal"], row["action"]) for row in story["administration"] if row["expected"] == "no"
    ]
    assert {action for _, action in unexpected} == {"ScheduleKeyDeletion"}
    assert {principal.rpartition("/")[2] for principal, _ in unexpected} == {"intern"}
    assert [row["resource"].rpartition("/")[2] for row in story["silent"]] == ["HRAGENT002"]
    assert any(
        row["subject"].endswith("agent-alias/HRAGENT001/LIVE000001")
        for row in story["decryptions"]
        if row["subject"]
    )


def test_text_names_an_event_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trail", str(LOGS), "--requirements", str(REQUIREMENTS)]) == 1
    text = capsys.readouterr().out
    assert "5 copies of the same events, not counted again" not in text or "copies" in text
    assert "refused by a service control policy" in text
    assert "not by who administers keys" in text
    assert text.rstrip().endswith("1 resource without a use of the key claimed.")
    assert "7 denied uses; 10 uses outside Bedrock; 3 acts of administration" in " ".join(text.split())


def test_csv_is_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["trail", str(LOGS), "--format", "csv", "--question", "outside"]
    assert main(arguments) == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert sum(int(row["calls"]) for row in rows) == 10
    assert main(arguments[:-2]) == 2
    assert "give one --question" in capsys.readouterr().err


def test_without_requirements_keys_are_those_that_agents_use(capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, LOGS, "--question", "outside")
    assert {row["known_by"] for row in found["guarded_keys"]} == {"claimed by a resource"}
    assert found["summary"]["unauthorised_key_attempts"] is None


def test_a_named_key_is_guarded_whether_or_not_it_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    other = HR_KEY.replace("000001", "999999")
    found = asked(capsys, LOGS, "--key", HR_KEY, "--key", other, "--question", "administration", status=0)
    named = {row["key"]: row["calls"] for row in found["guarded_keys"] if row["known_by"] == "named"}
    assert named[other] == 0
    assert named[HR_KEY] > 0


def test_only_the_time_asked_about(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--question", "denied", "--requirements", REQUIREMENTS)
    week = asked(capsys, LOGS, "--since", "2026-10-08", "--until", "2026-10-09", *options)
    assert week["summary"]["unauthorised_key_attempts"] == 4
    moment = asked(
        capsys, LOGS, "--since", "2026-10-08T14:00:00Z", "--until", "2026-10-08T14:00:00Z", *options
    )
    assert moment["summary"]["unauthorised_key_attempts"] == 2
    none = asked(capsys, LOGS, "--since", "2026-10-14", "--until", "2026-10-15", *options, status=0)
    assert none["denied"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "nowhere: there is no such file or folder"),
        ((".",), "there are no CloudTrail logs"),
        ((LOGS, "--since", "2026-13-01"), "--since 2026-13-01: give a day like"),
        ((LOGS, "--since", "2026-02-01", "--until", "2026-01-01"), "--since 2026-02-01 is after --until 2026-01-01"),
        ((LOGS, "--key", "alias/x"), "--key alias/x: give the ARN of a KMS key"),
        (("sql",), "trail sql: name one question"),
        (("sql", "nothing"), "there is no query nothing; there are denied, decryptions"),
        (("sql", "denied", "--table", "a b; DROP"), "--table"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: tuple[object, ...], said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["trail", *map(str, arguments)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
