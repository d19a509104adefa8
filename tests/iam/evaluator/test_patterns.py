"""Wildcards, against a slow and obvious matcher."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_cmk_guard.iam.evaluator.patterns import action_matches, compiled_resource, matches
from tests.iam.evaluator.policies import KEY


def obvious(pattern: str, value: str) -> bool:
    if not pattern:
        return not value
    if pattern[0] == "*":
        return obvious(pattern[1:], value) or (bool(value) and obvious(pattern, value[1:]))
    return bool(value) and pattern[0] in ("?", value[0]) and obvious(pattern[1:], value[1:])


@given(st.text("ab*?.", max_size=7), st.text("ab.*", max_size=8))
def test_a_pattern_matches_as_the_obvious_matcher_does(pattern: str, value: str) -> None:
    assert matches(((pattern, True),), value) is obvious(pattern, value)


@given(st.text("a*?", min_size=1, max_size=6))
def test_literal_text_matches_only_itself(text: str) -> None:
    assert matches(((text, False),), text)
    assert not matches(((text, False),), text + "a")


def test_a_hostile_pattern_is_quick() -> None:
    start = time.perf_counter()

    assert not matches((("a*" * 60 + "b", True),), "a" * 5000)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("pattern", "action", "fits"),
    [
        ("*", "kms:Decrypt", True),
        ("KMS:decrypt", "kms:Decrypt", True),
        ("kms:GenerateDataKey*", "kms:GenerateDataKeyWithoutPlaintext", True),
        ("kms:*Key", "kms:GenerateDataKey", True),
        ("kms:Decryp?", "kms:Decrypt", True),
        ("kms:Decrypt", "kms:DecryptX", False),
    ],
)
def test_action_patterns_ignore_case(pattern: str, action: str, fits: bool) -> None:
    assert action_matches(pattern, action) is fits


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("arn:aws:kms:us-east-1:111122223333:key/*", True),
        ("arn:aws:kms:*:*:key/*", True),
        ("arn:aws:kms:*", True),  # the * ends its segment, so it may run on over colons
        ("arn:aws:k*s:us-east-1:111122223333:key/*", True),
        ("arn:aws:k*y/*", False),  # this one does not, so it stays in its segment
        ("arn:aws:kms:us-east-1:111122223333:KEY/*", False),
        ("arn:aws:kms:us-east-?:111122223333:key/*", True),
    ],
)
def test_resource_wildcards_cross_colons_only_at_the_end_of_a_segment(pattern: str, fits: bool) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html"""
    assert (compiled_resource(((pattern, True),)).match(KEY) is not None) is fits
