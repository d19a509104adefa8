"""The program that writes the reference pages: it notices drift, and checking writes nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("cli.md", "lint.md", "requirements.md", "surfaces.md", "policies/README.md", "controls/README.md")


def build(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "docs" / "build.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.md")}


@pytest.mark.thorough
def test_drift_is_shown_and_nothing_is_written(tmp_path: Path) -> None:
    done = build("--out", tmp_path)
    assert done.returncode == 0, done.stderr
    original = contents(tmp_path)
    for page in PAGES:
        (tmp_path / page).write_text("by hand\n", encoding="utf-8")
    stale = tmp_path / "policies" / "of-old.md"
    stale.write_text("# A policy that is no more\n", encoding="utf-8")
    before = contents(tmp_path)

    done = build("--out", tmp_path, "--check")

    assert done.returncode == 1
    assert contents(tmp_path) == before
    assert "make generated" in done.stderr
    for page in PAGES:
        assert f"--- docs/{page} (is)" in done.stdout
    assert done.stdout.count("-by hand") == len(PAGES)
    assert "-# A policy that is no more" in done.stdout
    assert build("--out", tmp_path).returncode == 0
    assert contents(tmp_path) == original
