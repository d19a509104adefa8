"""Which workload a resource belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bedrock_cmk_guard.demands import WorkloadDemands, matches
from bedrock_cmk_guard.subjects import EncryptedResource, Unknown


@dataclass(frozen=True, slots=True)
class Assignment:
    """The workload that a resource belongs to, or why it belongs to none."""

    workload: WorkloadDemands | None
    why: str = ""


def assign(resource: EncryptedResource, workloads: Sequence[WorkloadDemands]) -> Assignment:
    """Find the one workload that matches; none or several leave the resource unassigned."""
    found = [workload for workload in workloads if _is_of(resource, workload)]
    if len(found) == 1:
        return Assignment(found[0])
    if found:
        return Assignment(None, f"several workloads match it: {', '.join(each.name for each in found)}")
    return Assignment(None, "no workload matches it")


def _is_of(resource: EncryptedResource, workload: WorkloadDemands) -> bool:
    """Whether account and Region do not speak against it, and then tags, role and name speak for it.

    A workload that says nothing of tags, roles and names owns what runs as its service role, and what is known to
    be in its account and Region.
    """
    account, region = resource.account.known(), resource.region.known()
    if account is not None and account != workload.account:
        return False
    if region is not None and region not in workload.regions:
        return False
    if not workload.match:
        by_role = workload.service_role and _role(resource) == workload.service_role
        return bool(by_role) or (account is not None and region is not None)
    match = workload.match
    role, name = _role(resource), resource.name.known() or ""
    return (
        all(_tag(resource, key) == value for key, value in match.tags.items())
        and (not match.roles or any(matches(pattern, role) for pattern in match.roles))
        and (not match.names or any(matches(pattern, name) for pattern in match.names))
    )


def _role(resource: EncryptedResource) -> str:
    """The name of its service role, as far as it is known."""
    known = resource.role.known() if resource.role is not None else None
    return (known or "").rpartition("/")[2]


def _tag(resource: EncryptedResource, key: str) -> str | None:
    value = (resource.tags.known() or {}).get(key)
    return None if isinstance(value, Unknown) else value
