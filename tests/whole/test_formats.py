"""The same documents in every format, each read back by a parser that knows nothing of the renderer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, event, given, reject, settings

from bedrock_cmk_guard.errors import GuardError
from bedrock_cmk_guard.policies import build
from bedrock_cmk_guard.render import render, write
from bedrock_cmk_guard.requirements import Requirements
from bedrock_cmk_guard.requirements.standards import GuardTag
from bedrock_cmk_guard.resources import Module
from tests.cloudformation.harness import parse
from tests.requirements.strategies import requirements
from tests.terraform.hcl import Attributes, Document, Expression, read
from tests.whole.rendered import Identity, Json, Rendered, documents
from tests.whole.templates import documents_of

_CONTENT = {
    "aws_kms_key": "policy",
    "aws_kms_external_key": "policy",
    "aws_organizations_policy": "content",
    "aws_iam_policy": "policy",
    "aws_iam_role": "assume_role_policy",
}


def in_terraform(folder: Path, module: Module) -> dict[Identity, Json]:
    blocks: dict[str, Attributes] = {}
    for path in sorted((folder / "terraform" / module.name).glob("*.tf")):
        if path.stem not in ("versions", "outputs"):
            found = {address: block for address, block in read(path).items() if address.startswith("aws_")}
            assert not blocks.keys() & found.keys()
            blocks |= found
    aliases = {
        attributes["target_key_id"]: attributes["name"]
        for address, attributes in blocks.items()
        if address.startswith("aws_kms_alias.")
    }
    documents: dict[Identity, Json] = {}
    for address, attributes in blocks.items():
        kind = address.partition(".")[0]
        if kind not in _CONTENT:
            continue
        content = attributes[_CONTENT[kind]]
        assert isinstance(content, Document)
        match kind:
            case "aws_organizations_policy":
                key: Identity = (str(attributes["type"]), str(attributes["name"]))
            case "aws_iam_policy" | "aws_iam_role":
                key = (kind.removeprefix("aws_"), str(attributes["name"]))
            case _:
                alias = aliases[Expression(f"${{{address}.id}}")]
                key = ("kms_key", str(attributes["region"]), str(alias))
        assert isinstance(content.value, dict)
        documents[key] = content.value
    return documents


def in_json(folder: Path, module: Module) -> list[Json]:
    return [
        json.loads(path.read_text(encoding="utf-8"))
        for path in (folder / "json" / module.name).iterdir()
        if path.is_file()
    ]


def canonical(documents: Iterable[Json]) -> Counter[bytes]:
    return Counter(json.dumps(document, sort_keys=True).encode() for document in documents)


def check(folder: Path, modules: Iterable[Module]) -> None:
    for module in modules:
        expected = documents(module)
        template = parse(folder / "cloudformation" / f"{module.name}.yaml")

        assert documents_of(template) == expected, module.name
        assert in_terraform(folder, module) == expected, module.name
        # A file of bare JSON does not say whose document it is; its name does, which test_json compares.
        assert canonical(in_json(folder, module)) == canonical(expected.values()), module.name


def test_every_format_holds_the_model_s_documents(rendered: Rendered) -> None:
    check(rendered.folder, rendered.modules)


def _deployable(required: Requirements) -> Requirements:
    """The same with targets that differ, and a guard value that policies can hold: else most are refused."""
    targets = tuple(
        target.model_copy(update={"id": f"ou-ab12-1111111{number}"})
        for number, target in enumerate(required.organization.targets)
    )
    tags = required.tag_standard.model_copy(update={"guard": GuardTag(key="guard", value="null: ÿ")})
    organization = required.organization.model_copy(update={"targets": targets})
    return required.model_copy(update={"organization": organization, "tag_standard": tags})


# Random organisations that do not fit AWS's limits are refused. Making a failing one smaller would take minutes.
@pytest.mark.thorough
@settings(
    max_examples=25,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(required=requirements(max_workloads=1).map(_deployable))
def test_whatever_is_required_is_the_same_in_every_format(required: Requirements) -> None:
    with TemporaryDirectory() as folder:
        try:
            modules = build(required)
            write(render(modules), Path(folder))
        except GuardError as refusal:
            event(type(refusal).__name__)
            reject()
        event(f"{len(modules)} modules")
        check(Path(folder), modules)
