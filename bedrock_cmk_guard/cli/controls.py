"""``bedrock-cmk-guard controls``: lists every control."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bedrock_cmk_guard.controls import Control

_FORMATS = ("text", "json", "markdown")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "controls",
        help="list what scan and audit judge",
        description="List every control: its id, how bad it is when it fails, and what it judges.",
    )
    parser.add_argument("--format", choices=_FORMATS, default="text", help="how to write it (default: text)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the list."""
    from bedrock_cmk_guard.controls import CONTROLS, LIVE_CONTROLS

    write = {"text": _text, "json": _json, "markdown": _markdown}[args.format]
    sys.stdout.write(write((*CONTROLS, *LIVE_CONTROLS)))
    return 0


def _text(controls: tuple[Control, ...]) -> str:
    from bedrock_cmk_guard.reports.terminal import wrapped

    lines = []
    for each in controls:
        lines += wrapped(f"{each.id:<13} {each.severity:<7} {each.title}", "", " " * 22)
    return "\n".join(lines) + "\n"


def _json(controls: tuple[Control, ...]) -> str:
    import json

    found = [
        {
            "id": each.id,
            "title": each.title,
            "severity": each.severity.value,
            "kind": each.kind.value,
            "note": each.note,
            "rationale": each.rationale,
            "remediation": each.remediation,
            "fixes": {"terraform": each.fixes.terraform, "cloudformation": each.fixes.cloudformation},
            "frameworks": [
                {"framework": one.framework, "id": one.id, "title": one.title, "url": one.url}
                for one in each.frameworks
            ],
            "references": list(each.references),
        }
        for each in controls
    ]
    return json.dumps({"schema_version": 1, "controls": found}, indent=2, ensure_ascii=False) + "\n"


def _markdown(controls: tuple[Control, ...]) -> str:
    lines = [
        "| Control | Severity | About | What it judges | Frameworks |",
        "| --- | --- | --- | --- | --- |",
    ]
    for each in controls:
        frameworks = "; ".join(map(str, each.frameworks))
        cells = (each.id, each.severity, each.kind, each.title, frameworks)
        lines.append(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"
