"""What a scan costs, beside Checkov with its own checks and beside merely reading the files.

    python benchmarks/scan.py [PATH ...] [--checkov PROGRAM] [--quick]

Without a path, on trees that benchmarks/trees.py writes: (1) 1,800 Terraform files without a Bedrock resource, (2) the
same with 50 agents in 20 modules, (3) one changed file without anything to judge, (4) one changed file with an agent,
judged with its module and a requirements file; then the growth with files and with modules. A path given is measured
as a whole. Every line is a process of its own, start-up included. Checkov runs on the trees if it can be found
(.venv-checkov, or --checkov), with --quick not at all.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.process import Cost, best_of, cost_of
from benchmarks.trees import agent_tree, plain_tree

ROOT = Path(__file__).resolve().parents[1]
_NOT_PARSED = re.compile(r'"parsing_errors": (\d+)')
SCAN = (sys.executable, "-m", "bedrock_cmk_guard", "scan", "--format", "json")
# Walks and reads as Python does it, which nothing written in it can beat.
READING = """import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            file.read()
"""


def main() -> None:
    """Print a table a case."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--checkov", type=Path, default=ROOT / ".venv-checkov" / "bin" / "checkov")
    parser.add_argument("--quick", action="store_true", help="leave Checkov out")
    args = parser.parse_args()
    checkov = None if args.quick or not args.checkov.exists() else args.checkov
    print(f"{'':34}  seconds  processor s  peak MiB  status  judged (pass fail unknown), files not read")
    with tempfile.TemporaryDirectory() as folder:
        if args.paths:
            for path in args.paths:
                _tree(str(path), path.resolve(), checkov, Path(folder))
        else:
            _cases(Path(folder), checkov)
    if checkov is None:
        print("Checkov was left out: make .venv-checkov installs it, --checkov names another")


def _cases(folder: Path, checkov: Path | None) -> None:
    plain, agents = folder / "plain", folder / "agents"
    plain_tree(plain)
    _tree("(1) 1,800 files, nothing to judge", plain, checkov, folder)
    plain_tree(agents)
    agent_tree(agents)
    _tree("(2) and 50 agents in 20 modules", agents, checkov, folder)
    print("(3) one changed file, nothing to judge")
    _ours(folder, agents, "stack03/part032/file07.tf")
    print("(4) one changed file with an agent, its module, a requirements file")
    shutil.copy(ROOT / "examples" / "cmk-guard.yaml", agents / "cmk-guard.yaml")
    _ours(folder, agents, "agents/modules/team07/main.tf")
    print("growth with files that hold nothing to judge")
    for files in (900, 1800, 3600):
        tree = folder / f"files{files}"
        plain_tree(tree, files)
        _ours(folder, tree, ".", label=f"{files:,} files")
    print("growth with modules, of 5 agents each")
    for modules in (10, 40, 160):
        tree = folder / f"modules{modules}"
        agent_tree(tree, modules * 5, modules)
        _ours(folder, tree, ".", label=f"{modules} modules")


def _tree(title: str, tree: Path, checkov: Path | None, folder: Path) -> None:
    print(title)
    floor = best_of(3, (sys.executable, "-c", READING, str(tree)))
    _line("walk and read", floor, "")
    ours = _ours(folder, tree, ".")
    print(f"    scan takes {ours.processor / floor.processor:.1f} times what reading takes")
    if checkov:
        out = folder / "checkov.json"
        command = (str(checkov), "-d", str(tree), "--quiet", "--compact", "-o", "json", "--skip-download")
        theirs = cost_of(command, out=out)
        _line("Checkov, its own checks", theirs, _checkov_errors(out))
        print(f"    Checkov takes {theirs.processor / ours.processor:.0f} times what scan takes")


def _ours(folder: Path, cwd: Path, path: str, label: str = "scan") -> Cost:
    out = folder / "scan.json"
    cost = best_of(3, (*SCAN, path), cwd=cwd, out=out)
    _line(label, cost, _judged(out))
    return cost


def _judged(out: Path) -> str:
    text = out.read_text(encoding="utf-8")
    if not text:
        return "nothing printed"
    found = json.loads(text)
    counts = dict.fromkeys(("pass", "fail", "unknown"), 0)
    for resource in found["resources"]:
        counts[resource["verdict"]] = counts.get(resource["verdict"], 0) + 1
    unread = found["summary"]["not_read"]
    return f"{len(found['resources'])} ({' '.join(str(n) for n in counts.values())}), {unread}"


def _checkov_errors(out: Path) -> str:
    # Line by line: the peak of a process begins at its parent's, so this one must not grow by Checkov's report.
    with out.open(encoding="utf-8") as lines:
        counts = [int(found[1]) for line in lines if (found := _NOT_PARSED.search(line))]
    return f"{sum(counts)} files not parsed"


def _line(label: str, cost: Cost, note: str) -> None:
    print(
        f"    {label:30} {cost.seconds:9.2f} {cost.processor:12.2f} {cost.memory:9.0f} {cost.status:7}  {note}",
        flush=True,
    )


if __name__ == "__main__":
    main()
