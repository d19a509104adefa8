"""``bedrock-cmk-guard diff-access``: who gains and who loses what when policies change."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

_GAINED = 1


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "diff-access",
        help="say who gains and who loses what when policies change",
        description="Compare what two sets of policies allow, for all requests: each a folder that render wrote (with "
        "its JSON documents) or a requirements file. Who can do something that was refused gains, who is refused what "
        "was allowed loses. The exit status is 1 if anybody gains anything, or if it cannot be decided.",
    )
    for name, which in (("old", "before"), ("new", "after")):
        parser.add_argument(
            name,
            type=Path,
            metavar=name.upper(),
            help=f"the set {which}: a rendered folder or a requirements file",
        )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to write it (default: text)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Compare, and write what changes."""
    from bedrock_cmk_guard.diff_access import as_json, as_text, diff_access
    from bedrock_cmk_guard.rendered_set import load_set

    diff = diff_access(load_set(args.old), load_set(args.new))
    sys.stdout.write(as_json(diff) if args.format == "json" else as_text(diff))
    return 0 if diff.nobody_gains else _GAINED
