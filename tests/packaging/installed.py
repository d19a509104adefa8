"""Run the tests against the wheel as it will be published, where the sources cannot be seen.

    python tests/packaging/installed.py [PYTEST ARGUMENT …]

Builds the sdist, the wheel from it, and an environment that holds the wheel with the *lowest* versions of
its dependencies that pyproject.toml allows. What only the tests need is borrowed from the environment this
runs in: its site-packages come last on the path, and their .pth files (the editable installation among them)
are not read. Tests, examples and rendered files are copied to a folder without package and templates. Tests
marked `thorough` are left out unless asked for: what they compute does not depend on where the package lies.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    "tests",
    "examples",
    "generated",
    "docs",
    "benchmarks",
    "pyproject.toml",
    "README.md",
    "CHANGELOG.md",
)


def build(out: Path) -> Path:
    """Build the sdist and, from it, the wheel; return the wheel."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = out.glob("*.whl")
    return wheel


def lowest_versions() -> list[str]:
    """The package's dependencies, each pinned to the lowest version that pyproject.toml allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [requirement.replace(">=", "==") for requirement in project["dependencies"]]


def environment(folder: Path, wheel: Path) -> Path:
    """Make an environment with the wheel in it, and borrow the rest; return its interpreter."""
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    subprocess.run([*pip, str(wheel), *lowest_versions()], check=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    borrowed = dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    (site / "borrowed.pth").write_text("\n".join(borrowed), encoding="utf-8")
    return python


def copy_tests(folder: Path) -> None:
    """Copy what the tests need, and nothing that they could import the package from."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            # Symbolic links in node_modules/.bin point inside it, so they are kept as links.
            ignored = shutil.ignore_patterns("__pycache__", ".terraform")
            shutil.copytree(source, folder / name, symlinks=True, ignore=ignored)
        elif source.exists():
            shutil.copy2(source, folder / name)


def main(arguments: list[str]) -> int:
    """Build, install, copy, test; the exit status is pytest's."""
    with tempfile.TemporaryDirectory(prefix="installed wheel ") as scratch:
        wheel = build(Path(scratch, "dist"))
        python = environment(Path(scratch, "venv"), wheel)
        away = Path(scratch, "away")
        away.mkdir()
        copy_tests(away)
        env = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
        env.pop("PYTHONPATH", None)
        # A type checker shares dependencies with the package, and their lowest versions may be too old for it.
        env["TYPE_CHECKER_PYTHON"] = sys.executable
        where = "import bedrock_cmk_guard as package; print(package.__file__)"
        found = subprocess.run(
            [python, "-c", where], cwd=away, env=env, check=True, capture_output=True, text=True
        )
        if not found.stdout.startswith(str(python.parent.parent)):
            print(f"the package was found outside the new environment: {found.stdout}", file=sys.stderr)
            return 2
        print(f"Testing {wheel.name} with {', '.join(lowest_versions())}", flush=True)
        return subprocess.run([python, "-m", "pytest", *arguments], cwd=away, env=env, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(
        main(sys.argv[1:] or ["-n", "auto", "--maxprocesses=4", "--dist=loadfile", "-m", "not thorough"])
    )
