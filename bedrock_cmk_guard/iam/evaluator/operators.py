"""The condition operators: whether one value of a request matches one value of a policy.

The grammar has seen to it that a policy's values can be compared; a request's value that cannot be (a word
where a number belongs) matches nothing. Negation, ``IfExists`` and set operators are for ``conditions``.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from bedrock_cmk_guard.iam.evaluator.arns import arn_matches
from bedrock_cmk_guard.iam.evaluator.patterns import Pieces, matches, text_of

#: (value in the request, value in the policy) -> do they match
Compare = Callable[[str, Pieces], bool]


def _equals(value: str, wanted: Pieces) -> bool:
    return value == text_of(wanted)


def _equals_ignore_case(value: str, wanted: Pieces) -> bool:
    return value.casefold() == text_of(wanted).casefold()


def _like(value: str, wanted: Pieces) -> bool:
    return matches(wanted, value)


def _arn(value: str, wanted: Pieces) -> bool:
    return arn_matches(wanted, value)


def _bool(value: str, wanted: Pieces) -> bool:
    return value.lower() in {"true", "false"} and value.lower() == text_of(wanted).lower()


_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _numeric(test: Callable[[Decimal, Decimal], bool]) -> Compare:
    def compare(value: str, wanted: Pieces) -> bool:
        number, limit = _number(value), _number(text_of(wanted))
        return number is not None and limit is not None and test(number, limit)

    return compare


@lru_cache(maxsize=4096)
def _moment(text: str) -> datetime | None:
    """Read a date: ISO 8601 (a year or month may stand alone) or seconds since 1970; UTC without a zone."""
    try:
        if re.fullmatch(r"[0-9]{4}(-[0-9]{2})?", text):
            text = f"{text}-01" if "-" in text else f"{text}-01-01"
        elif text.isdecimal():
            return datetime.fromtimestamp(int(text), UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _date(test: Callable[[datetime, datetime], bool]) -> Compare:
    def compare(value: str, wanted: Pieces) -> bool:
        moment, limit = _moment(value), _moment(text_of(wanted))
        return moment is not None and limit is not None and test(moment, limit)

    return compare


def _binary(value: str, wanted: Pieces) -> bool:
    try:
        return base64.b64decode(value, validate=True) == base64.b64decode(text_of(wanted), validate=True)
    except (binascii.Error, ValueError):
        return False


@lru_cache(maxsize=4096)
def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text, strict=False)


def _address(value: str, wanted: Pieces) -> bool:
    try:
        return ipaddress.ip_address(value) in _network(text_of(wanted))
    except ValueError:
        return False


#: The comparison of every operator; a negated one has that of the operator it negates.
COMPARE: Mapping[str, Compare] = {
    "StringEquals": _equals,
    "StringNotEquals": _equals,
    "StringEqualsIgnoreCase": _equals_ignore_case,
    "StringNotEqualsIgnoreCase": _equals_ignore_case,
    "StringLike": _like,
    "StringNotLike": _like,
    "ArnEquals": _arn,
    "ArnLike": _arn,
    "ArnNotEquals": _arn,
    "ArnNotLike": _arn,
    "Bool": _bool,
    "NumericEquals": _numeric(operator.eq),
    "NumericNotEquals": _numeric(operator.eq),
    "NumericLessThan": _numeric(operator.lt),
    "NumericLessThanEquals": _numeric(operator.le),
    "NumericGreaterThan": _numeric(operator.gt),
    "NumericGreaterThanEquals": _numeric(operator.ge),
    "DateEquals": _date(operator.eq),
    "DateNotEquals": _date(operator.eq),
    "DateLessThan": _date(operator.lt),
    "DateLessThanEquals": _date(operator.le),
    "DateGreaterThan": _date(operator.gt),
    "DateGreaterThanEquals": _date(operator.ge),
    "BinaryEquals": _binary,
    "IpAddress": _address,
    "NotIpAddress": _address,
}
