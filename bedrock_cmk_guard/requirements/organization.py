"""The organisation the policies are for: its identity, its Regions and where policies attach."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from bedrock_cmk_guard.requirements.types import (
    AccountId,
    Model,
    Name,
    OrganizationId,
    ReadInteger,
    Region,
    TargetId,
)


class Partition(StrEnum):
    """The AWS partition an ARN starts with."""

    AWS = "aws"
    GOV = "aws-us-gov"
    CHINA = "aws-cn"

    @property
    def dns_suffix(self) -> str:
        """The domain under which this partition's service names lie."""
        return "amazonaws.com.cn" if self is Partition.CHINA else "amazonaws.com"


class OccupiedSlots(Model):
    """Policies that others (Control Tower, a landing zone, AWS itself) have attached to a target already."""

    scp: Annotated[int, Field(ge=0, le=10), ReadInteger] = 1
    """Service control policies attached today. FullAWSAccess counts as one."""
    rcp: Annotated[int, Field(ge=1, le=5), ReadInteger] = 1
    """Resource control policies attached today. RCPFullAWSAccess counts as one and cannot be detached."""
    tag_policy: Annotated[int, Field(ge=0, le=10), ReadInteger] = 0
    """Tag policies attached today."""


class Target(Model):
    """A root, organisational unit or account that policies attach to."""

    name: Name
    """What the rest of this file calls it."""
    id: TargetId
    """Its id in AWS Organizations: r-…, ou-… or an account id."""
    occupied: OccupiedSlots = OccupiedSlots()
    """How many policy slots are taken there already."""


class Organization(Model):
    """The AWS organisation."""

    id: OrganizationId
    """The organisation's id. It is written into policies as it stands, never as a policy variable."""
    partition: Partition = Partition.AWS
    """The partition: aws, aws-us-gov or aws-cn."""
    management_account: AccountId
    """The management account. No SCP and no RCP binds it, so no workload and no key may live there."""
    regions: Annotated[tuple[Region, ...], Field(min_length=1)]
    """The Regions in which agents may be run."""
    targets: Annotated[tuple[Target, ...], Field(min_length=1)]
    """Where policies attach, under names of your choice."""

    def target(self, name: str) -> Target:
        """The target of this name."""
        return next(target for target in self.targets if target.name == name)
