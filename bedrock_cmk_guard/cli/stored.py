"""What commands have in common that read the history of audits: where it is, by what it is judged, and of when."""

from __future__ import annotations

import argparse
import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import GuardError

if TYPE_CHECKING:
    from bedrock_cmk_guard.demands import Demands
    from bedrock_cmk_guard.history import History
    from bedrock_cmk_guard.reports.audit.attempts import KeyAttempts

HISTORY = "BEDROCK_CMK_GUARD_HISTORY"
REQUIREMENTS = "BEDROCK_CMK_GUARD_REQUIREMENTS"
DEFAULT = "cmk-guard-history.db"


def add_stored(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_history(parser)
    parser.add_argument(
        "--requirements",
        type=Path,
        metavar="FILE",
        help="the requirements, which say what production is and what was accepted (default: cmk-guard.yaml of this "
        "folder or of one above it, up to the repository's root)",
    )
    parser.add_argument(
        "--at",
        type=_end,
        metavar="MOMENT",
        help="the moment that is told about: a date (its end), or a date and time (default: the last audit)",
    )
    parser.add_argument(
        "--since",
        type=_begin,
        metavar="MOMENT",
        help="from when on changes and times to remediate are told (default: the first audit)",
    )
    parser.add_argument(
        "--tag",
        action="append",
        default=[],
        metavar="KEY",
        help="tell resources apart by this tag, too; may be given several times",
    )
    parser.add_argument(
        "--trail",
        type=Path,
        metavar="FILE",
        help="what trail LOGS --format json wrote: tell unauthorised key attempts, too",
    )


def add_history(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names the history."""
    parser.add_argument(
        "--history",
        metavar="URL",
        help=f"the history of audits: a file, or an SQLAlchemy URL such as postgresql+psycopg://… (default: {HISTORY} "
        f"of the environment, or {DEFAULT})",
    )


def history_url(args: argparse.Namespace) -> str:
    """Where the history is."""
    named: str | None = args.history
    return named or os.environ.get(HISTORY) or DEFAULT


def open_history(args: argparse.Namespace) -> History:
    """Open the history to read it."""
    try:
        from bedrock_cmk_guard.history import History
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "sqlalchemy":
            raise
        raise GuardError(
            "the history of audits needs SQLAlchemy: pip install 'bedrock-cmk-guard[aws]'"
        ) from None
    return History.open(history_url(args), create=False)


def demands(args: argparse.Namespace) -> Demands:
    """What is demanded: by the requirements that are named or found, or by default."""
    from bedrock_cmk_guard.repository import find_requirements
    from bedrock_cmk_guard.scan.scanning import demands_from

    named: Path | None = args.requirements
    if named is None and os.environ.get(REQUIREMENTS):
        named = Path(os.environ[REQUIREMENTS])
    return demands_from(named or find_requirements(Path.cwd()))


def attempts(args: argparse.Namespace) -> KeyAttempts | None:
    """What CloudTrail has of attempts on guarded keys, where it is given."""
    if args.trail is None:
        return None
    from bedrock_cmk_guard.reports.audit.attempts import read_attempts

    return read_attempts(args.trail)


def write(text: str, output: Path | None) -> None:
    """Write to a file, whole or not at all, or to standard output."""
    import sys

    if output is None:
        sys.stdout.write(text)
        return
    from bedrock_cmk_guard.scan.output import write_file

    write_file(output, text)


def _begin(text: str) -> dt.datetime:
    return _moment(text, dt.time.min)


def _end(text: str) -> dt.datetime:
    return _moment(text, dt.time.max)


def _moment(text: str, of_day: dt.time) -> dt.datetime:
    """A moment; where no zone is given, UTC."""
    try:
        if len(text) <= len("2026-01-31"):
            return dt.datetime.combine(dt.date.fromisoformat(text), of_day, dt.UTC)
        moment = dt.datetime.fromisoformat(text)
        return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no moment like 2026-11-30 or 2026-11-30T06:00+01:00"
        ) from None
