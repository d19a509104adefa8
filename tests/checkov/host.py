"""Checkov with the adapters, and what a scan says of the same files."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bedrock_cmk_guard.answers import block_name
from bedrock_cmk_guard.controls import CONTROLS, Level, SubjectKind
from bedrock_cmk_guard.data import data_dir
from bedrock_cmk_guard.scan import ScanResult, scan

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-checkov" / "bin" / "python"
MISSING = f"{PYTHON.relative_to(ROOT)} is missing (make test makes it): the Checkov adapters are not tested"
FRAMEWORKS = ("terraform", "terraform_json", "terraform_plan", "cloudformation")

Outcome = Literal["passed", "failed", "skipped"]
About = tuple[str, str, str]
"""A control, a file, and a block of it."""
_WORST = ("failed", "skipped", "passed")


@dataclass(frozen=True)
class Record:
    control: str
    outcome: Outcome
    file: str
    resource: str
    name: str
    details: Sequence[str]
    lines: Sequence[int]

    @property
    def block(self) -> str:
        """What it is about, as adapters know it: Checkov puts types and the word resource before names."""
        if self.file.endswith((".tf.json", ".tofu.json")):
            return self.resource.rpartition(".")[2]
        if self.resource.startswith("AWS::"):
            return self.resource.partition(".")[2]
        return block_name(self.resource)

    @property
    def said(self) -> str:
        return " ".join([self.name, *self.details])


@dataclass(frozen=True)
class Report:
    records: tuple[Record, ...]
    unparsed: tuple[str, ...]

    def outcomes(self) -> dict[About, str]:
        """The worst outcome for each control and block."""
        return worst(
            ((each.control, os.path.realpath(each.file), each.block), each.outcome) for each in self.records
        )

    def of(self, control: str) -> list[Record]:
        return [each for each in self.records if each.control == control]


class Host:
    """A process in which Checkov runs."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [PYTHON, Path(__file__).with_name("in_checkov.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(
        self,
        framework: str,
        root: Path | None = None,
        files: Sequence[Path] = (),
        *,
        cwd: Path | None = None,
        checks: Sequence[str] = ("BCG_*",),
        skip: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> Report:
        """Run one of Checkov's runners on a folder, or on files."""
        where = cwd or root or files[0].parent
        job: dict[str, Any] = {
            "framework": framework,
            "root": None if root is None else str(root),
            "files": [str(file) for file in files] or None,
            "cwd": str(where),
            "checks": list(checks),
            "skip": list(skip),
            "env": dict(env or {}),
            "folder": str(data_dir("checks")),
        }
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"Checkov broke off on {job}"
        answer = json.loads(line)
        return Report(tuple(Record(**record) for record in answer["records"]), tuple(answer["unparsed"]))

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=60)


def scanned(paths: Iterable[Path], requirements: Path | None = None) -> ScanResult:
    return scan([str(path) for path in paths], requirements)


def expected(result: ScanResult) -> dict[About, str]:
    """What Checkov must say, for each control and block, of what a scan found."""
    counts: dict[tuple[str, str, str], list[bool]] = {}
    for reported in result.findings:
        finding = reported.finding
        if finding.level is not Level.NOTE or finding.accepted is not None:
            counts.setdefault((finding.control.id, finding.address, finding.root), []).append(reported.counts)
    told: list[tuple[About, str]] = []
    for each in result.results:
        for control in CONTROLS:
            if control.kind is each.kind:
                found = counts.get((control.id, each.address, each.root), [])
                outcome = "failed" if any(found) else "skipped" if found else "passed"
                if not found and each.verdict == "delegated" and control.id.startswith("BCG_CMK"):
                    outcome = "skipped"
                about = (control.id, os.path.realpath(each.place.file), _block(each.place.file, each.address))
                told.append((about, outcome))
    return worst(told)


def unread(result: ScanResult) -> set[tuple[str, str]]:
    """The controls and files of what could not be read."""
    return {
        (each.finding.control.id, os.path.realpath(each.finding.place.file))
        for each in result.findings
        if each.finding.control.kind is SubjectKind.FAULT
    }


def worst(told: Iterable[tuple[About, str]]) -> dict[About, str]:
    found: dict[About, str] = {}
    for about, outcome in told:
        found[about] = min(found.get(about, outcome), outcome, key=_WORST.index)
    return found


def _block(file: str, address: str) -> str:
    name = block_name(address)
    if file.endswith((".tf.json", ".tofu.json")):
        # Checkov's terraform_json runner does not say the type.
        return name.rpartition(".")[2]
    return name
