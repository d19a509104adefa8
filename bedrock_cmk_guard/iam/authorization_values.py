"""Whether an operator fits the type of its key, and its values can match at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bedrock_cmk_guard.iam import global_keys
from bedrock_cmk_guard.iam.grammar import Family, Operator
from bedrock_cmk_guard.iam.problems import Trap
from bedrock_cmk_guard.iam.supply import Services, known_type

# ARN keys take string operators too; AWS recommends the ARN ones (the guide on aws:PrincipalArn).
_FAMILIES: dict[str, frozenset[Family]] = {
    "String": frozenset({"string"}),
    "ARN": frozenset({"string", "arn"}),
    "Bool": frozenset({"bool"}),
    "Numeric": frozenset({"numeric"}),
    "Date": frozenset({"date"}),
    "IPAddress": frozenset({"ip"}),
}
# Keys that the data calls strings or dates and that AWS documents as taking another family too.
_ALSO: dict[str, frozenset[Family]] = {
    "aws:epochtime": frozenset({"numeric"}),
    "aws:federatedprovider": frozenset({"arn"}),
}
_VARIABLE = re.compile(r"\$\{\s*([^},]*?)\s*(?:,[^}]*)?\}")
_LITERALS = frozenset({"*", "?", "$"})
_CASE_BLIND = frozenset({"StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"})


def value_problems(
    found: Operator, key: str, values: tuple[str, ...], kind: str | None, services: Services, *, denies: bool
) -> Iterator[tuple[Trap, str, str]]:
    """Yield what is wrong with one line of a condition whose key has the type ``kind`` (none: unknown).

    Each comes with its message, and with the value that it is about, if it is about one.
    """
    for value in values:
        if "${" in value:
            yield from _variables(value, services)
    if kind is None or found.family == "null":
        return
    yield from _type(found, key, kind)
    yield from _wildcards(found, key, values)
    if denies and key.lower() == "aws:tagkeys" and not found.negated and found.base not in _CASE_BLIND:
        yield (
            Trap.TAG_KEY_CASE,
            f"{found.name} on {key} depends on case, condition keys on tags do not: the same tag key in "
            "other letters passes this Deny and still counts as the tag; use StringEqualsIgnoreCase",
            "",
        )


def _type(found: Operator, key: str, kind: str) -> Iterator[tuple[Trap, str, str]]:
    many = kind.startswith("ArrayOf")
    plain = kind.removeprefix("ArrayOf")
    allowed = _FAMILIES.get(plain, frozenset()) | _ALSO.get(key.lower(), frozenset())
    if plain == "String" and key.lower().endswith("arn"):
        allowed |= {"arn"}
    if found.family not in allowed:
        yield Trap.OPERATOR_TYPE, f"{found.name} does not fit {key}, which is of type {kind}", ""
    if many and not found.quantifier:
        message = f"{key} can have several values; use ForAnyValue:{found.name} or ForAllValues:{found.name}"
        yield Trap.SET_OPERATOR, message, ""
    if not many and found.quantifier:
        message = f"{key} has one value, so AWS has no meaning for {found.quantifier}; use {found.base}"
        yield Trap.SET_OPERATOR, message, ""


def _wildcards(found: Operator, key: str, values: tuple[str, ...]) -> Iterator[tuple[Trap, str, str]]:
    """Find wildcards that are ordinary characters, and those that let in what the key is to keep out."""
    starred = [value for value in values if "*" in value and "*" in _VARIABLE.sub("", value)]
    if not starred or key.lower().startswith("kms:encryptioncontext:"):
        return
    if found.base in ("StringEquals", "StringNotEquals", *_CASE_BLIND):
        message = (
            f"{found.name} {key} compares with {starred[0]!r} letter by letter; StringLike knows wildcards"
        )
        yield Trap.LITERAL_WILDCARD, message, starred[0]
    known = global_keys.find(key)
    if known and known.wildcards_useless:
        message = f"{key} identifies one account, organisation or endpoint; {starred[0]!r} lets others match"
        yield Trap.USELESS_WILDCARD, message, starred[0]


def _variables(value: str, services: Services) -> Iterator[tuple[Trap, str, str]]:
    for match in _VARIABLE.finditer(value):
        name = match[1]
        if name not in _LITERALS and known_type(name, services) is None:
            message = f"{match[0]} is no policy variable AWS knows; a placeholder is not filled in by anybody"
            yield Trap.PLACEHOLDER, message, value
