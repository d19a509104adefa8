"""What was there already when a repository began to be scanned: listed, and not counted."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bedrock_cmk_guard.errors import SourceError
from bedrock_cmk_guard.reports.findings.result import Fixed, Reported
from bedrock_cmk_guard.scan.fingerprints import portable
from bedrock_cmk_guard.scan.output import write_file
from bedrock_cmk_guard.scan.selection import Selection

if TYPE_CHECKING:
    from bedrock_cmk_guard.controls.finding import Finding

_VERSION = 1
_FIELDS = ("fingerprint", "control", "resource", "file")


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding that a baseline has."""

    fingerprint: str
    control: str
    resource: str
    file: str
    """From the repository's root."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The findings that were there already."""

    entries: tuple[Entry, ...] = ()
    path: Path = Path()

    def fixed(self, found: Iterable[str], selection: Selection) -> tuple[Fixed, ...]:
        """Return what it has and was not found, of the files that were looked at and of those that have gone."""
        present = frozenset(found)
        looked_at = frozenset(portable(each.shown, selection.repository) for each in selection.files)
        home = selection.repository or Path()
        return tuple(
            Fixed(each.fingerprint, each.control, each.resource, each.file)
            for each in self.entries
            if each.fingerprint not in present
            and (each.file in looked_at or not os.path.lexists(home / each.file))
        )


def load_baseline(path: Path) -> Baseline:
    """Read a baseline. Raises ``SourceError`` if it is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SourceError(f"{path}: there is no such baseline; --write-baseline writes one") from None
    except OSError as problem:
        raise SourceError(f"cannot read {path}: {problem.strerror or problem}") from None
    except (ValueError, RecursionError) as problem:
        raise SourceError(f"{path}: this baseline is no JSON: {problem}") from None
    if not isinstance(data, dict) or data.get("version") != _VERSION:
        raise SourceError(f"{path}: this is no baseline of version {_VERSION}")
    findings = data.get("findings")
    if not isinstance(findings, list):
        raise SourceError(f"{path}: this baseline has no findings")
    return Baseline(tuple(_entry(each, path) for each in findings), path)


def write_baseline(path: Path, findings: Iterable[Reported], repository: Path | None) -> int:
    """Write what counts, or is known already, as the new baseline; return how many that is."""
    entries = [
        _written(each.finding, each.fingerprint, repository)
        for each in findings
        # What is wrong with the old baseline is gone with it.
        if (each.counts or each.known) and each.finding.place.file != str(path)
    ]
    entries.sort(key=lambda each: (each["file"], each["resource"], each["control"], each["fingerprint"]))
    write_file(
        path, json.dumps({"version": _VERSION, "findings": entries}, indent=2, ensure_ascii=False) + "\n"
    )
    return len(entries)


def _written(finding: Finding, fingerprint: str, repository: Path | None) -> dict[str, str]:
    return {
        "fingerprint": fingerprint,
        "control": finding.control.id,
        "resource": finding.address,
        "file": portable(finding.place.file, repository),
    }


def _entry(raw: object, path: Path) -> Entry:
    if not isinstance(raw, dict) or not all(isinstance(raw.get(name), str) for name in _FIELDS):
        raise SourceError(f"{path}: each finding of a baseline has {', '.join(_FIELDS)}")
    return Entry(**{name: raw[name] for name in _FIELDS})
