"""A history of four audits of three accounts, as an audit would write it; some of its names are hostile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bedrock_cmk_guard.history import Cell, Coverage, FindingRecord, History, SubjectRecord

HR, ADVISER, SANDBOX = "222222222222", "555555555555", "999999999999"
REGION = "eu-central-1"
AGENT, MEMORY, KEY = "bedrock-agent", "agentcore-memory", "kms-key"
HOSTILE = '=HYPERLINK("http://x.example")<script>alert(1)</script>|**b** [l](javascript:x)\n\u202e"\\'
EVERYTHING = (Cell(HR, REGION), Cell(ADVISER, REGION))
START = dt.datetime(2026, 8, 1, 6, tzinfo=dt.UTC)

REQUIREMENTS = (Path(__file__).resolve().parents[2] / "examples" / "cmk-guard.yaml").read_text(
    encoding="utf-8"
)


TRAIL: dict[str, Any] = {
    "schema_version": 1,
    "read": {"first": "2026-08-01T00:00:00Z", "last": "2026-08-21T00:00:00Z", "files": 3},
    "summary": {"complete": False, "unauthorised_key_attempts": 4, "unexpected_administration": 1},
    "denied": [
        {
            "principal": HOSTILE,
            "action": "Decrypt",
            "calls": 3,
            "last_seen": "2026-08-20T00:00:00Z",
            "key": None,
        },
        {"principal": None, "action": "CreateGrant", "calls": 1, "last_seen": None, "refused_by": "an SCP"},
    ],
}


def week(number: int) -> dt.datetime:
    return START + dt.timedelta(weeks=number)


NO_KEY = FindingRecord(
    control="BCG_CMK_001",
    verdict="fail",
    severity="high",
    level="required",
    message="no key is named, so the data lies under a key that AWS owns",
    fix="name a customer managed key, in the definition that the agent is made of",
    command="aws bedrock-agent update-agent --agent-id ABC --customer-encryption-key-arn KEY",
)
ACCEPTED = replace(NO_KEY, accepted_by="Dana", accepted_until=dt.date(2026, 9, 1))
NO_ROTATION = FindingRecord(
    control="BCG_KEY_001",
    verdict="fail",
    severity="medium",
    level="required",
    message="automatic rotation is off",
    fix="turn it on",
    command="aws kms enable-key-rotation --key-id 1234",
)


def subject(
    name: str,
    *findings: FindingRecord,
    account: str = HR,
    surface: str = AGENT,
    workload: str = "hr-assistant",
    environment: str = "production",
    level: str = "required",
    tags: dict[str, str] | None = None,
) -> SubjectRecord:
    tiers = {AGENT: "agent-definition", MEMORY: "session-memory", "custom-model": "model"}
    return SubjectRecord(
        arn=f"arn:aws:bedrock:{REGION}:{account}:{surface}/{name}",
        cell=Cell(account, REGION, surface),
        tier=tiers.get(surface, ""),
        name=name,
        verdict="fail" if findings else "pass",
        level=level,
        workload=workload,
        environment=environment,
        sensitivity="restricted",
        tags={"application": name} if tags is None else tags,
        findings=findings,
    )


def adviser(name: str, *findings: FindingRecord, surface: str = MEMORY) -> SubjectRecord:
    return subject(name, *findings, account=ADVISER, surface=surface, workload="financial-adviser")


def record(
    history: History,
    when: dt.datetime,
    subjects: Iterable[SubjectRecord],
    refused: Iterable[Cell] = (),
    covered: Iterable[Cell] = EVERYTHING,
) -> None:
    recording = history.begin(when)
    recording.add(subjects)
    recording.cover(covered, Coverage.AUDITED)
    recording.cover(refused, Coverage.NOT_AUDITED, "AccessDenied: the role cannot be assumed")
    recording.finish(when + dt.timedelta(minutes=10))


def make(path: Path, *, hostile: bool = True) -> Path:
    """Write the history, and return where it is."""
    odd = HOSTILE if hostile else "odd"
    bad = NO_KEY
    key = subject("key", NO_ROTATION, surface=KEY)
    model = subject(
        "model", replace(NO_KEY, level="recommended"), surface="custom-model", level="recommended"
    )
    with History.open(str(path)) as history:
        record(
            history,
            week(0),
            [subject("payroll", bad), subject("leave", bad), key, adviser("m1", bad), adviser("m2", bad)],
        )
        record(
            history,
            week(1),
            [subject("payroll", bad), subject("leave"), key, adviser("m1", bad), adviser("m2")],
        )
        record(
            history,
            week(2),
            [subject("payroll"), subject("leave", bad), key, adviser("m1", ACCEPTED), adviser("m2"), model],
        )
        record(
            history,
            week(3),
            [
                subject("payroll"),
                subject("leave", bad),
                subject("key", surface=KEY),
                subject(odd, bad, workload="", environment="", tags={"application": odd}),
                subject("trial", bad, environment="development"),
                model,
                adviser("m1", ACCEPTED),
                adviser("m2"),
            ],
            refused=[Cell(SANDBOX, REGION)],
        )
    return path
