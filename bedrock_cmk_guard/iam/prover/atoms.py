"""Atoms: one operator and key of a condition, its values filled in. What a formula is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import grammar
from bedrock_cmk_guard.iam.evaluator.operators import COMPARE
from bedrock_cmk_guard.iam.evaluator.patterns import Pieces, text_of
from bedrock_cmk_guard.iam.grammar import Operator
from bedrock_cmk_guard.iam.prover import languages
from bedrock_cmk_guard.iam.prover.automaton import Group
from bedrock_cmk_guard.iam.prover.undecided import UndecidedError

#: The values of a condition key in a request; None where the request does not carry it.
Found = tuple[str, ...] | None

#: Families whose values are compared as text.
TEXT = frozenset({"string", "arn", "bool"})
_LIKE = frozenset({"StringLike", "StringNotLike"})


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """A comparison of one condition key with the values of a policy. ``key`` is in lower case.

    ``undefined`` says that one of the values has a policy variable without a value, so that it matches nothing.
    Made by ``comparison`` and ``atom``, which make each once; two are equal if they are the same object.
    """

    key: str
    operator: Operator
    wanted: tuple[Pieces, ...]
    undefined: bool = False

    def holds(self, found: Found) -> bool:
        """Whether it holds for these values; as ``evaluator.conditions`` decides, for no open value."""
        operator = self.operator
        if operator.family == "null":
            return any((text_of(value).lower() == "true") is (not found) for value in self.wanted)
        if not found:
            if operator.if_exists or operator.quantifier == "ForAllValues":
                return True
            return operator.negated and operator.quantifier != "ForAnyValue"
        if operator.quantifier == "ForAllValues":
            return all(self.fits(value) for value in found)
        if operator.quantifier == "ForAnyValue":
            return any(self.fits(value) for value in found)
        if len(found) > 1:
            msg = f"{operator.name} compares {self.key}, which may have several values; AWS leaves the result open"
            raise UndecidedError(msg)
        return self.fits(found[0])

    def fits(self, value: str) -> bool:
        """One value against all of the policy's: any of them, or none where negated.

        A negated comparison with an undefined variable does not hold either.
        """
        if self.undefined and self.operator.negated:
            return False
        compare = COMPARE[self.operator.base]
        return any(compare(value, pieces) for pieces in self.wanted) is not self.operator.negated

    @property
    def group(self) -> Group:
        """The texts that match one of the policy's values, for an operator that compares text."""
        operator = self.operator
        if operator.family == "arn":
            return tuple(found for found in map(languages.arn, self.wanted) if found is not None)
        if operator.base in _LIKE:
            return tuple(languages.like(pieces) for pieces in self.wanted)
        ignore_case = operator.family == "bool" or "IgnoreCase" in operator.base
        return tuple(languages.literal(text_of(pieces), ignore_case=ignore_case) for pieces in self.wanted)


@lru_cache(maxsize=262144)
def comparison(operator: str, key: str, wanted: tuple[Pieces | None, ...]) -> Atom:
    """An atom with its values taken apart; None is one whose policy variable is undefined."""
    defined = tuple(pieces for pieces in wanted if pieces is not None)
    return Atom(key.lower(), parsed(operator), defined, len(defined) < len(wanted))


@lru_cache(maxsize=65536)
def atom(operator: str, key: str, *wanted: str) -> Atom:
    """An atom whose values hold no policy variable."""
    return comparison(operator, key, tuple(((value, True),) for value in wanted))


@lru_cache(maxsize=1024)
def parsed(operator: str) -> Operator:
    """Take the name of an operator apart."""
    try:
        return grammar.operator(operator)
    except ValueError as problem:
        raise PolicyError(str(problem)) from problem
