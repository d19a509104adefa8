"""The mutation gate: every small damage to a policy must be noticed by some case of its table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam.document import Condition, Effect, PolicyDocument, Principal, Statement
from bedrock_cmk_guard.iam.evaluator import Supplies, evaluate, supplied_by_aws
from bedrock_cmk_guard.iam.evaluator.patterns import action_matches
from tests.decision_tables.runner import Documents, problem, select, settle
from tests.decision_tables.table import Case, Table

#: An action that no request asks for and every kind of policy accepts: a statement with it alone is dropped.
_NEVER = "sts:DroppedByMutation"

_OPPOSITES = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "ArnEquals": "ArnNotEquals",
    "ArnLike": "ArnNotLike",
    "NumericEquals": "NumericNotEquals",
    "NumericLessThan": "NumericGreaterThanEquals",
    "NumericLessThanEquals": "NumericGreaterThan",
    "DateEquals": "DateNotEquals",
    "DateLessThan": "DateGreaterThanEquals",
    "DateLessThanEquals": "DateGreaterThan",
    "IpAddress": "NotIpAddress",
}
_FLIPPED = {**_OPPOSITES, **{after: before for before, after in _OPPOSITES.items()}}
_TRUTH = {"true": "false", "false": "true"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A document with one thing changed."""

    document: str
    index: int
    text: str
    changed: PolicyDocument

    def __str__(self) -> str:
        return f"{self.document}: {self.text}"


@dataclass(frozen=True, slots=True)
class Report:
    """What the gate found: how many mutants were tried, and those that no case noticed."""

    tried: int
    survivors: tuple[Mutant, ...]

    @property
    def score(self) -> float:
        """The share of mutants that a case noticed."""
        return 1.0 if not self.tried else 1 - len(self.survivors) / self.tried


def survivors(
    documents: Documents,
    cases: Sequence[Case],
    supplies: Supplies | None = supplied_by_aws,
    of: Collection[str] | None = None,
) -> Report:
    """Try every mutant of every document, or of those named, against the cases that name it."""
    alive: list[Mutant] = []
    tried = 0
    for name in documents if of is None else sorted(of):
        document = documents[name]
        concerned = [case for case in cases if name in select(case, documents)]
        for mutant in mutants(document, name):
            tried += 1
            if not is_noticed(mutant, document.statements[mutant.index], concerned, documents, supplies):
                alive.append(mutant)
    return Report(tried, tuple(alive))


def unexcused(report: Report, table: Table) -> list[str]:
    """The survivors that the table does not excuse, and the excuses that excuse nothing."""
    alive = {str(mutant) for mutant in report.survivors}
    stale = [
        f"excused, but no such mutant survives: {text}" for text in table.equivalent if text not in alive
    ]
    return sorted(alive - table.equivalent.keys()) + stale


def mutants(document: PolicyDocument, name: str = "document") -> Iterator[Mutant]:
    """Every mutant of a document that the grammar accepts."""
    for index, statement in enumerate(document.statements):
        for what, change in _changes(statement):
            try:
                changed = replace(statement, **change)  # type: ignore[arg-type]
                statements = (*document.statements[:index], changed, *document.statements[index + 1 :])
                mutant = replace(document, statements=statements)
            except PolicyError:
                continue  # the grammar kills it before any case could
            yield Mutant(name, index, f"{statement.sid or index} {what}", mutant)


def is_noticed(
    mutant: Mutant,
    original: Statement,
    cases: Sequence[Case],
    documents: Documents,
    supplies: Supplies | None = supplied_by_aws,
) -> bool:
    """Whether some case of a document, as it was before this statement of it changed, is decided otherwise now."""
    changed = {**documents, mutant.document: mutant.changed}
    mutated = mutant.changed.statements[mutant.index]
    # Those about the statement are the likeliest to notice.
    for case in sorted(cases, key=lambda case: case.because != original.sid):
        if not (_speaks_of(original, case.request.action) or _speaks_of(mutated, case.request.action)):
            continue
        setting = settle(case, changed)
        if problem(case, evaluate(case.request, setting.policies, supplies), setting.sids) is not None:
            return True
    return False


def _speaks_of(statement: Statement, action: str) -> bool:
    """Whether a change to the statement can matter to the action: only NotAction's mutants widen actions."""
    return bool(statement.not_actions) or any(action_matches(p, action) for p in statement.actions)


Change = Mapping[str, object]


def _changes(statement: Statement) -> Iterator[tuple[str, Change]]:
    yield "is dropped", {"actions": (_NEVER,), "not_actions": ()}
    yield "flips its effect", {"effect": Effect.ALLOW if statement.effect is Effect.DENY else Effect.DENY}
    yield "flips its actions", {"actions": statement.not_actions, "not_actions": statement.actions}
    for field in ("actions", "not_actions", "resources", "not_resources"):
        for value, rest in _without_one(getattr(statement, field)):
            yield f"loses {field.rstrip('s').replace('_', ' ')} {value}", {field: rest}
    if statement.resources not in (("*",), ()):
        yield "has resource *", {"resources": ("*",)}
        yield "flips its resources", {"resources": (), "not_resources": statement.resources}
    for operator, key, values in _entries(statement.condition):
        for what, changed in _value_changes(operator, key, values):
            yield what, {"condition": _with(statement.condition, operator, key, changed)}
        flipped = _flip(statement.condition, operator, key, values)
        yield f"flips {operator} {key}", {"condition": flipped}
    yield from _principal_changes(statement.principal)


def _value_changes(operator: str, key: str, values: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Other values for a key of a condition; with none left, the comparison goes."""
    where = f"{operator} {key}"
    yield f"loses {where}", ()
    for value, rest in _without_one(values):
        yield f"loses {where} {value}", rest
    if len(values) == 1 and values[0].lower() not in _TRUTH:
        for other in _others(operator, values[0]):
            yield f"has {where} {other}", (other,)


def _others(operator: str, value: str) -> tuple[str, ...]:
    """Values beside a value: the next numbers, or what nobody has."""
    if "Numeric" in operator:
        return str(int(value) - 1), str(int(value) + 1)
    return (f"{value}-changed",)


def _principal_changes(principal: Principal | None) -> Iterator[tuple[str, Change]]:
    if principal is None or principal.everyone or "*" in principal.aws:
        return
    yield "has principal *", {"principal": Principal(everyone=True)}
    named = [*principal.aws, *principal.service, *principal.federated]
    for value in named if len(named) > 1 else ():
        rest = Principal(
            aws=tuple(other for other in principal.aws if other != value),
            service=tuple(other for other in principal.service if other != value),
            federated=tuple(other for other in principal.federated if other != value),
        )
        yield f"loses principal {value}", {"principal": rest}


def _entries(condition: Condition) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for operator, block in condition.items():
        for key, values in block.items():
            yield operator, key, values


def _without_one(values: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The values with each one left out in turn, unless it is the only one."""
    if len(values) > 1:
        for value in values:
            yield value, tuple(other for other in values if other != value)


def _with(
    condition: Condition, operator: str, key: str, values: tuple[str, ...]
) -> dict[str, dict[str, tuple[str, ...]]]:
    """The condition with other values for one operator and key; without values, it goes."""
    changed = {name: dict(block) for name, block in condition.items()}
    if values:
        changed.setdefault(operator, {})[key] = values
        return changed
    del changed[operator][key]
    return {name: block for name, block in changed.items() if block}


def _flip(
    condition: Condition, operator: str, key: str, values: tuple[str, ...]
) -> dict[str, dict[str, tuple[str, ...]]]:
    """The condition with one comparison turned into its opposite."""
    prefix, colon, rest = operator.rpartition(":")
    base = rest.removesuffix("IfExists")
    if base in _FLIPPED:
        flipped = f"{prefix}{colon}{_FLIPPED[base]}{rest[len(base) :]}"
        return _with(_with(condition, operator, key, ()), flipped, key, values)
    return _with(condition, operator, key, tuple(_TRUTH.get(value.lower(), value) for value in values))
