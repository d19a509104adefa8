"""The words of the IAM policy language: actions, resource patterns, principals, condition operators and text.

Every function checks one word or one block and raises ``ValueError`` with a sentence; ``document`` turns it
into a ``PolicyError`` that names the statement. Words are cached, so that large sets of documents stay cheap.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html (ARN form).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NewType

Condition = Mapping[str, Mapping[str, tuple[str, ...]]]
Family = Literal["string", "numeric", "date", "bool", "binary", "ip", "arn", "null"]
FoldedKey = NewType("FoldedKey", str)

_FAMILIES: dict[str, Family] = {
    "StringEquals": "string",
    "StringNotEquals": "string",
    "StringEqualsIgnoreCase": "string",
    "StringNotEqualsIgnoreCase": "string",
    "StringLike": "string",
    "StringNotLike": "string",
    "NumericEquals": "numeric",
    "NumericNotEquals": "numeric",
    "NumericLessThan": "numeric",
    "NumericLessThanEquals": "numeric",
    "NumericGreaterThan": "numeric",
    "NumericGreaterThanEquals": "numeric",
    "DateEquals": "date",
    "DateNotEquals": "date",
    "DateLessThan": "date",
    "DateLessThanEquals": "date",
    "DateGreaterThan": "date",
    "DateGreaterThanEquals": "date",
    "Bool": "bool",
    "BinaryEquals": "binary",
    "IpAddress": "ip",
    "NotIpAddress": "ip",
    "ArnEquals": "arn",
    "ArnLike": "arn",
    "ArnNotEquals": "arn",
    "ArnNotLike": "arn",
    "Null": "null",
}
_NEGATED = frozenset(name for name in _FAMILIES if "Not" in name)

_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9_*?-]+")
_KEY = re.compile(r"[^\s:$]+:\S(?:.*\S)?", re.DOTALL)
_ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+", re.DOTALL)
_ACCOUNT = re.compile(r"[0-9]{12}")
_UNIQUE_ID = re.compile(r"A[A-Z0-9]{15,127}")
_HOST = re.compile(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
_ORG_VARIABLE = re.compile(r"\$\{\s*aws:PrincipalOrgID\s*[,}]", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_DATE = re.compile(
    r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?)?)?|[0-9]+"
)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
# C0 and C1 controls other than tab, line feed and carriage return; lone surrogates; the two non-characters.
_BAD_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BEYOND_LATIN_1 = re.compile("[\u0100-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator taken apart: ``ForAllValues:StringNotLikeIfExists`` and the like."""

    name: str
    base: str
    family: Family
    quantifier: Literal["", "ForAnyValue", "ForAllValues"]
    if_exists: bool

    @property
    def negated(self) -> bool:
        """Whether the operator also matches a request without the key (``StringNotEquals``, …)."""
        return self.base in _NEGATED


@lru_cache(maxsize=1024)
def operator(name: str) -> Operator:
    """Take a condition operator apart; for one that AWS does not have, name the nearest."""
    prefix, colon, rest = name.rpartition(":")
    quantifier: Literal["", "ForAnyValue", "ForAllValues"] = ""
    if prefix == "ForAnyValue":
        quantifier = "ForAnyValue"
    elif prefix == "ForAllValues":
        quantifier = "ForAllValues"
    elif colon:
        raise ValueError(f"unknown set operator {prefix!r} in {name!r}; AWS has ForAnyValue and ForAllValues")
    base = rest.removesuffix("IfExists")
    family = _FAMILIES.get(base)
    if family is None:
        raise ValueError(f"unknown condition operator {name!r}{_nearest(base)}")
    if family == "null" and (quantifier or base != rest):
        raise ValueError(f"{name!r} is not an operator: Null takes neither IfExists nor a set operator")
    return Operator(name, base, family, quantifier, base != rest)


def _nearest(base: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(base, _FAMILIES, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def fold(key: str) -> FoldedKey:
    """Return a condition key as AWS compares it: their names do not depend on case."""
    return FoldedKey(key.casefold())


@lru_cache(maxsize=65536)
def check_action(action: str) -> None:
    """Demand that an action is ``*`` or ``service:Name``, with ``*`` and ``?`` only in the name."""
    if not _ACTION.fullmatch(action):
        raise ValueError(
            f"{action!r} is not an action; write service:Name (wildcards only in the name) or '*'"
        )


@lru_cache(maxsize=65536)
def check_resource(resource: str) -> None:
    """Demand that a resource is ``*`` or an ARN pattern of at least six fields."""
    check_text(resource)
    if resource != "*" and not _ARN.fullmatch(resource):
        raise ValueError(f"{resource!r} is not a resource; write '*' or an ARN of six fields (arn:aws:kms:…)")


@lru_cache(maxsize=65536)
def check_aws_principal(value: str) -> None:
    """Demand ``*``, an account id, an ARN without wildcards, or a unique id (a deleted principal's)."""
    check_text(value)
    if value == "*" or _ACCOUNT.fullmatch(value) or _UNIQUE_ID.fullmatch(value):
        return
    if not _ARN.fullmatch(value):
        raise ValueError(f"{value!r} is not an AWS principal; write an ARN, a 12-digit account id or '*'")
    if "*" in value or "?" in value:
        raise ValueError(
            f"AWS principal {value!r} has a wildcard, and AWS takes none there; "
            "name the account and narrow it with ArnLike on aws:PrincipalArn"
        )


@lru_cache(maxsize=4096)
def check_service_principal(value: str) -> None:
    """Demand that a service principal is a host name such as ``bedrock.amazonaws.com``."""
    if not _HOST.fullmatch(value):
        raise ValueError(f"{value!r} is not a service principal; write one such as bedrock.amazonaws.com")


@lru_cache(maxsize=4096)
def check_federated_principal(value: str) -> None:
    """Demand that a federated principal is the ARN of an identity provider, or a host name."""
    check_text(value)
    if not (_ARN.fullmatch(value) or _HOST.fullmatch(value)) or "*" in value:
        raise ValueError(f"{value!r} is not a federated principal; write the ARN of an OIDC or SAML provider")


def check_text(text: str) -> None:
    """Refuse what no policy can carry: nothing at all, control characters, half of a surrogate pair."""
    if not text:
        raise ValueError("an empty string; leave the element out, or test for presence with Null")
    # What is printable has none of them, and is quickly known to be.
    if not text.isprintable() and (bad := _BAD_CHARACTER.search(text)):
        raise ValueError(f"{text!r} has the character U+{ord(bad[0]):04X}, which a policy cannot carry")


def check_latin_1(text: str) -> None:
    r"""Refuse what IAM and KMS do not take: only tab, LF, CR and ``\u0020-\u00FF`` (botocore)."""
    if not text.isascii() and (bad := _BEYOND_LATIN_1.search(text)):
        raise ValueError(
            f"{text!r} has the character U+{ord(bad[0]):04X}; AWS takes none above U+00FF in this kind"
        )


def check_condition(condition: Condition, *, denies: bool, found: bool = False) -> None:
    """Known operators, well-formed keys, values that fit, and none of the traps of set operators and variables.

    AWS accepts the traps, so in a policy that was found somewhere they pass.
    """
    for name, block in condition.items():
        known = operator(name)
        if not block:
            raise ValueError(f"condition operator {name} has no key")
        seen: set[FoldedKey] = set()
        for key, values in block.items():
            check_key(key)
            if fold(key) in seen:
                raise ValueError(f"{name} has the key {key!r} twice; condition keys do not depend on case")
            seen.add(fold(key))
            if not values:
                raise ValueError(f"{name} {key} has no value")
            for value in values:
                check_value(known, key, value)
                if denies and not found and _ORG_VARIABLE.search(value):
                    raise ValueError(
                        f"{name} {key} compares with {value!r} in a Deny; write the organisation's id "
                        "literally, because the variable has no value outside the organisation"
                    )
            if not found:
                _check_quantifier(known, key, condition, denies=denies)


@lru_cache(maxsize=4096)
def check_key(key: str) -> None:
    """Demand that a condition key is ``prefix:Name``."""
    check_text(key)
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is not a condition key; write prefix:Name, such as aws:PrincipalArn")


def check_value(found: Operator, key: str, value: str) -> None:
    """Demand a value that the operator can compare with."""
    check_text(value)
    if not _FITS[found.family](value):
        raise ValueError(f"{found.name} {key} cannot compare with {value!r}: {_WANTED[found.family]}")


def _check_quantifier(found: Operator, key: str, condition: Condition, *, denies: bool) -> None:
    """Refuse set operators on an encryption context pair, and where an absent key decides by accident."""
    if not found.quantifier:
        return
    if fold(key).startswith("kms:encryptioncontext:"):
        raise ValueError(
            f"{found.name} on {key}: KMS refuses set operators on this single-valued key; drop it"
        )
    if found.quantifier != "ForAllValues" or (denies and found.negated):
        return
    if fold(key) not in present_keys(condition):
        matches = "denies" if denies else "allows"
        raise ValueError(
            f"{found.name} on {key} also {matches} every request without that key; "
            f'add "Null": {{"{key}": "false"}} to the statement'
        )


def present_keys(condition: Condition) -> frozenset[FoldedKey]:
    """Return the keys that the condition demands to be there, by ``Null … false``."""
    tested = condition.get("Null", {})
    return frozenset(fold(key) for key, values in tested.items() if {v.lower() for v in values} == {"false"})


def texts(condition: Condition) -> Iterator[str]:
    """Yield every text of a condition: keys and values (operators are words of AWS's)."""
    for block in condition.values():
        for key, values in block.items():
            yield key
            yield from values


def _is_network(value: str) -> bool:
    from ipaddress import ip_network

    try:
        ip_network(value, strict=False)
    except ValueError:
        return False
    return True


def _is_arn(value: str) -> bool:
    return value == "*" or value.startswith("${") or _ARN.fullmatch(value) is not None


_FITS: dict[Family, Callable[[str], bool]] = {
    "string": lambda value: True,
    "numeric": lambda value: _NUMBER.fullmatch(value) is not None,
    "date": lambda value: _DATE.fullmatch(value) is not None,
    "bool": lambda value: value.lower() in ("true", "false"),
    "binary": lambda value: _BASE64.fullmatch(value) is not None,
    "ip": _is_network,
    "arn": _is_arn,
    "null": lambda value: value.lower() in ("true", "false"),
}
_WANTED: dict[Family, str] = {
    "string": "a text",
    "numeric": "it wants a number",
    "date": "it wants an ISO 8601 date or seconds since 1970",
    "bool": "it wants 'true' or 'false'",
    "binary": "it wants base64",
    "ip": "it wants an IP address or a CIDR block",
    "arn": "it wants an ARN pattern of six fields, '*' or a policy variable",
    "null": "it wants 'true' (the key is absent) or 'false' (it is present)",
}
