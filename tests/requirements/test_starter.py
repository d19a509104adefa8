"""The file to start from, and the two commands that print it and its schema."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import pytest

from bedrock_cmk_guard.cli import init, schema
from bedrock_cmk_guard.errors import RenderError
from bedrock_cmk_guard.requirements import json_schema, load_requirements, loads_requirements
from bedrock_cmk_guard.requirements.starter import starter_text

EXAMPLE = Path(__file__).parents[2] / "examples" / "cmk-guard.yaml"


def command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers(required=True)
    init.add_parser(subparsers)
    schema.add_parser(subparsers)
    args = parser.parse_args(words)
    status = args.run(args)
    assert isinstance(status, int)
    return status


def all_set() -> str:
    # Optional lines have no blank after the #, or more than one; words have one.
    return re.sub(r"(?m)^(\s*)#(?! [^ ]|$)", r"\1", starter_text())


def test_it_loads_as_it_stands() -> None:
    assert loads_requirements(starter_text()).workloads[0].name == "hr-assistant"
    assert len(starter_text().split("CHANGE")) > 10


def test_it_loads_with_every_optional_part_set() -> None:
    everything = loads_requirements(all_set())
    assert everything.workloads[0].tenants[0].name == "northwind"
    assert len(list(everything.enforcement.layers.enabled())) == len(
        type(everything.enforcement.layers).model_fields
    )


def test_it_shows_every_field() -> None:
    fields = {
        name
        for definition, part in json_schema()["$defs"].items()
        if not definition.endswith("Part")
        for name in part.get("properties", {})
    }
    assert [name for name in sorted(fields) if not re.search(rf"\b{name}:", starter_text())] == []


def test_init_writes_a_file_that_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("init") == 0
    assert load_requirements("cmk-guard.yaml") == loads_requirements(starter_text())
    assert "bedrock-cmk-guard render cmk-guard.yaml --out policies" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["cmk-guard.yaml"]


def test_init_overwrites_only_when_told_to(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(RenderError, match="--force overwrites it"):
        command("init", "--output", str(path))
    assert path.read_text(encoding="utf-8") == "mine"
    assert command("init", "--output", str(path), "--force") == 0
    assert load_requirements(path) == loads_requirements(starter_text())


def test_init_leaves_nothing_behind_when_it_fails(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="cannot be written"):
        command("init", "--output", str(tmp_path / "no" / "such" / "folder.yaml"))
    (tmp_path / "folder").mkdir()
    with pytest.raises(RenderError, match="cannot be written"):
        command("init", "--output", str(tmp_path / "folder"), "--force")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_schema_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("schema") == 0
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert json.loads(printed) == json_schema()
