"""``bedrock-cmk-guard init``: writes a requirements file to start from."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
from pathlib import Path

from bedrock_cmk_guard.errors import RenderError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "init",
        help="write a commented requirements file to start from",
        description="Write a commented requirements file that loads as it stands, its placeholders marked CHANGE.",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("cmk-guard.yaml"),
        metavar="FILE",
        help="where to write it (default: %(default)s)",
    )
    parser.add_argument("--force", action="store_true", help="overwrite the file if it is there already")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Writes the file and says what to do next."""
    from bedrock_cmk_guard.requirements.starter import starter_text

    output: Path = args.output
    try:
        _write(output, starter_text(), force=args.force)
    except FileExistsError:
        raise RenderError(f"{output}: is there already; --force overwrites it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RenderError(f"{output}: cannot be written: {reason}") from None
    sys.stdout.write(f"wrote {output}\n")
    sys.stdout.write("Next: put your own values where it says CHANGE, then\n")
    sys.stdout.write(f"  bedrock-cmk-guard render {shlex.quote(str(output))} --out policies\n")
    return 0


def _write(path: Path, text: str, *, force: bool) -> None:
    """Writes the whole file or none of it: beside it first, then under its name."""
    if not force and os.path.lexists(path):
        raise FileExistsError(path)
    handle, name = tempfile.mkstemp(prefix=".cmk-guard-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        # mkstemp keeps others from reading it, and a requirements file holds no secret.
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
