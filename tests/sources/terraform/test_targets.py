"""Every resource type of the catalogue is judged by the attribute that the catalogue names, however it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bedrock_cmk_guard.sources.marks import TERRAFORM_TYPES
from bedrock_cmk_guard.sources.terraform.targets import CIRCUMSTANCES, Target, targets
from bedrock_cmk_guard.subjects import Absent, KeyName
from bedrock_cmk_guard.surfaces import catalogue
from tests.sources.terraform.reading_cases import read_folder

_TARGETS = [target for entries in targets().values() for target in entries]


def _blocks(path: Sequence[str]) -> str:
    *outer, last = path
    inner = f'{last} = "alias/key"'
    for name in reversed(outer):
        inner = f"{name} {{\n{inner}\n}}"
    return inner


def _objects(path: Sequence[str]) -> str:
    value = '"alias/key"'
    for name in reversed(path[1:]):
        value = f"{{ {name} = {value} }}"
    return f"{path[0]} = {value}"


@pytest.mark.parametrize("write", [_blocks, _objects])
@pytest.mark.parametrize("target", _TARGETS, ids=[f"{each.type}-{each.surface}" for each in _TARGETS])
def test_the_key_is_found_where_the_catalogue_says(
    tmp_path: Path, target: Target, write: Callable[[Sequence[str]], str]
) -> None:
    body = write(target.path)
    if target.surface == "agent-memory-classic":
        body += "\nmemory_configuration = [{ enabled_memory_types = [] }]"
    (tmp_path / "main.tf").write_text(f'resource "{target.type}" "this" {{\n{body}\n}}\n', encoding="utf-8")
    (reading,) = read_folder(tmp_path, ["."])
    keys = {each.surface: each.key.value for each in reading.resources}
    assert keys[target.surface] == KeyName("alias/key")


@pytest.mark.parametrize("kind", sorted(targets()))
def test_a_resource_without_anything_has_no_key(tmp_path: Path, kind: str) -> None:
    (tmp_path / "main.tf").write_text(f'resource "{kind}" "this" {{}}\n', encoding="utf-8")
    (reading,) = read_folder(tmp_path, ["."])
    expected = {
        target.surface
        for target in targets()[kind]
        if target.surface not in CIRCUMSTANCES or not CIRCUMSTANCES[target.surface].any_of
    }
    assert {each.surface for each in reading.resources} == expected
    assert {each.key.value for each in reading.resources} <= {Absent("left out")}


def test_the_types_are_those_of_the_catalogue() -> None:
    assert set(targets()) == TERRAFORM_TYPES
    assert set(CIRCUMSTANCES) <= set(catalogue().surfaces)
