"""Files that are no plan, broken, huge or made to hurt: a fault each, never an exception and never silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrock_cmk_guard.sources.files import SourceFile
from bedrock_cmk_guard.sources.plan import read
from bedrock_cmk_guard.subjects import FaultKind, Reading
from tests.sources.plan.made import CASES

PLAN = (CASES / "greenfield/plan.json").read_text(encoding="utf-8")


def read_text(content: str | bytes) -> Reading:
    raw = content if isinstance(content, bytes) else content.encode()
    return read(SourceFile("/x/plan.json", "plan.json", content=raw))


@pytest.mark.parametrize(
    ("content", "kind", "says"),
    [
        ("", FaultKind.SYNTAX, "not JSON"),
        ("{", FaultKind.SYNTAX, "not JSON"),
        ('{"format_version": "1.2",}', FaultKind.SYNTAX, "not JSON"),
        ('{"format_version": "1.2"} {}', FaultKind.SYNTAX, "the end"),
        ('{"format_version" "1.2"}', FaultKind.SYNTAX, "Expecting :"),
        ('{1: "1.2"}', FaultKind.SYNTAX, "name of a field"),
        ('{"resource_changes": [1 2]}', FaultKind.SYNTAX, "Expecting ,"),
        ("[]", FaultKind.UNREADABLE, "terraform show -json"),
        ("{}", FaultKind.UNREADABLE, "terraform show -json"),
        ('{"version": 3, "lineage": "x", "modules": []}', FaultKind.UNREADABLE, "terraform show -json"),
        (b'{"a": "\xff\xfe"}', FaultKind.UNREADABLE, "not UTF-8"),
        ("[" * 100_000, FaultKind.UNREADABLE, "nests deeper"),
        ('{"configuration": ' + '{"a": ' * 100_000, FaultKind.UNREADABLE, "nests deeper"),
        (
            '{"values": {"root_module": ' + '{"child_modules": [' * 100_000,
            FaultKind.UNREADABLE,
            "nests deeper",
        ),
    ],
)
def test_what_cannot_be_read_is_a_fault(content: str | bytes, kind: FaultKind, says: str) -> None:
    (fault,) = read_text(content).faults
    assert fault.kind is kind
    assert says in fault.message
    assert fault.place.file == "plan.json"


def test_a_syntax_error_has_its_line() -> None:
    lines = PLAN.splitlines()
    lines[99] += "!"
    (fault,) = read_text("\n".join(lines)).faults
    assert fault.place.line in (100, 101)


def test_an_empty_state_holds_nothing() -> None:
    held = read_text('{"format_version": "1.0"}')
    assert (held.faults, held.resources) == ((), ())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_text_as_powershell_writes_it_is_read(encoding: str) -> None:
    assert len(read_text(PLAN.replace("\n", "\r\n").encode(encoding)).resources) == 26


def test_a_plan_on_one_line_is_read_the_same() -> None:
    held = read_text(json.dumps(json.loads(PLAN)))
    assert {resource.place.line for resource in held.resources} == {1}
    assert [r.key.value for r in held.resources] == [r.key.value for r in read_text(PLAN).resources]


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    (fault,) = read(SourceFile(tmp_path / "none.json", "none.json")).faults
    assert fault.kind is FaultKind.UNREADABLE


def test_a_plan_that_broke_off_is_a_fault() -> None:
    raw = json.loads(PLAN)
    (fault,) = read_text(json.dumps({**raw, "errored": True})).faults
    assert fault.kind is FaultKind.UNJUDGED


def test_a_resource_without_its_change_is_a_fault() -> None:
    raw = json.loads(PLAN)
    for change in raw["resource_changes"]:
        if change["address"] == "aws_bedrockagentcore_memory.named":
            del change["change"]
    # It must not be taken from the planned values either, as if nothing were wrong.
    (fault,) = read_text(json.dumps(raw)).faults
    assert (fault.kind, fault.address) == (FaultKind.UNJUDGED, "aws_bedrockagentcore_memory.named")


@pytest.mark.parametrize(
    ("actions", "judged"),
    {
        ("no-op",): True,
        ("update",): True,
        ("create", "delete"): True,
        ("delete", "create"): True,
        ("create", "forget"): True,
        ("something new",): True,
        ("delete",): False,
        ("forget",): False,
    }.items(),
)
def test_only_what_goes_is_no_subject(actions: tuple[str, ...], judged: bool) -> None:
    raw = json.loads(PLAN)
    for change in raw["resource_changes"]:
        if change["address"] == "aws_bedrockagentcore_memory.named":
            change["change"]["actions"] = actions
    addresses = {resource.address for resource in read_text(json.dumps(raw)).resources}
    assert ("aws_bedrockagentcore_memory.named" in addresses) == judged


def test_entries_of_another_shape_are_faults() -> None:
    raw: dict[str, object] = {"format_version": "1.2", "resource_changes": [1, None, {"address": 7}, []]}
    faults = read_text(json.dumps(raw)).faults
    assert [fault.kind for fault in faults] == [FaultKind.UNJUDGED] * 4


def test_without_configuration_nothing_passes_that_is_unknown() -> None:
    raw = json.loads(PLAN)
    del raw["configuration"]
    held = read_text(json.dumps(raw))
    whole = {r.address: r.key.value for r in read_text(PLAN).resources}
    assert {resource.address for resource in held.resources} == whole.keys()
    for resource in held.resources:
        if resource.key.value != whole[resource.address]:
            assert type(resource.key.value).__name__ in ("Unknown", "Absent")


def test_references_in_a_circle_end() -> None:
    raw = json.loads(PLAN)
    agents = raw["configuration"]["root_module"]["module_calls"]["agents"]
    agents["expressions"]["key_arn"] = {"references": ["module.agents.loop", "module.agents"]}
    agents["module"]["outputs"] = {
        name: {"expression": {"references": ["var.key_arn", "module.agents.loop"]}}
        for name in ("loop", "again")
    }
    held = {r.address: r for r in read_text(json.dumps(raw)).resources}
    assert len(held) == 25
    value = held['module.agents["a"].aws_bedrockagent_agent.input'].key.value
    assert type(value).__name__ in ("Unknown", "Choice")


def test_references_that_double_at_every_step_end() -> None:
    raw = json.loads(PLAN)
    agents = raw["configuration"]["root_module"]["module_calls"]["agents"]
    both = {"references": ["module.agents.one", "module.agents.two", "module.agents"]}
    agents["expressions"] = {"key_arn": both, "settings": both}
    inputs = {"expression": {"references": ["var.key_arn", "var.settings"]}}
    agents["module"]["outputs"] = {"one": inputs, "two": inputs}
    held = {r.address: r for r in read_text(json.dumps(raw)).resources}
    value = held['module.agents["a"].aws_bedrockagent_agent.input'].key.value
    assert type(value).__name__ == "Unknown"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=150)
@given(st.data())
def test_values_of_any_other_shape_do_no_harm(data: st.DataObject) -> None:
    raw = json.loads(
        (CASES / data.draw(st.sampled_from(["roles/plan.json", "providers/plan.json"]))).read_text()
    )
    here = raw
    for _ in range(data.draw(st.integers(0, 12))):
        inner = [
            k
            for k in (here if isinstance(here, dict) else range(len(here)))
            if isinstance(here[k], dict | list)
        ]
        if not inner:
            break
        here = here[data.draw(st.sampled_from(inner))]
    if here:
        place = data.draw(st.sampled_from(list(here) if isinstance(here, dict) else list(range(len(here)))))
        here[place] = data.draw(VALUES)
    held = read_text(json.dumps(raw))
    assert held.root == "plan.json"


@settings(max_examples=150)
@given(st.integers(0, len(PLAN) - 1), st.sampled_from(["", '"', "{", "}", "[", "]", ",", "\x00", "null"]))
def test_text_that_was_tampered_with_does_no_harm(at: int, put: str) -> None:
    held = read_text(PLAN[:at] + put + PLAN[at + 1 :])
    assert held.faults or held.resources
