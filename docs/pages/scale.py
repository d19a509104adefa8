"""docs/scale.md: the plan for a large organisation, with what benchmarks/scale.py prints."""

from __future__ import annotations

from benchmarks.scale import report

_PAGE = """\
# Scale: an organisation of 5,000 accounts

What an audit of a whole organisation takes, on paper and by simulation: no such organisation was audited. Every
number on this page is printed by

    python benchmarks/scale.py [ACCOUNTS]

which takes the calls from the audit itself (`bedrock_cmk_guard/audit_calls.py` and the surface catalogue) and the
rates that it keeps to (`bedrock_cmk_guard/sources/aws/limits.py`). What is assumed stands first; change it in the
script to what your organisation holds. AWS's side is a token bucket for each account, Region and operation for
which AWS publishes a quota; a call that finds none is refused, and tried again after a pause that doubles. Where no
quota was looked up, nothing is refused, and the audit's own rate is the limit.

{report}

## What follows

- **Most calls find nothing.** An account without agents costs one list for each group of surfaces and Region.
  Regions in which nobody may run agents need not be read: the requirements name those that may.
- **Calls are free**; what an audit costs is the machine it runs on, for the hours above. Every read is a management
  event in CloudTrail, and the first copy of those in each Region is free
  ([pricing](https://aws.amazon.com/cloudtrail/pricing/)); further trails are not.
- **Throttling costs time, not findings.** Quotas are by account and Region, so the number of accounts read at a
  time changes no single account's throttling. Rates of its own keep an audit from taking what applications need.
- **More accounts at a time** (`audit --concurrency 32`) is the lever for time, and it needs threads, not machines.
- **A run can be broken off**: `audit --resume` takes it up again.
- **The history** grows by what changes, not by what is read: thirteen weekly audits of 10,000 resources, of which one
  in a hundred changes each week, are 12 MiB (`python benchmarks/history.py`). SQLite serves
  one team, PostgreSQL several.
- **CloudTrail** of such an organisation belongs on Athena ([trail.md](trail.md)): its partitions are by account,
  Region and day, so that a question reads the days that it is about. Prices change: look them up.
"""


def page() -> str:
    """The page."""
    printed = "\n".join(f"    {line}".rstrip() for line in report())
    return _PAGE.replace("{report}", printed)
