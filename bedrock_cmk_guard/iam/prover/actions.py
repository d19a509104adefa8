"""The actions a question is about, grouped by what policies and AWS's own data say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from bedrock_cmk_guard.iam.evaluator.patterns import action_matches
from bedrock_cmk_guard.iam.prover.undecided import UndecidedError
from bedrock_cmk_guard.iam.service_data import Action, frozen_service, source


def expanded(patterns: Iterable[str]) -> tuple[str, ...]:
    """Every action that the patterns cover, of the services that are known here."""
    found: dict[str, None] = {}
    for pattern in patterns:
        found |= dict.fromkeys(_expanded(pattern))
    return tuple(found)


def _expanded(pattern: str) -> Iterator[str]:
    prefix, _, name = pattern.partition(":")
    services = source()["services"] if pattern == "*" else [prefix]
    for each in services:
        service = frozen_service(each)
        if service is not None:
            yield from map(str, service.matching(name or "*"))
        elif "*" in name or "?" in name:
            msg = (
                f"the actions of {pattern} are not known: the service is not in the frozen authorization data"
            )
            raise UndecidedError(msg)
        else:
            yield pattern


def known(action: str) -> Action | None:
    """What AWS says of an action, if it is known here."""
    prefix, _, name = action.partition(":")
    service = frozen_service(prefix)
    return service.actions.get(name.lower()) if service is not None else None


def grouped(actions: Iterable[str], alike: Callable[[str], object]) -> tuple[tuple[str, ...], ...]:
    """Put actions together of which ``alike`` says the same."""
    groups: dict[object, list[str]] = {}
    for action in actions:
        groups.setdefault(alike(action), []).append(action)
    return tuple(map(tuple, groups.values()))


def is_covered(action: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns covers the action."""
    return any(action_matches(pattern, action) for pattern in patterns)
