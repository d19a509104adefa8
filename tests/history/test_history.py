"""The history on SQLite, and on PostgreSQL where its programs are: what audits saw, and what follows from it."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from bedrock_cmk_guard.history import (
    Cell,
    Coverage,
    FindingRecord,
    History,
    HistoryError,
    SubjectRecord,
    schema,
)
from bedrock_cmk_guard.history.figures import Changes, Figures, Share

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
CELL = Cell("111111111111", "eu-central-1", "bedrock-agent")
OTHER = Cell("222222222222", "eu-central-1", "bedrock-agent")


def day(number: int) -> dt.datetime:
    return START + dt.timedelta(days=number)


def finding(control: str = "BCG_CMK_001", accepted_by: str = "") -> FindingRecord:
    return FindingRecord(
        control=control,
        verdict="fail",
        severity="high",
        level="required",
        message="no key",
        accepted_by=accepted_by,
        accepted_until=dt.date(2026, 6, 1) if accepted_by else None,
    )


def agent(
    name: str,
    *findings: FindingRecord,
    cell: Cell = CELL,
    environment: str = "production",
    workload: str = "hr",
) -> SubjectRecord:
    return SubjectRecord(
        arn=f"arn:aws:bedrock:{cell.region}:{cell.account}:agent/{name}",
        cell=cell,
        tier="agent-definition",
        name=name,
        verdict="fail" if findings else "pass",
        level="required",
        workload=workload,
        environment=environment,
        tags={"team": "a" if name < "m" else "b"},
        findings=findings,
    )


def audited(
    history: History,
    when: dt.datetime,
    subjects: Iterable[SubjectRecord],
    covered: Iterable[Cell] = (CELL,),
    refused: Iterable[Cell] = (),
) -> None:
    recording = history.begin(when)
    recording.add(subjects)
    recording.cover(covered, Coverage.AUDITED)
    recording.cover(refused, Coverage.NOT_AUDITED, "AccessDenied")
    recording.finish(when + dt.timedelta(hours=1))


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of its own, on a socket in a temporary folder."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: the history on PostgreSQL is not tested")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    programs = found[-1] if found else Path(shutil.which("pg_ctl") or "").parent
    if not (programs / "initdb").exists():
        pytest.skip("PostgreSQL's programs are missing: the history on PostgreSQL is not tested")
    # It refuses root, who may start it as the user that its package made.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory() as folder:
        if user:
            shutil.chown(folder, user)

        def run(program: str, *options: str) -> None:
            command = [str(programs / program), "-D", f"{folder}/data", *options]
            # A server that has been started keeps what it is given to write to, so it is given nothing.
            subprocess.run(
                command,
                check=True,
                user=user,
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

        run("initdb", "-U", "guard")
        run("pg_ctl", "-w", "-o", f"-k {folder} -c listen_addresses=", "start")
        try:
            yield f"postgresql+psycopg://guard@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty history is, on either."""
    if request.param == "sqlite":
        return str(tmp_path / "history.db")
    server: str = request.getfixturevalue("postgres")
    with History.open(server) as opened, opened.transaction() as connection:
        for table in ("spans", "states", "subjects", "seen", "cells", "audits"):
            connection.exec_driver_sql(f"TRUNCATE guard_{table} CASCADE")
    return server


@pytest.fixture
def history(url: str) -> Iterator[History]:
    with History.open(url) as opened:
        yield opened


def test_a_finding_is_open_until_an_audit_does_not_see_it(history: History) -> None:
    audited(history, day(0), [agent("x", finding()), agent("y")])
    audited(history, day(10), [agent("x"), agent("y")])
    then, now = Figures(history, day(0)), Figures(history, day(10))
    assert [each.arn.rpartition("/")[2] for each in then.open_findings()] == ["x"]
    assert list(now.open_findings()) == []
    assert then.shares(lambda each: each.cell.surface) == {"bedrock-agent": Share(1, 2)}
    assert now.shares(lambda each: each.cell.surface) == {"bedrock-agent": Share(2, 2)}
    assert (now.remediation().count, now.remediation().mean) == (1, dt.timedelta(days=10))


def test_what_comes_back_is_reopened_and_timed_anew(history: History) -> None:
    for number, findings in enumerate(([finding()], [], [finding()], [])):
        audited(history, day(10 * number), [agent("x", *findings)])
    assert [each.reopened for each in Figures(history, day(20)).open_findings()] == [True]
    remediation = Figures(history, day(30)).remediation()
    assert (remediation.count, remediation.median) == (2, dt.timedelta(days=10))


def test_what_was_deleted_was_not_remediated(history: History) -> None:
    audited(history, day(0), [agent("x", finding()), agent("y")])
    audited(history, day(1), [agent("y")])
    figures = Figures(history, day(1))
    assert figures.remediation().count == 0
    assert list(figures.open_findings()) == []
    assert [each.name for each in figures.standing()] == ["y"]


def test_nothing_is_concluded_of_what_was_not_audited(history: History) -> None:
    audited(history, day(0), [agent("x", finding()), agent("y", cell=OTHER)], [CELL, OTHER])
    audited(history, day(1), [], [OTHER], [CELL])
    figures = Figures(history, day(1))
    assert [each.control for each in figures.open_findings()] == ["BCG_CMK_001"]
    assert [(each.name, each.audited) for each in figures.standing()] == [("x", False)]
    assert figures.not_audited == {CELL: "AccessDenied"}
    audited(history, day(2), [agent("x")], [CELL])
    assert Figures(history, day(2)).not_audited == {}
    assert Figures(history, day(2)).remediation().mean == dt.timedelta(days=2)


def test_a_region_is_audited_but_for_a_surface(history: History) -> None:
    memory = Cell(CELL.account, CELL.region, "agentcore-memory")
    audited(history, day(0), [agent("x"), agent("m", cell=memory)], [Cell(CELL.account, CELL.region)])
    audited(history, day(1), [], [Cell(CELL.account, CELL.region)], [memory])
    assert [(each.name, each.audited) for each in Figures(history, day(1)).standing()] == [("m", False)]


def test_a_region_that_could_not_be_read_is_read_again(history: History) -> None:
    """What is said of a whole Region holds until an audit says something of what is in it, and the other way round."""
    region = Cell(CELL.account, CELL.region)
    memory = Cell(CELL.account, CELL.region, "agentcore-memory")
    audited(history, day(0), [agent("x"), agent("m", cell=memory)], [CELL, memory])
    audited(history, day(1), [], [], [region])
    assert [each.audited for each in Figures(history, day(1)).standing()] == [False, False]
    audited(history, day(2), [agent("x")], [CELL], [memory])
    then = Figures(history, day(2))
    assert {each.name: each.audited for each in then.standing()} == {"x": True, "m": False}
    assert then.not_audited == {memory: "AccessDenied"}
    assert then.last_read == {CELL: day(2), memory: day(0)}
    audited(history, day(3), [agent("x"), agent("m", cell=memory)], [region])
    now = Figures(history, day(3))
    assert [each.audited for each in now.standing()] == [True, True]
    assert now.not_audited == {}


def test_an_agent_and_its_memory_share_an_arn_and_are_two(history: History) -> None:
    memory = Cell(CELL.account, CELL.region, "agent-memory-classic")
    audited(history, day(0), [agent("x"), agent("x", finding(), cell=memory)], [CELL, memory])
    audited(history, day(1), [agent("x"), agent("x", finding(), cell=memory)], [CELL, memory])
    assert [(each.cell.surface, each.verdict) for each in Figures(history, day(1)).standing()] == [
        ("agent-memory-classic", "fail"),
        ("bedrock-agent", "pass"),
    ]
    assert [each.cell for each in Figures(history, day(1)).open_findings()] == [memory]
    audited(history, day(2), [agent("x")], [CELL, memory])
    assert [each.cell for each in Figures(history, day(2)).standing()] == [CELL]


def test_more_than_a_batch_is_told_apart(history: History) -> None:
    memory = Cell(CELL.account, CELL.region, "agent-memory-classic")
    both = [agent(f"{number:03}", cell=cell) for number in range(251) for cell in (CELL, memory)]
    audited(history, day(0), both, [CELL, memory])
    assert len(list(Figures(history, day(0)).standing())) == 502


def test_what_became_of_findings_in_a_time(history: History) -> None:
    mended = FindingRecord(
        control="BCG_KEY_001",
        verdict="fail",
        severity="medium",
        level="required",
        message="does not rotate",
        fix="turn it on",
        command="aws kms enable-key-rotation --key-id x",
    )
    audited(history, day(0), [agent("x", finding(), mended), agent("y", finding())])
    audited(history, day(5), [agent("x", mended)])
    audited(history, day(9), [agent("x", finding())])
    figures = Figures(history, day(9))
    assert figures.changes(day(0)) == Changes(opened=1, reopened=1, fixed=2, deleted=1)
    assert figures.changes(day(5)) == Changes(opened=1, reopened=1, fixed=1, deleted=0)
    assert [(each.control, each.why.value, each.closed) for each in figures.closed_findings(day(0))] == [
        ("BCG_CMK_001", "deleted", day(5)),
        ("BCG_KEY_001", "fixed", day(9)),
    ]
    assert figures.remediation(severity="medium").mean == dt.timedelta(days=9)
    assert figures.remediation(day(6)).count == 1
    (was_open,) = (each for each in Figures(history, day(5)).open_findings())
    assert (was_open.fix, was_open.command) == ("turn it on", mended.command)
    assert (was_open.name, was_open.workload, was_open.environment) == ("x", "hr", "production")


def test_an_audit_that_did_not_finish_counts_for_nothing_and_is_resumed(history: History) -> None:
    audited(history, day(0), [agent("x", finding())])
    broken = history.begin(day(1), "digest")
    broken.add([agent("x")])
    broken.cover([CELL], Coverage.AUDITED)
    assert [each.control for each in Figures(history, day(1)).open_findings()] == ["BCG_CMK_001"]
    assert history.unfinished("another") is None
    resumed = history.unfinished("digest")
    assert resumed is not None
    assert resumed.audited() == {CELL}
    resumed.finish(day(2))
    assert list(Figures(history, day(1)).open_findings()) == []
    assert history.finished() == (day(0), day(1))


def test_a_page_that_repeats_counts_once(history: History) -> None:
    recording = history.begin(day(0))
    recording.add([agent("x", finding()), agent("x", finding())])
    recording.add([agent("x", finding())])
    recording.cover([CELL], Coverage.AUDITED)
    recording.finish(day(0))
    assert len(list(Figures(history, day(0)).standing())) == 1
    assert len(list(Figures(history, day(0)).open_findings())) == 1


def test_an_audit_that_began_earlier_and_ended_later_does_not_undo_a_newer_one(history: History) -> None:
    early = history.begin(day(0))
    early.add([agent("x", finding())])
    early.cover([CELL], Coverage.AUDITED)
    audited(history, day(1), [agent("x")])
    early.finish(day(2))
    assert [each.verdict for each in Figures(history, day(1)).standing()] == ["pass"]
    assert list(Figures(history, day(1)).open_findings()) == []


def test_the_score_is_what_its_formula_says(history: History) -> None:
    audited(
        history,
        day(0),
        [
            agent("a"),  # 3 of 3
            agent("b", finding()),  # 0 of 3
            agent("c", finding(accepted_by="Dana")),  # 1.5 of 3
            agent("d", environment="test"),  # 1 of 1
            agent("e", environment="", workload=""),  # unassigned: 3 of 3
        ],
        refused=[Cell("333333333333", "eu-central-1")],  # 0 of 3
    )
    score = Figures(history, day(0)).score({"production"})
    assert score.value == pytest.approx(100 * (3 + 0 + 1.5 + 1 + 3) / (3 + 3 + 3 + 1 + 3 + 3))
    assert (score.passed, score.accepted, score.failed) == (3, 1, 1)
    assert (score.unassigned, score.not_audited) == (1, 1)


def test_a_note_is_open_and_changes_no_other_figure(history: History) -> None:
    note = replace(finding("BCG_SCAN_006"), level="note")
    good = replace(agent("a", note, workload="", environment=""), verdict="pass")
    accepted = agent("b", finding(accepted_by="Dana"), note, workload="", environment="")
    audited(history, day(0), [good, accepted, agent("c", note)])
    figures = Figures(history, day(0))
    assert [each.level for each in figures.open_findings()].count("note") == 3
    score = figures.score({"production"})
    assert (score.passed, score.accepted, score.failed, score.unassigned) == (1, 1, 1, 2)
    audited(history, day(1), [agent("a"), agent("b"), agent("c")])
    figures = Figures(history, day(1))
    assert figures.changes(day(0)) == Changes(opened=0, reopened=0, fixed=1, deleted=0)
    assert figures.remediation().count == 1
    assert list(figures.open_findings()) == []


def test_there_is_no_score_of_nothing(history: History) -> None:
    audited(history, day(0), [])
    assert Figures(history, day(0)).score(()).value is None
    assert Share(0, 0).percent is None


def test_two_writers_wait_for_each_other(url: str) -> None:
    """They see some of the same, as two audits of one organisation do."""
    failures: list[HistoryError] = []

    def write(cell: Cell) -> None:
        try:
            with History.open(url) as history:
                for number in range(3):
                    subjects = [agent(f"{cell.account}-{i}", cell=cell) for i in range(50)]
                    audited(history, day(number), [*subjects, agent("both", finding(), cell=OTHER)], [cell])
        except HistoryError as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(cell,)) for cell in (CELL, OTHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with History.open(url) as history:
        assert len(list(Figures(history, day(2)).standing())) == 101
        assert len(list(Figures(history, day(2)).open_findings())) == 1


KILLED = """
import datetime as dt, os, signal, sys
from bedrock_cmk_guard.history import Cell, Coverage, History, SubjectRecord
from bedrock_cmk_guard.history import conclusions
def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)
conclusions._say_goodbye = killed
cell = Cell("111111111111", "eu-central-1", "bedrock-agent")
record = SubjectRecord(arn="arn:x", cell=cell, tier="t", name="n", verdict="pass", level="required")
recording = History.open(sys.argv[1]).begin(dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
recording.add([record])
recording.cover([cell], Coverage.AUDITED)
recording.finish(dt.datetime(2026, 1, 6, tzinfo=dt.UTC))
"""


def test_a_crash_in_the_midst_of_the_conclusions_leaves_the_last_whole_audit(url: str) -> None:
    with History.open(url) as history:
        audited(history, day(0), [agent("x", finding())])
    done = subprocess.run([sys.executable, "-c", KILLED, url], check=False)
    assert done.returncode == -signal.SIGKILL
    with History.open(url) as history:
        assert [each.name for each in Figures(history, day(9)).standing()] == ["x"]
        assert history.finished() == (day(0),)
        resumed = history.unfinished()
        assert resumed is not None
        resumed.finish(day(9))
        assert [each.name for each in Figures(history, day(9)).standing()] == ["n"]


def broken(path: Path) -> None:
    path.write_bytes(b"this is no database" * 100)


def newer(path: Path) -> None:
    with History.open(str(path)) as history, history.transaction() as connection:
        connection.exec_driver_sql("UPDATE guard_version SET version = 99")


def folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("damage", "said"),
    [(broken, "not a database"), (newer, "version 99"), (folder, "unable to open")],
)
def test_a_store_that_cannot_be_used_says_why(
    tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    path = tmp_path / "history of audits.db"
    damage(path)
    with pytest.raises(HistoryError, match=said):
        History.open(str(path))


def test_nothing_is_made_where_something_is_to_be_read(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="there is no such history"):
        History.open(str(tmp_path / "history.db"), create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_keeps_no_writer_waiting(history: History) -> None:
    audited(history, day(0), [agent("x")])
    reading = Figures(history, day(0)).standing()
    assert next(reading).name == "x"
    audited(history, day(1), [agent("y")])
    assert list(reading) == []
    assert [each.name for each in Figures(history, day(1)).standing()] == ["y"]


def test_a_full_disk_is_said_and_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with History.open(str(path)) as history:
        audited(history, day(0), [agent("x", finding())])
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)], check=False, capture_output=True, text=True
    )
    assert "history.db: " in done.stdout
    assert "Traceback" not in done.stderr
    with History.open(str(path)) as history:
        assert history.finished() == (day(0),)
        assert [each.name for each in Figures(history, day(9)).standing()] == ["x"]
        resumed = history.unfinished()
        assert resumed is not None
        # Of what was seen before the disk was full, whole batches are there; it is seen again.
        resumed.add([agent("x"), *(replace(agent("a"), arn=f"arn:{number}") for number in range(2000))])
        resumed.cover([CELL], Coverage.AUDITED)
        resumed.finish(day(9))
        assert len(list(Figures(history, day(9)).standing())) == 2001


# The system refuses to let a file grow, as it does when a disk is full.
FULL = """
import datetime as dt, resource, signal, sys
from bedrock_cmk_guard.history import Cell, Coverage, History, HistoryError, SubjectRecord
cell = Cell("111111111111", "eu-central-1", "bedrock-agent")
history = History.open(sys.argv[1])
recording = history.begin(dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    recording.add(
        SubjectRecord(arn=f"arn:{n}", cell=cell, tier="t", name="n" * 100, verdict="pass", level="required")
        for n in range(2000)
    )
    recording.cover([cell], Coverage.AUDITED)
    recording.finish(dt.datetime(2026, 1, 6, tzinfo=dt.UTC))
except HistoryError as error:
    print(error)
"""


def adds_a_column(connection: Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE guard_audits ADD COLUMN remark VARCHAR DEFAULT 'old'")


def adds_and_fails(connection: Connection) -> None:
    adds_a_column(connection)
    connection.exec_driver_sql("SELECT no_such_column FROM guard_audits")


def test_an_older_store_becomes_one_of_this_version_whole_or_not_at_all(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    audited(history, day(0), [agent("x", finding())])
    with history.reading() as connection:
        url = connection.engine.url.render_as_string(hide_password=False)
    steps = schema.MIGRATIONS
    monkeypatch.setattr(schema, "MIGRATIONS", (*steps, adds_and_fails))
    with pytest.raises(HistoryError, match="no_such_column"):
        History.open(url)
    with history.reading() as connection:
        assert connection.exec_driver_sql("SELECT version FROM guard_version").scalar() == len(steps)
    monkeypatch.setattr(schema, "MIGRATIONS", (*steps, adds_a_column))
    with History.open(url) as opened, opened.transaction() as connection:
        assert connection.exec_driver_sql("SELECT remark FROM guard_audits").scalar() == "old"
        assert connection.exec_driver_sql("SELECT version FROM guard_version").scalar() == len(steps) + 1
        # The server is shared by the tests of this file.
        connection.exec_driver_sql(f"UPDATE guard_version SET version = {len(steps)}")
        connection.exec_driver_sql("ALTER TABLE guard_audits DROP COLUMN remark")
    assert [each.name for each in Figures(history, day(0)).standing()] == ["x"]


def test_a_password_is_not_shown() -> None:
    with pytest.raises(HistoryError) as error:
        History.open("nodialect://me:secret@host/db")
    assert "secret" not in str(error.value)


# What each audit saw: for three agents, absent, clean or with a finding; and whether the cell could be read.
AUDITS = st.lists(
    st.tuples(st.booleans(), st.lists(st.sampled_from(["absent", "clean", "bad"]), min_size=3, max_size=3)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25)
@given(seen=AUDITS)
def test_any_course_of_audits_is_told_as_a_simple_account_tells_it(
    seen: list[tuple[bool, list[str]]],
) -> None:
    with tempfile.TemporaryDirectory() as name, History.open(f"{name}/history.db") as history:
        opened: dict[int, int] = {}
        took: list[int] = []
        there: set[int] = set()
        for number, (readable, states) in enumerate(seen):
            present = [i for i, state in enumerate(states) if readable and state != "absent"]
            subjects = [agent(f"a{i}", *([finding()] if states[i] == "bad" else [])) for i in present]
            audited(history, day(number), subjects, [CELL] if readable else [], [] if readable else [CELL])
            if not readable:
                continue
            for i, state in enumerate(states):
                if state == "bad":
                    opened.setdefault(i, number)
                elif i in opened:
                    since = opened.pop(i)
                    took += [number - since] if state == "clean" else []
            there = set(present)
        figures = Figures(history, day(len(seen)))
        assert {each.name for each in figures.standing()} == {f"a{i}" for i in there}
        assert {each.arn[-2:] for each in figures.open_findings()} == {f"a{i}" for i in opened}
        assert sorted(each.opened for each in figures.open_findings()) == sorted(map(day, opened.values()))
        remediation = figures.remediation()
        assert remediation.count == len(took)
        if took and remediation.mean is not None:
            assert remediation.mean / dt.timedelta(days=1) == pytest.approx(sum(took) / len(took))
        assert bool(figures.not_audited) is not seen[-1][0]
