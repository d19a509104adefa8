"""SCP: surfaces that the organisation does not use are refused outright."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedrock_cmk_guard.iam import Statement
from bedrock_cmk_guard.policies.conditions import deny, except_for, unique
from bedrock_cmk_guard.policies.organization_policy import scp
from bedrock_cmk_guard.policies.policy import Policy
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import Resource
from bedrock_cmk_guard.surfaces import catalogue

LAYER = "closed_surfaces"


def statements(requirements: Requirements) -> Iterator[Statement]:
    """All that creates or changes a closed surface, or uses it, is refused to everybody."""
    layer = requirements.enforcement.layers.closed_surfaces
    if layer is None:
        return
    used = unique(surface for workload in requirements.workloads for surface in workload.surfaces)
    refused = unique(action for surface in layer.surfaces for action in catalogue().closing(surface, used))
    yield deny("ClosedSurfaces", refused, except_for(requirements, LAYER))


def build(requirements: Requirements) -> Iterable[Resource]:
    """The SCP of this layer."""
    return scp(requirements, LAYER, statements(requirements))


POLICY = Policy(
    id="closed-surfaces",
    title="Surfaces that are not to be used are refused",
    kind="SCP",
    stops=(
        "Creating, changing and using the surfaces that the requirements close, by everybody: the honest way "
        "to deal with one whose key no policy can see.",
    ),
    does_not_stop=(
        "Reading or deleting what exists there already.",
        "Actions that a closed surface shares with one in use: they stay open.",
        "A new API that does the same and that the surface catalogue does not know yet.",
    ),
    needs_first=("Nobody uses the surface: look for its actions in CloudTrail (data events included).",),
    rollout=2,
    rollout_note="At once, where nobody uses the surface.",
    references=(
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html",
    ),
    build=build,
)
