"""``bedrock-cmk-guard trail``: what CloudTrail says of guarded keys, and what policies would have refused."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import GuardError

if TYPE_CHECKING:
    from bedrock_cmk_guard.requirements import Requirements

_FINDINGS = 1
_DIALECTS = ("athena", "duckdb", "spark")
_INFRASTRUCTURE = ("terraform", "cloudformation")
_NEEDS = {"duckdb", "sqlglot"}
_EPILOG = """\
LOGS are folders of CloudTrail logs (*.json.gz, *.json), such files, or prefixes in S3 (s3://bucket/prefix):

  bedrock-cmk-guard trail logs/ --requirements cmk-guard.yaml
  bedrock-cmk-guard trail logs/ --question denied --format csv
  bedrock-cmk-guard trail replay logs/ --requirements cmk-guard.yaml
  bedrock-cmk-guard trail sql denied --requirements cmk-guard.yaml --table security.cloudtrail

trail ddl prints the table on Athena, with partition projection, for an organisation's trail: as SQL, or with --format
terraform or cloudformation as a table of the Glue catalogue:

  bedrock-cmk-guard trail ddl s3://bucket/prefix --requirements cmk-guard.yaml --since 2026-01-01

trail replay says which of the recorded calls the SCPs, RCPs and key policies of a requirements file, or of a folder
that render wrote, would have denied. trail sql prints the query behind a question, for Athena. What cannot be read is
said on a line "not read: …". Exit status 1 if anything was not read, was denied or would have been, if a guarded key
was used outside Bedrock or administered by others than its administrators, or if a resource shows no use of its key.

The limits of what CloudTrail records: docs/trail.md. Needs: pip install 'bedrock-cmk-guard[trail]'
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "trail",
        help="say from CloudTrail who used, tried and changed guarded keys",
        description="Read CloudTrail logs and say who was denied guarded keys, who decrypted what, who used keys "
        "outside Bedrock, who changed them, and which resources claim a key without using it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "what",
        metavar="LOGS",
        nargs="+",
        help="logs; or: replay LOGS …; or: sql QUESTION; or: ddl s3://… (see below)",
    )
    parser.add_argument(
        "--requirements",
        type=Path,
        metavar="FILE",
        help="the requirements: accounts, alias and tag by which guarded keys are known, who administers them; for "
        "replay also a folder that render wrote",
    )
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="ARN",
        help="a guarded key; for replay NAME=ARN, the rendered key that it is; may be given several times",
    )
    parser.add_argument("--since", metavar="WHEN", help="from this day or moment (UTC) on")
    parser.add_argument("--until", metavar="WHEN", help="up to this day or moment (UTC), included")
    parser.add_argument(
        "--question",
        action="append",
        default=[],
        choices=("denied", "decryptions", "outside", "administration", "silent"),
        help="only this question; may be given several times",
    )
    parser.add_argument(
        "--format",
        choices=("text", "json", "csv", *_INFRASTRUCTURE),
        default="text",
        help="how to write it (default: text); terraform and cloudformation are for ddl",
    )
    parser.add_argument(
        "--dialect", choices=_DIALECTS, default="athena", help="for sql: whose SQL (default: athena)"
    )
    parser.add_argument(
        "--table",
        default="cloudtrail",
        metavar="NAME",
        help="for sql and ddl: the table of the logs (default: cloudtrail)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what is asked: questions, a replay, or the text of a query."""
    try:
        import duckdb  # noqa: F401
        import sqlglot  # noqa: F401
    except ImportError as problem:
        if problem.name not in _NEEDS:
            raise
        raise GuardError(f"trail needs {problem.name}: pip install 'bedrock-cmk-guard[trail]'") from None
    if args.what[0] == "ddl":
        return _ddl(args)
    if args.format in _INFRASTRUCTURE:
        raise GuardError(f"--format {args.format} is for trail ddl")
    if args.what[0] == "sql":
        return _sql(args)
    if args.what[0] == "replay":
        return _replay(args)
    from bedrock_cmk_guard.trail.asking import ask
    from bedrock_cmk_guard.trail.definitions import QUESTIONS
    from bedrock_cmk_guard.trail.output import as_csv, as_json, as_text

    if args.format == "csv" and len(args.question) != 1:
        raise GuardError(f"--format csv is one table: give one --question of {', '.join(QUESTIONS)}")
    from bedrock_cmk_guard.trail.scope import scope_of

    scope = scope_of(_requirements(args), tuple(args.key), args.since, args.until)
    questions = [name for name in QUESTIONS if name in (args.question or QUESTIONS)]
    trail = ask(args.what, scope, questions, _progress())
    write = {"text": as_text, "json": as_json, "csv": as_csv}[args.format]
    sys.stdout.write(write(trail))
    if args.format == "csv":
        for each in trail.unread:
            sys.stderr.write(f"not read: {each}\n")
    return 0 if trail.clean else _FINDINGS


def _sql(args: argparse.Namespace) -> int:
    from bedrock_cmk_guard.trail.definitions import whole
    from bedrock_cmk_guard.trail.scope import scope_of

    if len(args.what) != 2:
        raise GuardError("trail sql: name one question, as in: trail sql denied")
    scope = scope_of(_requirements(args), tuple(args.key), args.since, args.until)
    # Where bytes read are paid for, only the days asked about are read.
    sys.stdout.write(whole(args.what[1], replace(scope, whole=False), args.dialect, args.table))
    return 0


def _ddl(args: argparse.Namespace) -> int:
    from bedrock_cmk_guard.trail.ddl import as_cloudformation, as_sql, as_terraform, trail_table

    writers = {"text": as_sql, "terraform": as_terraform, "cloudformation": as_cloudformation}
    if args.format not in writers:
        raise GuardError(f"trail ddl: there are --format {', '.join(writers)}")
    requirements = _requirements(args)
    if len(args.what) != 2 or requirements is None:
        raise GuardError(
            "trail ddl: say where the trail writes and for whom: trail ddl s3://BUCKET/PREFIX --requirements FILE"
        )
    table = trail_table(args.what[1], requirements, args.table, args.since)
    sys.stdout.write(writers[args.format](table))
    return 0


def _replay(args: argparse.Namespace) -> int:
    if args.requirements is None or len(args.what) < 2:
        raise GuardError(
            "trail replay: say which logs, and whose policies: trail replay LOGS --requirements FILE, or a folder "
            "that render wrote"
        )
    if args.format == "csv" or args.question:
        raise GuardError("trail replay: there are --format text and json, and no questions")
    from bedrock_cmk_guard.trail.rendered import load_rendered
    from bedrock_cmk_guard.trail.replay_output import as_json, as_text
    from bedrock_cmk_guard.trail.replaying import replay
    from bedrock_cmk_guard.trail.scope import scope_of

    named = dict(_named(each) for each in args.key)
    rendered = load_rendered(args.requirements)
    scope = scope_of(rendered.requirements, tuple(named.values()), args.since, args.until)
    found = replay(args.what[1:], rendered, scope, named, _progress())
    sys.stdout.write(as_json(found) if args.format == "json" else as_text(found))
    return 0 if found.clean else _FINDINGS


def _named(text: str) -> tuple[str, str]:
    name, equals, key = text.partition("=")
    if not equals:
        raise GuardError(
            f"trail replay: --key {text}: give NAME=ARN, the name of the rendered key that it is"
        )
    return name, key


def _progress() -> Callable[[int, int], None] | None:
    """Says on the terminal how far the reading has come, on one line."""
    if not sys.stderr.isatty():
        return None

    def show(files: int, records: int) -> None:
        sys.stderr.write(f"\r\x1b[Kread {files:,} files, {records:,} records\r")
        sys.stderr.flush()

    return show


def _requirements(args: argparse.Namespace) -> Requirements | None:
    if args.requirements is None:
        return None
    from bedrock_cmk_guard.requirements import load_requirements

    return load_requirements(args.requirements)
