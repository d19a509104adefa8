"""``bedrock-cmk-guard validate``: whether requirements files can be acted on, and every single thing that is wrong."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import GuardError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedrock_cmk_guard.requirements import Requirements
    from bedrock_cmk_guard.requirements.exceptions import FindingException

_INVALID = 1


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "validate",
        help="say what is wrong in requirements files",
        description="Read requirements files, with all that they extend and include, and print everything that is "
        "wrong in them. Exit status: 0 all can be acted on, 1 something is wrong, 2 a file cannot be read.",
    )
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="requirements files (default: cmk-guard.yaml of this folder or of one above it, up to the "
        "repository's root)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read each file, and print what is wrong."""
    from bedrock_cmk_guard.errors import RequirementsError
    from bedrock_cmk_guard.requirements import load_requirements

    files = args.files or [_found()]
    wrong = 0
    for file in files:
        try:
            load_requirements(file, rules=(_exceptions_name_controls,))
        except RequirementsError as problem:
            wrong += 1
            sys.stdout.write(f"{problem}\n")
    return _INVALID if wrong else 0


def _exceptions_name_controls(requirements: Requirements) -> Iterator[Problem]:
    """The model cannot know: requirements know nothing of the controls that judge by them."""
    from bedrock_cmk_guard.controls import no_control
    from bedrock_cmk_guard.requirements.partial import each

    def names_one(index: int, exception: FindingException) -> Iterator[Problem]:
        if unknown := no_control(exception.control):
            yield Problem(("exceptions", index, "control"), unknown)

    return each(requirements.exceptions, names_one)


def _found() -> Path:
    from bedrock_cmk_guard.repository import FILE_NAME, find_requirements

    found = find_requirements(Path.cwd())
    if found is None:
        raise GuardError(
            f"there is no {FILE_NAME} in this folder, nor in one above it up to the repository's root"
        )
    return found
