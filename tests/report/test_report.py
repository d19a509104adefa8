"""``report`` in every format: what is told, and that no name or tag breaks out of where it stands."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.validate import ParamValidator
from markdown_it import MarkdownIt

from bedrock_cmk_guard.cli import main
from bedrock_cmk_guard.history import History
from bedrock_cmk_guard.reports.audit import report
from tests.report.histories import NO_KEY, REQUIREMENTS, SANDBOX, TRAIL, make, record, subject, week

VOID = {"br", "meta", "line", "polyline", "circle"}


class Page(HTMLParser):
    """Checks that tags are balanced, and collects tags and words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("report")
    make(made / "history.db")
    (made / "cmk-guard.yaml").write_text(REQUIREMENTS, encoding="utf-8")
    return made


def written(folder: Path, form: str, *arguments: str) -> str:
    output = folder / f"report.{form}"
    known = ("--history", str(folder / "history.db"), "--requirements", str(folder / "cmk-guard.yaml"))
    assert main(["report", *known, "--format", form, "--output", str(output), *arguments]) == 0
    with output.open(encoding="utf-8", newline="") as stream:
        return stream.read()


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    return Page(written(folder, "html", "--tag", "application"))


def test_the_page_fetches_nothing_and_runs_nothing(page: Page) -> None:
    assert not {"script", "img", "link", "iframe", "object", "embed", "base", "form"} & {
        tag for tag, _ in page.tags
    }
    attributes = [(name, value or "") for _, attrs in page.tags for name, value in attrs.items()]
    assert not [name for name, _ in attributes if name.startswith("on") or name == "src"]
    assert all(value.startswith("#") for name, value in attributes if name == "href")
    assert not [
        value for name, value in attributes if name == "style" and not re.fullmatch(r"width:[\d.]+%", value)
    ]
    (policy,) = [a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv")]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_every_link_leads_somewhere_and_ids_are_there_once(page: Page) -> None:
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {(attrs.get("href") or "")[1:] for tag, attrs in page.tags if tag == "a"} <= set(ids)


def test_charts_are_told_in_words(page: Page) -> None:
    charts = [attrs for tag, attrs in page.tags if tag == "svg" and attrs.get("role") == "img"]
    assert len(charts) == 2
    assert all(len((each["aria-labelledby"] or "").split()) == 2 for each in charts)
    assert "Score: 0.0 on 2026-08-01, 47.7 on 2026-08-22." in page.text
    assert "session-memory: 0.0 on 2026-08-01, 50.0 on 2026-08-22." in page.text
    # What other svg there is, is for the eye only.
    assert all(
        attrs.get("aria-hidden") == "true" for tag, attrs in page.tags if tag == "svg" and attrs not in charts
    )


def test_the_page_tells_everything(page: Page) -> None:
    text = page.text
    for said in (
        "3 findings to fix, 3 of them of high severity. 1 place could not be read, and may hold anything. "
        "1 exception expired or about to lapse.",
        "Compliance score 47.7 0.0 on 2026-08-01",
        "Production on customer keys 33.3% 2 of 6 resources",
        "Median time to fix 10.5 days",
        "1. leave high came back",
        "aws bedrock-agent update-agent --agent-id ABC --customer-encryption-key-arn KEY",
        "+ customer_encryption_key_arn = aws_kms_key.agents.arn",
        f"{SANDBOX} eu-central-1 everything AccessDenied: the role cannot be assumed",
        "2026-09-01 in 10 days",
        "support-desk 666666666666 production confidential no resources were found",
        "weight = 47.7",
    ):
        assert said in text


def test_the_gravest_comes_first(page: Page) -> None:
    """Production and what nobody claims before the rest, the longest open first."""
    places = [page.text.index(each) for each in ("1. leave high", "2. =HYPERLINK", "3. trial high")]
    assert places == sorted(places)


def test_what_one_change_mends_is_one_thing_to_do(tmp_path: Path) -> None:
    agent = subject("payroll", NO_KEY)
    memory = replace(agent, cell=replace(agent.cell, surface="agent-memory-classic"), tier="session-memory")
    with History.open(str(tmp_path / "history.db")) as history:
        record(history, week(0), [agent, memory, subject("other", NO_KEY)])
    (tmp_path / "cmk-guard.yaml").write_text(REQUIREMENTS, encoding="utf-8")
    text = Page(written(tmp_path, "html")).text
    assert "3 findings to fix" in text
    assert "1. payroll high" in text
    assert "Bedrock agent memory (Agents Classic) and Bedrock agent (Agents Classic)" in text
    assert "2. other high" in text
    assert "3. " not in text.partition("What to fix first")[2].partition("What was not audited")[0]


def test_a_hostile_name_is_text(page: Page) -> None:
    assert "<script>alert(1)</script>" in page.text
    assert "\u202e" not in page.text
    assert r"\u202e" in page.text


def test_without_findings_the_page_is_clean(tmp_path: Path) -> None:
    with History.open(str(tmp_path / "history.db")) as history:
        record(history, week(0), [subject("good")])
    (tmp_path / "cmk-guard.yaml").write_text(REQUIREMENTS, encoding="utf-8")
    page = Page(written(tmp_path, "html"))
    assert "No finding is open." in page.text
    assert "Everything that was to be audited was read." in page.text
    assert "verdict clean" in {attrs.get("class") for _, attrs in page.tags}


def test_what_is_left_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "MOST_POINTS", 3)
    with History.open(str(tmp_path / "history.db")) as history:
        record(history, week(0), [subject(f"a{number:03}", NO_KEY) for number in range(520)])
        for number in range(1, 5):
            record(history, week(number), [], covered=[])
    (tmp_path / "cmk-guard.yaml").write_text(REQUIREMENTS, encoding="utf-8")
    page = Page(written(tmp_path, "html"))
    assert "508 more are under All findings" in page.text
    assert "20 more are not listed here; report --format csv has all of them." in page.text
    assert "There are more audits than a chart can show; some are left out." in page.text
    assert re.findall(r"(\S+) 0.0 0.0% 0 of 520", page.text) == ["2026-08-01", "2026-08-15", "2026-08-29"]
    assert len(list(csv.reader(io.StringIO(written(tmp_path, "csv"))))) == 521


def test_csv_is_no_formula_and_has_what_was_not_audited(folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(written(folder, "csv"), newline="")))
    assert [row["verdict"] for row in rows] == ["not audited", *["fail"] * 5]
    assert rows[0]["message"] == "AccessDenied: the role cannot be assumed"
    cells = [cell for row in rows for cell in row.values()]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)


def test_markdown_is_no_markup(folder: Path) -> None:
    text = written(folder, "markdown")
    html = MarkdownIt("commonmark").enable("table").render(text)
    assert "<script>" not in html
    assert "<a " not in html
    assert "<strong>b</strong>" not in html
    assert html.count("<pre><code>aws bedrock-agent update-agent") == 3
    assert "<td>AccessDenied: the role cannot be assumed</td>" in html
    assert "Compliance score: <strong>47.7</strong> of 100 (was 0.0 on 2026-08-01)" in html


def test_a_command_is_code_however_many_there_are(tmp_path: Path) -> None:
    with History.open(str(tmp_path / "history.db")) as history:
        record(history, week(0), [subject(f"a{number:02}", NO_KEY) for number in range(12)])
    (tmp_path / "cmk-guard.yaml").write_text(REQUIREMENTS, encoding="utf-8")
    html = MarkdownIt("commonmark").render(written(tmp_path, "markdown"))
    assert html.count("<pre><code>aws bedrock-agent") == 12


def test_json_holds_all_of_it(folder: Path) -> None:
    found = json.loads(written(folder, "json"))
    assert found["schema_version"] == 1
    assert [round(each["score"], 1) for each in found["trend"]] == [0.0, 40.0, 50.0, 47.7]
    assert [each["counts"] for each in found["findings"]] == [True, True, True, False, False]
    assert {each["account"]: each["last_read"] for each in found["places"]}[SANDBOX] is None
    assert {each["name"] for each in found["workloads"]} == {
        "(unassigned)",
        "financial-adviser",
        "hr-assistant",
        "support-desk",
    }


def test_asff_is_what_security_hub_takes(folder: Path) -> None:
    findings: list[dict[str, Any]] = json.loads(written(folder, "asff"))
    model = boto3.session.Session().client("securityhub", "eu-central-1").meta.service_model
    shape = model.operation_model("BatchImportFindings").input_shape
    problems = ParamValidator().validate({"Findings": findings}, shape)
    assert not problems.has_errors(), problems.generate_report()
    assert len({each["Id"] for each in findings}) == len(findings) == 6
    labels = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL")
    for each in findings:
        assert len(each["Title"]) <= 256
        assert 0 < len(each["Description"]) <= 1024
        assert each["Severity"]["Label"] in labels
        assert each["AwsAccountId"] in each["ProductArn"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", each["UpdatedAt"])


@pytest.mark.parametrize("form", ["html", "markdown", "json", "csv", "asff"])
def test_a_report_is_the_same_each_time(folder: Path, form: str) -> None:
    assert written(folder, form) == written(folder, form)


def test_a_note_is_listed_and_nothing_to_fix(tmp_path: Path) -> None:
    note = replace(
        NO_KEY, control="BCG_SCAN_006", severity="low", level="note", message="no workload matches it"
    )
    with History.open(str(tmp_path / "history.db")) as history:
        record(history, week(0), [replace(subject("odd", note, workload="", environment=""), verdict="pass")])
    (tmp_path / "cmk-guard.yaml").write_text(REQUIREMENTS, encoding="utf-8")
    page = Page(written(tmp_path, "html"))
    assert "No finding is open." in page.text
    assert "BCG_SCAN_006: no workload matches it low no workload 2026-08-01 noted only" in page.text
    (found,) = json.loads(written(tmp_path, "asff"))
    assert found["Severity"]["Label"] == "INFORMATIONAL"
    figures = json.loads(written(tmp_path, "json"))
    assert [(each["level"], each["counts"]) for each in figures["findings"]] == [("note", False)]
    counted = [each for each in figures["open_findings"] if any(each[n] for n in ("counted", "recommended"))]
    assert (counted, figures["changes"]["opened"], figures["score"]["unassigned"]) == ([], 0, 1)


def test_key_attempts_have_a_part_of_their_own(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "trail.json"
    file.write_text(json.dumps(TRAIL), encoding="utf-8")
    text = Page(written(folder, "html", "--trail", str(file))).text
    assert "4 calls on guarded keys were refused" in text
    assert "Not all logs could be read: there may be more." in text
    html = MarkdownIt("commonmark").enable("table").render(written(folder, "markdown", "--trail", str(file)))
    assert "<script>" not in html
    assert "<td>CreateGrant</td>" in html
    assert (
        json.loads(written(folder, "json", "--trail", str(file)))["unauthorised_key_attempts"]["calls"] == 4
    )
