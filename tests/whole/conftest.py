"""The example and its variants, each rendered once in a session."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from tests.whole.rendered import VARIANTS, Rendered, render_to


@pytest.fixture(scope="session")
def render_variant(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Rendered]:
    @cache
    def rendered(name: str) -> Rendered:
        folder = tmp_path_factory.mktemp("rendered") / name
        assert render_to(VARIANTS[name], folder) == 0
        return Rendered(name, VARIANTS[name], folder)

    return rendered


@pytest.fixture(scope="session", params=VARIANTS)
def rendered(request: pytest.FixtureRequest, render_variant: Callable[[str], Rendered]) -> Rendered:
    return render_variant(request.param)


@pytest.fixture(scope="session")
def example(render_variant: Callable[[str], Rendered]) -> Rendered:
    return render_variant("example")
