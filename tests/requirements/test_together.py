"""Every mistake is told at once: the rules hold what is right, and conclude nothing from what is left out."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from bedrock_cmk_guard.errors import Problem, RequirementsError
from bedrock_cmk_guard.requirements import loads_requirements
from bedrock_cmk_guard.requirements.messages import mistakes
from bedrock_cmk_guard.requirements.model import Requirements
from bedrock_cmk_guard.requirements.partial import contradictions_so_far
from bedrock_cmk_guard.requirements.starter import starter_text
from bedrock_cmk_guard.text.nodes import Path as Field

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = (ROOT / "examples" / "cmk-guard.yaml").read_text(encoding="utf-8")


def _fields(data: object, path: Field = ()) -> Iterator[Field]:
    """The path of every field and item of the data."""
    items: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(data, dict):
        items = iter(data.items())
    elif isinstance(data, list):
        items = iter(enumerate(data))
    for step, value in items:
        yield (*path, step)
        yield from _fields(value, (*path, step))


def _misspelt(data: object, path: Field) -> object:
    """The data with one field's name misspelt, which says nothing any more."""
    broken = copy.deepcopy(data)
    at = _at(broken, path[:-1])
    at[f"{path[-1]}x"] = at.pop(path[-1])
    return broken


def _at(data: Any, path: Field) -> Any:
    for step in path:
        data = data[step]
    return data


@pytest.mark.parametrize("text", [EXAMPLE, starter_text()], ids=["example", "starter"])
def test_one_mistake_anywhere_leads_to_no_other(text: str) -> None:
    data = yaml.load(text, Loader=yaml.BaseLoader)
    Requirements.model_validate(data)
    paths = list(_fields(data))
    assert len(paths) > 50
    for path in paths:
        broken = copy.deepcopy(data)
        at = _at(broken, path[:-1])
        at[path[-1]] = "\0" if isinstance(at[path[-1]], dict) else {}
        assert _follow_ons(broken) == [], path
        if isinstance(path[-1], str):
            assert _follow_ons(_misspelt(data, path)) == [], path


def _follow_ons(data: object) -> list[Problem]:
    """What the rules say beside the mistake that was made; where they take it for none, it leads to nothing."""
    try:
        Requirements.model_validate(data)
    except ValidationError as error:
        return contradictions_so_far(Requirements, data, (each["loc"] for each in mistakes(error)))
    except RequirementsError:
        # A tag of another name, or one without a value: the mistake is a contradiction, and no other follows.
        pass
    return []


@pytest.mark.parametrize(
    ("elsewhere", "field"),
    [
        (("review_months: 12", "review_month: 12"), "policy.review_month"),
        (("data_owner: Wealth Management", 'data_owner: ""'), "workloads[1].data_owner"),
        (("origin: AWS_KMS", "origin: AWS"), "key_standard.origin"),
    ],
)
@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("surfaces: [bedrock-agent, ", "surfaces: [bedrok-agent, ", "surface 'bedrok-agent' is not known"),
        ("regions: [eu-central-1]\n", "regions: [eu-north-1]\n", "is not one of the organisation's Regions"),
        ('account: "222222222222"', 'account: "111111111111"', "cannot run in the management account"),
        ("environment: production\n", "environment: prod\n", "environment 'prod' is not known"),
        (
            "shut_out_administrators: true",
            "shut_out_administrators: true\n    tenants: [{name: a}]",
            "isolation",
        ),
    ],
)
def test_a_contradiction_is_told_beside_a_mistake_elsewhere(
    elsewhere: tuple[str, str], field: str, right: str, wrong: str, told: str
) -> None:
    text = EXAMPLE.replace(right, wrong, 1).replace(*elsewhere)
    if "origin" in field:
        text = text.replace("    shut_out", "    isolation: workload\n    shut_out", 1)
    found = _problems(text)
    assert any(str(each).startswith(f"<string>:{each.line}:{each.column}: {field}: ") for each in found)
    assert any(told in each.message and each.line for each in found), found


def test_rotation_of_imported_keys_is_told_beside_a_mistake_in_the_key_standard_itself() -> None:
    text = EXAMPLE.replace("origin: AWS_KMS", "origin: EXTERNAL").replace("_days: 30", "_days: 3")
    assert [each.message for each in _problems(text)] == [
        "imported key material (origin EXTERNAL) cannot rotate automatically: set rotation_period_days to null",
        "3 is to be from 7 to 30",
    ]


def _problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(RequirementsError) as caught:
        loads_requirements(text)
    return caught.value.problems
