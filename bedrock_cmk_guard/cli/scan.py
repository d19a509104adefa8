"""``bedrock-cmk-guard scan``: judges Terraform, plans and CloudFormation, and says what is wrong and how to mend it."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bedrock_cmk_guard.cli import DEBUG
from bedrock_cmk_guard.cli.narrowing import add_narrowing
from bedrock_cmk_guard.errors import GuardError

if TYPE_CHECKING:
    from bedrock_cmk_guard.demands import Demands
    from bedrock_cmk_guard.reports.findings.result import ScanResult
    from bedrock_cmk_guard.scan.selection import Selection
    from bedrock_cmk_guard.scan.settings import Settings

# Names only: what they stand for takes a moment to import.
_FORMATS = ("text", "json", "sarif", "junit", "github", "markdown")
_KINDS = ("terraform", "cloudformation", "plan", "state")
_FINDINGS = 1
# Nearly all that a scan makes it keeps; looking for rings in it as often as by default takes a tenth of the time.
_THRESHOLDS = (50_000, 20, 100)
_INTERRUPTED = 130  # 128 + SIGINT, as a shell has it
_REQUIREMENTS = "BEDROCK_CMK_GUARD_REQUIREMENTS"
_EPILOG = f"""\
A finding is accepted where the requirements say so (exceptions), or by a comment in or right above the block:

  # bcg:skip=BCG_CMK_001 owner="platform team" reason="migration, CHG-1234" expires=2027-01-31

Exit status: 0 nothing failed, 1 findings, 2 the scan could not be done, 130 broken off (what was found is printed).
{_REQUIREMENTS} names the requirements file where --requirements does not.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "scan",
        help="find agents, memories and the rest that are not under an acceptable key, before they exist",
        description="Judge what Terraform, Terraform's plans and states, and CloudFormation declare: is the data under "
        "a customer managed key, is the key kept as demanded, and can exactly the right principals use it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files and folders (default: the current folder), or - for standard input with --as",
    )
    parser.add_argument("--as", dest="kind", choices=_KINDS, help="what standard input is")
    _add_requirements(parser)
    add_narrowing(parser)
    _add_baseline(parser)
    _add_output(parser)
    parser.set_defaults(run=run)


def _add_requirements(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--requirements",
        type=Path,
        metavar="FILE",
        help="the requirements (default: cmk-guard.yaml of this folder or of one above it, up to the repository's "
        "root; without one, the shipped defaults)",
    )
    parser.add_argument(
        "--require-requirements", action="store_true", help="fail where there is no requirements file"
    )
    parser.add_argument(
        "--var-file",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="values for Terraform's variables; may be given several times",
    )
    parser.add_argument(
        "--parameter-file",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="values for a template's parameters; may be given several times",
    )


def _add_baseline(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--baseline", type=Path, metavar="FILE", help="findings that were there already, and are not counted"
    )
    parser.add_argument(
        "--write-baseline",
        action="store_true",
        help="write what is found to the baseline, as what was there already",
    )


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=_FORMATS, default="text", help="how to write it (default: text)")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="the file to write to, instead of standard output"
    )


def run(args: argparse.Namespace) -> int:
    """Scan, and write the report."""
    if args.write_baseline and args.baseline is None:
        raise GuardError("--write-baseline: say where, with --baseline FILE")
    gc.set_threshold(*_THRESHOLDS)
    selection = _selection(args.paths, args.kind)
    progress = _Progress()
    settings = _settings(args, progress)
    from bedrock_cmk_guard.scan.scanning import scan_selection

    try:
        result = scan_selection(selection, settings)
    finally:
        progress.clear()
    for warning in result.warnings:
        sys.stderr.write(f"warning: {warning}\n")
    if args.write_baseline and not result.interrupted:
        _write_baseline(args.baseline, result, selection)
        return 0
    _report(result, args)
    if result.interrupted:
        return _INTERRUPTED
    from bedrock_cmk_guard.reports.findings.result import FailOn

    return _FINDINGS if result.failed(FailOn(args.fail_on)) else 0


def _selection(paths: list[str], kind: str | None) -> Selection:
    from bedrock_cmk_guard.scan.selection import from_stdin, select

    if "-" not in paths:
        if kind:
            raise GuardError("--as is for standard input: scan - --as terraform")
        return select(paths or ["."])
    if paths != ["-"]:
        raise GuardError("standard input (-) is scanned alone")
    if kind is None:
        raise GuardError(f"standard input: say what it is, with --as {', '.join(_KINDS)}")
    from bedrock_cmk_guard.sources.files import MAX_PLAN_BYTES

    return from_stdin(sys.stdin.buffer.read(MAX_PLAN_BYTES + 1), kind)


def _settings(args: argparse.Namespace, progress: _Progress) -> Settings:
    import datetime as dt

    from bedrock_cmk_guard.scan.settings import Settings

    for path in (*args.var_file, *args.parameter_file):
        if not path.is_file():
            raise GuardError(f"{path}: there is no such file")
    file = _requirements_file(args)
    baseline = None
    if args.baseline is not None and (args.baseline.exists() or not args.write_baseline):
        from bedrock_cmk_guard.scan.baseline import load_baseline

        baseline = load_baseline(args.baseline)
    return Settings(
        demands=lambda: _demands(file),
        # The one place that looks at the clock.
        today=dt.datetime.now(tz=dt.UTC).date(),
        controls=tuple(args.control),
        tiers=tuple(args.tier),
        var_files=tuple(args.var_file),
        parameter_files=tuple(args.parameter_file),
        baseline=baseline,
        progress=progress.show if progress.wanted else None,
        debug=os.environ.get(DEBUG) == "1",
    )


def _requirements_file(args: argparse.Namespace) -> Path | None:
    """The file that says what is demanded; only looked for, because reading it takes longer than most scans."""
    named: Path | None = args.requirements
    if named is None and os.environ.get(_REQUIREMENTS):
        named = Path(os.environ[_REQUIREMENTS])
    if named is not None:
        if not named.is_file():
            raise GuardError(
                f"{named}: there is no such requirements file; bedrock-cmk-guard init writes one"
            )
        return named
    from bedrock_cmk_guard.repository import FILE_NAME, find_requirements

    found = find_requirements(Path.cwd())
    if found is None and args.require_requirements:
        raise GuardError(
            f"there is no requirements file: no {FILE_NAME} in this folder, nor above it in its repository, and "
            "--require-requirements asks for one"
        )
    return found


def _demands(file: Path | None) -> Demands:
    from bedrock_cmk_guard.scan.scanning import demands_from

    return demands_from(None if file is None else _short(file))


def _short(file: Path) -> Path:
    """The file as people would name it from here."""
    try:
        return file.relative_to(Path.cwd().resolve())
    except ValueError:
        return file


def _write_baseline(path: Path, result: ScanResult, selection: Selection) -> None:
    from bedrock_cmk_guard.scan.baseline import write_baseline

    number = write_baseline(path, result.findings, selection.repository)
    sys.stdout.write(f"{path}: {number:,} finding{'' if number == 1 else 's'}\n")


def _report(result: ScanResult, args: argparse.Namespace) -> None:
    from bedrock_cmk_guard.reports.findings import formatted

    if args.output is None:
        colour = False
        if args.format == "text" and sys.stdout.isatty():
            from bedrock_cmk_guard.reports.terminal import colourful

            colour = colourful(sys.stdout)
        sys.stdout.write(formatted(result, args.format, colour=colour))
        return
    from bedrock_cmk_guard.scan.output import write_file

    write_file(args.output, formatted(result, args.format))


class _Progress:
    """A line on the terminal that says what is being read, and goes again."""

    def __init__(self) -> None:
        self.wanted = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._shown = False

    def show(self, root: str) -> None:
        """Say what was read last."""
        from bedrock_cmk_guard.reports.terminal import safe

        sys.stderr.write(f"\r\x1b[Kreading {safe(root)[:60]}")
        sys.stderr.flush()
        self._shown = True

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
