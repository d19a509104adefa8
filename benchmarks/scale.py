"""An audit of a large organisation, on paper and simulated: calls, quotas, time and throttling.

    python benchmarks/scale.py [ACCOUNTS]

5,000 accounts by default. The calls are the audit's own (bedrock_cmk_guard/audit_calls.py), the rates those it keeps to
(sources/aws/limits.py), the pools those of its Speed. What the organisation holds is assumed, and printed. AWS's side
is a token bucket for each account, Region and operation with a published quota, of which the accounts' own applications
take their share; a call that finds no token is refused and tried again. No account is asked, and nothing is random.

docs/scale.md holds what this prints.
"""

from __future__ import annotations

import heapq
import sys
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedrock_cmk_guard.audit.scope import Speed
from bedrock_cmk_guard.audit_calls import SurfaceCalls
from bedrock_cmk_guard.sources.aws.limits import rate_of
from bedrock_cmk_guard.sources.aws.resources import groups
from bedrock_cmk_guard.surfaces import catalogue

ACCOUNTS = 5_000
REGIONS = 4
LATENCY = 0.12
"""Seconds that a call takes, from another Region; assumed."""
PAGE_OF_ACCOUNTS = 20
"""https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html: at most 20 a page."""
_GENERAL = "https://docs.aws.amazon.com/general/latest/gr/bedrock.html"
_KMS = "https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html"
#: Requests a second in one account and Region that AWS publishes, and where.
QUOTAS: dict[str, tuple[float, str]] = {
    "GetAgent": (15, _GENERAL),
    "GetAgentVersion": (10, _GENERAL),
    "GetFlow": (10, _GENERAL),
    "GetFlowVersion": (10, _GENERAL),
    "GetKnowledgeBase": (10, _GENERAL),
    "GetPrompt": (10, _GENERAL),
    "ListAgentAliases": (10, _GENERAL),
    "ListAgentVersions": (10, _GENERAL),
    "ListAgents": (10, _GENERAL),
    "ListDataSources": (10, _GENERAL),
    "ListFlowVersions": (10, _GENERAL),
    "ListFlows": (10, _GENERAL),
    "ListKnowledgeBases": (10, _GENERAL),
    "ListPrompts": (10, _GENERAL),
    "DescribeKey": (2000, _KMS),
    "GetKeyPolicy": (1000, _KMS),
    "GetKeyRotationStatus": (1000, _KMS),
    "ListAliases": (500, _KMS),
    "ListGrants": (100, _KMS),
    "ListResourceTags": (2000, _KMS),
}
#: What is in an account and Region in use, by the surface's id; of every other surface nothing. Assumed.
HOLDS = {"bedrock-agent": 12, "agentcore-memory": 6, "agentcore-gateway": 4, "flow": 3, "guardrail": 5}
VERSIONS, KEYS, ROLES, IN_USE = 4, 4, 8, 10
"""Versions of a resource that has some, keys in a Region, roles in an account; one account in so many is in use."""
_KEY_CALLS = (
    "DescribeKey",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "ListAliases",
    "ListGrants",
    "ListResourceTags",
)
_ROLE_CALLS = ("GetRole", "ListAttachedRolePolicies", "ListRolePolicies", "GetPolicy", "GetPolicyVersion")

Asked = tuple[str, str, str]
"""A call: the Region, the service as boto3 calls it, and the operation."""


def lists(region: str) -> Iterator[Asked]:
    """What is listed in every account and Region, whatever is there; what hangs on another resource is not."""
    for group in groups(catalogue().surfaces.values()):
        if group.calls.list is not None and group.parent is None:
            yield region, group.service, group.calls.list.operation


def reads(region: str) -> Iterator[Asked]:
    """What is read besides in an account and Region in use."""
    for group in groups(catalogue().surfaces.values()):
        number = sum(HOLDS.get(surface.id, 0) for surface in group.surfaces)
        for _ in range(number):
            yield from ((region, *each) for each in _of_one(group.calls))
    for _ in range(KEYS):
        yield from ((region, "kms", operation) for operation in _KEY_CALLS)


def _of_one(calls: SurfaceCalls) -> Iterator[tuple[str, str]]:
    for call in (calls.get, calls.tags, calls.list_versions, calls.list_aliases):
        if call is not None:
            yield call.service, call.operation
    if calls.get_version is not None:
        yield from [(calls.get_version.service, calls.get_version.operation)] * VERSIONS


def roles() -> Iterator[Asked]:
    """The service roles of an account in use; IAM is the same in every Region."""
    for _ in range(ROLES):
        yield from (("", "iam", operation) for operation in _ROLE_CALLS)


@dataclass
class Simulated:
    """How an audit went."""

    seconds: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    throttled: int = 0
    longest: float = 0.0
    """Seconds for the account that took longest."""


class Bucket:
    """AWS's side: tokens that come at a rate, a second's worth at most."""

    def __init__(self, rate: float) -> None:
        self._rate, self._tokens, self._at = rate, rate, 0.0

    def take(self, now: float) -> bool:
        """Whether there is a token."""
        self._tokens = min(self._rate, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def account(waiting: Sequence[Asked], pool: int, share: float, paced: bool) -> Simulated:
    """One account by itself: ``pool`` calls at a time, of AWS's quota the ``share`` that applications leave."""
    found = Simulated()
    queue = deque((0.0, call, 0) for call in waiting)
    free = [0.0] * pool
    turns: dict[Asked, float] = {}
    buckets: dict[Asked, Bucket] = {}
    while queue:
        ready, call, attempt = queue.popleft()
        _, service, operation = call
        start = max(heapq.heappop(free), ready)
        if paced:
            start = max(start, turns.get(call, 0.0))
            turns[call] = start + 1 / rate_of(service, operation)
        done = start + LATENCY
        heapq.heappush(free, done)
        found.calls[operation] += attempt == 0
        found.seconds = max(found.seconds, done)
        quota = QUOTAS.get(operation)
        if quota is not None:
            bucket = buckets.setdefault(call, Bucket(max(1.0, quota[0] * share)))
            if not bucket.take(start):
                found.throttled += 1
                queue.append((done + min(20.0, 0.5 * 2**attempt), call, attempt + 1))
    return found


def organization(accounts: int, speed: Speed, share: float, paced: bool = True) -> Simulated:
    """Every account, as many at a time as the audit takes; the threads of lists and reads are shared among them."""
    in_use = -(-accounts // IN_USE)
    listed = [call for n in range(REGIONS) for call in lists(f"region-{n}")]
    read = [call for n in range(REGIONS) for call in reads(f"region-{n}")]
    threads = max(1, (speed.lists + speed.reads) // speed.accounts)
    empty = account(listed, threads, share, paced)
    full = account([*listed, *read, *roles()], threads, share, paced)
    total = Simulated(longest=full.seconds)
    # AssumeRole is one account's quota: that of whoever audits.
    gap = 1 / rate_of("sts", "AssumeRole")
    slots = [0.0] * speed.accounts
    for number in range(accounts):
        one = full if number % IN_USE == 0 else empty
        start = max(heapq.heappop(slots), number * gap)
        heapq.heappush(slots, start + LATENCY + one.seconds)
    total.seconds = max(slots)
    for one, times in ((full, in_use), (empty, accounts - in_use)):
        total.throttled += one.throttled * times
        total.calls.update({operation: number * times for operation, number in one.calls.items()})
    pages = -(-accounts // PAGE_OF_ACCOUNTS)
    total.calls.update({"AssumeRole": accounts, "ListAccounts": pages})
    total.seconds += pages / rate_of("organizations", "ListAccounts")
    return total


def report(accounts: int = ACCOUNTS) -> Iterator[str]:
    """What is assumed, the calls, the quotas, the simulated audits, and what Athena costs."""
    yield f"{accounts:,} accounts, {REGIONS} Regions, one account in {IN_USE} in use; a call takes {LATENCY} s"
    yield f"in use, by Region: {', '.join(f'{number} {name}' for name, number in HOLDS.items())}, {KEYS} keys"
    yield f"{VERSIONS} versions of what has versions; {ROLES} roles an account"
    yield ""
    empty, full = sum(1 for _ in lists("")), sum(1 for _ in reads(""))
    yield f"calls for an account and Region with nothing in it: {empty}; for one in use: {empty + full}"
    yield f"calls for the roles of an account in use: {sum(1 for _ in roles())}"
    result = organization(accounts, Speed(), 0.5)
    yield f"calls in all: {result.calls.total():,}"
    yield ""
    yield from _operations(result)
    yield ""
    yield f"{'simulated':<56}{'hours':>7}{'throttled':>11}{'one account':>13}"
    for title, speed, share, paced in _AUDITS:
        run = organization(accounts, speed, share, paced)
        yield f"{title:<56}{run.seconds / 3600:>7.1f}{run.throttled:>11,}{run.longest:>11.0f} s"
    yield ""
    for days in (1, 31, 365):
        gigabytes = EVENTS_A_DAY * days * BYTES / 1e9
        cost = max(gigabytes / 1000 * ATHENA_PER_TB, ATHENA_LEAST)
        events = f"{EVENTS_A_DAY * days:,} events, {gigabytes:,.1f} GB"
        yield f"trail on Athena, days asked about: {days}: {events}, {cost:.2f} USD a question"


def _operations(result: Simulated) -> Iterator[str]:
    """Each operation with a published quota, and the others together by their number."""
    services = {operation: service for _, service, operation in [*lists(""), *reads(""), *roles()]}
    services |= {"AssumeRole": "sts", "ListAccounts": "organizations"}
    yield f"{'operation':<26}{'calls':>10}{'rate/s':>8}{'quota/s':>9}  source of the quota"
    rest = [operation for operation in result.calls if operation not in QUOTAS]
    for operation, number in sorted(result.calls.items(), key=lambda each: (-each[1], each[0])):
        if operation in QUOTAS:
            quota, source = QUOTAS[operation]
            yield f"{operation:<26}{number:>10,}{rate_of(services[operation], operation):>8g}{quota:>9g}  {source}"
    calls = sum(result.calls[operation] for operation in rest)
    yield f"{f'{len(rest)} others':<26}{calls:>10,}{'':>8}{'none looked up':>17}"


_WIDE = Speed(accounts=32, lists=64, reads=128)
_AUDITS = (
    ("as it is: 8 accounts at a time, applications take half", Speed(), 0.5, True),
    ("applications take four fifths of every quota", Speed(), 0.2, True),
    ("32 accounts at a time, 64 lists, 128 reads", _WIDE, 0.5, True),
    ("the same, without rates of its own", _WIDE, 0.5, False),
)
EVENTS_A_DAY, BYTES = 50_000_000, 100
"""Events in a trail, and bytes of one packed; assumed."""
ATHENA_PER_TB, ATHENA_LEAST = 5.0, 0.00005
"""https://aws.amazon.com/athena/pricing/: 5 USD a terabyte scanned (us-east-1), 10 MB at least."""


def main() -> None:
    """The command line."""
    accounts = int(sys.argv[1].replace("_", "").replace(",", "")) if len(sys.argv) > 1 else ACCOUNTS
    for line in report(accounts):
        print(line)


if __name__ == "__main__":
    main()
