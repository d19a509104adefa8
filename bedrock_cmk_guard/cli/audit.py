"""``bedrock-cmk-guard audit``: reads live accounts, judges what is there, and says what could not be read."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bedrock_cmk_guard.cli.narrowing import add_narrowing
from bedrock_cmk_guard.cli.stored import DEFAULT, HISTORY, REQUIREMENTS, history_url, write
from bedrock_cmk_guard.errors import GuardError

if TYPE_CHECKING:
    import boto3

    from bedrock_cmk_guard.audit import AuditResult, Progress, Scope
    from bedrock_cmk_guard.controls import Result
    from bedrock_cmk_guard.history import History
    from bedrock_cmk_guard.requirements import Requirements

_FORMATS = ("text", "json", "sarif", "junit")
_FINDINGS = 1
_INTERRUPTED = 130  # 128 + SIGINT, as a shell has it
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]+")
_NEEDS = "audit needs boto3 and SQLAlchemy: pip install 'bedrock-cmk-guard[aws]'"
_EPILOG = f"""\
Credentials, profile and proxy are those of the AWS CLI. Nothing is ever written to AWS: the calls made are those of the
auditor's policy that render writes.

  bedrock-cmk-guard audit --organization    and then: bedrock-cmk-guard kpi, bedrock-cmk-guard report

Exit status: 0 nothing failed, 1 findings, something not audited included, 2 the audit could not be done, 130 broken off
(what was read is printed, and --resume goes on). {REQUIREMENTS} and {HISTORY} of the
environment name the requirements and the history where the options do not.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "audit",
        help="find what live accounts hold that is not under an acceptable key, and say what could not be read",
        description="Read the agents, memories, sessions and whatever else takes a key in one account, several, or a "
        "whole organisation, with their versions, keys and roles, and judge them by the same controls as scan.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_scope(parser)
    _add_judging(parser)
    _add_keeping(parser)
    parser.add_argument("--format", choices=_FORMATS, default="text", help="how to write it (default: text)")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="the file to write to, instead of standard output"
    )
    parser.set_defaults(run=run)


def _add_scope(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--account",
        action="append",
        default=[],
        metavar="ID",
        help="an account to audit; may be given several times (default: the one that the credentials are of)",
    )
    where.add_argument(
        "--organization",
        action="store_true",
        help="every active account of the organisation, and whether the rendered SCPs, RCPs and tag policy are there",
    )
    parser.add_argument(
        "--role",
        metavar="NAME",
        help="the role that is assumed in every other account (default: the auditor of the requirements)",
    )
    parser.add_argument("--external-id", default="", metavar="TEXT", help="what that role's trust asks for")
    parser.add_argument(
        "--region",
        action="append",
        default=[],
        metavar="REGION",
        help="a Region to audit; may be given several times (default: those of the requirements, or the profile's)",
    )
    parser.add_argument(
        "--all-regions",
        action="store_true",
        help="every Region in which boto3 knows Bedrock, approved or not",
    )
    parser.add_argument("--profile", metavar="NAME", help="the profile of the AWS CLI's configuration")


def _add_judging(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--requirements",
        type=Path,
        metavar="FILE",
        help="the requirements (default: cmk-guard.yaml of this folder or of one above it, up to the repository's "
        "root; without one, the shipped defaults)",
    )
    add_narrowing(parser)


def _add_keeping(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--history",
        metavar="URL",
        help=f"the history in which what is found is kept: a file, or an SQLAlchemy URL such as postgresql+psycopg://… "
        f"(default: {HISTORY} of the environment, or {DEFAULT})",
    )
    parser.add_argument("--no-history", action="store_true", help="keep nothing")
    parser.add_argument(
        "--resume", action="store_true", help="go on with the audit in the history that was broken off"
    )
    parser.add_argument(
        "--rate",
        type=_rate,
        default=1.0,
        metavar="FACTOR",
        help="how fast calls are made, as a factor of the usual rates (default: 1)",
    )
    parser.add_argument(
        "--concurrency",
        type=_concurrency,
        default=8,
        metavar="ACCOUNTS",
        help="how many accounts are read at a time, with twice as many lists and four times as many looks (default: 8)",
    )


def run(args: argparse.Namespace) -> int:
    """Audit, and write the report."""
    try:
        import bedrock_cmk_guard.audit
        import bedrock_cmk_guard.history  # noqa: F401 - the one place that tells what is missing
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("boto3", "botocore", "sqlalchemy"):
            raise
        raise GuardError(_NEEDS) from None
    for account in args.account:
        if not _ACCOUNT.fullmatch(account):
            raise GuardError(f"--account {account}: an account's id has twelve digits")
    for region in args.region:
        if not _REGION.fullmatch(region):
            raise GuardError(f"--region {region}: this is no Region's name, such as eu-central-1")
    if args.control and args.history:
        raise GuardError(
            "--control: what some controls say is not kept, because the history would take the rest for fixed: "
            "leave --history out"
        )
    if args.no_history or args.control:
        if args.resume or args.history:
            raise GuardError(
                "--no-history: what is not kept cannot be gone on with; leave one of the options out"
            )
        return _audit(args, None)
    from bedrock_cmk_guard.history import History

    with History.open(history_url(args)) as history:
        return _audit(args, history)


def _audit(args: argparse.Namespace, history: History | None) -> int:
    from bedrock_cmk_guard.audit import Speed, audit
    from bedrock_cmk_guard.audit.judging import ALWAYS, EVERY
    from bedrock_cmk_guard.controls import chosen

    requirements = _requirements(args)
    session = _session(args)
    progress = _Progress()
    result = audit(
        session,
        requirements,
        # The one place that looks at the clock.
        now=dt.datetime.now(dt.UTC),
        scope=_scope(args, session, requirements),
        speed=Speed(
            rate=args.rate,
            accounts=args.concurrency,
            lists=2 * args.concurrency,
            reads=4 * args.concurrency,
        ),
        controls=chosen(args.control, EVERY, ALWAYS),
        history=history,
        resume=args.resume,
        progress=progress.show if progress.wanted else None,
    )
    if args.resume and not result.goes_on:
        sys.stderr.write("warning: no audit that asks for the same was broken off, so this is a new one\n")
    try:
        with _interrupted_by_ctrl_c(result):
            kept = [each for each in result if each.findings or args.format in ("json", "junit")]
    finally:
        progress.clear()
    if requirements is None:
        sys.stderr.write("warning: no requirements file: judged by the shipped defaults\n")
    write(_written(args, result, kept), args.output)
    if result.interrupted:
        return _INTERRUPTED
    return _FINDINGS if _failed(kept, args.fail_on) else 0


@contextmanager
def _interrupted_by_ctrl_c(result: AuditResult) -> Iterator[None]:
    """Have Ctrl-C break the audit off between two things, and not in the midst of one."""
    before = signal.signal(signal.SIGINT, lambda *_: result.interrupt())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _requirements(args: argparse.Namespace) -> Requirements | None:
    from bedrock_cmk_guard.repository import find_requirements
    from bedrock_cmk_guard.requirements import load_requirements

    named: Path | None = args.requirements
    if named is None and os.environ.get(REQUIREMENTS):
        named = Path(os.environ[REQUIREMENTS])
    file = named or find_requirements(Path.cwd())
    if file is None:
        return None
    if not file.is_file():
        raise GuardError(f"{file}: there is no such requirements file; bedrock-cmk-guard init writes one")
    return load_requirements(file)


def _session(args: argparse.Namespace) -> boto3.Session:
    from bedrock_cmk_guard.sources.aws.sessions import open_session

    return open_session(args.profile or "", args.region[0] if args.region else "")


def _scope(args: argparse.Namespace, session: boto3.Session, requirements: Requirements | None) -> Scope:
    from bedrock_cmk_guard.audit import Scope
    from bedrock_cmk_guard.sources.aws.sessions import regions_of_bedrock

    role = args.role
    if role is None and requirements is not None:
        role = next((each.role for each in requirements.principals.auditors if each.role), None)
    if not role and (args.account or args.organization):
        raise GuardError(
            "--role: name the role that is assumed in the other accounts, such as bedrock-cmk-auditor"
        )
    return Scope(
        accounts=tuple(args.account),
        organization=args.organization,
        role=role or "",
        external_id=args.external_id,
        regions=regions_of_bedrock(session) if args.all_regions else tuple(args.region),
        tiers=tuple(args.tier),
    )


def _written(args: argparse.Namespace, result: AuditResult, kept: list[Result]) -> str:
    findings = [finding for each in kept for finding in each.findings]
    if args.format == "text":
        from bedrock_cmk_guard.audit.text import write as as_text
        from bedrock_cmk_guard.reports.terminal import colourful

        return as_text(result, findings, colour=args.output is None and colourful(sys.stdout))
    from bedrock_cmk_guard.audit.formats import formatted
    from bedrock_cmk_guard.scan.fingerprints import fingerprints

    return formatted(result, kept, tuple(fingerprints(findings, None)), args.format)


def _failed(kept: list[Result], fail_on: str) -> bool:
    verdicts = {finding.verdict.value for each in kept for finding in each.findings if finding.counts}
    wanted = {"fail": {"fail"}, "unknown": {"fail", "unknown"}, "never": set[str]()}[fail_on]
    return bool(verdicts & wanted)


def _rate(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no factor above 0 and up to 100")
    return number


def _concurrency(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 256):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 256")
    return int(text)


class _Progress:
    """A line on the terminal that says how far it is, and goes again."""

    _EVERY = 0.1

    def __init__(self) -> None:
        self.wanted = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._begun = time.monotonic()
        self._shown = 0.0

    def show(self, progress: Progress) -> None:
        """Say how far it is, a few times a second."""
        now = time.monotonic()
        if now - self._shown < self._EVERY:
            return
        self._shown = now
        part = progress.cells_done / progress.cells if progress.cells else 1.0
        left = ""
        if part > 0.02:
            seconds = (now - self._begun) * (1 - part) / part
            left = (
                f", about {max(1, round(seconds / 60))} min left"
                if seconds > 60
                else f", {seconds:.0f} s left"
            )
        text = (
            f"{part:4.0%} {progress.accounts_done}/{progress.accounts} accounts, {progress.resources:,} resources, "
            f"{progress.calls:,} calls{left}"
        )
        sys.stderr.write(f"\r\x1b[K{text[:79]}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
