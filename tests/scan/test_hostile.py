"""Input that is broken or meant badly: no traceback, no hang, and never silence."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bedrock_cmk_guard import ScanResult, scan
from tests.scan.running import KEY, NO_KEY, TEMPLATE, as_json, run, write

HERE = Path(__file__).resolve().parent
PLAN = HERE.parent / "sources/plan/cases/changes/plan.json"
HUGE = b"# " + b"x" * (50 * 1024 * 1024) + b"\n"
DEEP = 100_000


def unread(content: str | bytes, name: str, folder: Path) -> list[str]:
    """What could not be read of a file."""
    done = as_json(".", cwd=write(folder, {name: content}))
    assert done.status == 1, done.err
    found = [
        f["message"]
        for f in done.json["findings"]
        if f["control"].startswith("BCG_SCAN") and f["file"] == name
    ]
    assert found, done.out
    return found


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tf", NO_KEY.encode() + b"\xff\xfe\xff\n"),
        ("a.tf", NO_KEY.encode() + b"\x00"),
        ("a.tf", NO_KEY.encode("utf-16")),
        ("a.tf", NO_KEY + 'resource "aws_bedrockagent_agent" "b" {\n'),
        ("a.tf", NO_KEY + "x = " + "[" * DEEP),
        ("a.tf", NO_KEY + "locals {\n x = " + "(" * DEEP + ")" * DEEP + "\n}\n"),
        ("a.tf", NO_KEY.encode() + HUGE),
        ("a.tf.json", '{"resource": {"aws_bedrockagent_agent": {"x": '),
        ("a.tf.json", '{"resource": {"aws_bedrockagent_agent": ' + '{"x":' * DEEP),
        ("a.yaml", TEMPLATE + "  - broken\n"),
        ("a.yaml", TEMPLATE.encode() + b"\xff"),
        ("a.yaml", TEMPLATE + "X: " + "[" * DEEP),
        ("a.yaml", TEMPLATE.encode() + HUGE),
        ("a.yaml", TEMPLATE + "Agent: &a {}\nAgent: *a\n"),
        ("a.json", '{"Resources": {"A": {"Type": "AWS::Bedrock::Agent"'),
        ("a.json", '{"Resources": {"A": {"Type": "AWS::Bedrock::Agent", "Properties": ' + "[" * DEEP),
        ("plan.json", '{"terraform_version": "1.9", "planned_values": {"x": "aws_bedrockagent_agent"'),
        ("plan.json", '{"terraform_version": "1.9", "x": "aws_bedrockagent_agent", "y": ' + "[" * DEEP),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 12 else "",
)
def test_what_cannot_be_read_is_a_finding(tmp_path: Path, name: str, content: str | bytes) -> None:
    assert unread(content, name, tmp_path)


def test_a_bomb_of_aliases_is_a_finding(tmp_path: Path) -> None:
    levels = "".join(f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 12))
    assert unread(f"{TEMPLATE}Metadata:\n  l0: &l0 [x]\n{levels}", "a.yaml", tmp_path)


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(("name", "code"), [("a.tf", NO_KEY), ("a.yaml", TEMPLATE)])
def test_line_ends_and_byte_order_marks_are_read(
    tmp_path: Path, name: str, code: str, mark: str, end: str
) -> None:
    done = as_json(".", cwd=write(tmp_path, {name: (mark + code.replace("\n", end)).encode()}))
    assert list(done.verdicts().values()) == ["fail"]
    assert done.json["summary"]["not_read"] == 0


def test_huge_files_that_do_not_matter_cost_a_search(tmp_path: Path) -> None:
    write(tmp_path, {"data.yaml": HUGE, "data.json": HUGE, "a.tf": ""})
    assert run(".", cwd=tmp_path).status == 0


def test_what_is_no_file_and_loops_of_links(tmp_path: Path) -> None:
    write(tmp_path, {"ok/a.tf": NO_KEY})
    os.mkfifo(tmp_path / "pipe.tf")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "self.tf").symlink_to(tmp_path / "self.tf")
    (tmp_path / "dangling.yaml").symlink_to(tmp_path / "nowhere")
    done = as_json(".", cwd=tmp_path)
    assert done.verdicts() == {"aws_bedrockagent_agent.this": "fail"}
    said = {f["file"] for f in done.json["findings"] if f["control"].startswith("BCG_SCAN")}
    assert said == {"pipe.tf", "self.tf", "dangling.yaml"}


# What is imported on the way must be there before: who may read nothing may not read Python's own files either.
AS_NOBODY = """
import json, os, sys
from bedrock_cmk_guard import scan
from bedrock_cmk_guard.reports.findings.as_json import write
warm, folder = sys.argv[1:]
write(scan([warm]))
os.seteuid(65534)
os.chdir(folder)
print(write(scan(["."])))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes somebody who may not read, which only root can")
def test_what_may_not_be_read_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": NO_KEY, "b/b.tf": NO_KEY + "}"})
    # Not below pytest's own folder, which nobody else may enter.
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o755)
        write(folder, {"closed/a.tf": NO_KEY, "secret.tf": NO_KEY, "ok.tf": ""})
        (folder / "closed").chmod(0)
        (folder / "secret.tf").chmod(0)
        command = [sys.executable, "-c", AS_NOBODY, str(tmp_path), str(folder)]
        done = subprocess.run(command, capture_output=True, check=True, text=True)
    finally:
        shutil.rmtree(folder)
    found = [f for f in json.loads(done.stdout)["findings"] if f["counts"]]
    assert {f["file"] for f in found} == {"closed", "secret.tf"}
    assert all("Permission denied" in f["message"] for f in found)


# ---- Mutations: whatever becomes of the text, what is still declared is judged or said not to be.

FULL = f"""variable "key" {{
  type    = string
  default = "{KEY}"
}}

locals {{
  keys = {{ for name in ["a", "b"] : name => var.key }}
}}

{NO_KEY.replace(chr(10) + "}", chr(10) + '  customer_encryption_key_arn = try(local.keys["a"], null)' + chr(10) + "}")}
output "arn" {{
  value = aws_bedrockagent_agent.this.agent_arn
}}
"""
JSON_TEMPLATE = json.dumps(
    {
        "Parameters": {"Key": {"Type": "String", "Default": KEY}},
        "Resources": {
            "Agent": {
                "Type": "AWS::Bedrock::Agent",
                "Properties": {"CustomerEncryptionKeyArn": {"Ref": "Key"}},
            }
        },
    },
    indent=1,
)
YAML_TEMPLATE = f"""Parameters:
  Key: {{Type: String, Default: "{KEY}"}}
Conditions:
  Has: !Not [!Equals [!Ref Key, ""]]
Resources:
  Agent:
    Type: AWS::Bedrock::Agent
    Properties:
      AgentName: support
      CustomerEncryptionKeyArn: !If [Has, !Ref Key, !Ref AWS::NoValue]
"""
# No comment and no heredoc comes of these, by which something may rightly cease to be code.
CHARACTERS = st.sampled_from(
    [*"{}[]()\"'=:,.-!&|?<>%$~ \n\t\\aA0", "${", "%{", "é", "\u2028", "\x00", "null"]
)


@st.composite
def mutated(draw: st.DrawFn, text: str) -> str:
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        how = draw(st.sampled_from(("insert", "delete", "repeat", "cut")))
        length = draw(st.integers(1, 12))
        if how == "insert":
            text = text[:at] + draw(CHARACTERS) + text[at:]
        elif how == "delete":
            text = text[:at] + text[at + length :]
        elif how == "repeat":
            text = text[:at] + text[at : at + length] * 2 + text[at + length :]
        elif draw(st.booleans()):
            text = text[:at]
    return text


@contextmanager
def bounded(seconds: int) -> Iterator[None]:
    """Make an error of a hang."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def scanned(name: str, text: str) -> ScanResult:
    with tempfile.TemporaryDirectory() as folder, bounded(30):
        path = Path(folder, name)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        result = scan([path])
    # What goes wrong in the program is a finding too, so it would not be noticed otherwise.
    assert not [each for each in result.findings if "by a fault of" in each.finding.message]
    return result


def says_something(result: ScanResult) -> bool:
    return bool(result.results or result.findings)


@given(mutated(FULL))
def test_mutated_terraform(text: str) -> None:
    result = scanned("main.tf", text)
    if re.search(r'^resource "aws_bedrockagent_agent" "this" \{', text, re.MULTILINE) and "<<" not in text:
        assert says_something(result)


class _AnyTag(yaml.SafeLoader):
    """Reads templates as far as finding their resources needs it."""


def _whatever(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    return node.value


_AnyTag.add_multi_constructor("!", _whatever)


def declares(data: object) -> bool:
    resources = data.get("Resources") if isinstance(data, dict) else None
    return isinstance(resources, dict) and any(
        isinstance(each, dict) and each.get("Type") == "AWS::Bedrock::Agent" for each in resources.values()
    )


@given(mutated(YAML_TEMPLATE))
def test_mutated_yaml(text: str) -> None:
    result = scanned("template.yaml", text)
    try:
        data = yaml.load(text, Loader=_AnyTag)
    except (yaml.YAMLError, ValueError, TypeError):
        if "Resources" in text and "Bedrock" in text and "AWS::" in text:
            assert says_something(result)
        return
    if declares(data):
        assert says_something(result)


@given(mutated(JSON_TEMPLATE))
def test_mutated_json(text: str) -> None:
    result = scanned("template.json", text)
    try:
        data = json.loads(text)
    except ValueError:
        if "Resources" in text and "Bedrock" in text and "AWS::" in text:
            assert says_something(result)
        return
    if declares(data):
        assert says_something(result)


@given(st.data())
def test_mutated_plans(data: st.DataObject) -> None:
    text = data.draw(mutated(PLAN.read_text(encoding="utf-8")))
    result = scanned("plan.json", text)
    if not text.strip() or text.lstrip().startswith("{"):
        assert says_something(result)


@given(st.binary(max_size=300), st.sampled_from(["a.tf", "a.tf.json", "a.yaml", "a.json", "a.tfvars"]))
def test_any_bytes_behind_a_mark(content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder, bounded(30):
        path = Path(folder, name)
        path.write_bytes(b'"bedrock" "Resources" "AWS::" "terraform_version" ' + content)
        result = scan([path])
    assert not [each for each in result.findings if "by a fault of" in each.finding.message]


def test_the_interpreter_is_not_brought_down(tmp_path: Path) -> None:
    """By nesting in every dialect at once: a crash would take the other files' findings with it."""
    write(
        tmp_path,
        {
            "a.tf": NO_KEY + "locals { x = " + "{a=" * DEEP,
            "b.tf.json": '{"resource":{"aws_bedrockagent_agent":' * DEEP,
            "c/c.yaml": TEMPLATE + "X: " + "{a: " * DEEP,
            "d/d.json": '{"Resources":{"A":{"Type":"AWS::Bedrock::Agent","Properties":' + '{"a":' * DEEP,
            "e/e.tf": NO_KEY,
        },
    )
    done = as_json(".", cwd=tmp_path)
    assert "aws_bedrockagent_agent.this" in done.verdicts()
    assert {f["file"] for f in done.json["findings"]} >= {
        "a.tf",
        "b.tf.json",
        "c/c.yaml",
        "d/d.json",
        "e/e.tf",
    }
    assert sys.getrecursionlimit() == 1000
