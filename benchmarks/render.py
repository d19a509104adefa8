"""How long rendering takes and how much memory, for 1, 100 and 1,000 workloads in two Regions.

    python benchmarks/render.py [SIZE ...]

Each size is one `bedrock-cmk-guard render` to all formats, in a process and a folder of its own. Two
yardsticks stand beside it: json.dumps of the bare documents it wrote, and writing the same bytes to plain files.
Nothing is asserted; the numbers are for people to compare.

A file system may be slow just after many files were deleted: ext4 passes over their inodes for some minutes, and what
takes a second of the system then takes ten. So nothing is deleted before the last size is measured. Wait a few minutes
between two runs, or set TMPDIR to a folder in memory.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.process import best_of, cost_of

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "cmk-guard.yaml"
SIZES = (1, 100, 1000)
REGIONS = ["eu-central-1", "us-east-1"]


def requirements_of(size: int) -> str:
    """The example organisation as YAML, with this many workloads, each in an account of its own."""
    requirements = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    requirements["organization"]["regions"] = REGIONS
    requirements["workloads"] = [_workload(number) for number in range(size)]
    return yaml.safe_dump(requirements, sort_keys=False, allow_unicode=True)


def _workload(number: int) -> Mapping[str, object]:
    name = f"workload-{number:04}"
    return {
        "name": name,
        "account": f"{700_000_000_000 + number}",
        "regions": REGIONS,
        "environment": ("production", "staging", "development")[number % 3],
        "data_owner": f"Team {number}",
        "sensitivity": ("internal", "confidential", "restricted")[number % 3],
        "surfaces": ["bedrock-agent", "agent-memory-classic", "flow", "prompt", "agentcore-memory"],
        "memory": True,
        "service_role": {"role": "agent-runtime", "models": ["anthropic.claude-sonnet-4-20250514-v1:0"]},
        "callers": [{"role": "agent-caller"}],
        # The organisation's refusals name the callers of such a workload, and a policy has room for few.
        "shut_out_administrators": number == 0,
        "match": {"tags": {"application": name}},
        "tags": {"cost-centre": f"CC-{number:04}"},
    }


@dataclass(frozen=True, slots=True)
class Run:
    """What one size cost. Seconds by the clock and of a processor, MiB, and the number of files."""

    size: int
    seconds: float
    processor: float
    memory: float
    files: int
    written: float
    dumped: float
    copied: float


def measure(size: int, folder: Path) -> Run:
    """Render this many workloads in a process of its own, then take the yardsticks on what it wrote."""
    source, out = folder / "cmk-guard.yaml", folder / "out"
    source.write_text(requirements_of(size), encoding="utf-8")
    command = [sys.executable, "-m", "bedrock_cmk_guard", "render", str(source), "--out", str(out)]
    cost = cost_of(command)
    if cost.status:
        raise SystemExit(f"render failed for {size} workloads with status {cost.status}")
    contents = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    written = sum(map(len, contents.values())) / 2**20
    return Run(
        size=size,
        seconds=cost.seconds,
        processor=cost.processor,
        memory=cost.memory,
        files=len(contents),
        written=written,
        dumped=_dumped(contents),
        copied=_copied(contents, folder / "copy"),
    )


def _dumped(contents: Mapping[Path, bytes]) -> float:
    documents = [json.loads(content) for path, content in contents.items() if path.suffix == ".json"]
    started = time.perf_counter()
    for document in documents:
        json.dumps(document, indent=2)
    return time.perf_counter() - started


def _copied(contents: Mapping[Path, bytes], folder: Path) -> float:
    started = time.perf_counter()
    for path, content in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return time.perf_counter() - started


def main(sizes: tuple[int, ...]) -> None:
    """Print a line per size, the growth between them, and how long the program takes to start."""
    with tempfile.TemporaryDirectory() as folder:
        _show(sizes, Path(folder))
    version = best_of(5, (sys.executable, "-m", "bedrock_cmk_guard", "--version"))
    bare = best_of(5, (sys.executable, "-c", "pass"))
    print(f"--version: {version.seconds:.3f} s, of which Python itself: {bare.seconds:.3f} s (best of 5)")


def _show(sizes: tuple[int, ...], folder: Path) -> None:
    print("workloads   seconds  processor s  peak MiB    files   MiB written  json.dumps s  plain write s")
    before: Run | None = None
    for size in sizes:
        place = folder / str(size)
        place.mkdir()
        run = measure(size, place)
        print(
            f"{run.size:9,} {run.seconds:9.2f} {run.processor:12.2f} {run.memory:9.0f} {run.files:8,}"
            f" {run.written:13.2f} {run.dumped:13.3f} {run.copied:14.3f}",
            flush=True,
        )
        if before:
            print(
                f"   growth: x{run.size / before.size:g} workloads, x{run.seconds / before.seconds:.1f} seconds,"
                f" x{run.memory / before.memory:.1f} memory, x{run.written / before.written:.1f} bytes"
            )
        before = run


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or SIZES)
