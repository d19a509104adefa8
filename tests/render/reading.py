"""What was rendered, read back by parsers that are not ours."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from bedrock_cmk_guard.iam import PolicyDocument
from bedrock_cmk_guard.render import Format, render
from bedrock_cmk_guard.render.prepared import document
from bedrock_cmk_guard.resources import IamRole, Module, Resource
from tests.terraform import hcl


def rendered(*modules: Module, formats: Iterable[Format] = tuple(Format)) -> dict[str, str]:
    return {file.path: file.text for file in render(modules, formats).files()}


def content(resource: Resource) -> Any:
    """The document that a resource carries, as plain JSON."""
    found, _ = document(resource)
    return found.to_dict() if isinstance(found, PolicyDocument) else dict(found)


def from_terraform(resource: Resource, files: Mapping[str, str]) -> tuple[Any, Any]:
    """The document of the only resource of its kind, and the attributes of its block."""
    prefix = f"terraform/{resource.module}/{resource.kind}-"
    (text,) = (text for path, text in files.items() if path.startswith(prefix))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "main.tf"
        path.write_bytes(text.encode())
        blocks = hcl.read(path)
    attributes: Any = next(iter(blocks.values()))
    name = next(name for name in ("content", "policy", "assume_role_policy") if name in attributes)
    return attributes[name].value, attributes


def from_cloudformation(resource: Resource, files: Mapping[str, str]) -> tuple[Any, Any]:
    """The document of the only resource of its kind, and its properties."""
    template = yaml.safe_load(files[f"cloudformation/{resource.module}.yaml"])
    kind = {"kms_key": "AWS::KMS::Key", "iam_role": "AWS::IAM::Role", "iam_policy": "AWS::IAM::ManagedPolicy"}
    wanted = kind.get(resource.kind, "AWS::Organizations::Policy")
    (properties,) = (each["Properties"] for each in template["Resources"].values() if each["Type"] == wanted)
    names = ("Content", "KeyPolicy", "AssumeRolePolicyDocument", "PolicyDocument")
    return properties[next(name for name in names if name in properties)], properties


def from_json(resource: Resource, files: Mapping[str, str]) -> Any:
    suffix = "-trust" if isinstance(resource, IamRole) else ""
    prefix = f"json/{resource.module}/{resource.kind}-"
    (text,) = (
        text for path, text in files.items() if path.startswith(prefix) and path.endswith(f"{suffix}.json")
    )
    return json.loads(text)
