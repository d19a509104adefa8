"""Every case is read as its YAML file says: which subjects there are, their keys, and how they came there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bedrock_cmk_guard.subjects import EncryptedResource, KeyName, Reading
from tests.sources.terraform.reading_cases import (
    Case,
    all_cases,
    arn_of,
    told,
    told_fault,
    told_key,
    told_trail,
)

_CASES = all_cases()
_SUBSTRINGS = ("unknown", "delegated")


@pytest.mark.parametrize("case", _CASES, ids=[case.name for case in _CASES])
def test_a_case_is_read_as_it_says(case: Case, tmp_path: Path) -> None:
    readings = case.read(tmp_path)
    found = [(reading, resource) for reading in readings for resource in reading.resources]
    expected = case.expected["resources"]
    assert sorted(resource.address for _, resource in found) == sorted(each["address"] for each in expected)
    for each in expected:
        _check_resource(each, found, readings)
    _check_keys(case.expected.get("keys", []), readings)
    _check_faults(case.expected.get("faults", []), readings)


def _check_resource(
    expected: dict[str, Any], found: list[tuple[Reading, EncryptedResource]], readings: list[Reading]
) -> None:
    matching = [
        resource
        for reading, resource in found
        if resource.address == expected["address"]
        and expected.get("root", reading.root) == reading.root
        and expected.get("surface", resource.surface) == resource.surface
    ]
    assert len(matching) == 1, expected
    (resource,) = matching
    _check_key(expected["key"], resource, readings)
    trail = told_trail(resource.key)
    assert [step for step in trail if step in expected.get("trail", [])] == expected.get("trail", []), trail
    assert expected.get("note", "") in resource.note
    assert bool(resource.note) == ("note" in expected)
    for field in ("name", "region", "account", "tags"):
        if field in expected:
            assert told(resource, field) == expected[field], field


def _check_key(expected: Any, resource: EncryptedResource, readings: list[Reading]) -> None:
    if isinstance(expected, dict) and "of" in expected:
        assert resource.key.value == KeyName(arn_of(expected)), resource.key
        return
    key = told_key(resource, readings)
    substring = next((name for name in _SUBSTRINGS if isinstance(expected, dict) and name in expected), None)
    if substring is None:
        assert key == expected, resource.address
    else:
        assert isinstance(key, dict), key
        assert expected[substring] in key.get(substring, ""), key


def _check_keys(expected: list[dict[str, Any]], readings: list[Reading]) -> None:
    keys = {key.address: key for reading in readings for key in reading.keys}
    for each in expected:
        key = keys[each["address"]]
        for field, value in each.items():
            assert told(key, field) == value, field


def _check_faults(expected: list[dict[str, Any]], readings: list[Reading]) -> None:
    faults = [told_fault(fault) for reading in readings for fault in reading.faults]
    assert len(faults) == len(expected), faults
    for each in expected:
        assert any(each.items() <= fault.items() for fault in faults), (each, faults)


def test_every_case_is_checked() -> None:
    assert {case.name for case in _CASES} == {
        path.name for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir()
    }
