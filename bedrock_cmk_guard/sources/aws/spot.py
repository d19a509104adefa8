"""Where something is read."""

from __future__ import annotations

from dataclasses import dataclass

from bedrock_cmk_guard.sources.aws.calls import Account
from bedrock_cmk_guard.subjects import Place


@dataclass(frozen=True, slots=True)
class Spot:
    """A Region of an account."""

    account: Account
    region: str
    partition: str

    def place(self, surface: str) -> Place:
        """Where a resource stands, as far as something live stands anywhere."""
        return Place(f"aws/{self.account.id}/{self.region}/{surface}")
