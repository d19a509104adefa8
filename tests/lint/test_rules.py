"""Each rule finds what its failing fixture has, at its place, and nothing in the passing one.

A fixture's findings stand beside it, one a line: line, column, severity and rule.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bedrock_cmk_guard.lint import RULES, LintFinding, Rule, lint_paths

HERE = Path(__file__).resolve().parent
# One needs a file larger than is worth keeping: test_files.py makes it. The other is of plans: see test_held.py.
WITHOUT_FIXTURES = {"unreadable-file", "not-known"}
WITH_FIXTURES = [rule for rule in RULES if rule.id not in WITHOUT_FIXTURES]


def findings(path: Path) -> list[LintFinding]:
    return lint_paths([path]).findings


def only(folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    assert len(found) == 1, f"{folder.name} needs one {pattern}"
    return found[0]


def test_every_folder_is_of_a_rule() -> None:
    folders = {path.name for path in HERE.iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert folders - {"samples"} == {rule.id for rule in WITH_FIXTURES}


def test_rules_are_told_apart_and_explained() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert len({rule.title for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.rationale.endswith("."), rule.id
        assert rule.instead.endswith("."), rule.id
        assert all(reference.startswith("https://") for reference in rule.references), rule.id


@pytest.mark.parametrize("rule", WITH_FIXTURES, ids=lambda rule: rule.id)
def test_what_fails_is_found_in_its_place(rule: Rule) -> None:
    path = only(HERE / rule.id, "fail.*.json")
    found = findings(path)
    expected = path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    assert [f"{f.line}:{f.column} {f.severity} {f.rule}" for f in found] == expected
    assert any(f.rule == rule.id and f.severity == rule.severity for f in found)
    for finding in found:
        assert finding.message
        assert finding.instead


@pytest.mark.parametrize("rule", WITH_FIXTURES, ids=lambda rule: rule.id)
def test_what_passes_is_clean(rule: Rule) -> None:
    assert findings(only(HERE / rule.id, "pass.*.json")) == []


@pytest.mark.parametrize("rule", WITH_FIXTURES, ids=lambda rule: rule.id)
def test_the_place_is_in_the_file(rule: Rule) -> None:
    path = only(HERE / rule.id, "fail.*.json")
    lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("latin-1").split("\n")
    for finding in findings(path):
        assert lines[finding.line - 1].startswith(finding.excerpt)
        assert 1 <= finding.column <= len(lines[finding.line - 1]) + 1
        assert (finding.end_line, finding.end_column) >= (finding.line, finding.column)
