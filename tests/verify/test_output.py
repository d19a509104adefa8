"""The report as text, JSON and HTML, and the command that writes it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bedrock_cmk_guard.cli import main
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.verification import Verification, verify
from bedrock_cmk_guard.verification.as_json import as_json
from bedrock_cmk_guard.verification.html import as_html
from bedrock_cmk_guard.verification.text import as_text
from tests.policies.documents import EXAMPLE
from tests.verify.changing import ADVISER, HR, TODAY, example, scps, verified, without

VOID = {"br", "meta"}


class Page(HTMLParser):
    """Checks that tags are balanced, and collects what a reader and a browser would see."""

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

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@cache
def hr() -> Verification:
    return verified(HR)


@cache
def broken() -> Verification:
    return verified(HR, modules=without("StoredData1", which=scps))


def test_the_page_stands_by_itself() -> None:
    page = Page(as_html(broken()))
    for tag, attributes in page.tags:
        assert tag not in {"script", "link", "img", "iframe"}
        assert not {"src", "onclick", "style"} & set(attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in as_html(broken())
    assert "@import" not in as_html(broken())
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(a["href"])[1:] for _, a in page.tags if "href" in a} <= set(ids)


def test_the_page_can_be_read_by_ear() -> None:
    page = Page(as_html(broken()))
    assert ("html", {"lang": "en"}) in page.tags
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    assert "allowed" in page.words
    assert "denied" in page.words
    assert next(tag for tag, _ in page.tags if tag in ("h1", "h2", "h3")) == "h1"


def test_the_page_names_what_decides() -> None:
    text = as_html(broken())
    assert "NobodyElse (key policy of hr-assistant/eu-central-1)" in text
    assert "administrator can bedrock:GetAgentMemory" in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert "there are no findings" in as_html(hr())


def test_values_of_the_requirements_are_not_markup() -> None:
    data = example().model_dump(mode="json")
    data["policy"]["title"] = "<script>alert('&')</script>"
    text = as_html(verify(Requirements.model_validate(data), TODAY, workloads=[HR]))
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_findings_come_first_in_the_text() -> None:
    lines = as_text(broken()).splitlines()
    found = next(number for number, line in enumerate(lines) if line.startswith("TOO-OPEN"))
    matrix = next(number for number, line in enumerate(lines) if line.startswith("Key hr-assistant"))
    assert found < matrix
    assert max(map(len, lines)) <= 80
    assert any("!" in line for line in lines[matrix:] if line.startswith("  read stored data"))


def test_the_json_holds_every_cell() -> None:
    data = json.loads(as_json(broken()))
    assert data["schema_version"] == 1
    assert data["summary"]["findings"] == len(data["findings"]) > 0
    (key,) = data["keys"]
    who = {each["id"] for each in key["cast"]}
    rows = {each["id"] for each in key["rows"]}
    assert len(key["cells"]) == data["summary"]["requests"]
    for cell in key["cells"]:
        assert cell["who"] in who
        assert cell["row"] in rows
        assert cell["decision"] in {"allowed", "denied", "depends"}
        assert cell["expected"] in {"allowed", "denied", None}
        assert cell["reason"]
    assert {way["standing"] for way in key["ways"]} >= {"by design", "accepted"}


def test_the_command_writes_each_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["verify", str(EXAMPLE), "--workload", HR, "--as-of", TODAY.isoformat()]
    assert main(options) == 0
    assert capsys.readouterr().out == as_text(hr())
    for name, text in (("json", as_json(hr())), ("html", as_html(hr()))):
        file = tmp_path / f"report.{name}"
        assert main([*options, "--format", name, "--output", str(file)]) == 0
        assert capsys.readouterr().out == ""
        assert file.read_text(encoding="utf-8") == text


def test_the_command_fails_on_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(EXAMPLE), "--workload", ADVISER, "--as-of", "2027-07-01"]) == 1
    out = capsys.readouterr().out
    assert "EXPIRED" in out
    assert "AWSControlTowerExecution" in out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "give either REQUIREMENTS or --key-policy"),
        ([str(EXAMPLE), "--key-policy", "key.json"], "give either REQUIREMENTS or --key-policy"),
        ([str(EXAMPLE), "--workload", "nobody"], "there is no workload 'nobody'; there are: hr-assistant"),
        (["no-such-file.yaml"], "no-such-file.yaml"),
        (["--key-policy", "no-such-file.json"], "needs --principal and --surface"),
        (
            [
                "--key-policy",
                "none.json",
                "--principal",
                "arn:aws:iam::222222222222:role/a",
                "--surface",
                "flow",
            ],
            "none.json: cannot be read",
        ),
        ([str(EXAMPLE), "--workload", HR, "--output", "/no/such/folder/x"], "cannot be written"),
    ],
)
def test_bad_input_is_a_line(options: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", *options]) == 2
    assert told in capsys.readouterr().err


def test_a_date_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["verify", str(EXAMPLE), "--as-of", "tomorrow"])
    assert "is not a date like" in capsys.readouterr().err


def test_without_a_date_it_is_today() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bedrock_cmk_guard", "verify", str(EXAMPLE), "--workload", HR],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    assert re.search(r"^As of \d{4}-\d\d-\d\d: 1 key", done.stdout, re.MULTILINE)
