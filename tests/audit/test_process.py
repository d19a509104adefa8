"""The command as people start it: a process of its own that asks over HTTP, is interrupted, killed, and goes on."""

from __future__ import annotations

import datetime as dt
import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from moto.sts.models import AssumedRole

from bedrock_cmk_guard.audit import Speed, audit
from examples.audit.organisation import ACCOUNTS, HR, MANAGEMENT, SUPPORT, World, organisation
from examples.audit.service import Asked, Refused
from tests.audit.served import served

DAY = dt.date(2026, 10, 19)
NOW = dt.datetime.combine(DAY, dt.time(6), dt.UTC)
ROOT = Path(__file__).resolve().parents[2]
# Without the exceptions that the simulation has: the command looks at the clock, and they lapse.
REQUIREMENTS = ROOT / "examples" / "cmk-guard.yaml"
PATIENCE = 120
pytestmark = pytest.mark.thorough


@dataclass
class Cloud:
    """The organisation at a port, and what was asked of it."""

    world: World
    environment: dict[str, str]
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By account and operation."""
    held: str = ""
    """An account whose lists of memories wait, until this is somebody else."""
    slow: float = 0
    """How many seconds every answer takes."""

    def fault(self, asked: Asked) -> None:
        self.calls[asked.account, asked.operation] += 1
        time.sleep(self.slow)
        while asked.operation == "ListMemories" and self.held == asked.account:
            time.sleep(0.05)

    def start(
        self,
        folder: Path,
        *arguments: str,
        program: tuple[str, ...] = ("-m", "bedrock_cmk_guard"),
        stderr: int = subprocess.PIPE,
    ) -> subprocess.Popen[str]:
        """Start the command, with a history in the folder."""
        kept = ("--history", str(folder / "history.db"), "--requirements", str(REQUIREMENTS))
        command = [sys.executable, *program, "audit", "--organization", "--rate", "100", *kept, *arguments]
        return subprocess.Popen(
            command, cwd=folder, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=stderr
        )

    def until_only_the_held_one_is_left(self, folder: Path) -> None:
        """Wait until every other account is kept."""
        begun = time.monotonic()
        while time.monotonic() - begun < PATIENCE:
            time.sleep(0.1)
            try:
                with closing(sqlite3.connect(f"file:{folder / 'history.db'}?mode=ro", uri=True)) as history:
                    kept = {account for (account,) in history.execute("SELECT account FROM guard_cells")}
            except sqlite3.OperationalError:
                continue  # It is not made yet.
            if kept == set(ACCOUNTS) - {self.held} and self.calls[self.held, "ListMemories"]:
                return
        raise AssertionError("the other accounts are not done")


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with organisation(DAY) as world, served(world.bedrock, world.session) as environment:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "BEDROCK_"))
        }
        yield Cloud(world, {**kept, **environment})


@pytest.fixture(autouse=True)
def anew(cloud: Cloud) -> None:
    cloud.calls.clear()
    cloud.held, cloud.slow = "", 0
    cloud.world.bedrock.fault = cloud.fault


@pytest.fixture
def soon_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    """The credentials that roles give run out in a minute, which is too soon for boto3 to use them."""
    made = AssumedRole.__init__

    def short(role: AssumedRole, *given: Any, **named: Any) -> None:
        made(role, *given, **named)
        role.expiration = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)

    monkeypatch.setattr(AssumedRole, "__init__", short)


def kpi(folder: Path, cloud: Cloud) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bedrock_cmk_guard", "kpi", "--history", str(folder / "history.db")]
    return subprocess.run(
        [*command, "--requirements", str(REQUIREMENTS), "--format", "json"], env=cloud.environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_over_http_it_finds_what_it_finds_in_a_process(cloud: Cloud, tmp_path: Path) -> None:
    result = audit(
        cloud.world.session, cloud.world.requirements, now=NOW, scope=cloud.world.scope, speed=Speed(rate=0)
    )
    expected = {
        (finding.control.id, finding.address, finding.verdict.value)
        for each in result
        for finding in each.findings
        if finding.control.id != "BCG_SCAN_005"  # exceptions: the command is given none
    }
    with cloud.start(tmp_path, "--format", "json") as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (1, "")
    told = json.loads(out)
    found = {(each["control"], each["resource"], each["verdict"]) for each in told["findings"]}
    assert found == expected
    assert told["coverage"]["not_audited"] == []
    assert {each["account"] for each in told["coverage"]["accounts"]} == set(ACCOUNTS)
    made = {f"{service}:{name}": number for (service, name), number in result.calls.items()}
    assert told["coverage"]["calls"] == made


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_tells_what_was_read_and_resume_reads_the_rest(
    cloud: Cloud, tmp_path: Path, times: int
) -> None:
    """Also where a call hangs, which nobody waits for; and for those who press it again."""
    cloud.held = SUPPORT
    with cloud.start(tmp_path, "--format", "json") as process:
        cloud.until_only_the_held_one_is_left(tmp_path)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
        out, err = process.communicate(timeout=PATIENCE)
    cloud.held = ""
    assert (process.returncode, err) == (130, "")
    told = json.loads(out)
    assert {each["account"] for each in told["coverage"]["accounts"]} == set(ACCOUNTS) - {SUPPORT}
    assert {each["account"] for each in told["coverage"]["not_audited"]} == {SUPPORT}
    reasons = {each["reason"] for each in told["coverage"]["not_audited"]}
    assert reasons == {"the audit was broken off before it was read"}
    assert "no audit has finished yet" in kpi(tmp_path, cloud).stderr
    _goes_on(cloud, tmp_path)


def test_one_that_was_killed_goes_on(cloud: Cloud, tmp_path: Path) -> None:
    cloud.held = SUPPORT
    with cloud.start(tmp_path) as process:
        cloud.until_only_the_held_one_is_left(tmp_path)
        process.kill()
        process.communicate(timeout=PATIENCE)
    cloud.held = ""
    assert "no audit has finished yet" in kpi(tmp_path, cloud).stderr
    _goes_on(cloud, tmp_path)


def _goes_on(cloud: Cloud, folder: Path) -> None:
    """Only the account that was not read to its end is read, and then there is one whole audit."""
    cloud.calls.clear()
    with cloud.start(folder, "--resume", "--format", "json") as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (1, "")
    assert json.loads(out)["coverage"]["not_audited"] == []
    assert cloud.calls[SUPPORT, "ListMemories"]
    assert not cloud.calls[HR, "ListAgents"]
    told = json.loads(kpi(folder, cloud).stdout)
    assert (told["audits"], told["not_audited"]) == (1, [])
    everything = next(each["all"] for each in told["on_customer_keys"] if each["dimension"] == "all")
    assert everything["total"] == sum(map(len, cloud.world.bedrock.kept.values())) + _memories(cloud)


def _memories(cloud: Cloud) -> int:
    """Agents that remember are two things."""
    kept = [each for some in cloud.world.bedrock.kept.values() for each in some]
    return sum("memoryConfiguration" in each.data for each in kept)


def test_credentials_that_expire_on_the_way_leave_nothing_clean(cloud: Cloud, tmp_path: Path) -> None:
    """Those of the roles run out, and those of whoever started cannot take them again."""
    answered = threading.Event()

    def fault(asked: Asked) -> None:
        cloud.fault(asked)
        if asked.operation == "GetAgent":
            answered.set()
        if answered.is_set():
            raise Refused("ExpiredTokenException", "The security token included in the request is expired")

    cloud.world.bedrock.fault = fault
    with cloud.start(tmp_path, "--format", "json") as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (1, "")
    told = json.loads(out)
    unread = {each["account"] for each in told["coverage"]["not_audited"]}
    agents = {
        account
        for (account, _), kept in cloud.world.bedrock.kept.items()
        for each in kept
        if "agentId" in each.data
    }
    assert agents <= unread
    assert not [each for each in told["resources"] if each["surface"] == "bedrock-agent"]


@pytest.mark.usefixtures("soon_expired")
def test_roles_that_cannot_be_taken_again_are_said_once(cloud: Cloud, tmp_path: Path) -> None:
    assumed: Counter[str] = Counter()

    def fault(asked: Asked) -> None:
        cloud.fault(asked)
        if asked.operation == "AssumeRole":
            role = str(asked.parameters["RoleArn"])
            assumed[role] += 1
            if assumed[role] > 1:
                raise Refused("AccessDenied", "not any more", 403)

    cloud.world.bedrock.fault = fault
    with cloud.start(tmp_path, "--format", "json") as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (1, "")
    told = json.loads(out)["coverage"]
    assert {each["account"] for each in told["not_audited"]} == set(ACCOUNTS) - {MANAGEMENT}
    said = "the credentials have run out, and AssumeRole was refused: AccessDenied: not any more"
    assert {each["reason"] for each in told["not_audited"]} == {said}
    # Side by side a few ask before one has the answer; after that nobody does.
    assert max(assumed.values()) < 30


# The system refuses to let a file grow, as it does when a disk is full.
NO_ROOM = """
import resource, signal, sys
from bedrock_cmk_guard.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000))
sys.exit(main())
"""


def test_a_full_disk_is_said_and_the_audit_goes_on_when_there_is_room(cloud: Cloud, tmp_path: Path) -> None:
    with cloud.start(tmp_path, program=("-c", NO_ROOM)) as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (2, "")
    assert err.startswith(f"{tmp_path / 'history.db'}: ")
    assert len(err.splitlines()) == 1
    assert "no audit has finished yet" in kpi(tmp_path, cloud).stderr
    with cloud.start(tmp_path, "--resume") as process:
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert json.loads(kpi(tmp_path, cloud).stdout)["audits"] == 1


def test_throttling_costs_time_and_nothing_else(cloud: Cloud, tmp_path: Path) -> None:
    """Every fortieth call is refused once; nothing is missed, and nothing told twice."""
    asked: Counter[str] = Counter()

    def fault(call: Asked) -> None:
        cloud.fault(call)
        mark = f"{call.account} {call.region} {call.operation} {sorted(map(str, call.parameters.values()))}"
        asked[mark] += 1
        if asked[mark] == 1 and len(asked) % 40 == 0 and call.service != "sts":
            raise Refused("ThrottlingException", "Rate exceeded", 429)

    cloud.world.bedrock.fault = fault
    with cloud.start(tmp_path, "--format", "json") as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (1, "")
    told = json.loads(out)
    assert told["coverage"]["not_audited"] == []
    subjects = Counter((each["address"], each["surface"]) for each in told["resources"])
    assert set(subjects.values()) == {1}


def test_a_terminal_is_told_how_far_it_is(cloud: Cloud, tmp_path: Path) -> None:
    """On a line that goes again, with counts and an estimate; whoever reads a file gets none of it."""
    ours, theirs = pty.openpty()
    cloud.slow = 0.01
    with cloud.start(tmp_path, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                some = os.read(ours, 4096)
            except OSError:  # Linux says so when nobody writes any more.
                break
            if not some:
                break
            shown += some
        process.communicate(timeout=PATIENCE)
    os.close(ours)
    text = shown.decode()
    assert re.search(r"\r\x1b\[K *\d+% \d/8 accounts, \d+ resources, [\d,]+ calls, \d+ s left", text)
    assert text.endswith("\r\x1b[K")
