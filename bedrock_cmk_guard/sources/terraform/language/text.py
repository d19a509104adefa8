"""The text of a file or string that holds expressions, and the tokens in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from bedrock_cmk_guard.subjects import Place

DEEPEST = 60
"""How deep expressions may be nested; hand-written ones stay below 20."""

Kind = Literal["newline", "number", "name", "quote", "heredoc", "symbol", "end"]

_TOKEN = re.compile(
    r"""(?P<space>[ \t]+|\#[^\n]*|//[^\n]*|/\*.*?\*/)
    |(?P<newline>\r?\n)
    |(?P<number>[0-9](?:[0-9.]|[eE][-+]?[0-9])*)
    |(?P<name>[^\W\d][\w-]*)
    |(?P<quote>")
    |(?P<heredoc><<-?(?P<marker>[^\W\d][\w-]*)\r?\n)
    |(?P<symbol>\.\.\.|=>|==|!=|<=|>=|&&|\|\||::|~\}|[-+*/%=<>!?:.,(){}\[\]])""",
    re.VERBOSE | re.DOTALL,
)


class UnreadableError(Exception):
    """The text is no expression of Terraform's, or none that is read here."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


class Source:
    """A text and its name; gives places to offsets."""

    def __init__(self, text: str, shown: str, origin: Place | None = None) -> None:
        self.text = text
        self.shown = shown
        self._origin = origin
        """Where the text stands as a whole, when its own lines mean nothing: a string in JSON."""

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def place(self, start: int, end: int) -> Place:
        """The place of ``text[start:end]``."""
        if self._origin is not None:
            return self._origin
        first = bisect_right(self._lines, start) - 1
        last = bisect_right(self._lines, end) - 1
        return Place(
            self.shown, first + 1, start - self._lines[first] + 1, last + 1, end - self._lines[last] + 1
        )

    @cached_property
    def _ascii(self) -> bool:
        return self.text.isascii()

    def offset(self, line: int, byte_column: int) -> int:
        """The offset of a byte in a line; both count from 0."""
        start = self._lines[line]
        if self._ascii:
            return start + byte_column
        end = self._lines[line + 1] if line + 1 < len(self._lines) else len(self.text)
        return start + len(self.text[start:end].encode()[:byte_column].decode(errors="ignore"))


@dataclass(frozen=True, slots=True)
class Token:
    """One token; of a heredoc its introduction, with the marker as ``text``."""

    kind: Kind
    text: str
    start: int
    end: int


class Tokens:
    """Reads tokens from ``position`` on. Newlines count as tokens only where the innermost bracket says so."""

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.position = start
        self.limit = end
        self._newlines = [True]
        self._peeked: tuple[tuple[int, bool], Token] | None = None

    def peek(self) -> Token:
        """The next token, which stays."""
        key = (self.position, self._newlines[-1])
        if self._peeked is None or self._peeked[0] != key:
            self._peeked = (key, self._next(*key))
        return self._peeked[1]

    def _next(self, at: int, newlines: bool) -> Token:
        while True:
            token = self._token(at)
            if token is None:
                return Token("end", "", at, at)
            kind = token.lastgroup
            if kind == "space" or (kind == "newline" and not newlines):
                at = token.end()
                continue
            return _made(token)

    def read(self) -> Token:
        """The next token, which is then behind us."""
        token = self.peek()
        self.position = token.end
        return token

    def next_is(self, *symbols: str) -> bool:
        """Whether one of these symbols comes next."""
        token = self.peek()
        return token.kind == "symbol" and token.text in symbols

    def skip(self, symbol: str) -> bool:
        """Read the symbol if it comes next, and say whether it did."""
        token = self.peek()
        if token.kind == "symbol" and token.text == symbol:
            self.position = token.end
            return True
        return False

    def expect(self, symbol: str) -> Token:
        """Read a symbol that must come."""
        token = self.read()
        if token.kind != "symbol" or token.text != symbol:
            raise UnreadableError(f"{symbol} is expected, not {described(token)}", token.start)
        return token

    def name(self) -> Token:
        """Read a name that must come."""
        token = self.read()
        if token.kind != "name":
            raise UnreadableError(f"a name is expected, not {described(token)}", token.start)
        return token

    def enter(self, *, newlines: bool) -> None:
        """Let newlines count, or not, until :meth:`leave`."""
        self._newlines.append(newlines)

    def leave(self) -> None:
        """Go back to how newlines counted before."""
        self._newlines.pop()

    def _token(self, at: int) -> re.Match[str] | None:
        if at >= self.limit:
            return None
        token = _TOKEN.match(self.source.text, at)
        if token is None:
            raise UnreadableError(f"{self.source.text[at]!r} has no meaning here", at)
        if token.start() < self.limit < token.end() and token.lastgroup not in ("heredoc", "space"):
            raise UnreadableError("something follows the expression", at)
        return token


def _made(token: re.Match[str]) -> Token:
    start, end = token.span()
    match token.lastgroup:
        case "number":
            # 1... is a number and an ellipsis, a[1].b a number and a dot.
            text = token[0].rstrip(".")
            return Token("number", text, start, start + len(text))
        case "heredoc" | "marker":
            return Token("heredoc", token["marker"], start, end)
        case "newline" | "name" | "quote" | "symbol" as kind:
            return Token(kind, token[0], start, end)
        case _:
            raise UnreadableError(f"{token[0]!r} has no meaning here", start)


def described(token: Token) -> str:
    """A token, as a message names it."""
    return {
        "end": "the end",
        "newline": "the end of the line",
        "quote": "a string",
        "heredoc": "a heredoc",
    }.get(token.kind, token.text)
