"""What `scan` and `audit` have in common: which controls and surfaces they are about, and what counts against them."""

from __future__ import annotations

import argparse

# Names only: what they stand for takes a moment to import.
_FAIL_ON = ("fail", "unknown", "never")
_TIERS = ("session-memory", "agent-definition", "knowledge", "model", "other")


def add_narrowing(parser: argparse.ArgumentParser) -> None:
    """Add ``--fail-on``, ``--control`` and ``--tier``."""
    parser.add_argument(
        "--fail-on",
        choices=_FAIL_ON,
        default="unknown",
        help="what makes the exit status 1: what fails, that and what is not known, or nothing (default: unknown)",
    )
    parser.add_argument(
        "--control",
        action="append",
        default=[],
        metavar="PATTERN",
        help="only controls whose id fits, such as 'BCG_CMK_*', and what could not be read; may be given several times",
    )
    parser.add_argument(
        "--tier",
        action="append",
        default=[],
        choices=_TIERS,
        help="only surfaces of this tier; may be given several times",
    )
