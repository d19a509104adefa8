from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.iam import PolicyDocument, PolicyKind
from tests.strategies import policy_documents

pytestmark = pytest.mark.thorough

DOCUMENTS = st.sampled_from(PolicyKind).flatmap(policy_documents)


@given(DOCUMENTS)
def test_a_document_read_back_from_its_json_is_itself(document: PolicyDocument) -> None:
    assert PolicyDocument.from_dict(document.kind, document.to_dict()) == document
    assert PolicyDocument.from_json(document.kind, document.minified()) == document


@given(DOCUMENTS)
def test_equal_documents_are_sent_as_equal_bytes(document: PolicyDocument) -> None:
    again = copy.deepcopy(document)
    assert again == document
    assert hash(again) == hash(document)
    assert again.minified() == document.minified()
    assert pickle.loads(pickle.dumps(document)) == document


@given(DOCUMENTS)
def test_what_is_sent_is_minified_json_of_what_aws_stores(document: PolicyDocument) -> None:
    text = document.minified()
    assert json.loads(text) == document.to_dict()
    assert text == json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(PolicyKind), JSON_VALUES)
def test_anything_that_is_no_policy_is_a_policy_error(kind: PolicyKind, data: object) -> None:
    with pytest.raises(PolicyError, match="somewhere"):
        PolicyDocument.from_dict(kind, data, where="somewhere")


@st.composite
def damaged(draw: st.DrawFn) -> tuple[PolicyKind, object]:
    """A valid document with one value somewhere replaced by another."""
    document = draw(DOCUMENTS)
    data = document.to_dict()
    place: object = data
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or draw(st.booleans()):
            place[key] = draw(JSON_VALUES)
            break
        place = inner
    return document.kind, data


@given(damaged())
def test_a_damaged_policy_is_read_or_refused_and_never_a_traceback(case: tuple[PolicyKind, object]) -> None:
    kind, data = case
    message = ""
    try:
        document = PolicyDocument.from_dict(kind, data, where="somewhere")
        assert PolicyDocument.from_dict(kind, document.to_dict()) == document
    except PolicyError as problem:
        message = str(problem)
    assert message == "" or message.startswith("somewhere")


@given(st.text())
def test_any_text_is_a_document_or_a_policy_error(text: str) -> None:
    with pytest.raises(PolicyError, match="somewhere"):
        PolicyDocument.from_json(PolicyKind.SCP, text, where="somewhere")


def test_a_text_nested_too_deep_is_refused() -> None:
    with pytest.raises(PolicyError, match="somewhere"):
        PolicyDocument.from_json(PolicyKind.SCP, "[" * 100_000, where="somewhere")


def test_a_key_written_twice_is_refused() -> None:
    one = '{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}'
    text = f'{{"Version":"2012-10-17","Statement":[{one}]}}'
    with pytest.raises(PolicyError, match="'Effect' is written twice"):
        PolicyDocument.from_json(PolicyKind.SCP, text)
