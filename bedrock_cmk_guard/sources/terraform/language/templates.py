"""Text with ``${…}`` and ``%{…}`` in it: quoted, in a heredoc, or a whole file.

HCL reads text line by line, and what ``~`` and ``<<-`` strip depends on just where a line's piece ends; so the pieces
here are cut as HCL cuts them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, Protocol

from bedrock_cmk_guard.sources.terraform.language.expressions import (
    Expression,
    TemplateFor,
    TemplateIf,
    TemplatePart,
)
from bedrock_cmk_guard.sources.terraform.language.text import Tokens, UnreadableError
from bedrock_cmk_guard.subjects import Place

Ending = Literal["quote", "heredoc", "end"]

_PLAIN = {
    "quote": re.compile(r'[^$%"\\\r\n]+'),
    "heredoc": re.compile(r"[^$%\r\n]+"),
    "end": re.compile(r"[^$%\r\n]+"),
}
_MARKS = re.compile(r"(\$+|%+)\{")
_NEWLINE = re.compile(r"\r?\n")
_ESCAPE = re.compile(r'\\(?:([nrt"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))')
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
# What Go's unicode.IsSpace takes for space; Python's own notion has the separators \x1c to \x1f besides.
SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029"
)
SPACE += "\u202f\u205f\u3000"


class Grammar(Protocol):
    """Reads the expressions inside of a template."""

    tokens: Tokens

    def expression(self) -> Expression:
        """Read one expression."""


@dataclass(slots=True)
class _Text:
    text: str


@dataclass(slots=True)
class _Interpolation:
    expression: Expression


@dataclass(slots=True)
class _If:
    place: Place
    condition: Expression


@dataclass(slots=True)
class _For:
    place: Place
    names: tuple[str | None, str]
    collection: Expression


@dataclass(slots=True)
class _Mark:
    word: str
    at: int


_Piece = _Text | _Interpolation | _If | _For | _Mark


def read_template(
    grammar: Grammar, ending: Ending, marker: str = "", *, flush: bool = False
) -> tuple[tuple[TemplatePart, ...], Expression | None]:
    """Read the text up to its end, which is read too.

    Returns the parts, and the one expression where the text is nothing but an interpolation of it.
    """
    reader = _Reader(grammar, ending, marker)
    pieces = reader.pieces()
    if flush:
        _flush(pieces)
    wrapped = pieces[0].expression if len(pieces) == 1 and isinstance(pieces[0], _Interpolation) else None
    return _Nesting(pieces).parts(), wrapped


class _Reader:
    """Cuts a template into pieces, as HCL does, and strips at ``~``."""

    def __init__(self, grammar: Grammar, ending: Ending, marker: str) -> None:
        self._grammar = grammar
        self._tokens = grammar.tokens
        self._ending: Ending = ending
        self._end_line = re.compile(rf"[ \t\v\f]*{re.escape(marker)}[ \t\v\f]*(?=\r?\n)")
        self._pieces: list[_Piece] = []
        self._text: list[str] = []
        self._strip_next = False

    def pieces(self) -> list[_Piece]:
        text = self._tokens.source.text
        start_of_line = True
        while not self._ends(start_of_line):
            at = self._tokens.position
            start_of_line = False
            if plain := _PLAIN[self._ending].match(text, at):
                self._take(plain[0], plain.end())
            elif mark := _MARKS.match(text, at):
                self._marks(mark)
            elif newline := _NEWLINE.match(text, at):
                self._newline(newline)
                start_of_line = True
            elif text[at] == "\\":
                self._escape(at)
            elif text[at] == "\r":
                raise UnreadableError("a carriage return without a newline", at)
            else:
                self._take(text[at], at + 1)
        self._close_text()
        return self._pieces

    def _ends(self, start_of_line: bool) -> bool:
        at, text = self._tokens.position, self._tokens.source.text
        if self._ending == "end":
            return at >= self._tokens.limit
        if self._ending == "quote" and text[at : at + 1] == '"':
            self._tokens.position = at + 1
            return True
        if self._ending == "heredoc" and start_of_line and (end := self._end_line.match(text, at)):
            self._tokens.position = end.end()
            return True
        if at >= len(text):
            raise UnreadableError("the text has no end", at)
        return False

    def _take(self, text: str, end: int) -> None:
        self._text.append(text)
        self._tokens.position = end

    def _newline(self, newline: re.Match[str]) -> None:
        if self._ending == "quote":
            raise UnreadableError('a string in "quotes" ends on its line', newline.start())
        self._take(newline[0], newline.end())
        self._close_text()

    def _escape(self, at: int) -> None:
        escape = _ESCAPE.match(self._tokens.source.text, at)
        if escape is None:
            raise UnreadableError("no such escape sequence", at)
        simple, short, long = escape.groups()
        code = int(short or long or "0", 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise UnreadableError("no such character", at)
        self._take(_ESCAPED[simple] if simple else chr(code), escape.end())

    def _marks(self, mark: re.Match[str]) -> None:
        """``${`` begins an interpolation; with more than one ``$`` all but one, and the brace, are text."""
        if len(mark[1]) > 1:
            self._take(mark[1][1:] + "{", mark.end())
            return
        had_text = self._close_text()
        self._tokens.position = mark.end()
        if self._tokens.source.text.startswith("~", mark.end()):
            self._tokens.position += 1
            last = self._pieces[-1] if self._pieces else None
            if had_text and isinstance(last, _Text):
                last.text = last.text.rstrip(SPACE)
        self._tokens.enter(newlines=False)
        if mark[1] == "$":
            self._pieces.append(_Interpolation(self._grammar.expression()))
        else:
            self._directive(mark.start())
        closing = self._tokens.read()
        if closing.kind != "symbol" or closing.text not in ("}", "~}"):
            raise UnreadableError("} is expected at the end of an interpolation", closing.start)
        self._strip_next = closing.text == "~}"
        self._tokens.leave()

    def _directive(self, start: int) -> None:
        word = self._tokens.name()
        match word.text:
            case "if":
                condition = self._grammar.expression()
                self._pieces.append(_If(self._place(start), condition))
            case "for":
                names: tuple[str | None, str] = (None, self._tokens.name().text)
                if self._tokens.skip(","):
                    names = (names[1], self._tokens.name().text)
                if self._tokens.name().text != "in":
                    raise UnreadableError("for needs in", word.start)
                collection = self._grammar.expression()
                self._pieces.append(_For(self._place(start), names, collection))
            case "else" | "endif" | "endfor":
                self._pieces.append(_Mark(word.text, word.start))
            case _:
                raise UnreadableError(f"there is no directive {word.text}", word.start)

    def _place(self, start: int) -> Place:
        return self._tokens.source.place(start, self._tokens.position)

    def _close_text(self) -> bool:
        """Make a piece of the text read so far; says whether what came last is text."""
        if not self._text:
            # At the start of a line the line before is what came last.
            return bool(self._pieces) and isinstance(self._pieces[-1], _Text)
        text = "".join(self._text)
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
        if self._strip_next:
            text = text.lstrip(SPACE)
        self._strip_next = False
        self._text.clear()
        self._pieces.append(_Text(text))
        return True


def _flush(pieces: list[_Piece]) -> None:
    """Take the indentation that all lines have in common, as ``<<-`` demands."""
    common: int | None = None
    beginnings: list[_Text] = []
    starts_line = True
    for piece in pieces:
        if starts_line:
            starts_line = False
            spaces: int | None = 0
            if isinstance(piece, _Text):
                rest = piece.text.lstrip(SPACE)
                if not rest and piece.text.endswith("\n"):
                    spaces = None  # A blank line has no say.
                else:
                    spaces = len(piece.text) - len(rest)
                    beginnings.append(piece)
            if spaces is not None:
                common = spaces if common is None else min(common, spaces)
        if isinstance(piece, _Text) and piece.text.endswith("\n"):
            starts_line = True
    for piece in beginnings:
        piece.text = piece.text[common or 0 :]


class _Nesting:
    """Puts pieces between a directive and its end inside of it."""

    def __init__(self, pieces: list[_Piece]) -> None:
        self._pieces = pieces
        self._at = 0

    def parts(self) -> tuple[TemplatePart, ...]:
        parts, mark = self._until()
        if mark is not None:
            raise UnreadableError(f"{mark.word} without its beginning", mark.at)
        return parts

    def _until(self) -> tuple[tuple[TemplatePart, ...], _Mark | None]:
        """What comes before the next else, endif or endfor, and that mark; it is None at the end."""
        parts: list[TemplatePart] = []
        while self._at < len(self._pieces):
            piece = self._pieces[self._at]
            self._at += 1
            if isinstance(piece, _Mark):
                return tuple(parts), piece
            if isinstance(piece, _Text):
                _append_text(parts, piece.text)
            elif isinstance(piece, _Interpolation):
                parts.append(piece.expression)
            elif isinstance(piece, _If):
                parts.append(self._if(piece))
            else:
                parts.append(self._for(piece))
        return tuple(parts), None

    def _if(self, opening: _If) -> TemplateIf:
        then, mark = self._until()
        otherwise: tuple[TemplatePart, ...] = ()
        if mark is not None and mark.word == "else":
            otherwise, mark = self._until()
        if mark is None or mark.word != "endif":
            raise UnreadableError("if has no endif", mark.at if mark else 0)
        return TemplateIf(opening.place, opening.condition, then, otherwise)

    def _for(self, opening: _For) -> TemplateFor:
        body, mark = self._until()
        if mark is None or mark.word != "endfor":
            raise UnreadableError("for has no endfor", mark.at if mark else 0)
        return TemplateFor(opening.place, *opening.names, opening.collection, body)


def _append_text(parts: list[TemplatePart], text: str) -> None:
    if parts and isinstance(parts[-1], str):
        parts[-1] += text
    else:
        parts.append(text)
