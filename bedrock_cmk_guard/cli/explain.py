"""``bedrock-cmk-guard explain``: what a control judges, why, and how to mend what it finds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import GuardError

if TYPE_CHECKING:
    from bedrock_cmk_guard.controls import Control


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "explain",
        help="say what a control judges, why, and how to mend what it finds",
        description="Print a control's page: what it judges, why it matters, what to write instead, and which "
        "requirements of which frameworks it is evidence for.",
    )
    parser.add_argument("controls", nargs="+", metavar="ID", help="a control's id, such as BCG_CMK_001")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the pages."""
    from bedrock_cmk_guard.controls import CONTROLS, LIVE_CONTROLS

    by_id = {control.id: control for control in (*CONTROLS, *LIVE_CONTROLS)}
    pages = []
    for name in args.controls:
        control = by_id.get(name.upper())
        if control is None:
            raise GuardError(f"{name}: there is no such control; there are {', '.join(by_id)}")
        pages.append("\n".join(_page(control)) + "\n")
    sys.stdout.write("\n".join(pages))
    return 0


def _page(control: Control) -> Iterator[str]:
    from bedrock_cmk_guard.reports.terminal import wrapped

    yield from wrapped(f"{control.id}: {control.title}", "", "  ")
    noted = "; only noted, it fails nothing" if control.note else ""
    yield f"severity {control.severity}, about a {control.kind}{noted}"
    if control.rationale:
        yield ""
        yield from wrapped(control.rationale, "")
    yield ""
    yield from wrapped(f"Fix: {control.remediation}", "", "     ")
    for language, line in (
        ("Terraform", control.fixes.terraform),
        ("CloudFormation", control.fixes.cloudformation),
    ):
        if line:
            yield f"  {language}:"
            yield from (f"    {each}" for each in line.splitlines())
    if control.frameworks:
        yield ""
        yield "Evidence for:"
        yield from (f"  {each}: {each.title}" for each in control.frameworks)
    if control.references:
        yield ""
        yield "See:"
        yield from (f"  {each}" for each in control.references)
