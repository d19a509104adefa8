"""Trees of YAML and JSON text: what stands where, and how far reading goes."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bedrock_cmk_guard.text.json_reader import read_json
from bedrock_cmk_guard.text.nodes import ListNode, MapNode, Node, Scalar
from bedrock_cmk_guard.text.tree import TextError, TreeBuilder
from bedrock_cmk_guard.text.yaml_reader import read_yaml


@pytest.fixture(params=["libyaml", "pure Python"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pure Python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    elif not yaml.__with_libyaml__:
        pytest.skip("PyYAML is built without libyaml here")


def tree_of(text: str) -> TreeBuilder:
    tree = TreeBuilder()
    read_yaml(text, "t.yaml", tree)
    return tree


def values(node: Node | None) -> object:
    if isinstance(node, MapNode):
        found: object = {key: values(entry.value) for key, entry in node.entries.items()}
    elif isinstance(node, ListNode):
        found = [values(item) for item in node.items]
    else:
        assert isinstance(node, Scalar)
        found = node.text if node.quoted or node.text is None else f"bare {node.text}"
    return found if node.tag is None else {node.tag: found}


def test_tags_and_quotes_are_kept() -> None:
    text = "a: !Ref b\nc: !Sub ['x', {d: 1}]\ne: !X {f: 'yes'}\ng: !Ref ''\n"
    assert values(tree_of(text).root) == {
        "a": {"!Ref": "bare b"},
        "c": {"!Sub": ["x", {"d": "bare 1"}]},
        "e": {"!X": {"f": "yes"}},
        "g": {"!Ref": ""},
    }


def test_merge_keys_are_merged() -> None:
    text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: *a, y: 5}\nd:\n  <<: [*a, *b]\n  '<<': 6\n"
    root = values(tree_of(text).root)
    assert isinstance(root, dict)
    assert root["c"] == {"x": "bare 1", "y": "bare 5"}
    assert root["d"] == {"x": "bare 1", "y": "bare 2", "z": "bare 4", "<<": "bare 6"}


def test_a_merge_key_without_a_mapping_is_refused() -> None:
    assert [c.message for c in tree_of("a: {<<: 1}").complaints] == [
        "<< takes a mapping, or a list of mappings"
    ]


def test_a_block_ends_behind_its_last_word() -> None:
    root = tree_of("a:\n  b: c\n  d: [e,\n    f]   # rest\n\n\ng: h\n").root
    assert isinstance(root, MapNode)
    block = root.entries["a"].value.place
    assert (block.line, block.column, block.end_line, block.end_column) == (2, 3, 4, 7)
    json_tree = TreeBuilder()
    read_json('{"a": {\n "b": "c"\n}, "d": 12}', "t.json", json_tree)
    assert isinstance(json_tree.root, MapNode)
    block = json_tree.root.entries["a"].value.place
    assert (block.line, block.column, block.end_line, block.end_column) == (1, 7, 3, 2)
    number = json_tree.root.entries["d"].value.place
    assert (number.line, number.column, number.end_line, number.end_column) == (3, 9, 3, 11)


def test_every_document_is_read_and_anchors_end_with_theirs() -> None:
    assert [values(root) for root in tree_of("a: 1\n---\n- b\n---\n").roots] == [
        {"a": "bare 1"},
        ["bare b"],
        None,
    ]
    with pytest.raises(TextError, match=r"\*x is not the name of anything"):
        tree_of("a: &x 1\n---\nb: *x\n")


def test_aliases_count_towards_the_depth() -> None:
    lines = ["a0: &a0 " + "[" * 40 + "]" * 40]
    lines += [f"a{i}: &a{i} " + "[" * 40 + f"*a{i - 1}" + "]" * 40 for i in range(1, 4)]
    with pytest.raises(TextError, match="nested more than 100 deep") as caught:
        tree_of("\n".join(lines))
    assert caught.value.complaints[-1].place.line == 3


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
        max_leaves=12,
    )
)
def test_json_gives_its_values(value: object) -> None:
    tree = TreeBuilder()
    read_json(json.dumps(value), "t.json", tree)

    def expected(of: object) -> object:
        if isinstance(of, dict):
            return {key: expected(item) for key, item in of.items()}
        if isinstance(of, list):
            return [expected(item) for item in of]
        return of if of is None or isinstance(of, str) else f"bare {json.dumps(of)}"

    assert values(tree.root) == expected(value)
