"""A world of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.audit.simulated import Simulation, simulated


@pytest.fixture
def world() -> Iterator[Simulation]:
    with simulated() as made:
        yield made
