"""Whatever it is given, lint answers; and it agrees with the grammar that this library's own policies keep to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedrock_cmk_guard import PolicyDocument, PolicyError, PolicyKind, Severity, lint_policy
from bedrock_cmk_guard.iam.document import Json
from bedrock_cmk_guard.lint import RULES
from bedrock_cmk_guard.lint.files import LintReport
from bedrock_cmk_guard.lint.output import as_json, as_sarif, as_text
from tests.strategies import policy_documents

pytestmark = pytest.mark.thorough

KINDS = st.sampled_from([kind for kind in PolicyKind if kind is not PolicyKind.RESOURCE])
RULE_IDS = {rule.id for rule in RULES}
FIXTURES = sorted(Path(__file__).resolve().parent.glob("*/*.json"))
# Faults of form, by which the library's own grammar would refuse a document; others are of what it does.
FORM = {
    *("not-json", "duplicate-field", "not-a-policy", "unknown-element", "misplaced-element"),
    *(
        "missing-element",
        "malformed-value",
        "duplicate-sid",
        "unknown-operator",
        "rcp-form",
        "for-all-values",
    ),
}
WORDS = (
    *(
        "Version",
        "Statement",
        "Effect",
        "Allow",
        "Deny",
        "Action",
        "Resource",
        "Principal",
        "Condition",
        "Null",
    ),
    *(
        "AWS",
        "Service",
        "*",
        "kms:*",
        "aws:PrincipalArn",
        "true",
        "2012-10-17",
        "StringNotLike",
        "${a",
        "Sid",
    ),
)
TEXTS = st.one_of(st.sampled_from(WORDS), st.text(max_size=6))
ANY_JSON: st.SearchStrategy[Json] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=25,
)


def lint_all(content: str | bytes, kind: PolicyKind) -> set[str]:
    """Lint, write every report, and return the rules that were broken."""
    found = lint_policy(content, kind, file="policy.json")
    report = LintReport(findings=found, linted={"policy.json": kind})
    assert len(as_text(report)) <= len(as_text(report, colour=True))
    assert len(json.loads(as_json(report))["findings"]) == len(found)
    assert len(json.loads(as_sarif(report))["runs"][0]["results"]) == len(found)
    for finding in found:
        assert finding.line >= 1
        assert finding.column >= 1
    rules = {finding.rule for finding in found}
    assert rules <= RULE_IDS
    return rules


@given(
    st.one_of(st.binary(max_size=80), st.text(max_size=80), st.text(list("{}[],:\"\\ \n/*#'ae01-tn"))), KINDS
)
def test_any_bytes_are_answered(content: bytes | str, kind: PolicyKind) -> None:
    assert lint_all(content, kind)


@given(ANY_JSON, KINDS)
def test_any_json_is_answered(value: Json, kind: PolicyKind) -> None:
    might_be_a_policy = isinstance(value, dict) and "Statement" in value
    assert lint_all(json.dumps(value), kind) or might_be_a_policy


@given(st.lists(ANY_JSON, max_size=3), KINDS)
def test_any_statements_are_answered(statements: list[Json], kind: PolicyKind) -> None:
    might_be_sound = all(
        isinstance(each, dict) and each.keys() >= {"Effect", "Action"} for each in statements
    )
    rules = lint_all(json.dumps({"Version": "2012-10-17", "Statement": statements}), kind)
    assert rules or (statements and might_be_sound)


STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny", "allow"]), "Action": ANY_JSON},
    optional={
        "Resource": ANY_JSON,
        "Principal": ANY_JSON,
        "NotPrincipal": ANY_JSON,
        "Condition": st.dictionaries(
            st.sampled_from(
                ["StringLike", "Null", "ForAllValues:StringEquals", "DateLessThan", "IpAddress", "X"]
            ),
            st.dictionaries(st.sampled_from(["aws:TagKeys", "aws:SourceIp", "a"]), ANY_JSON, max_size=2),
            max_size=3,
        ),
    },
)


@given(st.lists(STATEMENTS, min_size=1, max_size=3), KINDS)
def test_what_the_grammar_refuses_is_found(statements: list[Mapping[str, Json]], kind: PolicyKind) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    refused = False
    try:
        PolicyDocument.from_json(kind, text)
    except PolicyError:
        refused = True
    assert not refused or lint_all(text, kind)


@pytest.mark.parametrize("kind", [kind for kind in PolicyKind if kind is not PolicyKind.RESOURCE])
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_the_grammar_takes_has_no_faults_of_form(kind: PolicyKind, data: st.DataObject) -> None:
    document = data.draw(policy_documents(kind))
    text = json.dumps(document.to_dict(), indent=data.draw(st.sampled_from([None, 1])), ensure_ascii=False)
    found = lint_policy(text, kind)
    assert [str(finding) for finding in found if finding.rule in FORM] == []


@settings(max_examples=300)
@given(st.sampled_from(FIXTURES), st.data())
def test_broken_fixtures_are_answered(path: Path, data: st.DataObject) -> None:
    """A policy with a piece cut out, doubled or put elsewhere."""
    content = path.read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 60)))
    piece = data.draw(
        st.sampled_from([b"", content[start:end] * 2, b",", b"}", b'"', b"//", b"\xff", b"{" * 60])
    )
    kind = PolicyKind(path.stem.rpartition(".")[2])
    broken = content[:start] + piece + content[end:]
    rules = lint_all(broken, kind)
    try:
        PolicyDocument.from_json(kind, broken.decode("utf-8"))
    except (PolicyError, UnicodeDecodeError):
        assert rules


def test_every_word_of_a_statement_is_judged_however_much_is_wrong() -> None:
    """Twenty statements, each with a fault of its own: all are found."""
    statements = [
        {"Sid": f"No{i}", "Effect": "Deny", "Action": f"bedrock:Invented{i}", "Resource": "*"}
        for i in range(20)
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    found = [f for f in lint_policy(text, "scp") if f.rule == "unknown-action"]
    assert [f.statement for f in found] == [f"No{i}" for i in range(20)]


DENY: Mapping[str, Json] = {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}


def scp(*statements: Mapping[str, Json]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("[" * 100_000, id="deep"),
        pytest.param(scp(*[DENY] * 3_000), id="the same statement"),
        pytest.param(scp({**DENY, "Action": ["kms:Decrypt", "kms:*"] * 9_000}), id="the same actions"),
        pytest.param(
            scp({**DENY, "Condition": {"StringLike": {f"a:{i}": "*?*" for i in range(3_000)}}}), id="keys"
        ),
        pytest.param(
            scp(
                {
                    **DENY,
                    "Condition": {
                        "StringLike": {"a:b": ["*?" * 50] * 2_000},
                        "StringNotLike": {"a:b": ["?*" * 50] * 20},
                    },
                }
            ),
            id="patterns",
        ),
        pytest.param('{"a":' * 10_000, id="deep objects"),
        pytest.param("," * 100_000, id="commas"),
        pytest.param('"' + "x" * 900_000, id="unterminated"),
        pytest.param("/*" * 50_000, id="comments"),
        pytest.param('{"Statement":' + "9" * 5_000 + "}", id="large number"),
        pytest.param('{"Statement":[' + "{}," * 20_000 + "{}]}", id="many statements"),
        pytest.param(
            json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Deny", "Action": "*" * 5_000, "Resource": "*"}],
                }
            ),
            id="stars",
        ),
    ],
)
def test_hostile_sizes_are_answered(content: str) -> None:
    found = lint_policy(content, "scp")
    assert any(finding.severity is Severity.ERROR for finding in found)


def test_findings_are_each_told_once() -> None:
    for path in chain(FIXTURES):
        found = lint_policy(path.read_bytes(), path.stem.rpartition(".")[2])
        assert len(set(found)) == len(found)
