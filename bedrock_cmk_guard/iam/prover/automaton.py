"""The product automaton of a set of languages: which combinations of them some text matches, and such a text.

All languages run side by side as one number: a bit for every place in every language, so that a character moves all
of them at once. States reached are finitely many, and each tells which languages accept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bedrock_cmk_guard.iam.prover.languages import Chars, Language
from bedrock_cmk_guard.iam.prover.undecided import UndecidedError

#: A set of languages that counts as one: a text matches if it matches any of them.
Group = tuple[Language, ...]

MOST_STATES = 20_000
# In the order in which an example should use them.
_ALPHABET = (
    "xabcdefghijklmnopqrstuvwyz9876543210-ABCDEFGHIJKLMNOPQRSTUVWXYZ_./:@+=,#$%&()!~;<>?[]^`{|}'\"\\ *"
)


class Automaton:
    """Runs groups of languages, and a domain, over characters."""

    def __init__(self, groups: Sequence[Group], domain: Group) -> None:
        self._start = 0
        self._places: list[tuple[int, Language]] = []
        width = 0
        self._accepts = []
        for group in (*groups, domain):
            accept = 0
            for language in group:
                self._start |= 1 << width
                self._places.append((width, language))
                width += len(language.steps) + 1
                accept |= 1 << (width - 1)
            self._accepts.append(accept)
        self._domain = self._accepts.pop()
        self._alive = sum(
            ((1 << (len(language.steps) + 1)) - 1) << offset
            for offset, language in self._places[len(self._places) - len(domain) :]
        )
        self._advance, self._loop = _Masks(), _Masks()
        self._fill()
        self._moves = self._distinct_moves()

    def combinations(self, most: int = MOST_STATES) -> Iterator[tuple[tuple[bool, ...], str]]:
        """Every combination of groups that one text of the domain matches, each with the first text found."""
        seen = {self._start}
        found: set[tuple[bool, ...]] = set()
        queue = deque([(self._start, "")])
        while queue:
            state, text = queue.popleft()
            if state & self._domain:
                matched = tuple(state & accept != 0 for accept in self._accepts)
                if matched not in found:
                    found.add(matched)
                    yield matched, text
            for char, advance, loop in self._moves:
                after = ((state & advance) << 1) | (state & loop)
                if after & self._alive and after not in seen:
                    if len(seen) >= most:
                        msg = f"the patterns overlap in more than {most:,} ways"
                        raise UndecidedError(msg)
                    seen.add(after)
                    queue.append((after, text + char))

    def matched(self, text: str) -> tuple[bool, ...] | None:
        """Which groups a text matches; None where it is outside the domain."""
        state = self._start
        for char in text:
            advance, loop = self._move(char)
            state = ((state & advance) << 1) | (state & loop)
        if not state & self._domain:
            return None
        return tuple(state & accept != 0 for accept in self._accepts)

    def _fill(self) -> None:
        for offset, language in self._places:
            for place, chars in enumerate(language.steps):
                self._advance.add(chars, 1 << (offset + place))
            for place, loops in enumerate(language.loops):
                for chars in loops:
                    self._loop.add(chars, 1 << (offset + place))

    def _distinct_moves(self) -> tuple[tuple[str, int, int], ...]:
        """One character for every way in which characters move the languages."""
        mentioned = self._advance.mentioned | self._loop.mentioned
        moves: dict[tuple[int, int], str] = {}
        for char in (*_ALPHABET, *sorted(mentioned.difference(_ALPHABET)), _elsewhere(mentioned)):
            moves.setdefault(self._move(char), char)
        return tuple((char, advance, loop) for (advance, loop), char in moves.items())

    def _move(self, char: str) -> tuple[int, int]:
        return self._advance.of(char), self._loop.of(char)


class _Masks:
    """For every character, the bits of the places that take it."""

    def __init__(self) -> None:
        self._listed: dict[str, int] = {}
        self._others = 0
        self._kept_out: dict[frozenset[str], int] = {}

    @property
    def mentioned(self) -> frozenset[str]:
        """Every character that is told apart from the others."""
        return frozenset(self._listed).union(*self._kept_out)

    def add(self, chars: Chars, bit: int) -> None:
        """Let a place take these characters."""
        if not chars.negated:
            for char in chars.listed:
                self._listed[char] = self._listed.get(char, 0) | bit
        elif chars.listed:
            self._kept_out[chars.listed] = self._kept_out.get(chars.listed, 0) | bit
        else:
            self._others |= bit

    def of(self, char: str) -> int:
        """The places that take a character."""
        bits = self._others | self._listed.get(char, 0)
        for chars, kept in self._kept_out.items():
            if char not in chars:
                bits |= kept
        return bits


def _elsewhere(mentioned: frozenset[str]) -> str:
    """A character that no language mentions."""
    return next(char for char in map(chr, range(0xE0, 0x2FFF)) if char not in mentioned)


@lru_cache(maxsize=4096)
def combinations(groups: tuple[Group, ...], domain: Group, hints: tuple[str, ...] = ()) -> tuple[str, ...]:
    """A text of the domain for every combination of groups that one can match; hints are taken where they fit."""
    automaton = Automaton(groups, domain)
    found = dict(automaton.combinations())
    for hint in reversed(hints):
        matched = automaton.matched(hint)
        if matched is not None:
            found[matched] = hint
    return tuple(found.values())
