"""The page's example is what the command says."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bedrock_cmk_guard import simulate

PAGE = Path(__file__).resolve().parents[2] / "docs" / "simulate.md"


def test_the_example_gives_what_the_page_shows() -> None:
    asked, told = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)

    assert list(simulate([" ".join(asked.splitlines())])) == [json.loads(told)]
