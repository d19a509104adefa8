"""The scan: select, read, judge, accept. Nothing heavy is imported before there is something to judge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from bedrock_cmk_guard.reports.findings.result import ScanResult
from bedrock_cmk_guard.scan.readings import Readings
from bedrock_cmk_guard.scan.selection import Selection, select
from bedrock_cmk_guard.scan.settings import Settings

if TYPE_CHECKING:
    from bedrock_cmk_guard.demands import Demands
    from bedrock_cmk_guard.requirements import Requirements


def scan(
    paths: Iterable[str | Path],
    requirements: Requirements | Demands | str | Path | None = None,
    *,
    controls: Iterable[str] = (),
    tiers: Iterable[str] = (),
    var_files: Iterable[str | Path] = (),
    parameter_files: Iterable[str | Path] = (),
    baseline: str | Path | None = None,
    today: dt.date | None = None,
) -> ScanResult:
    """Judge files and folders of Terraform, plans, states and CloudFormation.

    ``requirements`` are an organisation's, or the file that holds them; without any the shipped defaults judge, and no
    file is looked for. ``controls`` are patterns of ids and ``tiers`` those of the catalogue: only these. ``today`` is
    the day on which exceptions are judged. Raises ``GuardError`` for paths, patterns and files that are not what they
    should be; whatever cannot be read below a path is a finding.
    """
    from bedrock_cmk_guard.scan.baseline import load_baseline

    settings = Settings(
        demands=lambda: demands_from(requirements),
        today=today or dt.datetime.now(tz=dt.UTC).date(),
        controls=tuple(controls),
        tiers=tuple(tiers),
        var_files=tuple(map(Path, var_files)),
        parameter_files=tuple(map(Path, parameter_files)),
        baseline=None if baseline is None else load_baseline(Path(baseline)),
    )
    return scan_selection(select(paths), settings)


def demands_from(requirements: Requirements | Demands | str | Path | None) -> Demands:
    """Return what is demanded: by requirements, by the file that holds them, or by default."""
    from bedrock_cmk_guard.demands import Demands

    if requirements is None:
        return Demands.default()
    if isinstance(requirements, Demands):
        return requirements
    from dataclasses import replace

    from bedrock_cmk_guard.requirements import load_requirements
    from bedrock_cmk_guard.requirements.demands import demands_of

    if isinstance(requirements, str | Path):
        return replace(demands_of(load_requirements(requirements)), source=str(requirements))
    return demands_of(requirements)


def scan_selection(selection: Selection, settings: Settings) -> ScanResult:
    """Read and judge what was selected. Broken off (``KeyboardInterrupt``), the result holds what there is."""
    if settings.controls or settings.tiers:
        from bedrock_cmk_guard.scan.filters import check_filters

        check_filters(settings)
    readings = Readings(selection, settings)
    judging = None
    interrupted = False
    try:
        for reading in readings.read():
            if judging is None:
                from bedrock_cmk_guard.scan.judging import Judging

                judging = Judging(selection, settings)
            judging.add(reading)
            if settings.progress:
                settings.progress(reading.root)
    except KeyboardInterrupt:
        interrupted = True
    if judging is None:
        fixed = settings.baseline.fixed((), selection) if settings.baseline and not interrupted else ()
        return ScanResult(
            files=len(selection.files),
            skipped=tuple(selection.skipped),
            fixed=fixed,
            interrupted=interrupted,
        )
    return judging.result(interrupted=interrupted)
