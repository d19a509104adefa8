"""``bedrock-cmk-guard verify``: who can do what with keys and data, against what the requirements demand."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import GuardError, RenderError, SourceError

if TYPE_CHECKING:
    from bedrock_cmk_guard.iam import PolicyKind
    from bedrock_cmk_guard.kms_calls import KeyUser
    from bedrock_cmk_guard.verification.existing import KeyPolicies
    from bedrock_cmk_guard.verification.world import Named

_FORMATS = ("text", "json", "html")
_ROLES = ("caller", "service_role", "provisioner", "service")
_FINDINGS = 1
_EPILOG = """\
For policies that exist already, without requirements:

  bedrock-cmk-guard verify --key-policy key.json --identity role.json --scp scp.json \\
    --principal arn:aws:iam::222222222222:role/portal --surface bedrock-agent --as caller --memory

says whether the principal can use the key for the surface; if not, which statement stops it and which is missing. A
key policy that nobody could change any more is reported as a lockout. Exit status 1 in either case.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "verify",
        help="say who can use the keys and read the data, and who should not",
        description="Put every principal to every call on each workload's key, agents and data, under all policies "
        "that the requirements render, and hold the answers against what they demand. Differences are findings, and "
        "so are sequences of calls by which somebody comes to read, and exemptions that have expired.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "requirements", type=Path, metavar="REQUIREMENTS", nargs="?", help="the requirements file"
    )
    parser.add_argument("--format", choices=_FORMATS, default="text", help="how to write it (default: text)")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write to this file (default: standard output)"
    )
    parser.add_argument(
        "--workload",
        action="append",
        default=[],
        metavar="NAME",
        help="only this workload; may be given several times",
    )
    parser.add_argument(
        "--as-of", type=_date, metavar="DATE", help="the day on which exemptions are judged (default: today)"
    )
    existing = parser.add_argument_group("policies that exist")
    existing.add_argument("--key-policy", type=Path, metavar="FILE", help="the key policy")
    for name, what in (
        ("identity", "an identity policy of the principal"),
        ("scp", "an SCP"),
        ("rcp", "an RCP"),
    ):
        existing.add_argument(
            f"--{name}",
            action="append",
            type=Path,
            default=[],
            metavar="FILE",
            help=f"{what}; may be given several times",
        )
    existing.add_argument(
        "--principal", metavar="ARN", help="who is to use the key: an ARN, or a service's name"
    )
    existing.add_argument(
        "--as", dest="role", choices=_ROLES, default="caller", help="as what (default: caller)"
    )
    existing.add_argument("--surface", metavar="ID", help="for which surface of the catalogue")
    existing.add_argument("--region", help="the key's Region (default: the one that the key policy names)")
    existing.add_argument(
        "--account", metavar="ID", help="the key's account (default: the one that the key policy names)"
    )
    existing.add_argument("--memory", action="store_true", help="the agent keeps memory across sessions")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Verifies, and writes what was found."""
    if (args.requirements is None) == (args.key_policy is None):
        raise GuardError("verify: give either REQUIREMENTS or --key-policy")
    text, clean = _of_requirements(args) if args.requirements is not None else _of_key(args)
    if args.output is None:
        sys.stdout.write(text)
    else:
        _write(args.output, text)
    return 0 if clean else _FINDINGS


def _of_requirements(args: argparse.Namespace) -> tuple[str, bool]:
    from bedrock_cmk_guard.requirements import load_requirements
    from bedrock_cmk_guard.verification import verify

    requirements = load_requirements(args.requirements)
    # The one place that looks at the clock.
    as_of = args.as_of or dt.datetime.now(tz=dt.UTC).date()
    verification = verify(requirements, as_of, workloads=args.workload)
    if args.format == "json":
        from bedrock_cmk_guard.verification.as_json import as_json

        return as_json(verification), verification.clean
    if args.format == "html":
        from bedrock_cmk_guard.verification.html import as_html

        return as_html(verification), verification.clean
    from bedrock_cmk_guard.verification.text import as_text

    return as_text(verification), verification.clean


def _of_key(args: argparse.Namespace) -> tuple[str, bool]:
    from bedrock_cmk_guard.verification.existing import check_key
    from bedrock_cmk_guard.verification.existing_output import key_check_json, key_check_text

    if args.format == "html":
        raise GuardError(
            "verify: --format html is for REQUIREMENTS; with --key-policy there are text and json"
        )
    if args.principal is None or args.surface is None:
        raise GuardError("verify: --key-policy needs --principal and --surface")
    policies = _policies(args)
    check = check_key(policies, _user(args, policies))
    return key_check_json(check) if args.format == "json" else key_check_text(check), check.clean


def _policies(args: argparse.Namespace) -> KeyPolicies:
    from bedrock_cmk_guard.iam import PolicyKind
    from bedrock_cmk_guard.verification.existing import KeyPolicies

    return KeyPolicies(
        _document(args.key_policy, PolicyKind.KEY),
        tuple(_document(path, PolicyKind.IDENTITY) for path in args.identity),
        tuple(_document(path, PolicyKind.SCP) for path in args.scp),
        tuple(_document(path, PolicyKind.RCP) for path in args.rcp),
    )


def _user(args: argparse.Namespace, policies: KeyPolicies) -> KeyUser:
    from bedrock_cmk_guard.kms_calls import KeyUser
    from bedrock_cmk_guard.surfaces import KmsPrincipal
    from bedrock_cmk_guard.verification.existing import account_of, region_of, surface_of

    account = args.account or account_of(policies.key.document) or _account_in(args.principal)
    region = args.region or region_of(policies.key.document)
    if not account or not region:
        name = "region" if account else "account"
        raise GuardError(f"verify: {args.key_policy} does not say which {name} the key is in; give --{name}")
    return KeyUser(
        args.principal, KmsPrincipal(args.role), surface_of(args.surface), region, account, memory=args.memory
    )


def _account_in(principal: str) -> str:
    parts = principal.split(":")
    return parts[4] if principal.startswith("arn:") and len(parts) > 5 else ""


def _document(path: Path, kind: PolicyKind) -> Named:
    from bedrock_cmk_guard.iam import PolicyDocument
    from bedrock_cmk_guard.iam.grammar_json import read_json
    from bedrock_cmk_guard.verification.world import Named

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise SourceError(f"{path}: cannot be read: {reason}") from None
    document = PolicyDocument.from_dict(kind, read_json(text, str(path)), where=str(path), found=True)
    return Named(str(path), document)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2027-06-30") from None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as problem:
        raise RenderError(f"{path}: cannot be written: {problem.strerror}") from None
