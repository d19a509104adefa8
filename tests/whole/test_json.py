"""The bare documents, and the manifest that says what the folder consists of."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from bedrock_cmk_guard.render.names import identifier
from bedrock_cmk_guard.resources import IamRole, KmsKey
from tests.whole.rendered import Rendered, document


def manifest_of(rendered: Rendered) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((rendered.folder / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def test_every_document_is_a_file_and_as_large_as_was_measured(rendered: Rendered) -> None:
    measured = manifest_of(rendered)["modules"]
    expected = set()
    for module in rendered.modules:
        entries = {(entry["kind"], entry["name"]): entry for entry in measured[module.name]["resources"]}
        assert len(entries) == len(module.resources)
        for resource in module.resources:
            suffix = "-trust" if isinstance(resource, IamRole) else ""
            path = f"json/{module.name}/{resource.kind}-{identifier(resource.name)}{suffix}.json"
            raw = (rendered.folder / path).read_bytes()
            text = raw.decode("utf-8")
            expected.add(path)

            assert json.loads(text) == document(resource), path
            assert not text.endswith("\n"), path
            assert json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False) == text, path
            entry = entries[resource.kind, resource.name]
            # Terraform sends each of these as \u003c and the like, and what is sent is what AWS counts.
            for character in "<>&\u2028\u2029":
                text = text.replace(character, "\\u003c")
            length = (
                len(text.encode()) if isinstance(resource, KmsKey) else len(text.encode("utf-16-le")) // 2
            )
            assert entry["size"] == length, path
            assert length <= entry["quota"], path

    found = {
        path.relative_to(rendered.folder).as_posix() for path in (rendered.folder / "json").rglob("*.json")
    }
    assert found == expected


def test_the_manifest_lists_every_file_and_nothing_else(rendered: Rendered) -> None:
    manifest = manifest_of(rendered)
    listed = dict(manifest["files"])
    for module in manifest["modules"].values():
        assert not listed.keys() & module["files"].keys()
        listed |= module["files"]

    there = {
        path.relative_to(rendered.folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in rendered.folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }

    assert listed == there
    assert not [path for path in rendered.folder.rglob("*") if path.name.startswith(".")]


def test_the_manifest_names_every_module_in_its_account(rendered: Rendered) -> None:
    modules = manifest_of(rendered)["modules"]

    assert {name: (entry["account"], entry["regions"]) for name, entry in modules.items()} == {
        module.name: (module.account, list(module.regions)) for module in rendered.modules
    }
    for module in rendered.modules:
        assert modules[module.name]["prerequisites"] == list(module.prerequisites)
        assert not modules[module.name]["retired"]
