"""A verification as text: findings first, then each key's matrix, no wider than a terminal of 80."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.verification.grid import Mark, grid, kept_out, letters, tables
from bedrock_cmk_guard.verification.model import Finding, KeyMatrix, Verification, Way, Who

WIDTH = 80
_COLUMNS = 19
"""So many principals stand side by side and leave room for what the rows are called."""
_SIGNS = {
    Mark.ALLOWED: "+",
    Mark.DENIED: ".",
    Mark.PARTLY: "~",
    Mark.DEPENDS: "?",
    Mark.FINDING: "!",
    Mark.NOT_ASKED: " ",
}
_LEGEND = (
    "+ allowed, . denied, ~ some of the row's requests, ? turns on a trust policy that is not rendered here, "
    "! a finding, blank: not asked"
)


def as_text(verification: Verification) -> str:
    """The whole report."""
    return "".join(f"{line}\n" for line in _lines(verification))


def _lines(verification: Verification) -> Iterator[str]:
    requests = sum(len(key.cells) for key in verification.keys)
    found = len(verification.findings)
    yield from _wrapped(f"{verification.title} ({verification.organization})")
    yield (
        f"As of {verification.as_of}: {_count(len(verification.keys), 'key')}, {requests:,} requests, "
        f"{_count(found, 'finding') if found else 'no findings'}"
    )
    yield from _findings(verification.findings)
    for key in verification.keys:
        yield ""
        yield from _key(key)
    yield ""
    yield "Taken for granted"
    yield from _items(verification.assumptions)
    yield ""
    yield "Not looked at"
    yield from _items(verification.not_modelled)


def _findings(findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        yield ""
        where = f"{finding.key}: " if finding.key else ""
        yield from _wrapped(f"{finding.kind.value.upper()} {where}{finding.message}")
        if finding.decided_by:
            yield from _wrapped(f"decided by: {', '.join(map(str, finding.decided_by))}", "    ")
        if finding.change:
            yield from _wrapped(f"to change: {finding.change}", "    ")


def _key(matrix: KeyMatrix) -> Iterator[str]:
    title = f"Key {matrix.key} in account {matrix.account}"
    yield title
    yield "=" * len(title)
    if matrix.shut_out:
        yield "Administrators are to be shut out."
    cast = tuple(letters(matrix.cast))
    for letter, who in cast:
        yield from _wrapped(f"{letter:>2}  {who.title}", "", "    ")
    for columns in tables(matrix, _COLUMNS):
        yield ""
        yield from _table(matrix, dict(cast), columns)
    yield from _wrapped(_LEGEND, "  ")
    yield ""
    yield "Cannot decrypt, and what refuses it"
    kept: dict[str, list[str]] = {}
    for who, decided_by in kept_out(matrix):
        kept.setdefault(decided_by, []).append(who.title)
    for decided_by, titles in kept.items():
        yield from _wrapped(f"{', '.join(titles)}: {decided_by}", "  ")
    yield from _ways("Comes to read", matrix.ways)
    yield from _ways("Would come to read, if", matrix.possible)


def _table(matrix: KeyMatrix, cast: dict[str, Who], columns: tuple[Who, ...]) -> Iterator[str]:
    """Some principals, and the rows that they are asked about."""
    shown = [letter for letter, who in cast.items() if who in columns]
    width = max(map(len, shown))
    room = WIDTH - len(columns) * (width + 1)
    yield " " * room + "".join(letter.rjust(width + 1) for letter in shown)
    for group, lines in grid(matrix, columns):
        yield group
        for line in lines:
            signs = "".join(_SIGNS[square.mark].rjust(width + 1) for square in line.squares)
            yield (_cut(f"  {line.row.title}", room) + signs).rstrip()


def _ways(title: str, ways: Iterable[Way]) -> Iterator[str]:
    told: dict[str, list[str]] = {}
    for way in ways:
        remark = way.condition or f"{way.standing.value}: {way.remark}"
        told.setdefault(f"{way.summary} [{remark}]", []).append(way.title)
    if told:
        yield ""
        yield title
        for what, who in told.items():
            yield from _wrapped(f"{', '.join(who)}: {what}", "  ")


def _items(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from _wrapped(f"- {text}", "", "  ")


def _wrapped(text: str, indent: str = "", further: str | None = None) -> Iterator[str]:
    return iter(
        textwrap.wrap(
            text,
            WIDTH,
            initial_indent=indent,
            subsequent_indent=indent + "  " if further is None else further,
            break_on_hyphens=False,
        )
    )


def _cut(text: str, width: int) -> str:
    return text.ljust(width) if len(text) <= width else text[: width - 1] + "…"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
