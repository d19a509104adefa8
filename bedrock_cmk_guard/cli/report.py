"""``bedrock-cmk-guard report``: what audits found, for those who must act on it and those who must know."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bedrock_cmk_guard.cli.stored import add_stored, attempts, demands, open_history, write
from bedrock_cmk_guard.errors import GuardError

if TYPE_CHECKING:
    from bedrock_cmk_guard.history import History
    from bedrock_cmk_guard.reports.audit.report import AuditReport

# Names only: what they stand for takes a moment to import.
_FORMATS = ("html", "markdown", "json", "csv", "asff")
_TITLE = "Customer managed keys"
_HUB, _EVENTS, _BUCKET = "securityhub", "eventbridge", "s3://"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "report",
        help="write what audits found: an HTML report, Markdown, CSV, JSON or Security Hub's format",
        description="Write from the history of audits what is to be fixed first and how, how things stand and how they "
        "came to be, every account and workload, what was not audited, and which exceptions are about to lapse.",
        epilog="Exit status: 0 done, 2 it could not be done. kpi --fail-under makes a pipeline fail by the score.",
    )
    add_stored(parser)
    parser.add_argument("--format", choices=_FORMATS, default="html", help="how to write it (default: html)")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="the file to write to, instead of standard output"
    )
    parser.add_argument("--title", default=_TITLE, help=f"what stands at its head (default: {_TITLE})")
    _add_publishing(parser)
    parser.set_defaults(run=run)


def _add_publishing(parser: argparse.ArgumentParser) -> None:
    publishing = parser.add_argument_group("publishing")
    publishing.add_argument(
        "--publish",
        action="append",
        type=_target,
        default=[],
        metavar="TARGET",
        help="securityhub (findings), eventbridge (what changed in the last audit, or after --since) or "
        "s3://BUCKET/KEY (the report, in its format); may be given several times, and without --output nothing is "
        "then written here",
    )
    publishing.add_argument("--region", help="the Region to publish to (default: the AWS configuration's)")
    publishing.add_argument(
        "--event-bus", default="default", metavar="NAME", help="the bus, by name or ARN (default: default)"
    )
    publishing.add_argument(
        "--sse-kms-key",
        metavar="KEY",
        help="the KMS key that the report in S3 is to lie under (default: the bucket's own)",
    )


def _target(text: str) -> str:
    if text not in (_HUB, _EVENTS) and not text.startswith(_BUCKET):
        raise argparse.ArgumentTypeError(f"{text!r} is none of securityhub, eventbridge and s3://BUCKET/KEY")
    return text


def run(args: argparse.Namespace) -> int:
    """Gather the report, write it, and publish it where that is asked for."""
    if args.sse_kms_key and not any(each.startswith(_BUCKET) for each in args.publish):
        raise GuardError("--sse-kms-key is for --publish s3://BUCKET/KEY")
    asked, tried = demands(args), attempts(args)
    with open_history(args) as history:
        from bedrock_cmk_guard.reports.audit.formats import formatted
        from bedrock_cmk_guard.reports.audit.report import report

        told = {"title": args.title, "at": args.at, "since": args.since, "tags": args.tag}
        found = report(history, asked, **told, attempts=tried)
        text = formatted(found, args.format)
        if args.output is not None or not args.publish:
            write(text, args.output)
        for target in args.publish:
            sys.stderr.write(f"{_publish(target, history, found, text, args)}\n")
    return 0


def _publish(target: str, history: History, found: AuditReport, text: str, args: argparse.Namespace) -> str:
    """Publish to one target, and say what was done."""
    if target == _HUB:
        from bedrock_cmk_guard.publish.securityhub import import_findings

        imported = import_findings(history, found.kpis.at, args.region)
        return f"Security Hub: {imported.active:,} findings active, {imported.archived:,} archived"
    if target == _EVENTS:
        from bedrock_cmk_guard.publish.eventbridge import put_events

        since = args.since or _before(history, found.kpis.at)
        sent = put_events(history, found.kpis, args.event_bus, since, args.region)
        return f"EventBridge: {sent:,} events on {args.event_bus}"
    from bedrock_cmk_guard.publish.s3 import put_object
    from bedrock_cmk_guard.reports.audit.formats import FORMATS

    put_object(target, text, FORMATS[args.format], key=args.sse_kms_key, region=args.region)
    return f"S3: {target}"


def _before(history: History, at: dt.datetime) -> dt.datetime:
    """When the audit before the last one began."""
    finished = [each for each in history.finished() if each <= at]
    return finished[-2] if len(finished) > 1 else dt.datetime.min.replace(tzinfo=dt.UTC)
