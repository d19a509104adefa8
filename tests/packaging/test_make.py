"""What `make` says on a machine that cannot run it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder whose name has a space in it, with the Makefile and what it depends on."""
    if shutil.which("make") is None or not (ROOT / "Makefile").exists():
        pytest.skip("needs make and the sources")
    folder = tmp_path / "a checkout"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy2(ROOT / name, folder)
    return folder


def make(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=checkout, capture_output=True, text=True, check=False)


def test_no_python(checkout: Path) -> None:
    done = make(checkout, "PYTHON=no-such-python")
    assert done.returncode == 2
    assert "no program 'no-such-python': install Python 3.11 or newer" in done.stderr


@pytest.mark.parametrize("target", ["example", "test"])
def test_old_python(checkout: Path, target: str) -> None:
    """An interpreter that is too old is named, with what it is and what is needed; no environment is left behind."""
    old = checkout / "old python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && { echo "Python 3.9.1"; exit 0; }\nexit 1\n')
    old.chmod(0o755)
    done = make(checkout, target, f"PYTHON={old}")
    assert done.returncode == 2
    assert f"'{old}' is Python 3.9.1, and bedrock-cmk-guard needs Python 3.11 or newer" in done.stderr
    assert not (checkout / ".venv").exists()


def test_interrupted_installation_is_taken_up_again(checkout: Path) -> None:
    """Where pip fails, no stamp says that it did not."""
    python = checkout / "python"
    python.write_text(
        '#!/bin/sh\n[ "$2" = venv ] && mkdir -p .venv/bin && cp "$0" .venv/bin/python\n[ "$2" != pip ]\n'
    )
    python.chmod(0o755)
    for _ in range(2):
        done = make(checkout, f"PYTHON={python}")
        assert done.returncode == 2
        assert "Installing bedrock-cmk-guard" in done.stdout
        assert not (checkout / ".venv" / ".installed").exists()
