"""What a scan is asked besides the paths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import datetime as dt

    from bedrock_cmk_guard.demands import Demands
    from bedrock_cmk_guard.scan.baseline import Baseline


class Settings(NamedTuple):
    """How a scan is done."""

    demands: Callable[[], Demands]
    """Asked once there is something to judge: loading requirements takes longer than most scans."""
    today: dt.date
    controls: tuple[str, ...] = ()
    """Patterns of ids: only these controls, and what could not be read. Empty: all."""
    tiers: tuple[str, ...] = ()
    """Only surfaces of these tiers. Empty: all."""
    var_files: tuple[Path, ...] = ()
    parameter_files: tuple[Path, ...] = ()
    baseline: Baseline | None = None
    progress: Callable[[str], None] | None = None
    """Told what was read last, reading by reading."""
    debug: bool = False
    """Let what goes wrong in this program through, with its traceback."""
