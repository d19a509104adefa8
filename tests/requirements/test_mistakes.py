"""Every mistake is told with its place: each file in files/ against the text that stands beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bedrock_cmk_guard.errors import Problem, RequirementsError
from bedrock_cmk_guard.requirements import Requirements, load_requirements, rules

FILES = Path(__file__).parent / "files"
MISTAKES = sorted(path.name for kind in ("*.yaml", "*.json") for path in FILES.glob(kind))
# What libyaml and PyYAML's own parser say of broken YAML differs.
SYNTAX = {"tab-indent.yaml", "wrong-parts.yaml"}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name in SYNTAX and not yaml.__with_libyaml__:
        pytest.skip("PyYAML is built without libyaml here")
    monkeypatch.chdir(FILES)
    with pytest.raises(RequirementsError) as caught:
        load_requirements(name)
    assert str(caught.value) + "\n" == Path(f"{name}.txt").read_text(encoding="utf-8")


def test_what_the_mistakes_lie_over_is_right() -> None:
    assert load_requirements(FILES / "parts" / "base.yaml").workloads[0].name == "assistant"


def test_every_rule_is_broken_by_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    broken: set[str] = set()

    def watched(rule: rules.Rule) -> rules.Rule:
        def watch(requirements: Requirements) -> Iterator[Problem]:
            for problem in rule(requirements):
                broken.add(rule.__name__)
                yield problem

        return watch

    names = {rule.__name__ for rule in rules._RULES}
    monkeypatch.setattr(rules, "_RULES", tuple(map(watched, rules._RULES)))
    for name in MISTAKES:
        with pytest.raises(RequirementsError):
            load_requirements(FILES / name)
    assert broken == names


def test_a_flood_of_mistakes_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "cmk-guard.yaml"
    path.write_text("version: 1\nworkloads: [" + "{nmae: x}, " * 20_000 + "]\n", encoding="utf-8")
    with pytest.raises(RequirementsError) as caught:
        load_requirements(path)
    assert "more problems" in str(caught.value.problems[-1])
    assert len(caught.value.problems) < 1000
