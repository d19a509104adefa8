"""``bedrock-cmk-guard render``: writes what a requirements file asks for, or says what that would change."""

from __future__ import annotations

import argparse
import gc
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bedrock_cmk_guard.render import Drift, Rendering
    from bedrock_cmk_guard.requirements import Requirements

# Names only: what they stand for takes a moment to import.
_FORMATS = ("terraform", "cloudformation", "json", "document", "scan")
_DRIFT = 1


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "render",
        help="write the policies and keys that a requirements file asks for",
        description="Write the policies, roles and keys that a requirements file asks for. The folder then holds "
        "what was asked for: files of an earlier rendering that are not part of it any more are deleted, files that "
        "bedrock-cmk-guard did not write are left alone.",
    )
    parser.add_argument("requirements", type=Path, metavar="REQUIREMENTS", help="the requirements file")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write to")
    parser.add_argument(
        "--format",
        action="extend",
        nargs="+",
        choices=_FORMATS,
        metavar="FORMAT",
        help="what to write, once or several times (default: everything)",
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="MODULE",
        help="render this module and leave the others as they are: organization, account:ID, workload:NAME or "
        "keys:NAME; may be given several times",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--check",
        action="store_true",
        help="write nothing; print a diff and exit with status 1 if the folder is not what would be rendered",
    )
    what.add_argument("--diff", action="store_true", help="write nothing; print what rendering would change")
    what.add_argument(
        "--force",
        action="store_true",
        help="also overwrite and delete files in the way that were edited, or that bedrock-cmk-guard did not write",
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing when all is well")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Render, and write or compare."""
    from bedrock_cmk_guard.render import check, write
    from bedrock_cmk_guard.requirements import load_requirements

    # Documents are many and have no cycles: looking for some takes a seventh of the time.
    gc.set_threshold(1_000_000)
    requirements = load_requirements(args.requirements)
    rendering = _rendering(args, requirements)
    if args.check or args.diff:
        return _report(args, check(rendering, args.out))
    written = write(rendering, args.out, force=args.force)
    if not args.quiet:
        from bedrock_cmk_guard.cli.gaps import show_gaps
        from bedrock_cmk_guard.cli.summary import show, summary
        from bedrock_cmk_guard.policies import POLICIES

        deleted = f", {len(written.removed):,} deleted" if written.removed else ""
        sys.stdout.write(
            f"{args.out}: {len(written.changed):,} files written, {written.unchanged:,} unchanged{deleted}\n"
        )
        show(summary(written.manifest, requirements))
        show_gaps(requirements, POLICIES)
    return 0


def _rendering(args: argparse.Namespace, requirements: Requirements) -> Rendering:
    from bedrock_cmk_guard.policies import POLICIES, build
    from bedrock_cmk_guard.render import Format, RenderedFile, load_manifest, render
    from bedrock_cmk_guard.render.scan_file import scan_file
    from bedrock_cmk_guard.written_policy import written_policy

    formats = frozenset(args.format or _FORMATS)
    extra: tuple[RenderedFile, ...] = ()
    if "document" in formats and not args.only:
        extra = written_policy(requirements, POLICIES)
    if "scan" in formats and not args.only:
        extra += (scan_file(requirements),)
    return render(
        build(requirements),
        [each for each in Format if each in formats],
        previous=load_manifest(args.out),
        only=args.only,
        extra=extra,
    )


def _report(args: argparse.Namespace, drift: Drift) -> int:
    """Print what differs; only ``--check`` makes it a matter of the exit status."""
    sys.stdout.write(drift.diff)
    if not drift.paths:
        if not args.quiet:
            sys.stdout.write(f"{args.out} is what {args.requirements} asks for\n")
        return 0
    if args.diff:
        return 0
    count = f"{len(drift.paths):,} files differ" if len(drift.paths) > 1 else "1 file differs"
    sys.stdout.write(
        f"\n{args.out} is not what {args.requirements} asks for: {count}. To bring it up to date:\n"
        f"  {shlex.join(_command(args))}\n"
    )
    return _DRIFT


def _command(args: argparse.Namespace) -> Iterator[str]:
    yield from ("bedrock-cmk-guard", "render", str(args.requirements), "--out", str(args.out))
    for each in args.format or ():
        yield from ("--format", each)
    for each in args.only:
        yield from ("--only", each)
