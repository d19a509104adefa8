"""``bedrock-cmk-guard kpi``: the figures that are reported of an organisation, from the history of its audits."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bedrock_cmk_guard.cli.stored import add_stored, attempts, demands, open_history, write

if TYPE_CHECKING:
    from bedrock_cmk_guard.reports.audit.model import Kpis

# Names only: what they stand for takes a moment to import.
_FORMATS = ("text", "json", "csv", "openmetrics")
_NAMESPACE = "BedrockCmkGuard"
_FINDINGS = 1


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "kpi",
        help="tell how much is on customer keys, how fast findings are fixed, and one score",
        description="Tell from the history of audits: the compliance score, the share of resources on customer keys by "
        "tier, surface, account, workload, environment and tag, times to remediate, open findings by age and severity, "
        "exceptions and their expiry, and what was not audited.",
        epilog="Exit status: 0 done, 1 the score is under --fail-under (or there is none), 2 it could not be done.",
    )
    add_stored(parser)
    parser.add_argument("--format", choices=_FORMATS, default="text", help="how to write it (default: text)")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="the file to write to, instead of standard output"
    )
    parser.add_argument(
        "--fail-under",
        type=_score,
        metavar="SCORE",
        help="make the exit status 1 where the compliance score is less",
    )
    parser.add_argument(
        "--publish", choices=("cloudwatch",), help="put the figures into CloudWatch as metrics, too"
    )
    parser.add_argument(
        "--namespace",
        default=_NAMESPACE,
        help=f"CloudWatch's namespace for the metrics (default: {_NAMESPACE})",
    )
    parser.add_argument("--region", help="the Region to publish to (default: the AWS configuration's)")
    parser.set_defaults(run=run)


def _score(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no score: give a number from 0 to 100")
    return found


def run(args: argparse.Namespace) -> int:
    """Gather the figures, write them, and publish them where that is asked for."""
    asked, tried = demands(args), attempts(args)
    with open_history(args) as history:
        from bedrock_cmk_guard.reports.audit.gathering import kpis

        found = kpis(history, asked, at=args.at, since=args.since, tags=args.tag, attempts=tried)
    write(_formatted(found, args.format), args.output)
    if args.publish:
        from bedrock_cmk_guard.publish.cloudwatch import put_metrics

        number = put_metrics(found, args.namespace, args.region)
        sys.stderr.write(f"CloudWatch: {number:,} metrics in {args.namespace}\n")
    if args.fail_under is None:
        return 0
    value = found.score.value
    return _FINDINGS if value is None or value < args.fail_under else 0


def _formatted(found: Kpis, form: str) -> str:
    from bedrock_cmk_guard.reports.audit import kpi_csv, kpi_json, kpi_text, openmetrics

    writers = {
        "text": kpi_text.write,
        "json": kpi_json.write,
        "csv": kpi_csv.write,
        "openmetrics": openmetrics.write,
    }
    return writers[form](found)
