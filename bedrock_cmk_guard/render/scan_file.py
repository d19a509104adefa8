"""The requirements as scan needs them, for the repositories of applications to extend.

What only policies are made of is left out: notes, exemptions, claims, whom administrators' roles are assumed by.
"""

from __future__ import annotations

from collections.abc import Iterable

from bedrock_cmk_guard.render.files import RenderedFile
from bedrock_cmk_guard.requirements import Requirements, dump_requirements
from bedrock_cmk_guard.requirements.organization import OccupiedSlots
from bedrock_cmk_guard.requirements.principals import Principals, Role
from bedrock_cmk_guard.requirements.rules import contradictions

PATH = "scan/cmk-guard.yaml"
_HEAD = """\
# Rendered by bedrock-cmk-guard from the requirements: what scan needs of them. Change those, not this file.
# The cmk-guard.yaml of an application's repository extends it:  extends: path/to/scan/cmk-guard.yaml
"""


def scan_file(requirements: Requirements) -> RenderedFile:
    """Return the file that scan judges by as it does by the requirements themselves."""
    needed = _needed(requirements)
    # What is left must agree with itself as the whole does; where it would not, the whole is written.
    agrees = next(contradictions(needed), None) is None
    return RenderedFile(PATH, _HEAD + dump_requirements(needed if agrees else requirements))


def _needed(requirements: Requirements) -> Requirements:
    targets = tuple(
        target.model_copy(update={"occupied": OccupiedSlots()})
        for target in requirements.organization.targets
    )
    workloads = tuple(each.model_copy(update={"description": None}) for each in requirements.workloads)
    return requirements.model_copy(
        update={
            "organization": requirements.organization.model_copy(update={"targets": targets}),
            "principals": _principals(requirements.principals),
            "workloads": workloads,
            "exemptions": (),
            "claims": (),
        }
    )


def _principals(principals: Principals) -> Principals:
    duties = ("provisioners", "governance", "break_glass", "auditors", "applier")
    return principals.model_copy(update={duty: _names(getattr(principals, duty)) for duty in duties})


def _names(roles: Iterable[Role]) -> tuple[Role, ...]:
    return tuple(role.model_copy(update={"note": None, "assumed_by": ()}) for role in roles)
