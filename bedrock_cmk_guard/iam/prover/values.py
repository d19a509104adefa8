"""The classes of values of a condition key that a set of atoms can tell apart, each with an example.

Text falls into the classes of a product automaton, numbers and dates into intervals, addresses into the ranges that
networks cut out. A key with several values falls into classes of sets, as far as ForAnyValue and ForAllValues see
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from ipaddress import ip_address, ip_network
from itertools import pairwise

from bedrock_cmk_guard.iam.evaluator.operators import _moment as moment
from bedrock_cmk_guard.iam.evaluator.patterns import text_of
from bedrock_cmk_guard.iam.prover.atoms import TEXT, Atom, Found
from bedrock_cmk_guard.iam.prover.automaton import Group, combinations
from bedrock_cmk_guard.iam.prover.keys import Shape, shape
from bedrock_cmk_guard.iam.prover.undecided import UndecidedError

_MOST_SETS = 512
_NO_MATCH = "bm90aGluZyBsaWtlIGl0"  # base64


@dataclass(frozen=True, slots=True)
class Value:
    """A class of values: an example, None for absence, and what the atoms say of it."""

    found: Found
    truths: Mapping[Atom, bool]


@lru_cache(maxsize=65536)
def values(
    key: str, about: frozenset[Atom], demanded: frozenset[tuple[Atom, bool]]
) -> tuple[tuple[Value, ...], bool]:
    """The classes that ``about`` tells apart and that fulfil what is demanded; and whether a demand ruled one out."""
    asked = tuple(sorted({*about, *(atom for atom, _ in demanded)}, key=_order))
    shaped = shape(key)
    kept: dict[tuple[bool, ...], Value] = {}
    dropped = False
    for found in _candidates(key, asked, shaped):
        truths = {atom: atom.holds(found) for atom in asked}
        if any(truths[atom] is not truth for atom, truth in demanded):
            dropped = True
            continue
        kept.setdefault(tuple(truths[atom] for atom in about), Value(found, truths))
    return tuple(kept.values()), dropped


def _order(atom: Atom) -> tuple[str, str]:
    return atom.operator.name, repr(atom.wanted)


def _candidates(key: str, atoms: tuple[Atom, ...], shaped: Shape) -> Iterator[Found]:
    singles = tuple(dict.fromkeys(_singles(key, atoms, shaped)))
    if not shaped.always:
        yield None
    for single in singles:
        yield (single,)
    if _several(atoms, shaped):
        yield from _sets(key, singles, tuple(atom for atom in atoms if atom.operator.family != "null"))


def _several(atoms: tuple[Atom, ...], shaped: Shape) -> bool:
    """Whether a request may carry several values: by AWS's type, or, for an unknown key, as the policies treat it."""
    if shaped.type is not None:
        return shaped.several
    compared = [atom.operator for atom in atoms if atom.operator.family != "null"]
    return bool(compared) and all(operator.quantifier for operator in compared)


def _sets(key: str, singles: tuple[str, ...], atoms: tuple[Atom, ...]) -> Iterator[Found]:
    """Sets of several values, one for each way in which the atoms see some and all of their members."""
    fits = {single: tuple(atom.fits(single) for atom in atoms) for single in singles}
    seen = {(found, found) for found in fits.values()}
    queue: list[tuple[str, ...]] = [(single,) for single in singles]
    while queue:
        members = queue.pop(0)
        for single in singles:
            if single in members:
                continue
            larger = (*members, single)
            some = tuple(map(any, zip(*(fits[each] for each in larger), strict=True)))
            every = tuple(map(all, zip(*(fits[each] for each in larger), strict=True)))
            if (some, every) in seen:
                continue
            if len(seen) >= _MOST_SETS:
                msg = f"the values of {key} combine in more than {_MOST_SETS} ways"
                raise UndecidedError(msg)
            seen.add((some, every))
            queue.append(larger)
            yield larger


def _singles(key: str, atoms: tuple[Atom, ...], shaped: Shape) -> Iterator[str]:
    by_family: dict[str, list[Atom]] = {}
    for atom in atoms:
        family: str = "text" if atom.operator.family in TEXT else atom.operator.family
        if family != "null":
            by_family.setdefault(family, []).append(atom)
    if len(by_family) > 1:
        msg = f"{key} is compared as {' and as '.join(sorted(by_family))}"
        raise UndecidedError(msg)
    family, found = next(iter(by_family.items()), (_FAMILY_OF_TYPE.get(shaped.type or "", "text"), []))
    wanted = tuple(dict.fromkeys(text_of(pieces) for atom in found for pieces in atom.wanted))
    match family:
        case "text":
            groups = tuple(dict.fromkeys(atom.group for atom in found))
            yield from _texts(key, groups, shaped)
        case "numeric":
            yield from _numbers(wanted)
        case "date":
            yield from _dates(wanted)
        case "ip":
            yield from _addresses(wanted)
        case _:
            yield from (*wanted, _NO_MATCH)


_FAMILY_OF_TYPE = {"Numeric": "numeric", "Date": "date", "IPAddress": "ip", "Binary": "binary"}


def _texts(key: str, groups: tuple[Group, ...], shaped: Shape) -> tuple[str, ...]:
    try:
        return combinations(groups, shaped.domain, shaped.hints)
    except UndecidedError as problem:
        msg = f"{key}: {problem}"
        raise UndecidedError(msg) from problem


def _numbers(wanted: Iterable[str]) -> Iterator[str]:
    """A number in every interval. AWS's numeric keys count in whole numbers; a fraction only beside another."""
    points = sorted({Decimal(value) for value in wanted}) or [Decimal(1)]
    yield str(points[0].to_integral_value() - 1)
    for low, high in pairwise(points):
        yield f"{low:f}"
        whole = low.to_integral_value(rounding="ROUND_FLOOR") + 1
        if whole < high:
            yield f"{whole:f}"
        elif low % 1 or high % 1:
            yield f"{(low + high) / 2:f}"
    yield f"{points[-1]:f}"
    yield str(points[-1].to_integral_value() + 1)


def _dates(wanted: Iterable[str]) -> Iterator[str]:
    points = sorted({at for at in map(moment, wanted) if at is not None})
    if not points:
        yield "2030-01-01T00:00:00Z"
        return
    second = timedelta(seconds=1)
    between = [low + (high - low) / 2 for low, high in pairwise(points)]
    for at in sorted({points[0] - second, *points, *between, points[-1] + second}):
        yield at.isoformat().replace("+00:00", "Z")


def _addresses(wanted: Iterable[str]) -> Iterator[str]:
    """The first address of every range into which the networks cut the addresses."""
    starts = {4: {int(ip_address("192.0.2.1")), 0}, 6: {int(ip_address("2001:db8::1")), 0}}
    for network in (ip_network(value, strict=False) for value in wanted):
        starts[network.version] |= {int(network[0]), int(network[-1]) + 1}
    for version, ends in ((4, 32), (6, 128)):
        for start in sorted(starts[version]):
            if start < 2**ends:
                yield str(ip_address(start.to_bytes(ends // 8, "big")))
