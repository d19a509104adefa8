"""Every document that the example renders, put to iam-simulate and to its validators."""

from __future__ import annotations

from functools import cache

import pytest

from bedrock_cmk_guard.iam.document import PolicyDocument, PolicyKind
from tests.iam_simulate import driver
from tests.iam_simulate.corpus import questions_about
from tests.policies.documents import EXAMPLE, all_documents, requirements_at

pytestmark = pytest.mark.skipif(not driver.available(), reason=str(driver.missing()))


@cache
def rendered() -> dict[str, PolicyDocument]:
    return all_documents(requirements_at(EXAMPLE))


def test_requests_about_every_rendered_document_are_decided_alike() -> None:
    asked = list(questions_about(rendered(), per_pattern=1))

    compared = driver.compare(asked)

    assert {document.kind for document in rendered().values()} == set(PolicyKind) - {PolicyKind.RESOURCE}
    assert compared.judged > 1000
    assert not compared.differences, "\n\n".join(compared.differences[:5])


def test_the_validators_accept_every_rendered_document() -> None:
    names, documents = zip(*rendered().items(), strict=True)

    complaints = dict(zip(names, driver.validate(documents), strict=True))

    assert {name: found for name, found in complaints.items() if found} == {}
