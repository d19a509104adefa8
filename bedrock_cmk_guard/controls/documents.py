"""Policy documents of which parts cannot be known: what they say at the least, and what they may say at the most.

A statement with an unknown part may or may not apply. So each has a certain reading, which counts what is known of it
alone, and a possible one, which counts the unknown part as whatever it could be. Where both come to the same answer,
that is the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import Effect, PolicyDocument, PolicyKind, Principal, Statement
from bedrock_cmk_guard.iam.grammar import operator
from bedrock_cmk_guard.subjects import ASSUMED_ACCOUNT, ASSUMED_REGION, Document, Unknown

_EVERYTHING = "*"
#: Stands for a condition's value that cannot be known, where it only matters that there is one.
_SOME_VALUE = {"string": "unknown", "arn": f"arn:aws:unknown:{ASSUMED_REGION}:{ASSUMED_ACCOUNT}:unknown"}
Words = tuple[tuple[str, ...], bool]
"""The strings of an element, and whether there are more that cannot be known."""


@dataclass(frozen=True, slots=True)
class Said:
    """One statement of a policy."""

    label: str
    """Its Sid as it is written, or its place."""
    name: str
    """Its Sid in the readings."""
    effect: Effect
    certain: Statement | None
    """What it says for sure; None where that is nothing."""
    possible: Statement
    """What it may say."""
    told: Statement
    """What it may say, taking it that a condition's unknown values do tell something."""

    @property
    def allows(self) -> bool:
        """Whether the effect is Allow."""
        return self.effect is Effect.ALLOW


@dataclass(frozen=True)
class Policy:
    """One policy, as far as it is known."""

    kind: PolicyKind
    statements: tuple[Said, ...] = ()
    unknown: str = ""
    """Why none of it can be known; empty where some can."""
    vague: str = ""
    """Why a whole statement of it cannot be known; empty where all can."""
    left_out: bool = False
    """Whether there is no policy."""

    @property
    def doubt(self) -> str:
        """Why not all of it can be known; empty where all can, but for parts of statements."""
        return self.unknown or self.vague

    @cached_property
    def least(self) -> PolicyDocument | None:
        """The reading that gives the least access. Of a policy that is unknown altogether no deny is counted."""
        found = [said.certain if said.allows else said.possible for said in self.statements]
        if self.vague:
            found.append(self._all(Effect.DENY))
        return self._document(found)

    @cached_property
    def most(self) -> PolicyDocument | None:
        """The reading that gives the most access."""
        found = [said.possible if said.allows else said.certain for said in self.statements]
        if self.doubt:
            found.append(self._all(Effect.ALLOW))
        return self._document(found)

    def _all(self, effect: Effect) -> Statement:
        principal = None if self.kind is PolicyKind.IDENTITY else Principal(everyone=True)
        actions = "sts:*" if self.kind is PolicyKind.TRUST else _EVERYTHING
        return Statement("", effect, (actions,), principal=principal)

    def _document(self, found: Sequence[Statement | None]) -> PolicyDocument | None:
        statements = tuple(statement for statement in found if statement is not None)
        return PolicyDocument(self.kind, statements) if statements else None


def read_policy(document: Document, kind: PolicyKind) -> Policy:
    """Read a policy; one that AWS would refuse is unknown, and says why."""
    if document is None:
        return Policy(kind, left_out=True)
    if isinstance(document, Unknown):
        return Policy(kind, unknown=document.reason)
    try:
        return _read(document, kind)
    except (PolicyError, ValueError, RecursionError) as problem:
        return Policy(kind, unknown=f"AWS would refuse it: {problem}")


def settled(document: Document, own_account: str, assumed: str) -> Document:
    """The document with an account that is known to be the key's own written as the one in the key's ARN."""
    return _mapped(document, re.compile(rf"(?<![0-9]){re.escape(own_account)}(?![0-9])"), assumed)


_ACCOUNTS = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_REGIONS = re.compile(r"(?<![a-z0-9-])[a-z]{2}(?:-[a-z]+)+-[0-9](?![0-9a-z-])")


def in_any_place(document: Document, account: str | None, region: str | None) -> Document:
    """The document with every account, or every Region, written as the one that is assumed, as if each were meant."""
    if account is not None:
        document = _mapped(document, _ACCOUNTS, account)
    return _mapped(document, _REGIONS, region) if region is not None else document


def renamed(document: Document, old: str, new: str) -> Document:
    """The document with one name put in place of another."""
    return _mapped(document, re.compile(re.escape(old) + r"(?![A-Za-z0-9+=,.@_/-])"), new)


def _mapped(document: Document, old: re.Pattern[str], new: str) -> Document:
    if isinstance(document, str):
        return old.sub(lambda _: new, document)
    if isinstance(document, Mapping):
        return {name: _mapped(value, old, new) for name, value in document.items()}
    if isinstance(document, Sequence):
        return [_mapped(value, old, new) for value in document]
    return document


def _read(document: Document, kind: PolicyKind) -> Policy:
    if isinstance(document, str):
        document = cast("Document", json.loads(document))
    if not isinstance(document, Mapping):
        raise PolicyError("a policy is an object with a Statement")
    statements = document.get("Statement")
    if isinstance(statements, Unknown):
        return Policy(kind, unknown=statements.reason)
    listed = [statements] if isinstance(statements, Mapping) else statements
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise PolicyError("Statement must be a list of statements")
    _check_version(document)
    found: list[Said] = []
    taken: set[str] = set()
    vague = ""
    for index, each in enumerate(listed):
        effect = each.get("Effect") if isinstance(each, Mapping) else each
        if isinstance(effect, Unknown):
            vague = vague or f"of Statement[{index}] nothing can be known: {effect.reason}"
        elif isinstance(each, Mapping):
            found.append(_said(each, kind, index, taken))
        else:
            raise PolicyError(f"Statement[{index}] is no object")
    return Policy(kind, tuple(found), vague=vague)


def _check_version(document: Mapping[str, Document]) -> None:
    """Policies of the old version differ in that variables are plain text in them."""
    if document.get("Version") != "2012-10-17" and "${" in repr(document):
        raise PolicyError('policy variables need "Version": "2012-10-17"')


def _said(raw: Mapping[str, Document], kind: PolicyKind, index: int, taken: set[str]) -> Said:
    sid = raw.get("Sid")
    label = sid if isinstance(sid, str) and sid else f"Statement[{index}]"
    # What AWS takes as a Sid differs by kind; here it only has to lead back to the statement.
    name = re.sub(r"[^A-Za-z0-9]", "", label)
    if name in taken:
        name = f"{name}Statement{index}"
    taken.add(name)
    certain = _certain(raw)
    return Said(
        label,
        name,
        Effect.ALLOW if raw.get("Effect") == "Allow" else Effect.DENY,
        _statement(certain, kind, name) if certain is not None else None,
        _statement(_possible(raw, told=False), kind, name),
        _statement(_possible(raw, told=True), kind, name),
    )


def _statement(raw: Mapping[str, object], kind: PolicyKind, name: str) -> Statement:
    data = {"Version": "2012-10-17", "Statement": [{**raw, "Sid": name}]}
    return PolicyDocument.from_dict(kind, data, where=name, found=True).statements[0]


_LISTS = ("Action", "Resource")
_NEGATED_LISTS = ("NotAction", "NotResource")


def _words(value: Document) -> Words:
    listed = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    known = tuple(item for item in listed if isinstance(item, str))
    open_ones = sum(isinstance(item, Unknown) for item in listed)
    if len(known) + open_ones != len(listed):
        raise PolicyError(f"{listed!r:.60} must be a string or a list of strings")
    return known, open_ones > 0


def _certain(raw: Mapping[str, Document]) -> dict[str, object] | None:
    """What is known of the statement; None where an unknown part may keep it from applying at all."""
    found: dict[str, object] = {}
    for name, value in raw.items():
        if name in _LISTS or name in _NEGATED_LISTS:
            known, more = _words(value)
            if more and (name in _NEGATED_LISTS or not known):
                return None
            found[name] = list(known) if known else value
        elif name in ("Principal", "NotPrincipal"):
            principal = _principal(value)
            if principal is None or (name == "NotPrincipal" and _is_open(value)):
                return None
            found[name] = principal
        elif name == "Condition":
            condition = _condition(value, certain=True, told=False)
            if condition is None:
                return None
            found[name] = condition
        else:
            found[name] = value
    return found


def _possible(raw: Mapping[str, Document], *, told: bool) -> dict[str, object]:
    """The widest that the statement may be."""
    found: dict[str, object] = {}
    for name, value in raw.items():
        if name in _LISTS:
            known, more = _words(value)
            found[name] = _EVERYTHING if more else (list(known) if known else value)
        elif name in _NEGATED_LISTS:
            known, more = _words(value)
            if more and not known:
                found[name.removeprefix("Not")] = _EVERYTHING
            else:
                found[name] = list(known) if known else value
        elif name == "Principal":
            found[name] = _widest(value)
        elif name == "NotPrincipal":
            open_one = _is_open(value)
            found["Principal" if open_one else name] = _EVERYTHING if open_one else value
        elif name == "Condition":
            found[name] = _condition(value, certain=False, told=told) or {}
        else:
            found[name] = value
    if found.get("Condition") == {}:
        del found["Condition"]
    return found


def _is_open(value: Document) -> bool:
    """Whether a Principal names somebody who cannot be known."""
    parts = value.values() if isinstance(value, Mapping) else (value,)
    return any(_words(each)[1] for each in parts)


def _principal(value: Document) -> object:
    """The principals that are known; None where none is."""
    if not isinstance(value, Mapping):
        return None if isinstance(value, Unknown) else value
    found = {name: list(_words(each)[0]) for name, each in value.items()}
    return {name: words for name, words in found.items() if words} or None


def _widest(value: Document) -> object:
    """Whoever may be meant: everybody, unless only services or providers are left open."""
    if not isinstance(value, Mapping):
        return _EVERYTHING if isinstance(value, Unknown) else value
    return _EVERYTHING if _words(value.get("AWS", ()))[1] else _principal(value) or _EVERYTHING


def _condition(value: Document, *, certain: bool, told: bool) -> dict[str, dict[str, object]] | None:
    """The condition's lines that are known. None where an unknown one may keep the statement from applying."""
    if not isinstance(value, Mapping):
        return None if certain or not isinstance(value, Unknown) else {}
    found: dict[str, dict[str, object]] = {}
    for name, block in value.items():
        if not isinstance(block, Mapping):
            if certain:
                return None
            continue
        kept: dict[str, object] = {}
        for key, each in block.items():
            values = _values(name, each, certain=certain, told=told)
            if values is not None:
                kept[key] = values
            elif certain:
                return None
        if kept:
            found[name] = kept
    return found


def _values(name: str, value: Document, *, certain: bool, told: bool) -> object:
    """The values of a line; None where they cannot be known."""
    listed = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    known = [item for item in listed if not isinstance(item, Unknown)]
    if len(known) == len(listed):
        return known
    found = operator(name)
    if certain:
        return known if known and not found.negated else None
    some = _SOME_VALUE.get(found.family)
    return [*known, some] if told and some is not None else None
