"""Loads the fixtures that several test folders share, and settles how hypothesis searches."""

from __future__ import annotations

import os

from hypothesis import settings

pytest_plugins = ("tests.terraform.fixtures",)

# The gate looks at the same examples every time. To look further: HYPOTHESIS_PROFILE=explore make pytest
settings.register_profile("gate", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))
