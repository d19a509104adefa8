"""How fast calls are made, so that an audit never takes what the account's own applications need.

AWS's quotas are per account, Region and operation, and applications share them with an audit. The rates stay at or
below the default quotas that AWS publishes for reads, where it publishes one.
Sources: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/bedrock-agentcore-limits.html,
https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

LIST_RATE = 5.0
GET_RATE = 10.0
RATES: Mapping[str, float] = {"kms": 50.0, "iam": 10.0, "sts": 10.0, "organizations": 2.0}
"""Calls a second of one operation in one account and Region, for services other than Bedrock's."""


def rate_of(service: str, operation: str) -> float:
    """How many calls a second are made of an operation in one account and Region."""
    return RATES.get(service) or (LIST_RATE if operation.startswith("List") else GET_RATE)


class Limiter:
    """Makes callers wait so that each operation keeps to its rate in each account and Region."""

    def __init__(
        self,
        scale: float = 1.0,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """``scale`` multiplies every rate; 0 means no limit."""
        self._scale = scale
        self._now = now
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next: dict[tuple[str, str, str, str], float] = {}

    def wait(self, account: str, region: str, service: str, operation: str) -> None:
        """Wait until the call may be made."""
        if not self._scale:
            return
        gap = 1 / (rate_of(service, operation) * self._scale)
        place = (account, region, service, operation)
        with self._lock:
            now = self._now()
            turn = max(now, self._next.get(place, 0.0))
            self._next[place] = turn + gap
        if turn > now:
            self._sleep(turn - now)

    def forget(self, account: str) -> None:
        """An account is done."""
        with self._lock:
            self._next = {place: turn for place, turn in self._next.items() if place[0] != account}
