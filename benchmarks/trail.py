"""How long `trail` takes over CloudTrail logs and how much memory, beside a plain loop over the same JSON.

    python benchmarks/trail.py [EVENTS]

One million events by default, in logs that examples/trail/generate.py makes in a temporary folder. Each run is a
process of its own. The loop is tests/trail/plain.py: it answers three of the five questions, and must count the same.
Nothing is asserted of times; the numbers are for people to compare.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.process import Cost, cost_of

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "examples" / "cmk-guard.yaml"
EVENTS = 1_000_000
_PLAIN = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.trail.plain import answers
print(json.dumps({name: sum(counts.values()) for name, counts in answers(Path(sys.argv[2])).items()}))
"""


def main() -> None:
    """Make the logs, run both, and print what they took."""
    events = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else EVENTS
    with tempfile.TemporaryDirectory() as folder:
        logs, out = Path(folder, "logs"), Path(folder, "out.json")
        records = _generated(logs, events)
        files = [path for path in logs.rglob("*.gz") if path.is_file()]
        size = sum(path.stat().st_size for path in files) / 1e6
        print(f"{records:,} records in {len(files):,} files, {size:,.0f} MB packed")
        guard = [sys.executable, "-m", "bedrock_cmk_guard", "trail"]
        about = [str(logs), "--requirements", str(REQUIREMENTS), "--format", "json"]
        _show("trail, five questions", cost_of([*guard, *about], cwd=ROOT, out=out))
        asked = json.loads(out.read_text())
        three = [f"--question={name}" for name in ("denied", "outside", "decryptions")]
        _show("trail, three questions", cost_of([*guard, *about, *three], cwd=ROOT, out=out))
        _show("trail replay", cost_of([*guard, "replay", *about], cwd=ROOT, out=Path(folder, "replay.json")))
        _show(
            "plain loop, three questions",
            cost_of([sys.executable, "-c", _PLAIN, str(ROOT), str(logs)], cwd=ROOT, out=out),
        )
        for name, number in json.loads(out.read_text()).items():
            ours = sum(row["calls"] for row in asked[name])
            print(
                f"{name}: {ours:,} calls by trail, {number:,} by the loop{'' if ours == number else ' DIFFER'}"
            )


def _generated(logs: Path, events: int) -> int:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "examples" / "trail" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    sys.modules["generate"] = generate
    spec.loader.exec_module(generate)
    return int(generate.write(logs, events))


def _show(what: str, cost: Cost) -> None:
    print(
        f"{what:<28} {cost.seconds:7.1f} s  {cost.processor:7.1f} s of a processor  {cost.memory:7,.0f} MiB"
    )


if __name__ == "__main__":
    main()
