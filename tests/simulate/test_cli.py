"""``bedrock-cmk-guard simulate`` as people start it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.simulate.test_simulate import case

COMMAND = [sys.executable, "-m", "bedrock_cmk_guard", "simulate"]


def run(*arguments: str, given: str | bytes = b"") -> subprocess.CompletedProcess[bytes]:
    text = given.encode() if isinstance(given, str) else given
    return subprocess.run([*COMMAND, *arguments], input=text, capture_output=True, check=False, timeout=60)


def lines(*cases: object) -> str:
    return "".join(f"{json.dumps(each)}\n" for each in cases)


def test_cases_from_a_file_and_from_a_pipe(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    text = lines(case(name="a"), case(name="b", identity=[]))
    file.write_text(text, encoding="utf-8")

    from_file, from_pipe, by_default = run(str(file)), run("-", given=text), run(given=text)

    assert from_file.returncode == 0
    assert from_file.stderr == b""
    answers = [json.loads(line) for line in from_file.stdout.splitlines()]
    assert [(each["name"], each["decision"]) for each in answers] == [
        ("a", "allowed"),
        ("b", "implicit_deny"),
    ]
    assert from_file.stdout == from_pipe.stdout == by_default.stdout


def test_a_bad_line_is_told_of_and_the_others_are_decided(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_bytes(
        lines(case(name="a")).encode() + b"\n\xff\xfe\n" + lines({"name": "c"}, case(name="d")).encode()
    )

    done = run(str(file))

    assert done.returncode == 2
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["name"], each.get("decision")) for each in answers] == [
        ("a", "allowed"),
        (None, None),
        ("c", None),
        ("d", "allowed"),
    ]
    assert done.stderr.decode().splitlines() == [
        f"{file}, line 3: not UTF-8",
        f"{file}, line 4: request: is missing",
    ]


def test_a_file_that_is_not_there_is_one_line() -> None:
    done = run("no-such.jsonl")

    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.decode() == "no-such.jsonl: cannot be read: No such file or directory\n"


def test_keys_that_aws_does_not_have_can_be_judged_as_aws_does() -> None:
    asked = lines(case({"context": {"kms:Invented": "x"}}))

    assert run(given=asked).returncode == 2
    assert run("--unknown-keys", "absent", given=asked).returncode == 0


def test_an_answer_does_not_wait_for_the_next_case() -> None:
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    for name in ("a", "b"):
        process.stdin.write(lines(case(name=name)))
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["name"] == name
    process.stdin.close()
    assert process.wait(timeout=60) == 0
    process.stdout.close()


def test_memory_does_not_grow_with_the_cases() -> None:
    """Ten times the cases, all with texts of their own, in about the same memory."""

    def peak(count: int) -> int:
        program = (
            "import resource, sys, runpy\n"
            "sys.argv = ['bedrock-cmk-guard', 'simulate']\n"
            "from bedrock_cmk_guard.cli import main\n"
            "status = main()\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
            "sys.exit(status)\n"
        )
        text = lines(*(case(name="x" * 2000 + str(number)) for number in range(count)))
        done = subprocess.run(
            [sys.executable, "-c", program], input=text.encode(), capture_output=True, check=True, timeout=120
        )
        assert len(done.stdout.splitlines()) == count
        return int(done.stderr)

    assert peak(6_000) < 1.25 * peak(600)
