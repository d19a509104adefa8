"""The public interface: what is exported, what it costs to import, and what a type checker sees of it."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import bedrock_cmk_guard
from tests.typing.library import main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "cmk-guard.yaml"

# Each line is a mistake, with the code under which mypy finds it.
MISTAKES = """\
from bedrock_cmk_guard import Format, PolicyDocument, Requirements, build, load_requirements, render, write
requirements = load_requirements("cmk-guard.yaml")
build("cmk-guard.yaml")  # arg-type
render(requirements)  # arg-type
render(build(requirements), [7])  # list-item
write(build(requirements), "policies")  # arg-type
requirements.workload  # attr-defined
requirements.version = 2  # misc
Requirements(versoin=1)  # call-arg
PolicyDocument("scp", ()).statements.append  # attr-defined
Format.PULUMI  # attr-defined
"""


def test_everything_exported_is_there_once_and_sorted() -> None:
    names = bedrock_cmk_guard.__all__
    assert len(set(names)) == len(names)
    assert set(names) <= set(dir(bedrock_cmk_guard))
    for name in names:
        assert getattr(bedrock_cmk_guard, name) is not None, name


@pytest.mark.parametrize("name", ["render", "written_policy"])
def test_a_module_below_does_not_hide_the_function_of_its_name(name: str) -> None:
    """Whoever imports from the module first, in whatever order, the package's name is the function."""
    code = f"""
import bedrock_cmk_guard.{name}
from bedrock_cmk_guard.{name} import {name} as below
from bedrock_cmk_guard import {name}
import bedrock_cmk_guard as package
assert {name} is below is package.{name}, {name}
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        bedrock_cmk_guard.no_such_name  # noqa: B018
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("bedrock_cmk_guard.no_such_name")


def test_importing_the_package_imports_nothing_heavy() -> None:
    """A pre-commit hook and a shell completion start it again and again."""
    code = "import sys, bedrock_cmk_guard; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pydantic", "yaml", "jinja2", "rich"} & set(done.stdout.split())


def test_the_example_program_renders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "policies"
    assert main(EXAMPLE, out) == 0
    first = capsys.readouterr().out
    assert "alias/agents/hr-assistant in eu-central-1, for hr-assistant" in first
    assert list(out.rglob("*.tf"))
    assert not list(out.rglob("*.yaml"))
    assert main(EXAMPLE, out) == 0
    assert capsys.readouterr().out.startswith("0 files are to change\n0 files written\n")


def test_the_example_program_reports_mistakes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "cmk-guard.yaml"
    wrong.write_text(
        EXAMPLE.read_text(encoding="utf-8").replace("version: 1", "version: 7"), encoding="utf-8"
    )
    assert main(wrong, tmp_path / "policies") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"{wrong}:")
    assert not (tmp_path / "policies").exists()


def test_a_type_checker_finds_mistakes_of_a_user(tmp_path: Path) -> None:
    """Outside the checkout, so this is what the installed package's `py.typed` gives."""
    (tmp_path / "program.py").write_text(MISTAKES, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text("[mypy]\nplugins = pydantic.mypy\n", encoding="utf-8")
    checker = os.environ.get("TYPE_CHECKER_PYTHON", sys.executable)
    options = ["--python-executable", sys.executable, "--no-error-summary", "--no-pretty"]
    command = [checker, "-m", "mypy", *options, "program.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    found = {(line.split(":")[1], line.rpartition("[")[2].rstrip("]")) for line in done.stdout.splitlines()}
    expected = {
        (str(number), line.partition("  # ")[2])
        for number, line in enumerate(MISTAKES.splitlines(), start=1)
        if "  # " in line
    }
    assert expected <= found, done.stdout + done.stderr
    assert {line for line, _ in found} == {line for line, _ in expected}, done.stdout
