"""The report of the simulated organisation tells what its audit found, and ``make audit``'s last step says where."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

from bedrock_cmk_guard.audit import Speed, audit
from bedrock_cmk_guard.cli import main
from bedrock_cmk_guard.history import History
from examples.audit.organisation import FIRST, REQUIREMENTS, organisation

SHOW = Path(__file__).resolve().parents[2] / "examples" / "audit" / "show.py"


def test_what_an_audit_finds_is_what_a_report_tells(tmp_path: Path) -> None:
    """The first Monday, on which much is wrong and some cannot be read."""
    path = tmp_path / "history.db"
    now = dt.datetime.combine(FIRST, dt.time(6, tzinfo=dt.UTC))
    with History.open(str(path)) as history, organisation(FIRST) as world:
        fast = Speed(rate=0)
        result = audit(
            world.session, world.requirements, now=now, scope=world.scope, speed=fast, history=history
        )
        found = result.run()
    output = tmp_path / "report.json"
    known = ("--history", str(path), "--requirements", str(REQUIREMENTS))
    assert main(["report", *known, "--format", "json", "--output", str(output)]) == 0
    told = json.loads(output.read_text(encoding="utf-8"))
    assert len(told["not_audited"]) == len(found.coverage.not_audited) > 0
    # Policies at targets are told beside what was judged.
    judged = sum(
        each["all"]["total"]
        for each in told["on_customer_keys"]
        if each["dimension"] in ("all", "kind") and each["name"] != "guardrails"
    )
    assert judged == sum(found.verdicts.values())
    assert any("update-agent" in each["command"] for each in told["findings"])
    assert any(each["change"].startswith("  resource") for each in told["findings"])
    assert main(["report", *known, "--output", str(tmp_path / "report.html")]) == 0


def test_the_demo_says_where_the_report_is_and_opens_nothing_without_a_terminal(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    report.touch()
    marker = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\ntouch {marker}\n", encoding="utf-8")
    browser.chmod(0o755)
    environment = {**os.environ, "DISPLAY": ":0", "BROWSER": str(browser)}
    command = [sys.executable, str(SHOW), str(report)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == f"The report: {report}\n"
    assert not marker.exists()
