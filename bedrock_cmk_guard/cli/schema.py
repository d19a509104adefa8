"""``bedrock-cmk-guard schema``: the JSON Schema of the requirements file."""

from __future__ import annotations

import argparse
import json
import sys

_EPILOG = """\
To have an editor with the YAML language server complete the file and mark mistakes:

  bedrock-cmk-guard schema > cmk-guard.schema.json

and at the top of cmk-guard.yaml:

  # yaml-language-server: $schema=cmk-guard.schema.json
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "schema",
        help="print the JSON Schema of the requirements file",
        description="Print the JSON Schema (2020-12) of the requirements file.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prints the schema."""
    # Not before it is needed: pydantic takes longer to import than most commands to run.
    from bedrock_cmk_guard.requirements import json_schema

    # ASCII, because the output may go to a terminal or pipe of any encoding.
    sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")
    return 0
