"""The report of the simulated organisation tells what its audit found, and ``make audit``'s last step says where."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bedrock_cmk_guard.audit import Speed, audit
from bedrock_cmk_guard.cli import main
from bedrock_cmk_guard.history import History
from examples.audit.organisation import FIRST, REQUIREMENTS, organisation

ROOT = Path(__file__).resolve().parents[2]
SHOW = ROOT / "examples" / "audit" / "show.py"


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


@pytest.mark.thorough
@pytest.mark.skipif(
    shutil.which("make") is None or not (ROOT / "Makefile").exists(), reason="needs make and the sources"
)
def test_make_audit_does_all_that_it_says(tmp_path: Path) -> None:
    """As on a fresh clone, but for the installation."""
    installed = tmp_path / ".installed-demo"
    here = (f"VENV={tmp_path}", f"PY={shlex.quote(sys.executable)}", f"AUDIT={tmp_path}")
    # The gate is itself run by make, which tells a make below it so.
    dropped = ("DISPLAY", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    done = subprocess.run(
        ["make", f"--old-file={installed}", "audit", *here], cwd=ROOT, capture_output=True, text=True,
        check=False, env=environment,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    audits = re.findall(r"^(2026-\d\d-\d\d): \d+ judged, \d+ fail, (\d+) not audited$", done.stdout, re.M)
    assert [number for _, number in audits] == ["2"] * 5 + ["0"] * 6 + ["1"] * 2
    assert done.stdout.endswith(f"\nThe report: {tmp_path / 'report.html'}\n")
    # What an organisation has to see on the last Monday: the score, what lapses, and what nobody could look at.
    for said in (
        "Compliance score: ",
        "until 2026-12-10, in 17 days",
        "until 2026-10-31, expired",
        "777777777777  us-east-1: everything",
        "Unauthorised key attempts",
    ):
        assert said in done.stdout
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "1 place could not be read, and may hold anything." in page
    assert "2 exceptions expired or about to lapse." in page
