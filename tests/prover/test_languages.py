"""The prover's languages accept what the evaluator's patterns match, and the automaton finds every combination."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_cmk_guard.iam.evaluator.arns import arn_matches
from bedrock_cmk_guard.iam.evaluator.patterns import Pieces, compiled_resource, matches
from bedrock_cmk_guard.iam.prover import UndecidedError, languages
from bedrock_cmk_guard.iam.prover.automaton import Automaton, combinations
from bedrock_cmk_guard.iam.prover.keys import ANYTHING

SMALL = st.text("ab:*?", max_size=7)
PIECES = st.lists(st.tuples(st.text("ab:*?", min_size=1, max_size=4), st.booleans()), max_size=3).map(tuple)
SEGMENT = st.text("ab*?", max_size=3)
ARNS = st.builds("{}:{}:{}:{}:{}:{}".format, st.just("arn"), SEGMENT, SEGMENT, SEGMENT, SEGMENT, SMALL)


def accepts(language: languages.Language, text: str) -> bool:
    return Automaton(((language,),), (languages.sequence((languages.ANY, "*")),)).matched(text) == (True,)


@given(PIECES, SMALL)
def test_like(pieces: Pieces, text: str) -> None:
    assert accepts(languages.like(pieces), text) is matches(pieces, text)


@given(st.one_of(ARNS, st.just("*"), SMALL).map(lambda text: ((text, True),)), st.one_of(ARNS, SMALL))
def test_arn(pieces: Pieces, text: str) -> None:
    language = languages.arn(pieces)
    assert (language is not None and accepts(language, text)) is arn_matches(pieces, text)


@given(st.one_of(ARNS, SMALL).filter(bool), st.one_of(ARNS, SMALL))
def test_resource(pattern: str, text: str) -> None:
    pieces = ((pattern, True),)
    assert accepts(languages.resource(pieces), text) is (compiled_resource(pieces).match(text) is not None)


@given(st.lists(st.text("ab*?", min_size=1, max_size=4), min_size=1, max_size=4))
def test_every_combination_that_a_short_text_shows_is_found(patterns: list[str]) -> None:
    groups = tuple((languages.like(((pattern, True),)),) for pattern in patterns)

    def matched(text: str) -> tuple[bool, ...]:
        return tuple(matches(((pattern, True),), text) for pattern in patterns)

    found = {matched(text) for text in combinations(groups, ANYTHING)}
    seen = {matched("".join(text)) for length in range(1, 6) for text in product("abc", repeat=length)}
    assert seen <= found


@given(st.lists(st.text("aA*", min_size=1, max_size=3), min_size=1, max_size=3))
def test_the_examples_show_different_combinations(patterns: list[str]) -> None:
    groups = tuple((languages.like(((pattern, True),)),) for pattern in patterns)
    automaton = Automaton(groups, ANYTHING)
    found = [automaton.matched(text) for text in combinations(groups, ANYTHING)]
    assert len(set(found)) == len(found)


def test_patterns_that_overlap_in_too_many_ways_are_given_up() -> None:
    groups = tuple((languages.like(((f"*{char}*", True),)),) for char in "abcdefghijklmnop")
    with pytest.raises(UndecidedError, match="overlap in more than 20,000 ways"):
        combinations(groups, ANYTHING)
