"""``bedrock-cmk-guard checks``: where the Checkov adapters are, and whether Checkov really runs them."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bedrock_cmk_guard.data import data_dir
from bedrock_cmk_guard.errors import GuardError

if TYPE_CHECKING:
    from bedrock_cmk_guard.cli.checks_sample import Expected

    Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

_FAILS = 1
_TIMEOUT_SECONDS = 600
_REQUIREMENTS = "BEDROCK_CMK_GUARD_REQUIREMENTS"
_PATTERN = "BCG_*"


class Told(NamedTuple):
    """What Checkov reported in one framework: ids of controls."""

    reported: frozenset[str]
    passed: frozenset[str]
    failed: frozenset[str]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "checks",
        help="find the Checkov adapters, and see that Checkov runs them",
        description="The same controls and verdicts in Checkov, which must be installed beside this program: "
        "pip install 'bedrock-cmk-guard[checkov]'.",
        epilog="checkov -d . --external-checks-dir \"$(bedrock-cmk-guard checks path)\" --check 'BCG_*'",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    path = actions.add_parser("path", help="print the folder for Checkov's --external-checks-dir")
    path.set_defaults(run=show_path)
    verify = actions.add_parser(
        "verify",
        help="run Checkov on bad code, and fail unless every control reports",
        description="Checkov says nothing of checks that it cannot load, and exits with 0. So this writes bad code "
        "into a scratch folder, runs Checkov on it, and fails unless every control reports there.",
    )
    verify.add_argument(
        "--checkov",
        metavar="PROGRAM",
        help="the Checkov to try (default: the one beside this program, or on PATH)",
    )
    verify.set_defaults(run=verify_checks)
    run = actions.add_parser(
        "run",
        help="run Checkov with the adapters: further arguments are Checkov's own",
        # Nothing here looks like an option of ours, so that all of them are Checkov's, --help among them.
        prefix_chars="\0",
        add_help=False,
    )
    run.add_argument("arguments", nargs="*", metavar="ARGUMENT")
    run.set_defaults(run=run_checkov)


def show_path(args: argparse.Namespace) -> int:
    """Print the folder."""
    del args
    sys.stdout.write(f"{data_dir('checks')}\n")
    return 0


def verify_checks(args: argparse.Namespace) -> int:
    """Run Checkov on bad code, and see what it reports."""
    from bedrock_cmk_guard.cli.checks_sample import EXPECTED, write_sample

    with tempfile.TemporaryDirectory(prefix="bedrock-cmk-guard-") as scratch:
        write_sample(Path(scratch))
        told = _run(_checkov(args.checkov), Path(scratch), sorted(EXPECTED))
    missing = [
        f"{framework}: {what}"
        for framework, expected in EXPECTED.items()
        for what in _missing(told.get(framework), expected)
    ]
    for line in missing:
        sys.stdout.write(f"{line}\n")
    if missing:
        return _FAILS
    count = len({control for each in told.values() for control in each.reported})
    sys.stdout.write(f"Checkov runs {count} controls, in {', '.join(sorted(EXPECTED))}\n")
    return 0


def run_checkov(args: argparse.Namespace) -> int:
    """Run Checkov, and fail where it cannot parse a file; its exit status is the answer.

    Unless they are given, the checks are these controls and the folder is the current one.
    """
    given: list[str] = args.arguments
    command = [*_checkov(None), "--external-checks-dir", str(data_dir("checks")), *given]
    if not _gives(given, "-c", "--check"):
        command += ["--check", _PATTERN]
    if not _gives(given, "--skip-download", "--bc-api-key"):
        command.append("--skip-download")  # descriptions of Checkov's own checks, which do not run
    if not _gives(given, "-d", "--directory", "-f", "--file"):
        command += ["--directory", "."]
    env = {**os.environ, "CKV_PARSE_ERROR_FAIL": "true"}
    try:
        return subprocess.run(command, env=env, check=False).returncode  # noqa: S603 - Checkov, as the user has it
    except OSError as problem:
        raise GuardError(f"{command[0]} cannot be run: {problem}") from None


def _gives(arguments: list[str], *names: str) -> bool:
    return any(argument.partition("=")[0] in names for argument in arguments)


def _missing(told: Told | None, expected: Expected) -> list[str]:
    if told is None:
        return ["Checkov reported nothing at all"]
    silent = [f"{control} did not report" for control in sorted(expected.reports - told.reported)]
    for control in sorted(expected.both):
        if control not in told.failed:
            silent.append(f"{control} did not fail where there is no key")
        if control not in told.passed:
            silent.append(f"{control} did not pass where there is a key")
    return silent


def _checkov(named: str | None) -> list[str]:
    if named:
        return [named]
    if importlib.util.find_spec("checkov") is not None:
        return [sys.executable, "-m", "checkov.main"]
    found = shutil.which("checkov")
    if found is None:
        raise GuardError(
            "Checkov is not installed here: pip install 'bedrock-cmk-guard[checkov]', or name one with --checkov"
        )
    return [found]


def _run(program: list[str], folder: Path, frameworks: list[str]) -> dict[str, Told]:
    command = [
        *program,
        *("--directory", str(folder), "--external-checks-dir", str(data_dir("checks"))),
        *("--check", _PATTERN, "--output", "json", "--skip-download", "--framework", *frameworks),
    ]
    env = {name: value for name, value in os.environ.items() if name != _REQUIREMENTS}
    try:
        done = subprocess.run(  # noqa: S603 - Checkov, as the user has it
            command,
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise GuardError(f"{program[0]} cannot be run: {problem}") from None
    try:
        printed: Json = json.loads(done.stdout)
    except ValueError:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise GuardError(f"{' '.join(program)} printed no JSON: {said[-1] if said else 'nothing'}") from None
    reports = printed if isinstance(printed, list) else [printed]
    return {
        str(each["check_type"]): _told(each)
        for each in reports
        if isinstance(each, dict) and "results" in each
    }


def _told(report: dict[str, Json]) -> Told:
    results = report["results"]
    ids = {
        outcome: frozenset(_ids(results.get(outcome)) if isinstance(results, dict) else ())
        for outcome in ("passed_checks", "failed_checks", "skipped_checks")
    }
    return Told(frozenset().union(*ids.values()), ids["passed_checks"], ids["failed_checks"])


def _ids(records: Json) -> list[str]:
    entries = records if isinstance(records, list) else []
    return [str(entry.get("check_id")) for entry in entries if isinstance(entry, dict)]
