"""What a command cost: the clock, the processor and memory, of the process and those it started."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock and of a processor, peak MiB of the largest process, and the exit status."""

    seconds: float
    processor: float
    memory: float
    status: int


def cost_of(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    out: Path | None = None,
) -> Cost:
    """Run a command to its end; what it prints goes to a file, or nowhere."""
    with (out or Path(os.devnull)).open("wb") as sink:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, env=_environment(), stdout=sink, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    # Linux counts in KiB, macOS in bytes.
    memory = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return Cost(seconds, usage.ru_utime + usage.ru_stime, memory, process.returncode)


@cache
def _compiled() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="bedrock-cmk-guard-pyc-")


def _environment() -> Mapping[str, str]:
    """Let Python keep what it compiles, as it is kept where pip has installed a package, whatever is set here."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": _compiled().name}


def best_of(times: int, command: Sequence[str], *, cwd: Path | None = None, out: Path | None = None) -> Cost:
    """The run that took the least of the processor. The first may have compiled what it imports."""
    return min((cost_of(command, cwd=cwd, out=out) for _ in range(times)), key=lambda cost: cost.processor)
