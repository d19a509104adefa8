"""Every format, of a scan in which something passes, fails, is unknown, is accepted and was known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema

from tests.scan.running import KEY, NO_KEY, WITH_KEY, Done, run, write

HERE = Path(__file__).resolve().parent
SARIF_SCHEMA = HERE.parent / "lint" / "sarif-schema-2.1.0.json"
UNKNOWN = 'variable "key" {}\n' + WITH_KEY.replace(f'"{KEY}"', "data.aws_kms_key.k.arn").replace(
    "this", "asked"
)
SKIPPED = NO_KEY.replace("this", "skipped").replace(
    "{\n", '{\n  # bcg:skip=BCG_CMK_001 owner="me" reason="<&> | %" expires=2099-01-01\n', 1
)
FILES: dict[str, str | bytes] = {
    "fail.tf": NO_KEY,
    "pass.tf": WITH_KEY.replace("this", "good"),
    "unknown.tf": UNKNOWN + 'data "aws_kms_key" "k" {\n  key_id = var.key\n}\n',
    "skipped.tf": SKIPPED,
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write(tmp_path, FILES)


def scan(tree: Path, form: str, *arguments: str) -> Done:
    done = run("--format", form, *arguments, ".", cwd=tree)
    assert done.status == 1, done.err
    return done


def test_json_is_of_the_form_that_scripts_rely_on(tree: Path) -> None:
    found = scan(tree, "json").json
    assert found["schema_version"] == 1
    assert {(r["address"], r["file"], r["verdict"]) for r in found["resources"]} == {
        ("aws_bedrockagent_agent.this", "fail.tf", "fail"),
        ("aws_bedrockagent_agent.good", "pass.tf", "pass"),
        ("aws_bedrockagent_agent.asked", "unknown.tf", "unknown"),
        ("aws_bedrockagent_agent.skipped", "skipped.tf", "fail"),
    }
    for resource in found["resources"]:
        assert resource.keys() >= {"address", "surface", "file", "line", "verdict"}
        assert resource["surface"] == "bedrock-agent"
    for finding in found["findings"]:
        assert finding.keys() >= {
            "control", "verdict", "resource", "surface", "file", "line", "message", "trail", "level", "severity",
            "fix", "accepted",
        }  # fmt: skip
        assert isinstance(finding["trail"], list)
    accepted = [f for f in found["findings"] if f["accepted"]]
    assert [(f["resource"], f["accepted"]["owner"], f["accepted"]["expires"]) for f in accepted] == [
        ("aws_bedrockagent_agent.skipped", "me", "2099-01-01")
    ]
    summary = found["summary"]
    assert (summary["files"], summary["resources"], summary["pass"]) == (4, 4, 1)
    assert (summary["failed"], summary["not_known"], summary["accepted"]) == (1, 1, 1)


def test_text_shows_the_line_the_trail_and_the_fix(tree: Path) -> None:
    done = scan(tree, "text")
    assert done.out.startswith("fail.tf:1:1: fail: BCG_CMK_001 high\n  aws_bedrockagent_agent.this\n")
    assert '    1 | resource "aws_bedrockagent_agent" "this" {\n      | ^' in done.out
    assert "  fix: customer_encryption_key_arn = aws_kms_key.agents.arn\n" in done.out
    assert "skipped.tf:1: BCG_CMK_001 aws_bedrockagent_agent.skipped: accepted by me until" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    assert "\x1b" not in done.out
    assert "shipped defaults" in done.err


def test_a_clean_scan_is_quiet_and_says_what_was_judged(tmp_path: Path) -> None:
    done = run(".", cwd=write(tmp_path, {"main.tf": WITH_KEY, "other.tf": ""}))
    assert (done.status, done.out) == (0, "No findings: 1 resource judged (1 pass), 2 files looked at.\n")


def test_sarif_is_valid_and_says_what_was_accepted(tree: Path) -> None:
    log = scan(tree, "sarif").json
    schema = json.loads(SARIF_SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(log)
    results: list[dict[str, Any]] = log["runs"][0]["results"]
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    for each in results:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        assert each["partialFingerprints"]
        region = each["locations"][0]["physicalLocation"]["region"]
        assert (region["startLine"], region["startColumn"]) < (region["endLine"], region["endColumn"])
    suppressed = [each for each in results if "suppressions" in each]
    assert [each["suppressions"][0]["kind"] for each in suppressed] == ["inSource"]
    assert len({each["partialFingerprints"]["bedrockCmkGuard/v1"] for each in results}) == len(results)


def test_sarif_of_nothing_to_judge_is_valid(tmp_path: Path) -> None:
    done = run("--format", "sarif", ".", cwd=tmp_path)
    jsonschema.Draft4Validator(json.loads(SARIF_SCHEMA.read_text(encoding="utf-8"))).validate(done.json)
    assert (done.status, done.json["runs"][0]["results"]) == (0, [])


def test_junit_is_valid_and_counts_right(tree: Path) -> None:
    out = scan(tree, "junit").out
    xmlschema.XMLSchema(str(HERE / "junit.xsd")).validate(out)
    root = ET.fromstring(out)
    for element in (root, root[0]):
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            assert int(element.attrib[name]) == len(list(root.iter(tag)))
    assert int(root[0].attrib["skipped"]) == len(list(root.iter("skipped"))) == 1
    skipped = next(root.iter("skipped")).attrib["message"]
    assert "<&> | %" in skipped


def test_github_takes_a_line_for_each_finding(tree: Path) -> None:
    lines = scan(tree, "github").out.splitlines()
    commands = [line for line in lines if line.startswith("::")]
    assert len(commands) == 2
    assert commands[0].startswith("::error file=fail.tf,line=1,")
    assert "%0Afix: customer_encryption_key_arn = aws_kms_key.agents.arn" in commands[0]


def test_github_is_told_nothing_by_the_names_of_files_and_resources(tmp_path: Path) -> None:
    write(tmp_path, {"a,b:c%0A\n::warning::x.tf": NO_KEY})
    lines = run("--format", "github", ".", cwd=tmp_path).out.splitlines()
    assert [line.partition(" ")[0] for line in lines if "::" in line] == ["::error"]
    assert "file=a%2Cb%3Ac%250A\\n%3A%3Awarning%3A%3Ax.tf," in lines[0]


def test_markdown_keeps_to_its_table(tmp_path: Path) -> None:
    write(tmp_path, {"a|b<script>.tf": NO_KEY})
    out = run("--format", "markdown", ".", cwd=tmp_path).out
    row = next(line for line in out.splitlines() if line.startswith("| BCG"))
    assert "a\\|b\\<script\\>.tf:1" in row
    assert row.replace("\\|", "").count("|") == 7


def test_a_terminal_is_told_nothing_by_what_was_read(tmp_path: Path) -> None:
    write(tmp_path, {"a\x1b[31m.tf": NO_KEY.replace('"support"', '"\x1b]0;x\x07\u202e"')})
    out = run(".", cwd=tmp_path).out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "a\\x1b[31m.tf:1:1" in out


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "github", "markdown"])
def test_output_writes_the_same_to_a_file(tree: Path, form: str) -> None:
    printed = scan(tree, form).out
    done = scan(tree, form, "--output", "report")
    assert done.out == ""
    # The report itself is no file that is looked at.
    assert (tree / "report").read_text(encoding="utf-8") == printed
    assert not list(tree.glob(".report*"))


def test_output_that_cannot_be_written_is_said(tree: Path) -> None:
    done = run("--output", "no/where", ".", cwd=tree)
    assert (done.status, done.out) == (2, "")
    assert "cannot write no/where: No such file or directory" in done.err
