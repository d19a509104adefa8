"""A share of the comparison at scale; ``make differential`` runs the whole."""

from __future__ import annotations

import pytest

from bedrock_cmk_guard.iam.evaluator import Outcome
from tests.iam_simulate import differential, driver

pytestmark = pytest.mark.skipif(not driver.available(), reason=str(driver.missing()))


def test_no_disagreement_is_unexplained() -> None:
    totals = differential.run(2_000)

    assert not totals.differences, "\n\n".join(totals.differences[:5])
    assert all(totals.outcomes[outcome] > 200 for outcome in Outcome if outcome is not Outcome.DEPENDS)
    assert all(excuse.document.startswith("https://docs.aws.amazon.com/") for excuse in totals.excused)
