"""Plans and states made by real Terraform: every resource that is there, and the key that it will have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bedrock_cmk_guard.sources.files import SourceFile
from bedrock_cmk_guard.sources.plan import read
from bedrock_cmk_guard.subjects import (
    Absent,
    Choice,
    EncryptedResource,
    Key,
    KeyName,
    KeyValue,
    Place,
    Reading,
    Unknown,
    made_up_arn,
)
from tests.sources.plan.made import CASES, MADE, make, text
from tests.terraform.harness import PROGRAMS, missing_program

ACCOUNT = "111122223333"


@cache
def reading(name: str) -> Reading:
    return read(SourceFile(CASES / name, name))


def resources(name: str) -> Mapping[str, EncryptedResource]:
    return {resource.address: resource for resource in reading(name).resources}


def keys(name: str) -> Mapping[str, Key]:
    return {key.address: key for key in reading(name).keys}


def new_key(address: str, region: str = "eu-west-1", account: str = ACCOUNT) -> KeyName:
    return KeyName(made_up_arn("kms", "key", address, region=region, account=account))


def without_places(found: object) -> object:
    """What a reading says, whichever line it stands on."""
    if isinstance(found, Place):
        return None
    if isinstance(found, tuple):
        # Terraform does not always print the resources of a state in one order.
        return sorted((without_places(item) for item in found), key=repr)
    if isinstance(found, Mapping):
        return {name: without_places(item) for name, item in found.items()}
    fields = getattr(type(found), "__dataclass_fields__", None)
    if fields is None:
        return found
    return type(found).__name__, {name: without_places(getattr(found, name)) for name in fields}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", MADE)
def test_the_cases_are_what_terraform_prints(name: str, program: str, tmp_path: Path) -> None:
    if reason := missing_program(program):
        pytest.skip(reason)
    printed = text(make(name, tmp_path, program)).replace("registry.opentofu.org", "registry.terraform.io")
    again = read(SourceFile(CASES / name, name, content=printed.encode()))
    assert without_places(again) == without_places(reading(name))


ONE = new_key("aws_kms_key.one[0]")
GREENFIELD: Mapping[str, KeyValue] = {
    "aws_bedrockagentcore_memory.named": KeyName(
        "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    ),
    "aws_bedrockagentcore_memory.splat": ONE,
    "aws_bedrockagentcore_memory.conditional": ONE,
    'aws_bedrockagentcore_memory.each["a"]': new_key('aws_kms_key.tenant["a"]'),
    'aws_bedrockagentcore_memory.each["b"]': new_key('aws_kms_key.tenant["b"]'),
    'aws_bedrockagentcore_memory.by_key["a"]': new_key('aws_kms_key.tenant["a"]'),
    'aws_bedrockagentcore_memory.by_key["b"]': new_key('aws_kms_key.tenant["b"]'),
    "aws_bedrockagentcore_memory.alias": KeyName("arn:aws:kms:eu-west-1:111122223333:alias/one"),
    "aws_bedrockagentcore_memory.by_alias": ONE,
    "aws_bedrockagentcore_memory.key_id": KeyName(ONE.text.rpartition("/")[2]),
    "aws_bedrockagentcore_memory.null": Absent("null"),
    "aws_bedrockagentcore_memory.empty": Absent("empty"),
    "aws_bedrockagentcore_memory.left_out": Absent("left out"),
    "aws_bedrockagentcore_token_vault_cmk.written": new_key("module.key.aws_kms_key.this"),
    "aws_bedrockagentcore_token_vault_cmk.left_out": Absent("left out"),
    "aws_bedrockagentcore_harness.silent": Absent("left out"),
    "aws_bedrockagentcore_harness.keyed": ONE,
    'module.agents["a"].aws_bedrockagent_agent.input': new_key('aws_kms_key.tenant["a"]'),
    'module.agents["a"].aws_bedrockagent_agent.in_object': new_key("module.key.aws_kms_key.this"),
}


@pytest.mark.parametrize(("address", "key"), GREENFIELD.items())
def test_a_key_that_does_not_exist_yet_is_found_by_reference(address: str, key: KeyValue) -> None:
    assert resources("greenfield/plan.json")[address].key.value == key


UNKNOWN = {
    "aws_bedrockagentcore_memory.local": "local.key_arn",
    "aws_bedrockagentcore_token_vault_cmk.dynamic": "dynamic block",
    "aws_bedrockagentcore_token_vault_cmk.contradicts_itself": "key_type is not known to be CustomerManagedKey",
}


@pytest.mark.parametrize(("address", "reason"), UNKNOWN.items())
def test_what_a_plan_does_not_tell_is_unknown(address: str, reason: str) -> None:
    value = resources("greenfield/plan.json")[address].key.value
    assert isinstance(value, Unknown)
    assert reason in value.reason


def test_one_of_several_is_a_choice_and_what_is_no_key_stays_unknown() -> None:
    either = resources("greenfield/plan.json")["aws_bedrockagentcore_memory.either"].key.value
    assert isinstance(either, Choice)
    assert {new_key("module.key.aws_kms_key.this"), ONE} < set(either.options)
    assert not any(
        option == KeyName(new_key('aws_kms_key.tenant["a"]').text[-36:]) for option in either.options
    )
    topic = resources("greenfield/plan.json")["aws_bedrockagentcore_memory.topic"].key.value
    assert isinstance(topic, Choice)
    assert any(
        isinstance(option, Unknown) and "aws_sns_topic.other" in option.reason for option in topic.options
    )


def test_every_resource_is_judged_and_no_other() -> None:
    held = resources("greenfield/plan.json")
    assert held.keys() == {
        *GREENFIELD,
        *UNKNOWN,
        *(f"aws_bedrockagentcore_memory.{n}" for n in ("either", "topic", "prefixed")),
    }
    assert not reading("greenfield/plan.json").faults


def test_an_agent_that_keeps_memory_is_two_surfaces() -> None:
    of_address = [
        resource.surface
        for resource in reading("greenfield/plan.json").resources
        if resource.address == 'module.agents["a"].aws_bedrockagent_agent.in_object'
    ]
    assert of_address == ["bedrock-agent", "agent-memory-classic"]


def test_the_trail_leads_through_the_modules() -> None:
    agent = resources("greenfield/plan.json")['module.agents["a"].aws_bedrockagent_agent.in_object']
    said = " / ".join(step.text for step in agent.key.trail)
    for part in (
        "customer_encryption_key_arn",
        "var.settings.key",
        "module.key.arn",
        "module.key.aws_kms_key.this",
    ):
        assert part in said


def test_places_are_the_lines_of_the_changes() -> None:
    lines = (CASES / "greenfield/plan.json").read_text(encoding="utf-8").splitlines()
    held = reading("greenfield/plan.json")
    subjects: list[EncryptedResource | Key] = [*held.resources, *held.keys]
    assert len(subjects) > 20
    for subject in subjects:
        assert json.dumps(subject.address) in lines[subject.place.line], subject.address


def test_account_and_region_are_those_of_the_provider() -> None:
    agent = resources("greenfield/plan.json")['module.agents["a"].aws_bedrockagent_agent.input']
    assert (agent.region.value, agent.account.value) == ("eu-west-1", ACCOUNT)
    assert agent.name.value == "input"
    assert agent.role is not None
    assert agent.role.value == "arn:aws:iam::111122223333:role/agent"


def test_keys_are_as_the_plan_makes_them() -> None:
    held = keys("greenfield/plan.json")
    assert held.keys() == {
        "aws_kms_key.one[0]",
        'aws_kms_key.tenant["a"]',
        'aws_kms_key.tenant["b"]',
        "module.key.aws_kms_key.this",
    }
    tenant, one = held['aws_kms_key.tenant["a"]'], held["aws_kms_key.one[0]"]
    assert (tenant.rotation.value, tenant.rotation_period_days.value, tenant.deletion_window_days.value) == (
        True, 365, 30,
    )  # fmt: skip
    assert tenant.tags.value == {"Tenant": "a"}
    assert (one.rotation.value, one.rotation_period_days.value, one.deletion_window_days.value) == (
        False,
        None,
        7,
    )
    assert one.aliases == ("alias/one",)
    assert one.policy.value is None
    assert (one.spec.value, one.usage.value, one.origin.value) == (
        "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS",
    )  # fmt: skip


def test_an_alias_whose_name_the_provider_makes_leads_to_its_key() -> None:
    key = keys("greenfield/plan.json")['aws_kms_key.tenant["a"]']
    named = resources("greenfield/plan.json")["aws_bedrockagentcore_memory.prefixed"].key.value
    assert isinstance(named, KeyName)
    assert named.text.partition(":alias/")[2] in {alias.removeprefix("alias/") for alias in key.aliases}
    assert "aws_kms_alias.prefixed" in key.unknown_alias


def test_what_changes_is_judged_by_what_it_becomes() -> None:
    held = resources("changes/plan.json")
    assert held.keys() == {
        f"aws_bedrockagent_agent.{name}"
        for name in ("dropped", "gained", "kept", "replaced", "replaced_before")
    }
    (arn,) = {held[f"aws_bedrockagent_agent.{name}"].key.value for name in ("kept", "gained")}
    key = keys("changes/plan.json")["aws_kms_key.k"]
    assert arn == KeyName(key.arn)
    assert key.rotation_period_days.value == 180
    assert held["aws_bedrockagent_agent.replaced_before"].key.value == Absent("left out")
    for name in ("dropped", "replaced"):
        dropped = held[f"aws_bedrockagent_agent.{name}"].key
        assert dropped.value == Absent("null")
        assert any(f"before this plan it was {key.arn}" in step.text for step in dropped.trail)


def test_a_key_that_the_plan_deletes_is_no_subject() -> None:
    assert keys("changes/plan.json").keys() == {"aws_kms_key.k"}


def test_a_plan_that_only_refreshes_is_judged_as_the_state_is() -> None:
    def values(name: str) -> Mapping[str, object]:
        # A state does not tell what was left out from what was set to null.
        held = {address: resource.key.value for address, resource in resources(name).items()}
        return {
            address: value if isinstance(value, KeyName) else type(value) for address, value in held.items()
        }

    assert values("changes/refresh.json") == values("changes/state.json")
    assert len(values("changes/refresh.json")) == 6


def test_a_state_is_read() -> None:
    held = reading("changes/state.json")
    assert (held.source, held.faults) == ("state", ())
    values = resources("changes/state.json")
    assert values["aws_bedrockagent_agent.kept"].key.value == KeyName(
        keys("changes/state.json")["aws_kms_key.k"].arn
    )
    assert values["aws_bedrockagent_agent.gained"].key.value == Absent("null")


def test_a_state_as_terraform_keeps_it_says_the_same_as_one_that_it_shows() -> None:
    kept, shown = reading("changes/kept.json"), reading("changes/state.json")
    assert (kept.source, kept.faults) == ("state", ())
    assert len(kept.resources) == len(shown.resources) == 6
    for subjects in ("resources", "keys"):
        held = {each.address: without_places(each) for each in getattr(kept, subjects)}
        assert held == {each.address: without_places(each) for each in getattr(shown, subjects)}


def test_roles_have_the_policies_that_the_plan_gives_them() -> None:
    (role,) = reading("roles/plan.json").roles
    (agent,) = reading("roles/plan.json").resources
    where = {"region": "eu-central-1", "account": "444455556666"}
    key = new_key("aws_kms_key.k", **where)
    assert agent.role is not None
    assert agent.role.value == role.arn == "arn:aws:iam::444455556666:role/agent"
    documents = [policy.value for policy in role.policies]
    deferred = [
        document for document in documents if isinstance(document, Mapping) and key.text in str(document)
    ]
    assert deferred == [
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [key.text]},
                {
                    "Effect": "Deny",
                    "Action": ["kms:*"],
                    "Resource": ["arn:aws:kms:eu-central-1:444455556666:key/other"],
                },
            ],
        }
    ]
    assert sum("kms:DescribeKey" in str(document) for document in documents) == 1
    reasons = sorted(document.reason for document in documents if isinstance(document, Unknown))
    assert [reason.split(" ")[0] for reason in reasons] == ["arn:aws:iam::aws:policy/ReadOnlyAccess", "it"]
    assert isinstance(role.trust.value, Mapping)


def test_key_policies_are_read_wherever_they_are_given() -> None:
    held = keys("roles/plan.json")
    assert "444455556666:root" in str(held["aws_kms_key.k"].policy.value)
    (role,) = reading("roles/plan.json").roles
    apart: Any = held["aws_kms_key.apart"].policy.value
    (statement,) = apart["Statement"]
    assert statement["Principal"] == {"AWS": [role.arn]}
    assert statement["Condition"] == {
        "StringEquals": {"kms:ViaService": ["bedrock.eu-central-1.amazonaws.com"]}
    }


def test_what_awscc_computes_and_nobody_wrote_is_left_out() -> None:
    held = {
        address.partition("_bedrock_")[2]: r.key.value
        for address, r in resources("providers/plan.json").items()
    }
    key = new_key("awscc_kms_key.k", "eu-west-2", "000000000000")
    assert held == {
        "guardrail.left_out": Absent("left out"),
        "guardrail.keyed": key,
        "data_automation_library.left_out": Absent("left out"),
        "data_automation_library.keyed": key,
        "data_automation_library.named": KeyName(
            "arn:aws:kms:eu-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        ),
    }


def test_keys_of_awscc_are_read() -> None:
    key = keys("providers/plan.json")["awscc_kms_key.k"]
    assert key.rotation.value is True
    assert key.tags.value == {"Owner": "hr"}
    assert "kms:*" in str(key.policy.value)
    assert key.deletion_window_days.value == 30
