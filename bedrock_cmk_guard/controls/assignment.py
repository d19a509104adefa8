"""Which workload a resource belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bedrock_cmk_guard.demands import WorkloadDemands, matches
from bedrock_cmk_guard.subjects import EncryptedResource, Unknown


@dataclass(frozen=True, slots=True)
class Assignment:
    """The workload that a resource belongs to, or why it belongs to none."""

    workload: WorkloadDemands | None
    why: str = ""
    undecided: Unknown | None = None
    """What would have to be known to say whether it belongs to one; None, where that can be said."""
    fix: str = ""
    """What to do about it, where that is not to let a workload match it."""


def assign(resource: EncryptedResource, workloads: Sequence[WorkloadDemands]) -> Assignment:
    """Find the one workload that matches; none or several leave the resource unassigned."""
    answers = [(workload, _is_of(resource, workload)) for workload in workloads]
    found = [workload for workload, its in answers if its is True]
    if len(found) == 1:
        return Assignment(found[0])
    if found:
        several = ", ".join(each.name for each in found)
        return Assignment(
            None,
            f"several workloads match it ({several})",
            fix="Narrow what these workloads match, so that one of them does.",
        )
    for workload, its in answers:
        if isinstance(its, Unknown):
            why = f"whether it belongs to the workload {workload.name} cannot be known: {its.reason}"
            return Assignment(None, why, its)
    return Assignment(None, "no workload matches it")


def _is_of(resource: EncryptedResource, workload: WorkloadDemands) -> bool | Unknown:
    """Whether account and Region do not speak against it, and then tags, role and name speak for it.

    A workload that says nothing of tags, roles and names owns what runs as its service role, and what is known to
    be in its account and Region.
    """
    account, region = resource.account, resource.region
    if account.known() not in (None, workload.account) or region.known() not in (None, *workload.regions):
        return False
    if workload.match:
        return _all(_matched(resource, workload))
    if workload.service_role and _role(resource) == workload.service_role:
        return True
    return _all(each.value if isinstance(each.value, Unknown) else True for each in (account, region))


def _matched(resource: EncryptedResource, workload: WorkloadDemands) -> Iterator[bool | Unknown]:
    """Whether each thing that the workload is known by is the resource's."""
    match = workload.match
    tags = resource.tags.value
    for key, value in match.tags.items():
        its = tags if isinstance(tags, Unknown) else tags.get(key)
        yield its if isinstance(its, Unknown) else its == value
    for patterns, text in ((match.roles, _role(resource)), (match.names, resource.name.value)):
        if patterns:
            known = "" if isinstance(text, Unknown) else text
            if any(matches(each, known) for each in patterns):
                yield True  # a pattern that matches nothing at all is made of stars, and matches what is unknown
            else:
                yield text if isinstance(text, Unknown) else False


def _all(answers: Iterator[bool | Unknown]) -> bool | Unknown:
    """False where one is false, whatever the others are."""
    given = list(answers)
    if any(each is False for each in given):
        return False
    return next((each for each in given if isinstance(each, Unknown)), True)


def _role(resource: EncryptedResource) -> str | Unknown:
    """The name of its service role; empty where it takes none."""
    role = resource.role.value if resource.role is not None else ""
    return role if isinstance(role, Unknown) else role.rpartition("/")[2]
