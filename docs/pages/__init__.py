"""The reference pages, one module each, and the Markdown they are written in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

GENERATED = "<!-- Written by docs/build.py: change the code it describes, then run `make generated`. -->\n"

_ROLE = re.compile(r":[a-z]+:`~?(?:[\w.]+\.)?(\w+)`")
_SPECIAL = re.compile(r"([*<>\[\]|])")


def text(prose: str) -> str:
    """A docstring or note as Markdown on one line: code stays code, and nothing else has a meaning."""
    line = " ".join(_ROLE.sub(r"`\1`", prose).replace("``", "`").split())
    return "".join(
        part.replace("|", "\\|") if number % 2 else _SPECIAL.sub(r"\\\1", part)
        for number, part in enumerate(re.split("(`[^`]*`)", line))
    )


def code(word: object) -> str:
    """A word as code."""
    return f"`{word}`".replace("|", "\\|")


def codes(words: Iterable[object], between: str = ", ") -> str:
    """Several words as code."""
    return between.join(map(code, words))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, or nothing when it has no rows."""
    body = [f"| {' | '.join(cell or '-' for cell in row)} |" for row in rows]
    if not body:
        return ""
    return "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *body, ""])


def bullets(items: Iterable[str]) -> str:
    """A list of sentences."""
    return "".join(f"- {text(item)}\n" for item in items)


def join(*parts: str) -> str:
    """Blocks, a blank line between them; empty ones vanish."""
    return "\n".join(part if part.endswith("\n") else f"{part}\n" for part in parts if part)
