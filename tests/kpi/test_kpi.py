"""``kpi``, as people start it, on a history of four audits: figures, formats, and what it says when it cannot."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics import parser

from bedrock_cmk_guard.cli import main
from tests.report.histories import HOSTILE, REQUIREMENTS, SANDBOX, TRAIL, make


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("kpi")
    make(made / "history.db")
    (made / "cmk-guard.yaml").write_text(REQUIREMENTS, encoding="utf-8")
    return made


@pytest.fixture
def kpi(folder: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str, status: int = 0) -> str:
        known = ("--history", str(folder / "history.db"), "--requirements", str(folder / "cmk-guard.yaml"))
        assert main(["kpi", *known, *arguments]) == status
        return capsys.readouterr().out

    return run


def found(kpi: Any, *arguments: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(kpi("--format", "json", *arguments))
    return loaded


def parsed(text: str) -> Iterable[Metric]:
    read: Callable[[str], Iterable[Metric]] = parser.text_string_to_metric_families
    return read(text)


def test_the_figures(kpi: Any) -> None:
    figures = found(kpi, "--tag", "application")
    # Three of production pass, one is accepted, two fail; one of development fails; an account cannot be read.
    assert figures["score"]["value"] == pytest.approx(100 * (3 * 3 + 1.5) / (3 * 6 + 1 + 3))
    assert figures["score_then"]["value"] == 0
    assert figures["audits"] == 4
    groups = {(each["dimension"], each["name"]): each for each in figures["on_customer_keys"]}
    assert groups["all", "all"]["production"] == {"passed": 2, "total": 6, "percent": pytest.approx(100 / 3)}
    assert groups["surface", "agentcore-memory"]["all"]["percent"] == 50
    assert groups["tier", "agent-definition"]["production"]["total"] == 3
    assert groups["account", "222222222222"]["all"]["total"] == 5
    assert groups["workload", "(unassigned)"]["production"]["total"] == 1
    assert groups["environment", "development"]["production"]["total"] == 0
    assert groups["tag:application", HOSTILE]["all"]["total"] == 1
    assert groups["kind", "kms-key"]["all"]["passed"] == 1
    days = {
        name: each["mean_seconds"] and each["mean_seconds"] / 86400
        for name, each in figures["remediation"].items()
    }
    assert days == {"all": 12.25, "high": pytest.approx(28 / 3), "medium": 21, "low": None}
    assert figures["changes"] == {"opened": 4, "reopened": 1, "fixed": 4, "deleted": 0}
    assert [(each["account"], each["surface"]) for each in figures["not_audited"]] == [(SANDBOX, "*")]
    assert [(each["owner"], each["days_left"], each["findings"]) for each in figures["exceptions"]] == [
        ("Dana", 10, 1)
    ]
    counted = {(each["severity"], each["age"]): each for each in figures["open_findings"]}
    assert counted["high", "up to 7 days"] == {
        "severity": "high",
        "age": "up to 7 days",
        "counted": 3,
        "accepted": 0,
        "recommended": 1,
    }
    assert counted["high", "8 to 30 days"]["accepted"] == 1


def test_a_moment_and_a_time(kpi: Any) -> None:
    then = found(kpi, "--at", "2026-08-08")
    assert (then["audits"], then["score"]["value"], then["not_audited"]) == (2, pytest.approx(40), [])
    assert then["score_then"]["value"] == 0
    last_week = found(kpi, "--since", "2026-08-16")
    assert last_week["changes"] == {"opened": 2, "reopened": 0, "fixed": 1, "deleted": 0}
    assert last_week["remediation"]["all"]["fixed"] == 1
    assert found(kpi, "--at", "2026-08-15T05:59+00:00")["audits"] == 2
    assert found(kpi, "--at", "2026-08-15T08:00+02:00")["audits"] == 3


def test_text_is_as_wide_as_a_terminal_and_safe(kpi: Any) -> None:
    text = kpi("--tag", "application")
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "Compliance score: 47.7 of 100 (0.0 on 2026-08-01)" in text
    assert "\nExceptions\n  BCG_CMK_001  until 2026-09-01, in 10 days: 1 finding, accepted by Dana\n" in text
    assert f"\n  {SANDBOX}  eu-central-1: everything\n    AccessDenied: the role cannot be assumed\n" in text
    assert "\u202e" not in text


def test_csv_is_no_formula(kpi: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(kpi("--format", "csv", "--tag", "application"), newline="")))
    cells = [cell for row in rows for cell in row.values()]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    (score,) = [row for row in rows if row["figure"] == "score"]
    assert float(score["value"]) == pytest.approx(47.727, abs=0.001)


def test_openmetrics_are_read_by_prometheus(kpi: Any) -> None:
    text = kpi("--format", "openmetrics", "--tag", "application")
    assert text.endswith("# EOF\n")
    families = {each.name: each for each in parsed(text)}
    (score,) = families["bedrock_cmk_guard_score"].samples
    assert score.value == pytest.approx(47.727, abs=0.001)
    shares = {
        (each.labels["dimension"], each.labels["name"], each.labels["scope"]): each.value
        for each in families["bedrock_cmk_guard_on_customer_keys_ratio"].samples
    }
    assert shares["tag:application", HOSTILE, "all"] == 0
    assert ("environment", "development", "production") not in shares
    (cells,) = families["bedrock_cmk_guard_not_audited_cells"].samples
    assert cells.value == 1
    (expiry,) = families["bedrock_cmk_guard_exception_expiry_timestamp_seconds"].samples
    assert expiry.labels["owner"] == "Dana"


def test_an_exception_of_the_requirements_is_told_with_its_reason(
    folder: Path, kpi: Any, tmp_path: Path
) -> None:
    file = tmp_path / "with-exceptions.yaml"
    known = "control: BCG_CMK_001, owner: Dana, reason: moves in May"
    file.write_text(
        REQUIREMENTS.replace(
            "exceptions: []",
            f"exceptions:\n  - {{{known}, resource: '*/m1', expires: 2026-09-01}}\n"
            f"  - {{{known}, resource: '*/none', expires: 2026-08-20}}\n"
            f"  - {{{known.replace('001', '901')}, resource: '*/m2', expires: 2026-12-31}}",
        ),
        encoding="utf-8",
    )
    figures = found(kpi, "--requirements", str(file))
    assert [(each["resource"], each["findings"], each["days_left"]) for each in figures["exceptions"]] == [
        ("*/none", 0, -2),
        ("*/m1", 1, 10),
        ("*/m2", 0, 131),
    ]
    assert [each["names_a_control"] for each in figures["exceptions"]] == [True, True, False]
    text = kpi("--requirements", str(file))
    assert "until 2026-08-20, expired" in text
    assert "BCG_CMK_901  until 2026-12-31, names no control: 0 findings" in text


def test_without_requirements_only_what_is_of_no_workload_is_production(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["kpi", "--history", str(folder / "history.db")]) == 0
    text = capsys.readouterr().out
    assert "No requirements file: no environment is known to be production" in " ".join(text.split())
    assert "On customer keys: 0.0% in production (0 of 1), 28.6% of all" in text


@pytest.mark.parametrize(("least", "status"), [("47", 0), ("48", 1), ("100", 1)])
def test_the_score_can_fail_a_pipeline(kpi: Any, least: str, status: int) -> None:
    kpi("--fail-under", least, status=status)


def test_no_score_is_under_any(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from bedrock_cmk_guard.history import History
    from tests.report.histories import record, week

    path = tmp_path / "nothing.db"
    with History.open(str(path)) as history:
        record(history, week(0), [])
    assert main(["kpi", "--history", str(path), "--fail-under", "0"]) == 1
    assert "Compliance score: - of 100" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--at", "2026-07-01"), "no audit had finished by 2026-07-01"),
        (("--since", "2027-01-01"), "begins after 2026-08-22"),
        (("--history", "nowhere.db"), "nowhere.db: there is no such history"),
        (("--history", "oracle://x:secret@host/db"), "oracle://x:***@host/db"),
        (("--output", "no/such/folder"), "cannot write no/such/folder"),
    ],
)
def test_what_cannot_be_told(
    folder: Path, kpi: Any, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    known = ("--history", str(folder / "history.db"), "--requirements", str(folder / "cmk-guard.yaml"))
    assert main(["kpi", *known, *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert "secret" not in error


def test_a_history_without_a_finished_audit_has_no_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from bedrock_cmk_guard.history import History
    from tests.report.histories import week

    with History.open(str(tmp_path / "begun.db")) as history:
        history.begin(week(0))
    assert main(["kpi", "--history", str(tmp_path / "begun.db")]) == 2
    assert "no audit has finished yet" in capsys.readouterr().err


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-01", "2026-08-08T", "9" * 400])
def test_no_moment(moment: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["kpi", "--at", moment])
    assert stopped.value.code == 2
    assert "is no moment like" in capsys.readouterr().err


def test_key_attempts_are_told_of_a_trail(kpi: Any, tmp_path: Path) -> None:
    file = tmp_path / "trail.json"
    file.write_text(json.dumps(TRAIL), encoding="utf-8")
    figures = found(kpi, "--trail", str(file))["unauthorised_key_attempts"]
    assert (figures["calls"], figures["complete"], len(figures["by_principal"])) == (4, False, 2)
    text = kpi("--trail", str(file))
    assert "Not all logs could be read: there may be more." in text
    assert all(len(line) <= 80 for line in text.splitlines())
    families = {each.name: each for each in parsed(kpi("--format", "openmetrics", "--trail", str(file)))}
    assert families["bedrock_cmk_guard_unauthorised_key_attempts"].samples[0].value == 4
    rows = list(csv.DictReader(io.StringIO(kpi("--format", "csv", "--trail", str(file)), newline="")))
    assert [row["value"] for row in rows if row["figure"] == "unauthorised_key_attempts"] == ["4", "3", "1"]
    assert found(kpi)["unauthorised_key_attempts"] is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 100_000,
        "{}",
        '{"schema_version": 2}',
        json.dumps({**TRAIL, "denied": [{"calls": "many"}]}),
        json.dumps({**TRAIL, "summary": {"complete": True, "unauthorised_key_attempts": None}}),
    ],
    ids=["nothing", "deep", "empty", "newer", "odd", "not-asked"],
)
def test_what_is_no_trail(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    file = tmp_path / "trail.json"
    file.write_text(text, encoding="utf-8")
    known = ("--history", str(folder / "history.db"), "--requirements", str(folder / "cmk-guard.yaml"))
    assert main(["kpi", *known, "--trail", str(file)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(str(file))
    assert "fault of bedrock-cmk-guard" not in error


def test_what_trail_writes_is_read(kpi: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("duckdb", reason="DuckDB is not installed: what trail writes is not read")
    pytest.importorskip("sqlglot", reason="sqlglot is not installed: what trail writes is not read")
    root = Path(__file__).resolve().parents[2]
    arguments = [str(root / "examples/trail/logs"), "--requirements", str(root / "examples/cmk-guard.yaml")]
    assert main(["trail", *arguments, "--format", "json"]) == 1
    file = tmp_path / "trail.json"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    told = found(kpi, "--trail", str(file))["unauthorised_key_attempts"]
    assert told["calls"] == sum(each["calls"] for each in told["by_principal"]) > 0


WITHOUT = """
import sys
sys.modules[sys.argv[1]] = None
from bedrock_cmk_guard.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize(
    ("package", "verb", "arguments"),
    [("sqlalchemy", "kpi", ()), ("sqlalchemy", "report", ()), ("boto3", "kpi", ("--publish", "cloudwatch"))],
)
def test_a_package_that_is_missing_is_named(
    folder: Path, package: str, verb: str, arguments: tuple[str, ...]
) -> None:
    command = [
        sys.executable,
        "-c",
        WITHOUT,
        package,
        verb,
        "--history",
        str(folder / "history.db"),
        *arguments,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'bedrock-cmk-guard[aws]'" in done.stderr
    assert "Traceback" not in done.stderr
