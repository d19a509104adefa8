"""Who gains and who loses what between two rendered sets, as an answer about all requests."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bedrock_cmk_guard.claims.world import ADMINISTRATOR, FULL_ACCESS, TAGS, key_arn
from bedrock_cmk_guard.iam import Json, PolicyDocument, PolicyKind
from bedrock_cmk_guard.iam.evaluator import PolicySet
from bedrock_cmk_guard.iam.prover import IDENTITIES, Callers, Facts, Found, Kind, Question, Search
from bedrock_cmk_guard.prove import counterexample, found_as_json
from bedrock_cmk_guard.rendered_set import Piece, RenderedSet

_WIDTH = 100
_KEY_CALLERS = Callers(IDENTITIES | {Kind.SERVICE})
_TRUST_CALLERS = Callers(IDENTITIES | {Kind.SERVICE, Kind.WEB_IDENTITY})


class Direction(StrEnum):
    """Which way access changes."""

    GAIN = "gains"
    LOSS = "loses"


@dataclass(frozen=True, slots=True)
class Change:
    """A caller that gains or loses actions. ``where`` says on what, ``example`` is a request that changes."""

    direction: Direction
    where: str
    actions: tuple[str, ...]
    example: Found

    @property
    def who(self) -> str:
        """The caller of the example; it stands for all that policies do not tell apart from it."""
        context = {key.lower(): value for key, value in self.example.request.context.items()}
        arn = context.get("aws:principalarn")
        return arn if isinstance(arn, str) else self.example.request.principal


@dataclass(slots=True)
class AccessDiff:
    """What changes. ``added`` and ``removed`` name what only one of the sets has; ``undecided`` what is not known."""

    changes: list[Change] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)

    @property
    def nobody_gains(self) -> bool:
        """Whether it is proved that nobody can do more than before, in what both sets have."""
        return not self.undecided and not any(c.direction is Direction.GAIN for c in self.changes)


@dataclass(frozen=True, slots=True)
class _Slice:
    """One part of the comparison: a form of request, and the policies of either set that decide it."""

    where: str
    form: Question
    policies: Callable[[RenderedSet, str | None], PolicySet]


def diff_access(old: RenderedSet, new: RenderedSet) -> AccessDiff:
    """Compare two sets: every key, role and managed policy that both have, and what SCPs leave possible."""
    diff = AccessDiff()
    facts = new.facts if new.facts.organization is not None else old.facts
    accounts = old.accounts | new.accounts
    for part in _slices(old, new, facts, diff):
        for direction, before, after in ((Direction.GAIN, old, new), (Direction.LOSS, new, old)):
            for question in _by_account(part, before, after, accounts):
                search = Search(question)
                for actions, found in search.by_actions():
                    diff.changes.append(Change(direction, part.where, actions, found))
                diff.undecided += [f"{part.where}: {reason}" for reason in search.reasons]
    diff.undecided = list(dict.fromkeys(diff.undecided))
    diff.changes = list(_merged(diff.changes))
    return diff


def _merged(changes: Iterable[Change]) -> Iterator[Change]:
    """One change for each caller, direction and place, with all its actions and the first example."""
    alike: dict[tuple[Direction, str, str], list[Change]] = {}
    for change in changes:
        alike.setdefault((change.direction, change.where, change.who), []).append(change)
    for members in alike.values():
        actions = dict.fromkeys(action for change in members for action in change.actions)
        yield replace(members[0], actions=tuple(sorted(actions)))


def _by_account(
    part: _Slice, before: RenderedSet, after: RenderedSet, accounts: frozenset[str]
) -> Iterator[Question]:
    """The question for callers of each of our accounts under its SCPs, then for everybody else under none."""
    alike: dict[tuple[PolicySet, PolicySet], list[str]] = {}
    for account in sorted(accounts):
        pair = part.policies(after, account), part.policies(before, account)
        alike.setdefault(pair, []).append(account)
    own = part.form.callers.kinds & IDENTITIES
    for (allows, refuses), members in alike.items():
        chosen = part.form.callers.accounts
        ours = frozenset(members) if chosen is None else chosen & frozenset(members)
        if ours and allows != refuses:
            yield replace(part.form, policies=allows, unless=refuses, callers=Callers(own, ours))
    allows, refuses = part.policies(after, None), part.policies(before, None)
    if part.form.callers.accounts is None and allows != refuses:
        callers = replace(part.form.callers, outside=accounts)
        yield replace(part.form, policies=allows, unless=refuses, callers=callers)


def _slices(old: RenderedSet, new: RenderedSet, facts: Facts, diff: AccessDiff) -> Iterator[_Slice]:
    for before, after in _pairs(old, new, PolicyKind.KEY, diff):
        yield _of_key(before, after, facts)
    for before, after in _pairs(old, new, PolicyKind.TRUST, diff):
        yield _of_role(before, after, facts)
    for before, after in _pairs(old, new, PolicyKind.IDENTITY, diff):
        yield _of_policy(before, after, facts)
    yield _of_calls(old, new, facts)


def _pairs(
    old: RenderedSet, new: RenderedSet, kind: PolicyKind, diff: AccessDiff
) -> Iterator[tuple[Piece, Piece]]:
    before, after = old.of(kind), new.of(kind)
    diff.added += [_called(after[place]) for place in after if place not in before]
    diff.removed += [_called(before[place]) for place in before if place not in after]
    yield from ((before[place], after[place]) for place in before if place in after)


_NAMES = {PolicyKind.KEY: "key", PolicyKind.TRUST: "role", PolicyKind.IDENTITY: "managed policy"}


def _called(piece: Piece) -> str:
    return f"{_NAMES[piece.kind]} {piece.name} in {piece.account}"


def _of_key(before: Piece, after: Piece, facts: Facts) -> _Slice:
    account, region = after.account, after.name.rpartition("_")[2]
    tags = after.tags if after.tags is not None else before.tags
    form = Question(
        PolicySet(),
        ("kms:*",),
        (key_arn(facts.partition, region, account),),
        _KEY_CALLERS,
        given={f"{TAGS}{key}": value for key, value in (tags or {}).items()},
        closed=(TAGS.lower(),) if tags is not None else (),
        facts=facts,
    )

    def policies(rendered: RenderedSet, caller: str | None) -> PolicySet:
        document = rendered.of(PolicyKind.KEY)[after.place].document
        return PolicySet(
            identity=(ADMINISTRATOR,),
            resource_policy=document,
            scps=_scps(rendered, caller),
            rcps=(rendered.bearing(PolicyKind.RCP, account),),
        )

    return _Slice(_called(after), form, policies)


def _of_role(before: Piece, after: Piece, facts: Facts) -> _Slice:
    account = after.account
    arn = f"arn:{facts.partition}:iam::{account}:role/{after.name}"
    form = Question(PolicySet(), ("sts:AssumeRole*",), (arn,), _TRUST_CALLERS, facts=facts)

    def policies(rendered: RenderedSet, caller: str | None) -> PolicySet:
        return PolicySet(
            identity=(ADMINISTRATOR,),
            resource_policy=rendered.of(PolicyKind.TRUST)[after.place].document,
            scps=_scps(rendered, caller),
            rcps=(rendered.bearing(PolicyKind.RCP, account),),
        )

    return _Slice(_called(after), form, policies)


def _of_policy(before: Piece, after: Piece, facts: Facts) -> _Slice:
    """What a managed policy gives whoever holds it, by itself."""
    actions = _actions((before.document, after.document))
    callers = Callers(frozenset({Kind.ROLE}), frozenset({after.account}))
    form = Question(PolicySet(), actions, ("*",), callers, facts=facts)

    def policies(rendered: RenderedSet, caller: str | None) -> PolicySet:
        return PolicySet(identity=(rendered.of(PolicyKind.IDENTITY)[after.place].document,))

    return _Slice(_called(after), form, policies)


def _of_calls(old: RenderedSet, new: RenderedSet, facts: Facts) -> _Slice:
    """What SCPs leave administrators of our accounts, where no resource policy decides."""
    scps = [piece.document for each in (old, new) for piece in each.of(PolicyKind.SCP).values()]
    callers = Callers(IDENTITIES, old.accounts | new.accounts)
    form = Question(PolicySet(), _actions(scps), ("*",), callers, facts=facts)

    def policies(rendered: RenderedSet, caller: str | None) -> PolicySet:
        return PolicySet(identity=(ADMINISTRATOR,), scps=_scps(rendered, caller))

    return _Slice("calls that SCPs limit", form, policies)


def _scps(rendered: RenderedSet, caller: str | None) -> tuple[tuple[PolicyDocument, ...], ...] | None:
    return None if caller is None else ((FULL_ACCESS, *rendered.bearing(PolicyKind.SCP, caller)),)


def _actions(documents: Iterable[PolicyDocument]) -> tuple[str, ...]:
    found = (
        action
        for document in documents
        for statement in document.statements
        for action in (statement.actions or ("*",))
    )
    return tuple(dict.fromkeys(found))


def as_text(diff: AccessDiff) -> str:
    """The changes, for people."""
    lines: list[str] = []
    for change in diff.changes:
        lines += [*_change(change), ""]
    lines += [f"new: {name}" for name in diff.added] + [f"gone: {name}" for name in diff.removed]
    lines += [f"not decided: {reason}" for reason in diff.undecided]
    gains = sum(change.direction is Direction.GAIN for change in diff.changes)
    losses = len(diff.changes) - gains
    if diff.nobody_gains:
        ends = "nobody gains anything in what both sets have: proved for all requests"
    else:
        ends = f"{gains:,} gain{'' if gains == 1 else 's'}"
    lines.append(f"{ends}; {losses:,} loss{'' if losses == 1 else 'es'}")
    return "\n".join(lines) + "\n"


def _change(change: Change) -> Iterator[str]:
    head = f"{change.who} {change.direction.value} on {change.where}:"
    yield from textwrap.wrap(head, _WIDTH, break_long_words=False, break_on_hyphens=False)
    yield from textwrap.wrap(
        ", ".join(change.actions),
        _WIDTH,
        initial_indent="    ",
        subsequent_indent="    ",
        break_on_hyphens=False,
    )
    yield from counterexample(change.example, "for example")


def as_json(diff: AccessDiff) -> str:
    """The changes, for programs."""
    changes: list[Json] = [
        {
            "direction": change.direction.value,
            "who": change.who,
            "where": change.where,
            "actions": [*change.actions],
            "example": found_as_json(change.example),
        }
        for change in diff.changes
    ]
    document: dict[str, Json] = {
        "schema_version": 1,
        "nobody_gains": diff.nobody_gains,
        "changes": changes,
        "added": [*diff.added],
        "removed": [*diff.removed],
        "undecided": [*diff.undecided],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
