"""The pre-commit hook, as a repository that uses it meets it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOOKS = ROOT / ".pre-commit-hooks.yaml"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a program with a git identity and a pre-commit cache that are the test's own."""
    if not HOOKS.exists():
        pytest.skip("needs the sources: this is a run against the installed wheel")
    pytest.importorskip("pre_commit")
    if shutil.which("git") is None:
        pytest.skip("needs git")
    identity = {
        f"GIT_{who}_{what}": "test@example.com"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    scratch = tmp_path_factory.mktemp("pre-commit")
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env |= identity | {"PRE_COMMIT_HOME": str(scratch), "GIT_CONFIG_GLOBAL": os.devnull, "NO_COLOR": "1"}

    def call(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)

    return call


def test_manifest_is_valid(run: Run) -> None:
    done = run(sys.executable, "-m", "pre_commit", "validate-manifest", HOOKS, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.thorough
@pytest.mark.index
@pytest.mark.usefixtures("index")
def test_hook_passes_current_files_and_fails_on_drift(
    run: Run, tmp_path: Path, tracked: frozenset[str]
) -> None:
    """The hook is installed from a copy of this checkout, in a repository of somebody else."""
    published = tmp_path / "published"
    for name in tracked:
        if not name.startswith(("tests/", "generated/", "docs/")):
            (published / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, published / name)
    user = tmp_path / "user"
    user.mkdir()
    shutil.copy2(ROOT / "examples" / "cmk-guard.yaml", user)
    guard = (sys.executable, "-m", "bedrock_cmk_guard")
    assert run(*guard, "render", "cmk-guard.yaml", "--out", "policies", cwd=user).returncode == 0
    for repository in (published, user):
        run("git", "init", "--quiet", cwd=repository)
        run("git", "add", "--all", cwd=repository)
        assert run("git", "commit", "--quiet", "--message", "first", cwd=repository).returncode == 0

    hook: tuple[str | Path, ...] = (
        sys.executable,
        "-m",
        "pre_commit",
        "try-repo",
        published,
        "bedrock-cmk-guard-render-check",
        "--all-files",
    )
    current = run(*hook, cwd=user)
    assert current.returncode == 0, current.stdout + current.stderr

    policy = next((user / "policies").rglob("*.tf"))
    policy.write_text(policy.read_text(encoding="utf-8") + "# by hand\n", encoding="utf-8")
    drifted = run(*hook, cwd=user)
    assert drifted.returncode == 1
    assert policy.name in drifted.stdout
    assert policy.read_text(encoding="utf-8").endswith("# by hand\n")
