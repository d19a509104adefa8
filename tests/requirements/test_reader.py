"""The reader's limits, and that no bytes whatever make a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedrock_cmk_guard.errors import RequirementsError
from bedrock_cmk_guard.requirements import Requirements, load_requirements, loads_requirements
from bedrock_cmk_guard.requirements.nodes import plain
from bedrock_cmk_guard.requirements.reader import MAX_BYTES, read_tree
from bedrock_cmk_guard.text import tree as limits
from bedrock_cmk_guard.text.nodes import ListNode, MapNode, Scalar

EXAMPLE = (Path(__file__).parents[2] / "examples" / "cmk-guard.yaml").read_bytes()


@pytest.fixture(params=["libyaml", "pure Python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "pure Python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    elif not yaml.__with_libyaml__:
        pytest.skip("PyYAML is built without libyaml here")
    return str(request.param)


def refusal(content: bytes | str, file: str = "f.yaml") -> str:
    with pytest.raises(RequirementsError) as caught:
        read_tree(content, file)
    return str(caught.value.problems[-1])


BILLION_LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("file", ["f.yaml", "f.json"])
def test_a_long_list_is_refused(monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    """Value by value, whatever the limit is; the real one is met by the billion laughs."""
    monkeypatch.setattr(limits, "MAX_NODES", 5_000)
    assert "more than 5,000 values" in refusal("[" + "1," * 5_001 + "1]", file)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("a: " * 101 + "x", "is not valid YAML", id="nested on a line"),
        pytest.param("[" * 101, "f.yaml:1:101: requirements: is nested more than 100 deep", id="brackets"),
        # libyaml looks ahead for a colon, and some releases stop at a depth of their own before they hand anything on.
        pytest.param("[" * 1_000_000, "nest", id="a million"),
        pytest.param("- " * 101 + "x", "is nested more than 100 deep", id="dashes"),
        pytest.param(BILLION_LAUGHS, "f.yaml:6:", id="billion laughs"),
        pytest.param("a: *b", "*b is not the name of anything", id="unknown anchor"),
        pytest.param(b"a: \xff", "f.yaml:1:4: requirements: is not UTF-8 text: byte 0xFF", id="latin"),
        pytest.param(
            "a: b".encode("utf-16"), "f.yaml:1:1: requirements: is not UTF-8 text: byte 0xFF", id="UTF-16"
        ),
        pytest.param(
            b"a: 1\nb: \0", "f.yaml:2:4: requirements: is not plain text: the character U+0000", id="NUL"
        ),
        pytest.param(
            "a: \x07", "f.yaml:1:4: requirements: is not plain text: the character U+0007", id="bell"
        ),
        pytest.param("a: \ud800", "the character U+D800 cannot stand here", id="surrogate in text"),
        pytest.param(
            'a: "\\x07"', "f.yaml:1:4: a: holds a character that is not text: U+0007", id="escaped bell"
        ),
        pytest.param(
            b"x" * (MAX_BYTES + 1), "f.yaml: requirements: the file is larger than 5 MB", id="large"
        ),
        pytest.param(b"", "f.yaml:1:1: requirements: the file is empty", id="empty"),
        pytest.param(b"\xef\xbb\xbf", "the file is empty", id="only a mark"),
        pytest.param("a: 1\n---\nb: 2\n", "a second document begins here", id="two documents"),
        pytest.param("a: 1\na: 2\n", "f.yaml:2:1: a: is written twice, first on line 1", id="twice"),
        pytest.param("b: [{a: 1, a: 2}]", "f.yaml:1:12: b[0].a: is written twice", id="twice within"),
        pytest.param("{a: 1, 'a': 2}", "is written twice", id="twice, quoted once"),
        pytest.param("<<: {a: 1}", "merge keys (<<) are not taken", id="merge key"),
        pytest.param("~: 1", "a field has no name", id="null as a name"),
        pytest.param(
            "{? {a: b} : c}", "a list or mapping cannot be the name of a field", id="mapping as a name"
        ),
        pytest.param(
            "a: &x [1]\n*x : 2\n", "f.yaml:2:1: requirements: a list or mapping cannot", id="alias as a name"
        ),
        pytest.param("a: !!str 1", "the tag !!str is not taken here", id="standard tag"),
        pytest.param("a: !x {b: 1}", "the tag !x is not taken here", id="own tag"),
        pytest.param("! a", "the tag ! is not taken here", id="the tag without a name"),
        pytest.param("%TAG ! tag:example.com,2000:\n---\n!x a", "is not taken here", id="declared tag"),
        pytest.param("a: b: c", "is not valid YAML: ", id="two colons"),
        pytest.param('a: "\\uD83D"', "f.yaml:1", id="escaped surrogate"),
        pytest.param('a: "\\UFFFFFFFF"', "f.yaml:1", id="escape out of range"),
        pytest.param("%YAML 9.9\n--- a", "is not valid YAML", id="version"),
    ],
)
def test_yaml_refused(content: bytes | str, expected: str) -> None:
    assert expected in refusal(content)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "the file is empty"),
        ("{", "f.json:1:2: requirements: is not valid JSON: the name of a field is expected"),
        ('{"a"}', "f.json:1:5: requirements: is not valid JSON: a colon is expected"),
        ('{"a": 1 "b"}', "a comma or } is expected"),
        ("[1 2]", "a comma or ] is expected"),
        ("[1,]", "f.json:1:3: requirements: is not valid JSON: a comma before ] is one too many"),
        ('{"a": 1,}', "a comma before } is one too many"),
        ('{"a": 1, "a": 2}', "f.json:1:10: a: is written twice, first on line 1"),
        ('{"a": tru}', "f.json:1:7: requirements: is not valid JSON: a value is expected"),
        ("{} {}", "something follows after the end"),
        ('{"a": "b', "f.json:1:7: requirements: is not valid JSON: Unterminated string"),
        ('{"a": "\t"}', "Invalid control character"),
        ('{"a": "\\u12"}', "Invalid \\uXXXX escape"),
        ('{"": 1}', "a field has no name"),
        ("[" * 101, "f.json:1:101: requirements: is nested more than 100 deep"),
        ("[1, 2, # no\n3]", "f.json:1:8: requirements: is not valid JSON: a comment"),
        ("[NaN]", "a value is expected"),
    ],
)
def test_json_refused(content: str, expected: str) -> None:
    assert expected in refusal(content, "f.json")


@pytest.mark.usefixtures("parser")
def test_both_parsers_give_the_same_tree() -> None:
    text = EXAMPLE.decode()
    tree = read_tree(text, "f.yaml")
    assert isinstance(tree, MapNode)
    workloads = tree.get("workloads")
    assert isinstance(workloads, ListNode)
    first = workloads.items[0]
    assert isinstance(first, MapNode)
    account = first.get("account")
    assert isinstance(account, Scalar)
    at = next(i for i, line in enumerate(text.splitlines(), 1) if 'account: "222222222222"' in line)
    assert (account.text, account.place.line, account.place.column) == ("222222222222", at, 14)
    assert first.entries["account"].key_place.column == 5


def test_nulls_and_quotes() -> None:
    tree = read_tree("{a: , b: ~, c: null, d: '', e: 'null', f: \"~\"}", "f.yaml")
    assert plain(tree) == {"a": None, "b": None, "c": None, "d": "", "e": "null", "f": "~"}
    tree = read_tree('{"a": null, "b": "", "c": "null", "d": -1.5e3, "e": true}', "f.json")
    assert plain(tree) == {"a": None, "b": "", "c": "null", "d": "-1.5e3", "e": "true"}


def refused(load: Callable[[], Requirements]) -> RequirementsError | None:
    """The error, if there is one; any other exception is what these tests are about."""
    try:
        load()
    except RequirementsError as error:
        return error
    return None


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    content = bytearray(EXAMPLE)
    junk = st.one_of(
        st.binary(max_size=8),
        st.sampled_from([b"[", b"{", b"- ", b": ", b"&a ", b"*a", b"!x ", b"|\n", b"'", b"null", b"\n"]),
    )
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        content[start : start + draw(st.integers(0, 20))] = draw(junk)
    return bytes(content)


@pytest.mark.usefixtures("parser")
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(content=st.one_of(st.binary(max_size=200), mutated()), name=st.sampled_from(["x.yaml", "x.json"]))
def test_no_bytes_make_a_traceback(content: bytes, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    error = refused(lambda: load_requirements(path))
    assert error is None or all(str(problem).startswith(str(path)) for problem in error.problems)
    assert error is None or error.problems


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.characters() | st.sampled_from("[]{}:,-&*!|>'\"%@`#? \n\t\\"), max_size=40),
    st.sampled_from(["x.yaml", "x.json"]),
)
def test_no_text_makes_a_traceback(text: str, name: str) -> None:
    error = refused(lambda: loads_requirements(text, name))
    assert error is None or error.problems


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def reshaped(draw: st.DrawFn) -> object:
    """The example with any value at any place."""
    root: list[Any] = [yaml.safe_load(EXAMPLE)]
    holder: Any = root
    key: Any = 0
    while isinstance(holder[key], dict | list) and holder[key] and draw(st.integers(0, 5)):
        holder = holder[key]
        key = draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
    holder[key] = draw(VALUES)
    return root[0]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(reshaped())
def test_no_shape_makes_a_traceback(data: object) -> None:
    error = refused(lambda: loads_requirements(yaml.safe_dump(data, allow_unicode=True)))
    assert error is None or error.problems
