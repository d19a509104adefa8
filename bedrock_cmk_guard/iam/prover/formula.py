"""Formulas over atoms, simplified as soon as some atoms are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bedrock_cmk_guard.iam.prover.atoms import Atom


@dataclass(frozen=True, slots=True)
class Both:
    """All of the parts hold."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of the parts holds."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The atom does not hold."""

    atom: Atom


Formula = bool | Atom | Not | Both | Either


def both(parts: Iterable[Formula]) -> Formula:
    """The conjunction, without what is true anyway."""
    left: list[Formula] = []
    for part in parts:
        if part is False:
            return False
        if part is not True:
            left.append(part)
    if len(left) < 2:
        return left[0] if left else True
    return Both(tuple(left))


def either(parts: Iterable[Formula]) -> Formula:
    """The disjunction, without what is false anyway."""
    left: list[Formula] = []
    for part in parts:
        if part is True:
            return True
        if part is not False:
            left.append(part)
    if len(left) < 2:
        return left[0] if left else False
    return Either(tuple(left))


def negated(formula: Formula) -> Formula:
    """The opposite, with the negation moved down to the atoms."""
    if isinstance(formula, bool):
        return not formula
    if isinstance(formula, Both):
        return either(map(negated, formula.parts))
    if isinstance(formula, Either):
        return both(map(negated, formula.parts))
    return formula.atom if isinstance(formula, Not) else Not(formula)


def simplified(formula: Formula, known: Mapping[Atom, bool]) -> Formula:
    """The formula once these atoms are known."""
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, Atom):
        return known.get(formula, formula)
    if isinstance(formula, Not):
        truth = known.get(formula.atom)
        return formula if truth is None else not truth
    join = both if isinstance(formula, Both) else either
    return join(simplified(part, known) for part in formula.parts)


def atoms(formula: Formula) -> Iterator[Atom]:
    """Every atom of the formula, in order, some more than once."""
    if isinstance(formula, Atom):
        yield formula
    elif isinstance(formula, Not):
        yield formula.atom
    elif isinstance(formula, (Both, Either)):
        for part in formula.parts:
            yield from atoms(part)
