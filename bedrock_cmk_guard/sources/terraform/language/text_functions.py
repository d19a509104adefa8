"""Terraform's functions on text. One that is not sure to agree with Terraform's says Unknown.

Source: https://developer.hashicorp.com/terraform/language/functions
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from bedrock_cmk_guard.sources.terraform.language.casting import cast
from bedrock_cmk_guard.sources.terraform.language.joining import NOT_SURE, joined, known_text
from bedrock_cmk_guard.sources.terraform.language.scope import EvaluationError
from bedrock_cmk_guard.sources.terraform.language.types import NUMBER, STRING
from bedrock_cmk_guard.sources.terraform.language.values import (
    ListValue,
    Value,
    is_open,
    why_unknown,
)
from bedrock_cmk_guard.subjects import Unknown

Function: TypeAlias = Callable[..., Value]

_BLANKS = (
    " \t\n\v\f\r\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What Go takes for blank."""
_VERB = re.compile(r"%(?:%|[sdv]|.)", re.DOTALL)


def on_text(compute: Callable[..., Value]) -> Function:
    """Make a function of one on texts that are all known."""

    def function(*values: Value) -> Value:
        texts: list[str] = []
        for value in values:
            found = known_text(value)
            if isinstance(found, Unknown):
                return found
            texts.append(found)
        try:
            return compute(*texts)
        except TypeError:
            raise EvaluationError("it takes another number of arguments") from None

    return function


def _ascii(compute: Callable[[str], str]) -> Callable[[str], Value]:
    def function(text: str) -> Value:
        return compute(text) if text.isascii() else Unknown("case is not changed here in other than ASCII")

    return function


def _replace(text: str, search: str, by: str) -> Value:
    if len(search) > 1 and search.startswith("/") and search.endswith("/"):
        return Unknown("regular expressions are not applied here")
    return text.replace(search, by) if search else Unknown("what is replaced is empty")


def _split(separator: str, text: str) -> Value:
    return ListValue(text.split(separator) if separator else list(text))


def _trim_prefix(text: str, prefix: str) -> Value:
    return text.removeprefix(prefix)


def _trim_suffix(text: str, suffix: str) -> Value:
    return text.removesuffix(suffix)


def substr(text: Value, offset: Value, length: Value) -> Value:
    """Return a part of a text."""
    whole, start, count = known_text(text), cast(offset, NUMBER), cast(length, NUMBER)
    if isinstance(whole, Unknown):
        return whole
    if isinstance(start, Decimal) or isinstance(count, Decimal):
        raise EvaluationError("substr takes whole numbers")
    if not isinstance(start, int) or not isinstance(count, int) or not whole.isascii():
        return Unknown("which part of the text it is, is not known")
    if start < 0 or count < -1 or count == 0:
        return Unknown(f"{NOT_SURE}: what such a part of a text is, is not computed here")
    return whole[start:] if count == -1 else whole[start : start + count]


def join(separator: Value, *lists: Value) -> Value:
    """Join texts; some of them need not be known."""
    between = known_text(separator)
    if isinstance(between, Unknown):
        return between
    parts: list[Value] = []
    for each in lists:
        if not isinstance(each, tuple):
            return why_unknown(each) if is_open(each) else _refuse("join takes lists")
        for item in each:
            if item is None or isinstance(item, (tuple, dict)):
                raise EvaluationError("join takes lists of texts")
            parts += [between, item] if parts else [item]
    return joined(*parts)


def _refuse(message: str) -> Value:
    raise EvaluationError(message)


def format_text(pattern: Value, *values: Value) -> Value:
    """Format with ``%s``, ``%d``, ``%v`` and ``%%``; others are not computed here."""
    written = known_text(pattern)
    if isinstance(written, Unknown):
        return written
    parts: list[Value] = []
    end = 0
    given = list(values)
    for match in _VERB.finditer(written):
        parts.append(written[end : match.start()])
        end = match.end()
        verb = match.group()
        if verb == "%%":
            parts.append("%")
        elif verb not in ("%s", "%d", "%v"):
            return Unknown(f"{verb} is not formatted here")
        elif not given:
            raise EvaluationError("format has too few arguments")
        else:
            parts.append(_formatted(verb, given.pop(0)))
    if given:
        raise EvaluationError("format has too many arguments")
    return joined(*parts, written[end:])


def _formatted(verb: str, value: Value) -> Value:
    if verb == "%v" and (value is None or isinstance(value, (tuple, dict))):
        return Unknown("how it is written is not known here")
    if value is None:
        # A null of no type makes the whole text unknown; one of type string is an error. Which it is, is not known.
        return Unknown("null is formatted")
    if verb == "%d":
        number = cast(value, NUMBER)
        if isinstance(number, Decimal):
            raise EvaluationError("%d takes a whole number")
        return number if isinstance(number, int) else Unknown("whether it is a whole number is not known")
    return cast(value, STRING)


TEXT_FUNCTIONS: dict[str, Function] = {
    "chomp": on_text(lambda text: text.rstrip("\r\n")),
    "endswith": on_text(lambda text, suffix: text.endswith(suffix)),
    "format": format_text,
    "join": join,
    "lower": on_text(_ascii(str.lower)),
    "replace": on_text(_replace),
    "split": on_text(_split),
    "startswith": on_text(lambda text, prefix: text.startswith(prefix)),
    "strcontains": on_text(lambda text, part: part in text),
    "substr": substr,
    "trim": on_text(lambda text, characters: text.strip(characters)),
    "trimprefix": on_text(_trim_prefix),
    "trimspace": on_text(lambda text: text.strip(_BLANKS)),
    "trimsuffix": on_text(_trim_suffix),
    "upper": on_text(_ascii(str.upper)),
}
