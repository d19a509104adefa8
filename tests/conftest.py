"""Loads the fixtures that several test folders share, and settles how hypothesis searches."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

pytest_plugins = ("tests.terraform.fixtures",)

# The gate looks at the same examples every time. To look further: HYPOTHESIS_PROFILE=explore make pytest
settings.register_profile("gate", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tracing would double what takes longest, and show no line that the other tests do not come to."""
    for item in items:
        if item.get_closest_marker("thorough"):
            item.add_marker("no_cover")
