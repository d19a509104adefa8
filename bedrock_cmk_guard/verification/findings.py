"""Differences between what is demanded and what is allowed, each with what decides it and what to change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.exceptions import Exemption
from bedrock_cmk_guard.verification.actors import Actor, Stage
from bedrock_cmk_guard.verification.intent import Demand
from bedrock_cmk_guard.verification.model import Cell, Finding, FindingKind, Source, Standing, Verdict, Way
from bedrock_cmk_guard.verification.operations import PUT_POLICY


def of_cells(
    stage: Stage, name: str, actors: Iterable[Actor], judged: Iterable[tuple[Cell, Demand | None]]
) -> Iterator[Finding]:
    """One finding for each principal, row and deciding statement, however many requests differ."""
    titles = {actor.id: actor.title for actor in actors}
    groups: dict[tuple[str, str, Verdict, tuple[Source, ...], str], list[tuple[Cell, Demand]]] = {}
    for cell, demand in judged:
        if demand is not None and not cell.as_expected:
            reason = "" if cell.decided_by else cell.reason
            key = cell.who, cell.row, cell.verdict, cell.decided_by, reason
            groups.setdefault(key, []).append((cell, demand))
    for (who, _, verdict, decided_by, _), members in groups.items():
        cell, demand = members[0]
        actions = tuple(dict.fromkeys(f"{c.action} {c.form}".strip() for c, _ in members))
        verb = "can" if verdict is Verdict.ALLOWED else "cannot"
        kind = FindingKind.TOO_OPEN if verdict is Verdict.ALLOWED else FindingKind.LOCKED_OUT
        yield Finding(
            kind,
            workload=stage.workloads[0].name,
            key=name,
            who=titles[who],
            message=f"{titles[who]} {verb} {_listed(actions)}, but {demand.because}",
            decided_by=decided_by,
            change=_change(cell, demand),
            actions=actions,
        )


def _change(cell: Cell, demand: Demand) -> str:
    if cell.verdict is Verdict.ALLOWED:
        what = " and ".join(str(source) for source in cell.decided_by if source.policy != "FullAWSAccess")
        return f"{_first(demand.by)} should refuse it; allowed by {what or 'nothing of ours'}"
    if cell.explicit:
        return f"let it through in {' and '.join(map(str, cell.decided_by))}"
    return f"{cell.reason}: {demand.by} should"


def _first(text: str) -> str:
    return text[0].upper() + text[1:]


def _listed(actions: tuple[str, ...]) -> str:
    shown, rest = actions[:2], len(actions) - 2
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")


def of_ways(stage: Stage, name: str, ways: Iterable[Way]) -> Iterator[Finding]:
    """A way to read that the requirements want closed."""
    for way in ways:
        if way.standing is Standing.FINDING:
            yield Finding(
                FindingKind.SEQUENCE,
                workload=stage.workloads[0].name,
                key=name,
                who=way.title,
                message=f"{way.title} can read by: {way.summary}; but {way.remark}",
                decided_by=tuple(dict.fromkeys(source for step in way.steps for source in step.decided_by)),
                change=f"refuse the first step: {way.steps[0].does}",
                actions=tuple(step.does for step in way.steps),
            )


def of_lockout(stage: Stage, name: str, cells: Iterable[Cell]) -> Iterator[Finding]:
    """A key whose policy nobody can change any more: only AWS Support can undo that."""
    asked = [cell for cell in cells if cell.row == PUT_POLICY.id]
    if asked and not any(cell.verdict is Verdict.ALLOWED for cell in asked):
        denied = tuple(dict.fromkeys(source for cell in asked for source in cell.decided_by))
        yield Finding(
            FindingKind.LOCKOUT,
            workload=stage.workloads[0].name,
            key=name,
            who="everybody",
            message="nobody can write the key's policy any more; once applied, only AWS Support can undo it",
            decided_by=denied,
            change="allow kms:PutKeyPolicy to governance, the applier and break-glass in the key policy",
            actions=("kms:PutKeyPolicy",),
        )


def of_time(requirements: Requirements, as_of: dt.date) -> Iterator[Finding]:
    """Exemptions and exceptions that are past their last day: they still hold, and nobody stands for them."""
    for exemption in requirements.exemptions:
        if exemption.expires < as_of:
            name = _exempted(exemption)
            yield _expired(
                name,
                f"the exemption of {name} from {', '.join(exemption.layers)}",
                exemption.expires,
                exemption.owner,
            )
    for exception in requirements.exceptions:
        if exception.expires < as_of:
            what = f"the exception for {exception.control} on {exception.resource}"
            yield _expired(exception.resource, what, exception.expires, exception.owner)


def _expired(who: str, what: str, expires: dt.date, owner: str) -> Finding:
    return Finding(
        FindingKind.EXPIRED,
        workload="",
        key="",
        who=who,
        message=f"{what} expired on {expires}; it is rendered all the same",
        change=f"ask {owner} to renew it, or take it out of the requirements and render",
    )


def _exempted(exemption: Exemption) -> str:
    if exemption.role is not None:
        return exemption.role.role_arn or exemption.role.role or ""
    return exemption.account or exemption.ou or ""
