"""Different things get different names, whatever they are called, and the names stay."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_cmk_guard.render.names import identifier, logical_id

NAMES = st.text(st.sampled_from("abAB01-/_.@i n"), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hr-assistant/eu-central-1", "hr-assistant_eu-central-1"),
        ("a/override", "a_override_07fdc7de"),
        ("1a", "_1a_c1b5b5c5"),
    ],
)
def test_identifiers_are_readable(name: str, expected: str) -> None:
    found = identifier(name)
    assert re.sub("[0-9a-f]{8}$", "", found) == re.sub("[0-9a-f]{8}$", "", expected)
    assert not found.endswith("_override")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("hr-assistant/eu-central-1", "KmsKeyHrAssistantInEuCentral1"), ("hr", "KmsKeyHr")],
)
def test_logical_ids_are_readable(name: str, expected: str) -> None:
    assert logical_id("kms_key", name) == expected


@given(NAMES, NAMES)
def test_names_are_told_apart(one: str, other: str) -> None:
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", identifier(one))
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", logical_id("kms_key", one))
    if one != other:
        assert identifier(one) != identifier(other)
        assert logical_id("kms_key", one) != logical_id("kms_key", other)
