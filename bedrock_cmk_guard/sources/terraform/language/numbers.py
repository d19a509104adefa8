"""Terraform's numbers: binary, of 512 bits, so that decimal fractions are rounded in ways not repeated here.

A number that is written somewhere keeps its digits. What is computed is known if binary floating point has it exactly,
and otherwise nothing is said about it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from bedrock_cmk_guard.sources.terraform.language.scope import EvaluationError
from bedrock_cmk_guard.sources.terraform.language.values import Number
from bedrock_cmk_guard.subjects import Unknown

_EXACT_BITS = 53
_LONGEST = 150
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


def is_number(value: object) -> bool:
    """Whether it is a number; Python would take a bool for one."""
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def parse_number(text: str) -> Number | Unknown:
    """The number that a text says."""
    if not _NUMBER.fullmatch(text):
        if re.search(r"inf|0x|0b|0o|_|p", text, re.IGNORECASE):
            return Unknown(f"whether {text!r} is a number is not known here")
        raise EvaluationError(f"{text!r} is no number")
    if len(text) > _LONGEST:
        return Unknown("the number is too long")
    number = Decimal(text)
    if number and abs(number.adjusted()) > _LONGEST:
        return Unknown("the number is too long")
    return plain(number)


def plain(number: Number) -> Number:
    """A whole number as int."""
    return int(number) if Fraction(number).denominator == 1 else number


def number_text(number: Number) -> str:
    """The number as Terraform writes it."""
    return str(number) if isinstance(number, int) else format(number, "f").rstrip("0").rstrip(".")


def exact(result: Fraction) -> Number | Unknown:
    """The result of a computation, if no rounding can have happened."""
    denominator = result.denominator
    if denominator & (denominator - 1) or abs(result.numerator).bit_length() > _EXACT_BITS:
        return Unknown("the result of a computation with fractions is rounded")
    if denominator == 1:
        return result.numerator
    places = denominator.bit_length() - 1
    if places > _EXACT_BITS:
        return Unknown("the result of a computation with fractions is rounded")
    return Decimal(f"{result.numerator * 5**places}e-{places}")


def is_exact(*numbers: Number) -> bool:
    """Whether binary floating point has these numbers as they are written."""
    return not any(isinstance(exact(Fraction(number)), Unknown) for number in numbers)


def computed(result: Fraction, *operands: Number) -> Number | Unknown:
    """The result of a computation, if neither the operands nor the result are rounded."""
    return exact(result) if is_exact(*operands) else Unknown("the result of a computation is rounded")
