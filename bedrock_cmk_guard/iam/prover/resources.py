"""The classes of resources that statements tell apart for one caller and action, each with an example."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from bedrock_cmk_guard.iam.evaluator.patterns import compiled_resource
from bedrock_cmk_guard.iam.prover import languages
from bedrock_cmk_guard.iam.prover.actions import known
from bedrock_cmk_guard.iam.prover.automaton import Group, combinations
from bedrock_cmk_guard.iam.prover.languages import ANY, NOT_COLON, Language, sequence
from bedrock_cmk_guard.iam.service_data import frozen_service


def is_open(patterns: Iterable[str]) -> bool:
    """Whether resource patterns leave open which resource is meant."""
    return any("*" in pattern or "?" in pattern for pattern in patterns)


def classes(
    action: str,
    wanted: tuple[str, ...],
    compared: Iterable[Language],
    accounts: Iterable[str],
    partition: str,
) -> Iterator[str]:
    """An example of every class of the action's resources that ``wanted`` covers.

    ``compared`` is what statements compare resources with, ``accounts`` patterns of accounts that matter.
    """
    if not is_open(wanted):
        yield from wanted
        return
    domain = _types(action, partition)
    if "*" in wanted and (not domain or _takes_any(action)):
        yield "*"
    if not domain:
        return
    groups: list[Group] = [tuple(languages.resource(((pattern, True),)) for pattern in wanted)]
    groups += [(language,) for language in dict.fromkeys(compared)]
    groups += [(in_account(account),) for account in dict.fromkeys(accounts)]
    asked = tuple(groups)
    for example in combinations(asked, domain):
        if any(_covers(pattern, example) for pattern in wanted):
            yield example


@lru_cache(maxsize=65536)
def in_account(pattern: str) -> Language:
    """The ARNs whose account matches a pattern."""
    before = sequence("arn:", *(((NOT_COLON, "*"), ":") * 3))
    return languages.joined(before, languages.inside_segment(pattern), sequence(":", (ANY, "*")))


def _covers(pattern: str, resource: str) -> bool:
    return pattern == "*" or compiled_resource(((pattern, True),)).match(resource) is not None


def _types(action: str, partition: str) -> Group:
    found = known(action)
    service = frozen_service(action.partition(":")[0])
    if found is None or service is None:
        return ()
    return tuple(
        languages.template(service.resource_types[kind].arn, partition)
        for kind in found.resources
        if kind in service.resource_types
    )


def types_of(action: str) -> tuple[str, ...]:
    """The resource types of an action."""
    found = known(action)
    return tuple(found.resources) if found is not None else ()


def _takes_any(action: str) -> bool:
    """Whether a request for the action may name none of its resources, and is then authorised on ``*``."""
    found = known(action)
    return found is not None and not set(found.resources) - found.optional
