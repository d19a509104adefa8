"""The tag policy asks for what the tag standard demands, and what is rendered here complies with it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest
import yaml

from bedrock_cmk_guard.errors import PolicyError
from bedrock_cmk_guard.policies import build, tag_policy
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.resources import KmsKey, TagPolicy
from tests.policies.documents import EXAMPLE, requirements_at

ELEMENTS = {"tag_key", "tag_value", "enforced_for", "report_required_tag_for"}


def varied(**tag: Any) -> Requirements:
    """The example with one demanded tag more, which its workloads carry."""
    data = copy.deepcopy(yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")))
    data["tag_standard"]["tags"].append({"key": "Project", "purpose": "What it is for", **tag})
    for workload in data["workloads"]:
        workload["tags"]["Project"] = "alpha-1"
    return Requirements.model_validate(data)


def rules(requirements: Requirements) -> Mapping[str, Any]:
    """The statements of the one tag policy, read back from JSON."""
    (resource,) = tag_policy.build(requirements)
    assert isinstance(resource, TagPolicy)
    content = json.loads(json.dumps(dict(resource.content)))
    assert set(content) == {"tags"}
    statements: Mapping[str, Any] = content["tags"]
    return statements


def complaints(statements: Mapping[str, Any], tags: Mapping[str, str], kind: str) -> Iterator[str]:
    """What AWS Organizations finds wrong with a resource's tags.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_example-tag-policies.html
    """
    for statement in statements.values():
        key = statement["tag_key"]["@@assign"]
        written = [own for own in tags if own.lower() == key.lower()]
        if not written and kind in statement.get("report_required_tag_for", {}).get("@@assign", []):
            yield f"{key} is missing"
        for own in written:
            if own != key:
                yield f"{own} is to be written {key}"
            values = statement.get("tag_value", {}).get("@@assign")
            if values is not None and not any(fnmatchcase(tags[own], value) for value in values):
                yield f"{own} is not to be {tags[own]}"


def test_the_example_asks_for_its_standard() -> None:
    statements = rules(requirements_at(EXAMPLE))

    assert list(statements) == ["application", "data-owner", "cost-centre", "data-sensitivity", "environment"]
    assert statements["application"] == {
        "tag_key": {"@@assign": "application"},
        "report_required_tag_for": {"@@assign": ["kms:key"]},
    }
    assert statements["cost-centre"] == {
        "tag_key": {"@@assign": "cost-centre"},
        "tag_value": {"@@assign": ["CC-*"]},
        "enforced_for": {"@@assign": ["kms:key"]},
        "report_required_tag_for": {"@@assign": ["kms:key"]},
    }
    assert statements["environment"]["tag_value"] == {"@@assign": ["production", "staging", "development"]}


def test_it_speaks_the_language_of_tag_policies() -> None:
    """The policy key is the tag key but for its case, and every element assigns a text or a list of texts."""
    for name, statement in rules(varied(values=["alpha-1"], enforced_on=["kms:key"])).items():
        assert set(statement) <= ELEMENTS
        assert name.lower() == statement["tag_key"]["@@assign"].lower()
        for element in statement.values():
            assert set(element) == {"@@assign"}
            value = element["@@assign"]
            assert isinstance(value, str) or (value and all(isinstance(item, str) for item in value))


def test_every_rendered_key_complies() -> None:
    requirements = requirements_at(EXAMPLE)
    keys = [r for module in build(requirements) for r in module.resources if isinstance(r, KmsKey)]

    assert keys
    for key in keys:
        assert list(complaints(rules(requirements), key.tags, "kms:key")) == []


Tags = Mapping[str, str | None]

#: What is changed about a key's tags, what Organizations finds wrong, and what it refuses.
JUDGED: tuple[tuple[Tags, tuple[str, ...], tuple[str, ...]], ...] = (
    ({}, (), ()),
    ({"application": None}, ("application is missing",), ()),
    ({"data-owner": None}, ("data-owner is missing",), ()),
    ({"cost-centre": None}, ("cost-centre is missing",), ()),
    ({"data-sensitivity": None}, ("data-sensitivity is missing",), ()),
    ({"environment": None}, ("environment is missing",), ()),
    ({"application": None, "Application": "hr"}, ("Application is to be written application",), ()),
    ({"data-owner": None, "Data-Owner": "HR"}, ("Data-Owner is to be written data-owner",), ()),
    *(
        ({name: None, name.upper(): value}, (said,), (said,))
        for name, value in (
            ("cost-centre", "CC-1"),
            ("data-sensitivity", "internal"),
            ("environment", "staging"),
        )
        for said in (f"{name.upper()} is to be written {name}",)
    ),
    ({"application": "another", "data-owner": "anybody"}, (), ()),
    *(
        ({name: value}, (said,), (said,))
        for name, value in (
            ("cost-centre", "4711"),
            ("cost-centre", "CX-1"),
            ("data-sensitivity", "secret"),
            ("environment", "live"),
        )
        for said in (f"{name} is not to be {value}",)
    ),
    *(
        ({name: value}, (), ())
        for name, values in (
            ("cost-centre", ("CC-1", "CC-x")),
            ("data-sensitivity", ("internal", "confidential", "restricted")),
            ("environment", ("production", "staging", "development")),
        )
        for value in values
    ),
)


def tags_of_a_key(change: Tags) -> dict[str, str]:
    key = next(r for m in build(requirements_at(EXAMPLE)) for r in m.resources if isinstance(r, KmsKey))
    return {name: value for name, value in {**key.tags, **change}.items() if value is not None}


def refusals(statements: Mapping[str, Any], tags: Mapping[str, str], kind: str) -> Iterator[str]:
    """What of it Organizations refuses: what is enforced on such resources. A missing tag is only reported.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_tag-policies-enforcement.html
    """
    enforced = {
        name: statement
        for name, statement in statements.items()
        if any(fnmatchcase(kind, each) for each in statement.get("enforced_for", {}).get("@@assign", []))
    }
    yield from (said for said in complaints(enforced, tags, kind) if not said.endswith(" is missing"))


def is_as_judged(statements: Mapping[str, Any]) -> bool:
    return all(
        tuple(complaints(statements, tags, "kms:key")) == wrong
        and tuple(refusals(statements, tags, "kms:key")) == refused
        for change, wrong, refused in JUDGED
        for tags in (tags_of_a_key(change),)
    )


def damaged(statements: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each statement gone, each element but the key gone, each value gone or another."""
    for name, statement in statements.items():
        yield f"{name} is gone", {other: s for other, s in statements.items() if other != name}
        for element, assigned in statement.items():
            value = assigned["@@assign"]
            values = [value] if isinstance(value, str) else value
            changes = {
                f"{each} is another": [v if v != each else f"{v}-changed" for v in values] for each in values
            }
            if len(values) > 1:
                changes |= {f"{each} is gone": [v for v in values if v != each] for each in values}
            for what, others in changes.items():
                now = {"@@assign": others[0] if isinstance(value, str) else others}
                yield f"{name}: {element}: {what}", {**statements, name: {**statement, element: now}}
            if element != "tag_key":
                rest = {other: a for other, a in statement.items() if other != element}
                yield f"{name}: {element} is gone", {**statements, name: rest}


@pytest.mark.parametrize(("change", "wrong", "refused"), JUDGED)
def test_what_it_finds_and_refuses(change: Tags, wrong: tuple[str, ...], refused: tuple[str, ...]) -> None:
    statements, tags = rules(requirements_at(EXAMPLE)), tags_of_a_key(change)

    assert tuple(complaints(statements, tags, "kms:key")) == wrong
    assert tuple(refusals(statements, tags, "kms:key")) == refused


@pytest.mark.thorough
def test_no_small_damage_goes_unnoticed() -> None:
    """It decides no request, so this is its part of the mutation gate."""
    mutants = dict(damaged(rules(requirements_at(EXAMPLE))))

    assert len(mutants) > 35
    assert [what for what, statements in mutants.items() if is_as_judged(statements)] == []


def test_a_tag_without_rules_of_value_or_place_is_only_written_right() -> None:
    assert rules(varied(required_on=[]))["Project"] == {"tag_key": {"@@assign": "Project"}}


def test_a_tag_may_be_reported_and_enforced_on_other_resources() -> None:
    statement = rules(varied(pattern="alpha-*", required_on=["bedrock:agent"], enforced_on=["bedrock:*"]))

    assert statement["Project"]["report_required_tag_for"] == {"@@assign": ["bedrock:agent"]}
    assert statement["Project"]["enforced_for"] == {"@@assign": ["bedrock:*"]}
    assert statement["Project"]["tag_value"] == {"@@assign": ["alpha-*"]}


def test_it_is_attached_where_asked_and_nowhere_else() -> None:
    (resource,) = tag_policy.build(requirements_at(EXAMPLE))
    data = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    data["enforcement"]["layers"]["tag_policy"] = None

    assert isinstance(resource, TagPolicy)
    assert [target.name for target in resource.targets] == ["ai-workloads"]
    assert resource.account == "111111111111"
    assert list(tag_policy.build(Requirements.model_validate(data))) == []


def test_one_too_large_is_refused_with_the_numbers() -> None:
    values = [f"alpha-{number}" for number in range(1, 1_200)]

    with pytest.raises(PolicyError, match=r"10,?000"):
        build(varied(values=values, required_on=["bedrock:agent"]))
