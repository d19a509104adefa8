"""Policies of the kinds that AWS's samples and consoles hand out, written afresh: what is found, and how little."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedrock_cmk_guard import lint_paths

SAMPLES = Path(__file__).resolve().parent / "samples"
EXPECTED = {
    "aws-managed.key.json": ["error key-lockout"],  # which is true of AWS managed keys, on purpose
    "bedrock-agent-bare.trust.json": ["warning confused-deputy"],
    "bedrock-agent.trust.json": [],
    "confused-deputy.rcp.json": [],
    "deletion-window.scp.json": ["error placeholder"],
    "developer.identity.json": [],
    "grants-for-services.scp.json": [],
    "instances.scp.json": [],
    "perimeter-tags.scp.json": ["error tag-key-case", "warning tag-on-create"],
    "regions.scp.json": ["warning role-by-name"],
    "web-console.key.json": ["note key-delegated-to-iam"],
}


def test_every_sample_is_expected() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_has_its_findings_and_no_others(name: str) -> None:
    found = lint_paths([SAMPLES / name]).findings
    assert [f"{finding.severity} {finding.rule}" for finding in found] == EXPECTED[name]
