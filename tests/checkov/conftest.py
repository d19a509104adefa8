"""One Checkov for all tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.checkov.host import MISSING, PYTHON, Host


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    if not PYTHON.exists():
        pytest.skip(MISSING)
    started = Host()
    yield started
    started.close()
