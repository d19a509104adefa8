"""Audits the simulated organisation every Monday of an autumn, into a history that kpi and report then tell about.

python examples/audit/run.py history.db
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

if __name__ == "__main__":
    # Started as a script, this folder is on the path and the repository is not.
    sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

from bedrock_cmk_guard.audit import AuditResult, Speed, audit
from bedrock_cmk_guard.history import History
from examples.audit.organisation import FIRST, LAST, organisation

_SIX = dt.time(6, tzinfo=dt.UTC)


def mondays() -> Iterator[dt.date]:
    """The days of the audits: thirteen weeks."""
    day = FIRST
    while day <= LAST:
        yield day
        day += dt.timedelta(weeks=1)


def run(history: History, told: Callable[[dt.date, AuditResult], None] = lambda day, result: None) -> None:
    """Do all the audits."""
    for day in mondays():
        with organisation(day) as world:
            now = dt.datetime.combine(day, _SIX)
            # Nothing here is AWS's, so there is nobody to leave room for.
            fast = Speed(rate=0)
            result = audit(
                world.session, world.requirements, now=now, scope=world.scope, speed=fast, history=history
            )
            told(day, result.run())


def main() -> int:
    """Do it, with a line for each audit."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("history", help="a file, or an SQLAlchemy URL")
    args = parser.parse_args()

    def told(day: dt.date, result: AuditResult) -> None:
        failed = sum(number for (_, verdict), number in result.verdicts.items() if verdict == "fail")
        print(
            f"{day}: {sum(result.verdicts.values())} judged, {failed} fail, "
            f"{len(result.coverage.not_audited)} not audited"
        )

    with History.open(args.history) as history:
        run(history, told)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
