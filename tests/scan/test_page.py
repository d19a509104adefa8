"""The page on scanning shows what a scan prints, and programs that run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scan.running import NO_KEY, TEMPLATE, run, write

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "scan.md"
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the pages are not here")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_page_shows_what_is_printed() -> None:
    (shown,) = [each for each in blocks("text") if "BCG_CMK_001" in each]
    assert shown in run("examples/scan/failing", cwd=ROOT).out


@pytest.mark.parametrize("program", blocks("python") if PAGE.exists() else [])
def test_programs_on_the_page_run(program: str, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "infrastructure/a.tf": NO_KEY,
            "stacks/t.yaml": TEMPLATE,
            "plan.json": '{"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": []}',
            "cmk-guard.yaml": (ROOT / "examples" / "cmk-guard.yaml").read_text(encoding="utf-8"),
        },
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert "aws_bedrockagent_agent.this" in done.stdout or "BCG_CMK_001" in done.stdout
