"""``bedrock-cmk-guard prove``: proves for all requests what the policies are meant to make true, or refutes it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

_REFUTED = 1


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "prove",
        help="prove for all requests what the policies are meant to make true",
        description="Prove for all requests what the policies that a requirements file asks for are meant to make "
        "true: who can decrypt, destroy, create, assume, and that nobody is locked out. A claim that is false is shown "
        "with a request that refutes it. The exit status is 1 if a claim that the requirements mean to hold is refuted "
        "or cannot be decided; claims of layers that are off are reported as false, and do not count.",
    )
    parser.add_argument("requirements", type=Path, metavar="REQUIREMENTS", help="the requirements file")
    parser.add_argument(
        "--claim",
        action="append",
        default=[],
        metavar="CLAIM",
        help="only this claim: its id, a pattern of ids such as 'decrypt/*', or words of its sentence; may be given "
        "several times",
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to write it (default: text)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prove, and write what became of each claim."""
    from bedrock_cmk_guard.prove import as_json, as_text, is_as_meant, prove
    from bedrock_cmk_guard.requirements import load_requirements

    judged = prove(load_requirements(args.requirements), args.claim)
    sys.stdout.write(as_json(judged) if args.format == "json" else as_text(judged))
    return 0 if is_as_meant(judged) else _REFUTED
