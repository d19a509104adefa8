"""What it costs to keep audits and to tell of them: a quarter of weekly audits of 1,000 and of 10,000 subjects.

    python benchmarks/history.py [--subjects N]

The subjects are agents in a hundred accounts, each with a key, tags and a workload; a fifth have a finding, and every
week one in a hundred changes. The histories are SQLite files in a temporary folder. What is kept is timed in this
process, the last audit of each history; each command is a process of its own, start-up included, beside one that only
starts and says its version. Nothing is asserted of times; the numbers are for people to compare.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedrock_cmk_guard.history import Cell, Coverage, FindingRecord, History, SubjectRecord
from benchmarks.process import Cost, best_of

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "examples" / "cmk-guard.yaml"
WEEKS = 13
_START = dt.datetime(2026, 8, 31, 6, tzinfo=dt.UTC)
_REGIONS = ("eu-central-1", "us-east-1")
_WORKLOADS = ("hr-assistant", "financial-adviser", "support-desk", "")
_FEW = 1_000
_RUNS = 3
_COMMANDS = (
    ("kpi", "--format", "text"),
    ("kpi", "--format", "openmetrics"),
    ("report", "--format", "html"),
    ("report", "--format", "csv"),
)
_NO_KEY = FindingRecord(
    control="BCG_CMK_001",
    verdict="fail",
    severity="high",
    level="required",
    message="customerEncryptionKeyArn is left out: the data lies under a key that AWS owns",
    fix="Name a customer managed KMS key of your own, by its ARN.",
    command="aws bedrock-agent update-agent --agent-id AGENT --customer-encryption-key-arn KEY_ARN",
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A history: how long its last audit took to keep, its size, and what the commands took."""

    seconds: float
    megabytes: float
    costs: tuple[Cost, ...]


def seen(subjects: int, week: int) -> Iterator[SubjectRecord]:
    """What an audit sees."""
    for number in range(subjects):
        account, region = f"{200_000_000_000 + number % 100}", _REGIONS[number % 2]
        workload = _WORKLOADS[number % 4]
        # The week's one in a hundred have lost their key, and the week before's have got theirs.
        bad = number % 5 == 0 or number % 100 == week + 1
        yield SubjectRecord(
            arn=f"arn:aws:bedrock:{region}:{account}:agent/AGENT{number:05d}",
            cell=Cell(account, region, "bedrock-agent"),
            tier="agent-definition",
            name=f"agent-{number}",
            verdict="fail" if bad else "pass",
            level="required",
            workload=workload,
            environment="production" if workload else "",
            sensitivity="confidential" if workload else "",
            key="" if bad else f"arn:aws:kms:{region}:{account}:key/11111111-2222-4333-8444-555555555555",
            tags={"application": workload, "cost-centre": f"{number % 30}"},
            findings=(_NO_KEY,) if bad else (),
        )


def kept(path: Path, subjects: int) -> float:
    """Write a quarter of audits; return how many seconds the last took."""
    cells = [Cell(f"{200_000_000_000 + number}", region) for number in range(100) for region in _REGIONS]
    seconds = 0.0
    with History.open(str(path)) as history:
        for week in range(WEEKS):
            records = list(seen(subjects, week))
            begun = time.perf_counter()
            now = _START + dt.timedelta(weeks=week)
            recording = history.begin(now)
            recording.add(records)
            recording.cover(cells, Coverage.AUDITED)
            recording.finish(now)
            seconds = time.perf_counter() - begun
    return seconds


def measured(subjects: int) -> Kept:
    """Keep a quarter of audits, and have the commands tell of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "history.db")
        seconds = kept(path, subjects)
        known = ("--history", str(path), "--requirements", str(REQUIREMENTS))
        costs = tuple(_cost(*command, *known) for command in _COMMANDS)
        return Kept(seconds, path.stat().st_size / 2**20, costs)


def _cost(*arguments: str) -> Cost:
    cost = best_of(_RUNS, (sys.executable, "-m", "bedrock_cmk_guard", *arguments), cwd=ROOT)
    assert cost.status == 0, f"{arguments[0]} itself failed"
    return cost


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subjects", type=int, default=10_000, help="how many at most (default: 10,000)")
    most = parser.parse_args().subjects
    start = _cost("--version")
    few, many = measured(_FEW), measured(most)
    print(f"{WEEKS} audits of so many subjects      {_FEW:>10,} {most:>15,}   times as much")
    _line("keep the last audit, s", few.seconds, many.seconds)
    _line("the history, MiB", few.megabytes, many.megabytes)
    for command, small, large in zip(_COMMANDS, few.costs, many.costs, strict=True):
        name = f"{command[0]} {command[2]}"
        _line(f"{name}, s of a processor", small.processor, large.processor)
        _line(f"{name}, peak MiB", small.memory, large.memory)
    print(f"starting only: {start.processor:.2f} s of a processor, {start.memory:.0f} MiB")


def _line(what: str, few: float, many: float) -> None:
    print(f"  {what:<34} {few:8.2f} {many:15.2f} {many / few:15.1f}")


if __name__ == "__main__":
    main()
