"""``bedrock-cmk-guard simulate``: what AWS would decide, for cases from a file or a pipe, line by line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from bedrock_cmk_guard.errors import SourceError

_EPILOG = """\
A case is one line of JSON:

  {"name": "caller reads", "request": {"principal": "arn:aws:iam::111122223333:role/app",
   "action": "kms:Decrypt", "resource": "arn:aws:kms:us-east-1:111122223333:key/…",
   "context": {"kms:ViaService": "bedrock.us-east-1.amazonaws.com", "aws:PrincipalTag/team": null}},
   "identity": [document, …], "boundary": document, "session": document, "resource_policy": document,
   "scps": [[document, …], …], "rcps": [[document, …], …], "grants": [grant, …]}

(on one line; all but the request may be left out). Its decision is one line too:

  {"name": "caller reads", "decision": "allowed", "statements": [{"policy": "key policy", "sid": "Callers",
   "index": 0}], "reasons": ["…"]}

Decisions are allowed, explicit_deny, implicit_deny and depends. A part of the request that is null is open, and
"depends_on" names those on which the decision turns; a context key that is left out is absent. SCPs and RCPs stand
by level, the root's first; without them none apply, as in the management account.

A case that cannot be decided gives {"name", "error"} and a line on standard error; the others are decided all the
same, and the exit status is 2.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "simulate",
        help="decide requests under given policies, as AWS would",
        description="Decide requests under the policies given with them, as AWS would. Nothing is sent anywhere.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "cases",
        metavar="CASES",
        nargs="?",
        default="-",
        help="a file of cases, one a line; - or nothing is standard input",
    )
    parser.add_argument(
        "--unknown-keys",
        choices=("error", "absent"),
        default="error",
        help="what to make of a condition key that AWS does not have (default: error); AWS itself finds it absent",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Decides case after case; memory does not grow with their number."""
    from bedrock_cmk_guard.simulate import simulate

    failed = False
    where = "standard input, line" if args.cases == "-" else f"{args.cases}, line"
    with _opened(args.cases) as lines:
        for answer in simulate(
            _read(lines, args.cases), where=where, unknown_keys_absent=args.unknown_keys == "absent"
        ):
            sys.stdout.write(f"{json.dumps(answer)}\n")
            sys.stdout.flush()  # whoever writes the cases may wait for the answer
            if "error" in answer:
                failed = True
                sys.stderr.write(f"{answer['error']}\n")
    return 2 if failed else 0


@contextmanager
def _opened(name: str) -> Iterator[TextIO]:
    """Opens the cases; what is not UTF-8 is told of with its line, by the reader."""
    if name == "-":
        if hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
        yield sys.stdin
        return
    try:
        file = open(name, encoding="utf-8", errors="surrogateescape")  # noqa: PTH123, SIM115
    except (OSError, ValueError) as problem:
        raise _unreadable(name, problem) from problem
    with file:
        yield file


def _read(lines: TextIO, name: str) -> Iterator[str]:
    try:
        yield from lines
    except OSError as problem:
        raise _unreadable(name, problem) from problem


def _unreadable(name: str, problem: Exception) -> SourceError:
    why = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
    return SourceError(f"{name}: cannot be read: {why}")
