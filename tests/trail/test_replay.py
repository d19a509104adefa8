"""Which recorded calls the rendered policies would have denied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bedrock_cmk_guard.cli import main
from tests.trail.test_hostile import log, record
from tests.trail.test_questions import LOGS, REQUIREMENTS, ROOT

HR_KEY = "arn:aws:kms:eu-central-1:222222222222:key/11111111-aaaa-4bbb-8ccc-000000000001"
HR = "hr-assistant_eu-central-1"
PORTAL = "arn:aws:sts::222222222222:assumed-role/hr-portal/one"
AGENT = "arn:aws:bedrock:eu-central-1:222222222222:agent/HRAGENT001"


def replayed(
    capsys: pytest.CaptureFixture[str], *arguments: object, requirements: Path = REQUIREMENTS, status: int = 1
) -> dict[str, Any]:
    """The replay in JSON."""
    command = [
        "trail",
        "replay",
        *map(str, arguments),
        "--requirements",
        str(requirements),
        "--format",
        "json",
    ]
    assert main(command) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def role(name: str, account: str = "222222222222", **more: str) -> dict[str, object]:
    """The identity of a role's session."""
    arn = f"arn:aws:iam::{account}:role/{name}"
    return {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{account}:assumed-role/{name}/one",
        "accountId": account,
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": arn, "accountId": account}},
        **more,
    }


def call(
    number: int, identity: dict[str, object], name: str = "Decrypt", **changes: object
) -> dict[str, object]:
    """A call that went through."""
    fields = {
        "userIdentity": identity,
        "eventName": name,
        "errorCode": None,
        "requestParameters": {"keyId": HR_KEY, "encryptionContext": {"aws:bedrock:arn": AGENT}},
    }
    return record(number, **fields | changes)


def test_the_sample(capsys: pytest.CaptureFixture[str]) -> None:
    found = replayed(capsys, LOGS)
    lines = {(line["principal"].rpartition("/")[2], line["action"]): line for line in found["calls"]}
    administrator = lines["administrator", "kms:Decrypt"]
    assert administrator["verdict"] == "denied"
    assert administrator["calls"] == 2
    assert f"key policy of {HR}: NobodyElse" in administrator["statement"]
    assert "OnlyThroughServices" in lines["data-export", "kms:Decrypt"]["statement"]
    assert "DestroyGuardedKeys" in lines["intern", "kms:ScheduleKeyDeletion"]["statement"]
    assert "KeyTag" in lines["bedrock-cmk-applier", "kms:CreateKey"]["statement"]
    assert lines["bedrock-cmk-applier", "kms:CreateKey"]["calls"] == 1
    governance = lines["bedrock-cmk-governance", "kms:PutKeyPolicy"]
    assert (governance["verdict"], governance["depends_on"]) == (
        "depends",
        ["kms:BypassPolicyLockoutSafetyCheck"],
    )
    assert not {principal for principal, _ in lines} & {"hr-portal", "adviser-desktop", "support-desk-app"}
    assert found["summary"]["allowed"] > 300
    assert found["summary"]["refused_already"] == 7
    assert found["accounts_bound_by_no_scp"] == {"333333333333": 1}
    assert HR in found["keys"].values()


def test_a_rendered_folder_denies_the_same_and_leaves_more_open(capsys: pytest.CaptureFixture[str]) -> None:
    found = replayed(capsys, LOGS, requirements=ROOT / "generated")
    denied = {line["principal"].rpartition("/")[2] for line in found["calls"] if line["verdict"] == "denied"}
    assert {"administrator", "data-export", "analyst"} <= denied
    open_parts = {part for line in found["calls"] for part in line["depends_on"]}
    assert "aws:PrincipalOrgID" in open_parts


@pytest.mark.parametrize(
    ("made", "verdict", "statement"),
    [
        (call(1, role("hr-portal", invokedBy="bedrock.amazonaws.com")), "allowed", ""),
        (call(1, role("hr-portal")), "denied", "OnlyThroughServices"),
        (call(1, role("stranger", invokedBy="bedrock.amazonaws.com")), "denied", "NobodyElse"),
        # A service's address alone does not tell whether the call was made on somebody's behalf.
        (call(1, role("hr-portal"), sourceIPAddress="bedrock.amazonaws.com"), "depends", "OnlyThroughServices"),
        (call(1, role("hr-portal", invokedBy="AWS Internal")), "depends", "OnlyThroughServices"),
        # Memory takes the one without plaintext; a grant could give the other.
        (
            call(1, role("hr-portal", invokedBy="bedrock.amazonaws.com"), "GenerateDataKey",
                 requestParameters={"keyId": HR_KEY, "encryptionContext": {"aws:other": "x"}}),
            "depends", "nothing in it allows this",
        ),
        (call(1, {"type": "AWSService", "invokedBy": "bedrock.amazonaws.com"}, "GenerateDataKeyWithoutPlaintext"),
         "depends", "ConfusedDeputy"),
        (call(1, role("bedrock-cmk-governance"), "ScheduleKeyDeletion",
              requestParameters={"keyId": HR_KEY, "pendingWindowInDays": 7}), "denied", "ShortDeletionWindow"),
        (call(1, role("bedrock-cmk-governance"), "GetKeyPolicy", requestParameters={"keyId": HR_KEY}), "allowed", ""),
        (call(1, role("bedrock-agent-provisioner"), "ReEncrypt",
              requestParameters={"destinationKeyId": HR_KEY}), "denied", "OnlyThroughServices"),
        (call(1, role("developer"), "InvokeInlineAgent", eventSource="bedrock.amazonaws.com", resources=None,
              requestParameters={}), "denied", "ClosedSurfaces"),
        (call(1, role("developer"), "CreateAgent", eventSource="bedrock.amazonaws.com", resources=None,
              requestParameters={"agentName": "x"}), "denied", "Provisioners"),
        (call(1, role("bedrock-agent-provisioner"), "CreateMemory", eventSource="bedrock-agentcore.amazonaws.com",
              resources=None, requestParameters={"name": "x"}), "denied", "CreateMemoryNeedsKey"),
        (call(1, role("bedrock-agent-provisioner"), "CreateMemory", eventSource="bedrock-agentcore.amazonaws.com",
              resources=None, requestParameters={"name": "x", "encryptionKeyArn": HR_KEY}), "allowed", ""),
        (call(1, role("bedrock-agent-provisioner"), "CreateMemory", eventSource="bedrock-agentcore.amazonaws.com",
              resources=None, requestParameters={"name": "x", "encryptionKeyArn": "***"}),
         "depends", "CreateMemoryNeedsKey"),
        (call(1, role("bedrock-agent-provisioner"), "CreateMemory", eventSource="bedrock-agentcore.amazonaws.com",
              resources=None, requestParameters=None), "depends", "CreateMemoryNeedsKey"),
    ],
)  # fmt: skip
def test_what_a_call_would_have_met(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], made: dict[str, object], verdict: str, statement: str
) -> None:
    (tmp_path / "log.json").write_bytes(log(made))
    found = replayed(capsys, tmp_path, "--key", f"{HR}={HR_KEY}", status=0 if verdict == "allowed" else 1)
    assert found["not_judged"] == {}
    if verdict == "allowed":
        assert (found["calls"], found["summary"]["allowed"]) == ([], 1)
    else:
        (line,) = found["calls"]
        assert line["verdict"] == verdict
        assert statement in line["statement"]
        assert bool(line["depends_on"]) == (verdict == "depends")


def test_what_cannot_be_judged_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unknown = call(1, role("hr-portal"), "CreateDream", eventSource="bedrock.amazonaws.com")
    nobody = call(2, {"type": "AWSService"}, "RotateKey")
    (tmp_path / "log.json").write_bytes(log(unknown, nobody))
    found = replayed(capsys, tmp_path)
    assert found["summary"]["not_judged"] == 2
    assert any("no action bedrock:CreateDream" in each for each in found["not_judged"])


def test_a_key_that_is_not_known_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log.json").write_bytes(log(call(1, role("hr-portal", invokedBy="bedrock.amazonaws.com"))))
    command = ["trail", "replay", str(tmp_path), "--requirements", str(REQUIREMENTS)]
    main(command)
    assert "which rendered key this is, if any, the logs do not say" in " ".join(
        capsys.readouterr().out.split()
    )
    assert main([*command, "--key", f"nothing={HR_KEY}"]) == 2
    assert "no key of this name is rendered; there are" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("replay", "x"), "say which logs, and whose policies"),
        (("replay", str(LOGS), "--requirements", "nowhere.yaml"), "nowhere.yaml"),
        (("replay", str(LOGS), "--requirements", str(REQUIREMENTS), "--key", "x"), "give NAME=ARN"),
        (("ddl",), "say where the trail writes and for whom"),
        (("ddl", "here", "--requirements", str(REQUIREMENTS)), "here is not a place in S3"),
        (("ddl", "s3://bucket/x", "--requirements", str(REQUIREMENTS)), "from which day on"),
        (
            ("ddl", "s3://bucket/x", "--requirements", str(REQUIREMENTS), "--format", "csv"),
            "text, terraform, cl",
        ),
        (
            (
                "ddl",
                "s3://b-x/x",
                "--requirements",
                str(REQUIREMENTS),
                "--since",
                "2026-01-01",
                "--table",
                "a b",
            ),
            "give a table's name",
        ),
        ((str(LOGS), "--format", "terraform"), "--format terraform is for trail ddl"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert main(["trail", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
