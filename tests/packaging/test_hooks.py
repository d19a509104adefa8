"""The hooks, as a repository of somebody else meets them: cloned from here, by pre-commit and by prek."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
NOT_PUBLISHED = ("tests/", "generated/", "docs/", "benchmarks/")
BAD = 'resource "aws_bedrockagent_agent" "bare" {\n  agent_name = "bare"\n}\n'
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
GOOD = BAD.replace("}\n", f'  customer_encryption_key_arn = "{KEY}"\n}}\n')

pytestmark = [pytest.mark.index, pytest.mark.usefixtures("index")]


class Repository:
    """A repository that uses the hooks, with a git identity and a cache of the test's own."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        identity = {
            f"GIT_{who}_{what}": "test@example.com"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        places = {"PRE_COMMIT_HOME": str(cache / "pre-commit"), "PREK_HOME": str(cache / "prek")}
        self._env = env | identity | places | {"GIT_CONFIG_GLOBAL": os.devnull, "NO_COLOR": "1"}
        folder.mkdir(exist_ok=True)
        self.run("git", "init", "--quiet")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self._env, capture_output=True, text=True, check=False, timeout=900
        )

    def commit(self) -> str:
        self.run("git", "add", "--all")
        done = self.run("git", "commit", "--quiet", "--no-verify", "--message", "all")
        assert done.returncode == 0, done.stdout + done.stderr
        return self.run("git", "rev-parse", "HEAD").stdout.strip()

    def uses(self, published: Repository, revision: str, *hooks: str) -> None:
        config = {
            "repos": [
                {"repo": str(published.folder), "rev": revision, "hooks": [{"id": hook} for hook in hooks]}
            ]
        }
        self.write(".pre-commit-config.yaml", yaml.safe_dump(config))

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.run("git", "add", "--all")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def published(
    tmp_path_factory: pytest.TempPathFactory, cache: Path, tracked: frozenset[str]
) -> tuple[Repository, str]:
    repository = Repository(tmp_path_factory.mktemp("published"), cache)
    for name in tracked:
        if not name.startswith(NOT_PUBLISHED):
            (repository.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, repository.folder / name)
    return repository, repository.commit()


@pytest.fixture
def user(tmp_path: Path, cache: Path) -> Repository:
    return Repository(tmp_path / "user", cache)


@pytest.fixture(params=["pre-commit", "prek"])
def program(request: pytest.FixtureRequest) -> Sequence[str]:
    """How hooks are run."""
    if request.param == "pre-commit":
        pytest.importorskip("pre_commit")
        return (sys.executable, "-m", "pre_commit")
    found = shutil.which("prek") or shutil.which("prek", path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip("prek is not installed: the hooks are tried with pre-commit only")
    return (found,)


def test_a_commit_with_a_bare_agent_is_refused(
    published: tuple[Repository, str], user: Repository, program: Sequence[str]
) -> None:
    repository, revision = published
    user.uses(repository, revision, "bedrock-cmk-guard", "bedrock-cmk-guard-validate")
    user.write("main.tf", BAD)
    user.write("other.yaml", "a: 1\n")
    refused = user.run(*program, "run")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "BCG_CMK_001" in refused.stdout
    assert "main.tf:1" in refused.stdout
    user.write("main.tf", GOOD)
    passed = user.run(*program, "run")
    assert passed.returncode == 0, passed.stdout + passed.stderr


def test_values_that_take_the_key_away_are_refused(
    published: tuple[Repository, str], user: Repository, program: Sequence[str]
) -> None:
    """Only the file of values changes; the module it belongs to is judged."""
    repository, revision = published
    user.uses(repository, revision, "bedrock-cmk-guard")
    user.write(
        "main.tf",
        GOOD.replace(f'"{KEY}"', "var.key_arn") + f'variable "key_arn" {{\n  default = "{KEY}"\n}}\n',
    )
    user.commit()
    user.write("terraform.tfvars", "key_arn = null\n")
    refused = user.run(*program, "run")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "BCG_CMK_001" in refused.stdout


def test_the_whole_repository_is_judged_whatever_changes(
    published: tuple[Repository, str], user: Repository, program: Sequence[str]
) -> None:
    repository, revision = published
    user.uses(repository, revision, "bedrock-cmk-guard-repository")
    user.write("deep/down/main.tf", BAD)
    user.commit()
    user.write("README.md", "changed\n")
    refused = user.run(*program, "run")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "deep/down/main.tf" in refused.stdout


@pytest.mark.skipif("CI" not in os.environ, reason="installs Checkov for a minute: CI sets CI=1 and tries it")
def test_checkov_runs_the_controls(published: tuple[Repository, str], user: Repository) -> None:
    repository, revision = published
    user.uses(repository, revision, "bedrock-cmk-guard-checkov")
    user.write("main.tf", BAD)
    refused = user.run(sys.executable, "-m", "pre_commit", "run")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "BCG_CMK_001" in refused.stdout
    user.write("main.tf", GOOD)
    passed = user.run(sys.executable, "-m", "pre_commit", "run")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    user.write("broken.tf", "resource {\n")
    broken = user.run(sys.executable, "-m", "pre_commit", "run")
    assert broken.returncode == 1, broken.stdout + broken.stderr


def test_requirements_that_cannot_be_acted_on_are_refused(
    published: tuple[Repository, str], user: Repository, program: Sequence[str]
) -> None:
    repository, revision = published
    user.uses(repository, revision, "bedrock-cmk-guard-validate")
    user.write("cmk-guard.yaml", "version: 1\n")
    refused = user.run(*program, "run")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "organization: is missing" in refused.stdout
    user.write("cmk-guard.yaml", (ROOT / "examples" / "cmk-guard.yaml").read_text(encoding="utf-8"))
    passed = user.run(*program, "run")
    assert passed.returncode == 0, passed.stdout + passed.stderr
