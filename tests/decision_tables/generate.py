"""Requests made from a document itself: for every statement, action and condition key, one way and the other.

They are breadth for the comparison with iam-simulate and a starting point for a table. They are no oracle of our
own evaluator: what a policy owes a request is for a table's author to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from bedrock_cmk_guard.iam import grammar
from bedrock_cmk_guard.iam.document import Condition, PolicyDocument, Principal, Statement
from bedrock_cmk_guard.iam.evaluator import Request, supplied_by_aws
from bedrock_cmk_guard.iam.evaluator.context import Context
from bedrock_cmk_guard.iam.evaluator.statements import match_statement
from bedrock_cmk_guard.iam.service_data import Action, frozen_service

ACCOUNT, OTHER = "111122223333", "999988887777"
SERVICE = "bedrock.amazonaws.com"
_ABSENT = None
_MOST = 400  # combinations tried for one statement and action before giving up on a key


@dataclass(frozen=True, slots=True)
class Generated:
    """A request that a statement matches (``key`` is None), or that exactly one key keeps it from matching."""

    index: int
    sid: str
    key: str | None
    request: Request

    @property
    def name(self) -> str:
        """What a table would call the case."""
        what = "applies" if self.key is None else f"without {self.key}"
        return f"{self.sid or self.index} {what}: {self.request.action}"


def generate(document: PolicyDocument, *, per_pattern: int = 2) -> Iterator[Generated]:
    """Find requests for every statement, action and condition key, as far as a bounded search finds them.

    An action pattern stands for its first ``per_pattern`` actions. Every request carries only keys that AWS
    supplies to it.
    """
    for index, statement in enumerate(document.statements):
        for action in _actions(statement, per_pattern):
            yield from _of_action(index, statement, action)


def _of_action(index: int, statement: Statement, action: Action) -> Iterator[Generated]:
    keys = sorted({key.lower() for block in statement.condition.values() for key in block})
    wanted: set[str | None] = {None, *keys}
    for tried, request in enumerate(_requests(statement, action)):
        if not wanted or tried >= _MOST:
            return
        match = match_statement("generated", index, statement, Context(request, supplied_by_aws))
        if match is None or not all(supplied_by_aws(request, key) for key in request.context):
            continue
        off = {check.key.lower() for check in match.failed}
        found = None if not off else next(iter(off)) if len(off) == 1 else ""
        if found in wanted:
            wanted.discard(found)
            yield Generated(index, statement.sid, found, request)


def _requests(statement: Statement, action: Action) -> Iterator[Request]:
    """Every combination of a caller, a resource and values of the keys, the likely ones first."""
    callers = _callers(statement)
    values = {key: _candidates(statement.condition, key) for key in _keys(statement.condition)}
    for resource, caller in product(_resources(statement, action), callers):
        for combination in _near_first(tuple(values.values())):
            context = {
                key: value for key, value in zip(values, combination, strict=True) if value is not None
            }
            yield Request(caller, str(action), resource, None, context)


def _near_first(axes: Sequence[Sequence[str | None]]) -> Iterator[tuple[str | None, ...]]:
    """The first values together, then with one key changed, then every combination."""
    first = tuple(axis[0] for axis in axes)
    yield first
    for place, axis in enumerate(axes):
        for value in axis[1:]:
            yield (*first[:place], value, *first[place + 1 :])
    yield from product(*axes)


def _keys(condition: Condition) -> tuple[str, ...]:
    """The keys a request must state; those that follow from its caller are varied with the caller."""
    names = {key.lower(): key for block in condition.values() for key in block}
    return tuple(key for lower, key in sorted(names.items()) if lower not in _FROM_CALLER)


_FROM_CALLER = frozenset(
    {
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principalisawsservice",
        "kms:calleraccount",
        "aws:principaltype",
    }
)


def _actions(statement: Statement, per_pattern: int) -> Iterator[Action]:
    seen = set()
    for pattern in statement.actions:
        service = frozen_service(pattern.partition(":")[0])
        for action in (service.matching(pattern.partition(":")[2]) if service is not None else ())[
            :per_pattern
        ]:
            if str(action) not in seen:
                seen.add(str(action))
                yield action


def _resources(statement: Statement, action: Action) -> list[str]:
    """ARNs of the types the action authorises, and of the statement's own patterns filled in."""
    service = frozen_service(action.service)
    types = service.resource_types if service is not None else {}
    samples = [filled(types[kind].arn) for kind in action.resources if kind in types]
    own = [filled(pattern) for pattern in statement.resources if pattern != "*"]
    return [*own, *samples] or ["*"]


def _callers(statement: Statement) -> list[str]:
    """Callers that the statement's Principal names, that its conditions name, and that nothing names."""
    named: list[str] = []
    principal = statement.principal
    if principal is not None and not principal.everyone:
        named = [*map(_caller, principal.aws), *principal.service, *principal.federated]
    for block in statement.condition.values():
        for key, values in block.items():
            if key.lower() == "aws:principalarn":
                named += [filled(value) for value in values]
    nobody = [f"arn:aws:iam::{account}:role/nobody" for account in (ACCOUNT, OTHER)]
    return list(dict.fromkeys([*named, *nobody, *([SERVICE] if _is_open(principal) else [])]))


def _is_open(principal: Principal | None) -> bool:
    return principal is not None and (principal.everyone or "*" in principal.aws)


def _caller(name: str) -> str:
    if re.fullmatch("[0-9]{12}", name):
        return f"arn:aws:iam::{name}:role/someone"
    return name.replace(":root", ":role/someone") if name != "*" else f"arn:aws:iam::{ACCOUNT}:role/someone"


_OFF = {
    "string": ("nothing-like-it",),
    "arn": (f"arn:aws:bedrock:us-east-1:{OTHER}:agent/NONE",),
    "bool": ("true", "false"),
    "numeric": ("-1", "0", "100000"),
    "date": ("2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z"),
    "ip": ("192.0.2.1",),
    "binary": ("AA==",),
    "null": ("present",),
}


def _candidates(condition: Condition, key: str) -> list[str | None]:
    """Values that may turn the key's checks on or off: its own, filled in; others of its type; none."""
    found: list[str | None] = []
    off: list[str | None] = []
    for name, block in condition.items():
        for other, values in block.items():
            if other.lower() == key.lower():
                family = grammar.operator(name).family
                found += [filled(value) for value in values] if family != "null" else []
                off += _OFF[family]
    return list(dict.fromkeys([*found, *off, _ABSENT]))


def filled(pattern: str) -> str:
    """An example of a pattern or of an ARN with placeholders: wildcards and variables become plain text."""
    text = re.sub(r"\$\{(\*|\?|\$)\}", r"\1", pattern)
    text = re.sub(r"\$\{[^}]*(Account)[^}]*\}", ACCOUNT, text)
    text = text.replace("${Partition}", "aws").replace("${Region}", "us-east-1")
    text = re.sub(r"\$\{[^}]*\}", "x1", text)
    parts = text.split(":", 5)
    if len(parts) == 6 and parts[0] == "arn":
        examples = ("arn", "aws", "kms", "us-east-1", ACCOUNT, "key/x1")
        parts = [example if part == "*" else part for part, example in zip(parts, examples, strict=True)]
    return ":".join(parts).replace("*", "x1").replace("?", "x")
