"""``bedrock-cmk-guard lint``: finds what is wrong with anybody's policies."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bedrock_cmk_guard.errors import SourceError

# Names only: what they stand for takes a moment to import.
_TYPES = ("scp", "rcp", "identity", "key", "trust", "resource")
_FORMATS = ("text", "json", "sarif")
_FINDINGS = 1


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "lint",
        help="find what is wrong with policies, yours or anybody's",
        description="Find what is wrong with SCPs, RCPs, identity policies, KMS key policies, role trust policies and "
        "policies of other resources: what AWS accepts and does not do, what it refuses, and who gets in unasked. "
        "Policies that stand in Terraform plans and CloudFormation templates are found there. Policies given together "
        "are judged together. Notes do not make the exit status 1; errors and warnings do.",
    )
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a policy, a plan or state of `terraform show -json`, a CloudFormation template, a folder of such files, "
        "or - for standard input",
    )
    parser.add_argument(
        "--type",
        choices=_TYPES,
        help="what type the policies are (default: by what render wrote, by names such as NAME.scp.json, or by "
        "statements that only one type can have); in plans and templates it is told by what holds them",
    )
    parser.add_argument("--format", choices=_FORMATS, default="text", help="how to write it (default: text)")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="the file to write to, instead of standard output"
    )
    parser.add_argument(
        "--budget",
        type=_positive,
        metavar="N",
        help="hold policies to N characters, where that is less than AWS's quota",
    )
    parser.set_defaults(run=run)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no size: give a number of characters")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Lint, and write the report."""
    from bedrock_cmk_guard.iam.grammar_kinds import PolicyKind
    from bedrock_cmk_guard.lint.files import LintReport, lint_paths
    from bedrock_cmk_guard.lint.finding import Severity
    from bedrock_cmk_guard.lint.output import as_json, as_sarif, as_text
    from bedrock_cmk_guard.reports.terminal import colourful

    kind = PolicyKind(args.type) if args.type else None
    report: LintReport = lint_paths(args.paths, kind, budget=args.budget)
    if args.format == "json":
        text = as_json(report)
    elif args.format == "sarif":
        text = as_sarif(report)
    else:
        text = as_text(report, colour=args.output is None and colourful(sys.stdout))
    if args.output is None:
        sys.stdout.write(text)
    else:
        try:
            args.output.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
        except OSError as problem:
            raise SourceError(f"cannot write {args.output}: {problem.strerror}") from None
    bad = any(finding.severity is not Severity.NOTE for finding in report.findings)
    return _FINDINGS if bad else 0
