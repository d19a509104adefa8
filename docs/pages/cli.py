"""The commands and their arguments, from the parser itself.

Not ``--help`` as printed: argparse lays that out differently from one Python to the next.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from bedrock_cmk_guard.cli import build_parser
from docs.pages import GENERATED, code, codes, join, table, text

EXIT = """\
Exit status everywhere: 0 clean; 1 findings or drift; 2 the command could not do its work (bad input, bad arguments),
with one line on standard error for each thing that is wrong, naming file, line and field.
"""


def page() -> str:
    """The whole page."""
    parser = build_parser()
    parts = [
        part for name, command in _commands(parser).items() for part in (f"## {name}", *_command(command))
    ]
    return join(GENERATED, "# Commands", *_command(parser), EXIT, *parts)


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands below a parser, by name."""
    found: dict[str, argparse.ArgumentParser] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found.update(action.choices)
    return found


def _command(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield f"    {_usage(parser)}"
    yield text(parser.description or "")
    yield table(("Argument", "Meaning"), _arguments(parser))
    if parser.epilog:
        yield f"```text\n{parser.epilog.strip()}\n```"


def _usage(parser: argparse.ArgumentParser) -> str:
    """The program, what must be given, and that there are options besides."""
    needed = [_written(action) for action in parser._actions if action.required and not _is_command(action)]
    optional = any(action.option_strings and not action.required for action in _shown(parser))
    command = ["COMMAND …"] if any(map(_is_command, parser._actions)) else []
    return " ".join([parser.prog, *(["[OPTION …]"] if optional else []), *needed, *command])


def _shown(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The arguments that are worth a line: all but --help, and what is hidden there."""
    for action in parser._actions:
        hidden = action.help == argparse.SUPPRESS or "--help" in action.option_strings
        if not hidden and not _is_command(action):
            yield action


def _is_command(action: argparse.Action) -> bool:
    return isinstance(action, argparse._SubParsersAction)


def _arguments(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in _shown(parser):
        names = codes(action.option_strings) if action.nargs == 0 else code(_written(action))
        meaning = [text((action.help or "") % {**vars(action), "prog": parser.prog})]
        if action.choices:
            meaning.append(f"one of {codes(action.choices)}")
        if action.required and action.option_strings:
            meaning.append("**required**")
        yield names, "; ".join(meaning)


def _written(action: argparse.Action) -> str:
    """An argument as people type it: ``--out DIR``, ``REQUIREMENTS``."""
    metavar = action.metavar[0] if isinstance(action.metavar, tuple) else action.metavar
    value = metavar or (
        action.dest.upper() if not action.choices else "{" + ",".join(map(str, action.choices)) + "}"
    )
    if action.nargs in ("*", "+"):
        value += " …"
    return f"{action.option_strings[-1]} {value}" if action.option_strings else value
