"""Languages: the texts that a pattern of a policy matches, as steps over characters.

Everything that a policy compares text with (a literal, a wildcard pattern, an ARN pattern compared by segment, a
``Resource``) is a row of steps with loops between them. ``evaluator.patterns`` and ``evaluator.arns`` hold what each
means; a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from bedrock_cmk_guard.iam.evaluator.patterns import ANYTHING, Pieces

_SEGMENTS = 6


@dataclass(frozen=True, slots=True)
class Chars:
    """A set of characters, or all but a set."""

    listed: frozenset[str]
    negated: bool = False

    def __contains__(self, char: str) -> bool:
        return (char in self.listed) is not self.negated


ANY = Chars(frozenset(), negated=True)
NOT_COLON = Chars(frozenset(":"), negated=True)
DIGIT = Chars(frozenset("0123456789"))
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
NAME = Chars(frozenset(_LETTERS + "0123456789+=,.@_-"))
PATH = Chars(NAME.listed | {"/"})
HOST = Chars(frozenset("abcdefghijklmnopqrstuvwxyz0123456789-"))


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """Steps to take one after another. ``loops[i]`` are the characters that may repeat before step ``i``.

    Two are equal if they are the same object, which makes them cheap keys of caches; what makes them is cached.
    """

    steps: tuple[Chars, ...]
    loops: tuple[tuple[Chars, ...], ...]


@dataclass(slots=True)
class _Builder:
    steps: list[Chars] = field(default_factory=list)
    loops: list[tuple[Chars, ...]] = field(default_factory=lambda: [()])

    def one(self, chars: Chars) -> None:
        self.steps.append(chars)
        self.loops.append(())

    def many(self, chars: Chars) -> None:
        self.loops[-1] = tuple(dict.fromkeys((*self.loops[-1], chars)))

    def text(self, text: str, *, ignore_case: bool = False) -> None:
        for char in text:
            same = {char, *((char.lower(), char.upper()) if ignore_case else ())}
            self.one(Chars(frozenset(each for each in same if len(each) == 1)))

    def built(self) -> Language:
        return Language(tuple(self.steps), tuple(self.loops))


@lru_cache(maxsize=65536)
def sequence(*parts: str | Chars | tuple[Chars, str]) -> Language:
    """A language from literal text, single characters, and ``(characters, "*" or "+")``."""
    builder = _Builder()
    for part in parts:
        if isinstance(part, str):
            builder.text(part)
        elif isinstance(part, Chars):
            builder.one(part)
        else:
            chars, times = part
            if times == "+":
                builder.one(chars)
            builder.many(chars)
    return builder.built()


@lru_cache(maxsize=65536)
def literal(text: str, *, ignore_case: bool = False) -> Language:
    """Exactly this text."""
    builder = _Builder()
    builder.text(text, ignore_case=ignore_case)
    return builder.built()


@lru_cache(maxsize=65536)
def like(pieces: Pieces) -> Language:
    """What ``StringLike`` matches: a wildcard stands for any characters."""
    builder = _Builder()
    for char, wild in _flat(pieces):
        _add(builder, char, wild, ANY, ANY)
    return builder.built()


@lru_cache(maxsize=65536)
def arn(pieces: Pieces) -> Language | None:
    """What ``ArnLike`` matches: segment by segment, so that no wildcard runs over one of the first five colons.

    None where the pattern has fewer than six segments and so matches nothing.
    """
    if pieces == ANYTHING:
        free: tuple[str | Chars | tuple[Chars, str], ...] = ((NOT_COLON, "*"), ":")
        return sequence("arn:", *(free * (_SEGMENTS - 2)), (ANY, "*"))
    builder = _Builder()
    colons = 0
    for char, wild in _flat(pieces):
        if char == ":" and colons < _SEGMENTS - 1:
            colons += 1
            builder.text(char)
        else:
            inside = NOT_COLON if colons < _SEGMENTS - 1 else ANY
            _add(builder, char, wild, inside, inside)
    return builder.built() if colons == _SEGMENTS - 1 else None


@lru_cache(maxsize=65536)
def resource(pieces: Pieces) -> Language:
    """What a ``Resource`` matches: a ``*`` crosses colons only where it ends a segment, if one stands within any."""
    flat = _flat(pieces)
    following = [char for char, _ in flat[1:]] + [""]
    inner = any(
        wild and char == "*" and after not in ("", ":")
        for (char, wild), after in zip(flat, following, strict=True)
    )
    builder = _Builder()
    for (char, wild), after in zip(flat, following, strict=True):
        star = ANY if not inner or after in ("", ":") else NOT_COLON
        _add(builder, char, wild, star, ANY)
    return builder.built()


@lru_cache(maxsize=65536)
def template(arn_template: str, partition: str) -> Language:
    """The ARNs of a resource type, from AWS's template with ``${…}`` placeholders."""
    builder = _Builder()
    for index, part in enumerate(arn_template.split("${")):
        name, closed, rest = part.partition("}")
        if index == 0 or not closed:
            builder.text(part)
            continue
        if name == "Partition":
            builder.text(partition)
        elif name == "Account":
            for _ in range(12):
                builder.one(DIGIT)
        else:
            chars = Chars(HOST.listed) if name == "Region" else PATH
            builder.one(chars)
            builder.many(chars)
        builder.text(rest)
    return builder.built()


@lru_cache(maxsize=65536)
def account_of_arn(accounts: tuple[str, ...]) -> tuple[Language, ...]:
    """ARNs whose fifth segment is one of these accounts."""
    free: tuple[str | Chars | tuple[Chars, str], ...] = ((NOT_COLON, "*"), ":")
    return tuple(sequence("arn:", *(free * 3), account, ":", (ANY, "*")) for account in accounts)


@lru_cache(maxsize=65536)
def joined(*parts: Language) -> Language:
    """One language after another."""
    steps: tuple[Chars, ...] = ()
    loops: tuple[tuple[Chars, ...], ...] = ((),)
    for part in parts:
        steps += part.steps
        loops = (*loops[:-1], (*loops[-1], *part.loops[0]), *part.loops[1:])
    return Language(steps, loops)


@lru_cache(maxsize=65536)
def narrowed(language: Language, allowed: Chars) -> Language:
    """The language with its wildcards kept to these characters."""
    steps = tuple(allowed if chars.negated else chars for chars in language.steps)
    return Language(steps, tuple((allowed,) if loop else () for loop in language.loops))


@lru_cache(maxsize=65536)
def inside_segment(pattern: str) -> Language:
    """A wildcard pattern that does not run over a colon."""
    return narrowed(like(((pattern, True),)), NOT_COLON)


def _add(builder: _Builder, char: str, wild: bool, star: Chars, question: Chars) -> None:
    if wild and char == "*":
        builder.many(star)
    elif wild and char == "?":
        builder.one(question)
    else:
        builder.text(char)


def _flat(pieces: Pieces) -> list[tuple[str, bool]]:
    return [(char, wild) for text, wild in pieces for char in text]
