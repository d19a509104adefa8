"""What is published holds what git holds, and works where nothing else is installed."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import venv
import zipfile
from email.parser import BytesParser
from pathlib import Path

import pytest

NOT_IN_SDIST = (".ci/", ".editorconfig")


def assert_holds(names: set[str], expected: set[str]) -> None:
    """Nothing is in a distribution that git does not track, and nothing is missing from it."""
    assert (sorted(names - expected), sorted(expected - names)) == ([], []), (
        "(stray or not added to git, missing)"
    )


def test_wheel_holds_the_tracked_files_and_no_others(dist: Path, tracked: frozenset[str]) -> None:
    (wheel,) = dist.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    package = {name for name in tracked if name.startswith("bedrock_cmk_guard/")}
    data = {
        f"bedrock_cmk_guard/_data/{name}" for name in tracked if name.startswith(("templates/", "checks/"))
    }
    assert_holds(names, package | data)


def test_sdist_holds_the_tracked_files_and_no_others(dist: Path, tracked: frozenset[str]) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    expected = {name for name in tracked if not name.startswith(NOT_IN_SDIST)}
    assert_holds(names - {"PKG-INFO"}, expected)


def test_metadata_names_licence_and_readme(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = BytesParser().parsebytes(archive.read(name))
        assert any(name.endswith(".dist-info/licenses/LICENSE") for name in archive.namelist())
        assert "bedrock_cmk_guard/py.typed" in archive.namelist()
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    declared = metadata.get_all("Requires-Dist", [])
    core = {line.split(">")[0].lower() for line in declared if "extra ==" not in line}
    assert core == {
        "jinja2",
        "markdown-it-py",
        "pydantic",
        "pathspec",
        "pyyaml",
        "rich",
        "tree-sitter",
        "tree-sitter-hcl",
    }


@pytest.mark.index
@pytest.mark.usefixtures("index")
def test_wheel_works_in_a_clean_environment(dist: Path, tmp_path: Path) -> None:
    """With nothing but what pip brings for it: the version, a starting file, policies rendered from that."""
    (wheel,) = dist.glob("*.whl")
    home = tmp_path / "clean environment"
    venv.create(home, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python")]
    subprocess.run([*pip, "install", "--quiet", str(wheel)], check=True, capture_output=True)

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    guard = str(home / "bin" / "bedrock-cmk-guard")
    assert run(guard, "--version").split()[-1] == wheel.name.split("-")[1]
    assert run(str(home / "bin" / "python"), "-m", "bedrock_cmk_guard", "--version") == run(
        guard, "--version"
    )
    run(guard, "init")
    run(guard, "render", "cmk-guard.yaml", "--out", "policies")
    run(guard, "render", "cmk-guard.yaml", "--out", "policies", "--check")
    assert any((tmp_path / "policies").rglob("*.tf"))
