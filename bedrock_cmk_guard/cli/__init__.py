"""The command line: finds the command, runs it, and turns what goes wrong into a line and an exit status.

Exit status: 0 clean, 1 findings or drift, 2 the command could not do its work.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Collection, Sequence
from importlib import import_module
from typing import NamedTuple

from bedrock_cmk_guard.errors import GuardError

DEBUG = "BEDROCK_CMK_GUARD_DEBUG"
FAILED = 2
_PROGRAM = "bedrock-cmk-guard"
_INTERRUPTED = 130  # 128 + SIGINT, as a shell has it
_NOBODY_READS = 141  # 128 + SIGPIPE
_FULL = frozenset({errno.EDQUOT, errno.EFBIG, errno.ENOSPC})


class Command(NamedTuple):
    """A command: the module that has its ``add_parser``, and a line of help for the list of commands."""

    module: str
    help: str


COMMANDS = {
    "scan": Command(
        "bedrock_cmk_guard.cli.scan",
        "find agents, memories and the rest that are not under an acceptable key, before they exist",
    ),
    "audit": Command(
        "bedrock_cmk_guard.cli.audit",
        "find what live accounts hold that is not under an acceptable key, and say what could not be read",
    ),
    "kpi": Command(
        "bedrock_cmk_guard.cli.kpi",
        "tell how much is on customer keys, how fast findings are fixed, and one score",
    ),
    "report": Command(
        "bedrock_cmk_guard.cli.report",
        "write what audits found: an HTML report, Markdown, CSV, JSON or Security Hub's format",
    ),
    "explain": Command(
        "bedrock_cmk_guard.cli.explain", "say what a control judges, why, and how to mend what it finds"
    ),
    "controls": Command("bedrock_cmk_guard.cli.controls", "list what scan and audit judge"),
    "checks": Command(
        "bedrock_cmk_guard.cli.checks", "find the Checkov adapters, and see that Checkov runs them"
    ),
    "render": Command(
        "bedrock_cmk_guard.cli.render", "write the policies and keys that a requirements file asks for"
    ),
    "verify": Command(
        "bedrock_cmk_guard.cli.verify", "say who can use the keys and read the data, and who should not"
    ),
    "prove": Command(
        "bedrock_cmk_guard.cli.prove", "prove for all requests what the policies are meant to make true"
    ),
    "diff-access": Command(
        "bedrock_cmk_guard.cli.diff_access", "say who gains and who loses what when policies change"
    ),
    "trail": Command(
        "bedrock_cmk_guard.cli.trail", "say from CloudTrail who used, tried and changed guarded keys"
    ),
    "lint": Command("bedrock_cmk_guard.cli.lint", "find what is wrong with policies, yours or anybody's"),
    "simulate": Command(
        "bedrock_cmk_guard.cli.simulate", "decide requests under given policies, as AWS would"
    ),
    "validate": Command("bedrock_cmk_guard.cli.validate", "say what is wrong in requirements files"),
    "schema": Command("bedrock_cmk_guard.cli.schema", "print the JSON Schema of the requirements file"),
    "init": Command("bedrock_cmk_guard.cli.init", "write a commented requirements file to start from"),
}


class _Version(argparse.Action):
    """Prints the version; what looks it up is imported only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        sys.stdout.write(f"{_PROGRAM} {version(_PROGRAM)}\n")
        parser.exit()


def build_parser(commands: Collection[str] = tuple(COMMANDS)) -> argparse.ArgumentParser:
    """Make the parser. Only the commands named are imported; of the others it knows the name."""
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Customer managed keys for Amazon Bedrock agents and AgentCore memory: written down once in a "
        "requirements file, rendered as SCPs, RCPs, key policies, roles and tags.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        if name in commands:
            import_module(command.module).add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=command.help, add_help=False)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    _be_lenient_with_encodings()
    try:
        status = _run(arguments)
    except BrokenPipeError:
        # Python flushes once more at exit, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NOBODY_READS
    return status


def _run(arguments: list[str]) -> int:
    try:
        named = next((each for each in arguments if not each.startswith("-")), "")
        args = build_parser((named,)).parse_args(arguments)
        status: int = args.run(args)
        sys.stdout.flush()
    except GuardError as problem:
        return _fail(str(problem))
    except KeyboardInterrupt:
        _fail("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        raise
    except OSError as problem:
        return _full(problem) if problem.errno in _FULL else _our_fault(problem)
    except Exception as problem:  # the last resort, so that nobody gets a traceback for an answer
        return _our_fault(problem)
    return status


def _full(problem: OSError) -> int:
    where = f" to {problem.filename}" if problem.filename else ""
    return _fail(f"nothing more can be written{where}: {problem.strerror}")


def _our_fault(problem: Exception) -> int:
    if os.environ.get(DEBUG) == "1":
        raise problem
    what = " ".join(f"{type(problem).__name__}: {problem}".split())
    return _fail(
        f"{_PROGRAM}: this is a fault of {_PROGRAM}, not of yours: {what}\n"
        f"Please report it with what the same command prints when {DEBUG}=1 is set in the environment."
    )


def _fail(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return FAILED


def _be_lenient_with_encodings() -> None:
    """Write a replacement for what a terminal's encoding lacks, rather than break off."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
