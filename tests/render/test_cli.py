"""The command line as a user meets it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from bedrock_cmk_guard.cli import COMMANDS, build_parser, main

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "cmk-guard.yaml"
ROLE = "terraform/workloads/hr-assistant/iam_role-hr-assistant-agent.tf"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("rendered")
    assert main(["render", str(EXAMPLE), "--out", str(out), "--quiet"]) == 0
    return out


@pytest.fixture
def out(rendered: Path, tmp_path: Path) -> Path:
    """A copy of the rendered example, to change."""
    import shutil

    return Path(shutil.copytree(rendered, tmp_path / "out"))


def guard(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bedrock_cmk_guard", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_readme_shows_what_is_printed(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (EXAMPLE.parents[1] / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("```text\nPolicies\n")[2].partition("```")[0]
    lines = [line.removesuffix(" …") for line in shown.splitlines() if line != "…"]

    assert main(["render", str(EXAMPLE), "--out", str(out)]) == 0

    printed = capsys.readouterr().out
    assert len(lines) > 5
    assert [line for line in lines if line not in printed] == []


def test_version_is_that_of_the_package() -> None:
    found = guard("--version")
    assert (found.returncode, found.stdout) == (0, f"bedrock-cmk-guard {version('bedrock-cmk-guard')}\n")


def test_nothing_heavy_is_imported_for_the_version() -> None:
    code = (
        "import sys, bedrock_cmk_guard.cli as cli\n"
        "try:\n cli.main(['--version'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'pydantic', 'jinja2', 'yaml', 'rich'} & sys.modules.keys()))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "[]"


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    listed = capsys.readouterr().out
    for name in COMMANDS:
        assert name in listed
        with pytest.raises(SystemExit) as caught:
            main([name, "--help"])
        assert caught.value.code == 0
        assert f"bedrock-cmk-guard {name}" in capsys.readouterr().out


def test_help_for_a_command_is_the_same_in_the_list() -> None:
    (complete,) = (action for action in build_parser()._actions if hasattr(action, "_choices_actions"))
    assert {each.dest: each.help for each in complete._choices_actions} == {
        name: command.help for name, command in COMMANDS.items()
    }


@pytest.mark.parametrize(
    "arguments", [[], ["nope"], ["render"], ["render", "x"], ["render", "x", "--out", "y", "--format", "z"]]
)
def test_bad_arguments_are_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "bedrock-cmk-guard" in capsys.readouterr().err


def test_summary_fits_a_terminal_and_has_the_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", str(EXAMPLE), "--out", str(tmp_path / "out")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "files written" in lines[0]
    assert all(len(line) <= 80 for line in lines[1:])
    assert any(line.split()[1:2] == ["SCP"] and "10,240" in line for line in lines)
    assert any(line.startswith("ai-workloads") for line in lines)


def test_quiet_is_quiet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for option in ([], ["--check"], ["--diff"]):
        assert main(["render", str(EXAMPLE), "--out", str(tmp_path / "out"), "--quiet", *option]) == 0
    assert capsys.readouterr().out == ""


def test_check_of_a_current_folder(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", str(EXAMPLE), "--out", str(out), "--check"]) == 0
    assert "is what" in capsys.readouterr().out


def test_check_shows_what_differs_and_the_command(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (out / ROLE).write_text("edited\n")
    assert main(["render", str(EXAMPLE), "--out", str(out), "--check"]) == 1
    printed = capsys.readouterr().out
    assert "-edited\n" in printed
    command = ["bedrock-cmk-guard", "render", str(EXAMPLE), "--out", str(out)]
    assert printed.endswith(f"  {shlex.join(command)}\n")
    assert (out / ROLE).read_text() == "edited\n"


def test_the_command_keeps_the_arguments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a b"
    arguments = ["--format", "json", "terraform", "--only", "organization"]
    assert main(["render", str(EXAMPLE), "--out", str(out), "--check", *arguments]) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith(f"--out '{out}' --format json --format terraform --only organization")


def test_diff_writes_nothing_and_is_no_failure(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (out / ROLE).unlink()
    assert main(["render", str(EXAMPLE), "--out", str(out), "--diff"]) == 0
    assert f"+++ b/{ROLE}" in capsys.readouterr().out
    assert not (out / ROLE).exists()


def test_an_edited_file_is_status_2_and_one_line_names_it(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (out / ROLE).write_text("edited\n")
    assert main(["render", str(EXAMPLE), "--out", str(out)]) == 2
    assert f"{ROLE} was edited since it was written" in capsys.readouterr().err
    assert main(["render", str(EXAMPLE), "--out", str(out), "--force", "--quiet"]) == 0
    assert (out / ROLE).read_text() != "edited\n"


@pytest.mark.parametrize("format_", ["terraform", "cloudformation", "json", "document", "scan"])
def test_one_format_alone(tmp_path: Path, format_: str) -> None:
    assert main(["render", str(EXAMPLE), "--out", str(tmp_path), "--format", format_, "--quiet"]) == 0
    folder = {"document": "policy"}.get(format_, format_)
    assert {path.name for path in tmp_path.iterdir()} == {folder, "manifest.json"}


def test_requirements_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", str(tmp_path / "none.yaml"), "--out", str(tmp_path / "out")]) == 2
    assert "none.yaml" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_every_problem_has_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(EXAMPLE.read_text().replace("version: 1", "version: 7").replace("o-exampleorg1", "nope"))
    assert main(["render", str(bad), "--out", str(tmp_path / "out")]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"{bad}:") for line in lines)


def test_a_fault_of_ours_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("bedrock_cmk_guard.requirements.load_requirements", broken)
    monkeypatch.delenv("BEDROCK_CMK_GUARD_DEBUG", raising=False)
    assert main(["render", "x", "--out", "y"]) == 2
    printed = capsys.readouterr().err
    assert "this is a fault of bedrock-cmk-guard" in printed
    assert "ZeroDivisionError: oops" in printed
    assert "Traceback" not in printed
    monkeypatch.setenv("BEDROCK_CMK_GUARD_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["render", "x", "--out", "y"])


def test_interrupted_is_status_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bedrock_cmk_guard.requirements.load_requirements", interrupted)
    assert main(["render", "x", "--out", "y"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_a_reader_that_goes_away_is_no_complaint(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bedrock_cmk_guard", "schema"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_an_encoding_without_the_characters_is_no_failure(tmp_path: Path) -> None:
    found = guard(
        "render", str(EXAMPLE), "--out", str(tmp_path / "ö"), PYTHONIOENCODING="ascii", PYTHONUTF8="0"
    )
    assert found.returncode == 0, found.stderr


def test_colour_and_rules_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from bedrock_cmk_guard.cli.summary import show
    from bedrock_cmk_guard.reports.table import Table

    tables = [Table("Policies", ("policy", "type", "size"), (("[bold]x[/bold]", "SCP", "1"),))]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    show(tables)
    printed = capsys.readouterr().out
    # What looks like markup in a name is no markup.
    assert "[bold]x[/bold]" in printed
    assert "─" in printed
