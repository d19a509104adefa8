"""What `make proof` shows on the files of examples/proof and generated/."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedrock_cmk_guard.cli import main

ROOT = Path(__file__).resolve().parents[2]
PROOF = ROOT / "examples" / "proof"
JSON = ROOT / "generated" / "json"
HR_KEY = JSON / "workloads" / "hr-assistant" / "kms_key-hr-assistant_eu-central-1.json"
ADMINISTRATOR = "arn:aws:iam::222222222222:role/administrator"


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path, status: int) -> str:
    assert main([str(argument) for argument in arguments]) == status
    return " ".join(capsys.readouterr().out.split())


def test_an_administrator_with_every_permission_is_stopped_by_a_statement_that_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    identity = PROOF / "administrator.json"
    answer = said(
        capsys, "verify", "--key-policy", HR_KEY, "--identity", identity, "--principal", ADMINISTRATOR,
        "--surface", "bedrock-agent", status=1,
    )  # fmt: skip
    assert "0 of 2 calls go through" in answer
    assert "by NobodyElse" in answer


def test_the_pasted_scp_is_refuted_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    claim = said(capsys, "prove", ROOT / "examples" / "cmk-guard.yaml", "--claim", "pasted-null", status=0)
    assert "REFUTED pasted-null" in claim
    assert "calls bedrock:CreateAgent" in claim
    advice = said(capsys, "lint", PROOF / "pasted-scp.json", "--type", "scp", status=1)
    assert "never supplies bedrock:CustomerEncryptionKeyArn" in advice


def test_a_broken_key_policy_is_a_lockout(capsys: pytest.CaptureFixture[str]) -> None:
    answer = said(
        capsys, "verify", "--key-policy", PROOF / "broken-key-policy.json", "--surface", "bedrock-agent",
        "--principal", "arn:aws:iam::222222222222:role/hr-portal", "--memory", status=1,
    )  # fmt: skip
    assert "LOCKOUT" in answer
    assert "2 of 6 calls go through" in answer
