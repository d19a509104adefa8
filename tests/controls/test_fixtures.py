"""Every control on its own fixtures, through the command: what passes, what fails, what cannot be known.

A fixture is a module or template of its own. ``cmk-guard.yaml`` beside it holds the requirements that it is judged by.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bedrock_cmk_guard import ScanResult, scan
from bedrock_cmk_guard.controls import CONTROLS

HERE = Path(__file__).resolve().parent
FIXTURES = sorted(path for path in HERE.glob("BCG_*/*") if path.stem in ("pass", "fail", "unknown"))
# What these say of a file or module that was not read is always unknown; an acceptance either holds or does not.
WITHOUT_FAIL = {"BCG_SCAN_001", "BCG_SCAN_002", "BCG_SCAN_003", "BCG_SCAN_004"}
# A key that cannot be known is the finding of BCG_CMK_001, not of these; aliases and origins are always known.
WITHOUT_UNKNOWN = {"BCG_CMK_002", "BCG_KEY_006", "BCG_KEY_014", "BCG_KEY_015", "BCG_SCAN_005"}


def scanned(fixture: Path, folder: Path) -> ScanResult:
    """Judge a fixture apart from the others beside it, which would be one module with it."""
    copy = folder / f"main{fixture.suffix}"
    shutil.copyfile(fixture, copy)
    requirements = fixture.parent / "cmk-guard.yaml"
    return scan([folder], requirements if requirements.exists() else None)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_fixture_has_the_verdict_that_it_is_named_for(fixture: Path, tmp_path: Path) -> None:
    control = fixture.parent.name
    result = scanned(fixture, tmp_path)
    found = [each.finding for each in result.findings if each.finding.control.id == control]
    assert {finding.verdict.value for finding in found} == (
        {fixture.stem} if fixture.stem != "pass" else set()
    ), [
        (each.finding.control.id, each.finding.verdict.value, each.finding.message)
        for each in result.findings
    ]
    assert result.results or found
    for finding in found:
        assert finding.message
        assert finding.fix


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
def test_every_control_has_its_fixtures(control: object) -> None:
    name = str(getattr(control, "id", ""))
    has = {path.stem for path in FIXTURES if path.parent.name == name}
    wanted = {"pass", "fail", "unknown"}
    wanted -= {"fail"} if name in WITHOUT_FAIL else set()
    wanted -= {"unknown"} if name in WITHOUT_UNKNOWN else set()
    assert has >= wanted


def test_ids_are_unique_and_of_their_form() -> None:
    ids = [control.id for control in CONTROLS]
    assert len(set(ids)) == len(ids)
    assert all(control.title and control.rationale and control.remediation for control in CONTROLS)
    assert all(control.references for control in CONTROLS)
