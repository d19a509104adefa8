"""Every control, put to a subject of which nothing can be known, says so. Silence would be a pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bedrock_cmk_guard.controls import CONTROLS, Control, SubjectKind
from bedrock_cmk_guard.controls.context import Context
from bedrock_cmk_guard.controls.control import Subject
from bedrock_cmk_guard.demands import Demands, KeyDemands, Match, TagDemand, WorkloadDemands
from bedrock_cmk_guard.subjects import (
    EncryptedResource,
    Fact,
    Fault,
    FaultKind,
    Key,
    KeyName,
    Place,
    Reading,
    Role,
    Unknown,
    Verdict,
)

PLACE = Place("main.tf", 1)
WHY = Unknown("nobody knows")
TODAY = dt.date(2026, 1, 1)
KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE_ARN = "arn:aws:iam::111122223333:role/agent"
WORKLOADS = tuple(
    WorkloadDemands(
        name=name,
        account="111122223333",
        regions=("eu-central-1",),
        environment="prod",
        sensitivity="high",
        isolation="tenant",
        match=Match(names=(name,)),
    )
    for name in ("one", "two")
)
DEMANDS = replace(
    Demands.default(),
    keys=KeyDemands(
        origin="AWS_KMS", multi_region=False, alias_pattern="alias/{scope}", deletion_window_days=30
    ),
    tags=(TagDemand(key="owner", values=("a",)),),
    guard_tag_required=True,
    partition="aws",
    key_accounts=frozenset({"111122223333"}),
    regions=frozenset({"eu-central-1"}),
    production=frozenset({"prod"}),
    sensitivities=("low", "high"),
    administrators=("arn:aws:iam::*:role/admin",),
    users=("arn:aws:iam::*:role/user",),
    workloads=WORKLOADS,
)
RESOURCE = EncryptedResource(
    surface="agentcore-memory",
    type="aws_bedrockagentcore_memory",
    address="aws_bedrockagentcore_memory.a",
    place=PLACE,
    key=Fact(WHY),
    attribute="encryption_key_arn",
    name=Fact(WHY),
    account=Fact(WHY),
    region=Fact(WHY),
    tags=Fact(WHY),
    role=Fact(WHY),
)
KEY = Key(
    address="aws_kms_key.k",
    place=PLACE,
    arn=KEY_ARN,
    declared=True,
    account=Fact(WHY),
    region=Fact(WHY),
    manager=Fact(WHY),
    spec=Fact(WHY),
    usage=Fact(WHY),
    origin=Fact(WHY),
    enabled=Fact(WHY),
    multi_region=Fact(WHY),
    rotation=Fact(WHY),
    rotation_period_days=Fact(WHY),
    deletion_window_days=Fact(WHY),
    tags=Fact(WHY),
    policy=Fact(WHY),
    unknown_alias="nobody knows",
)
ROLE = Role(
    address="aws_iam_role.r",
    place=PLACE,
    arn=ROLE_ARN,
    name=Fact(WHY),
    account=Fact(WHY),
    trust=Fact(WHY),
    policies=(Fact(WHY),),
    boundary=Fact(WHY),
)
USER = replace(RESOURCE, key=Fact(KeyName(KEY_ARN)), role=Fact(ROLE_ARN))
SUBJECTS: Mapping[SubjectKind, tuple[Subject, Reading]] = {
    SubjectKind.RESOURCE: (RESOURCE, Reading(source="terraform", root="", resources=(RESOURCE,))),
    SubjectKind.KEY: (
        KEY,
        Reading(source="terraform", root="", resources=(USER,), keys=(KEY,), roles=(ROLE,)),
    ),
    SubjectKind.ROLE: (
        ROLE,
        Reading(source="terraform", root="", resources=(USER,), keys=(KEY,), roles=(ROLE,)),
    ),
}
# A key of which nothing is known is a finding of the first control, not of those that ask whose it is.
ANSWERED_BY = dict.fromkeys(("BCG_CMK_002", "BCG_CMK_003", "BCG_KEY_015"), "BCG_CMK_001")
# The key is used, and nothing else is asked of it here.
PASSES = {"BCG_KEY_016"}
OF_FILES = ("unreadable", "syntax", "module", "unjudged", "acceptance")


def verdicts(control: Control) -> set[Verdict]:
    subject, reading = SUBJECTS[control.kind]
    return {each.verdict for each in control.evaluate(subject, Context(reading, DEMANDS, TODAY))}


@pytest.mark.parametrize(
    "control",
    [each for each in CONTROLS if each.kind in SUBJECTS and each.id not in PASSES],
    ids=lambda each: each.id,
)
def test_nothing_known_is_never_silence(control: Control) -> None:
    told = next(each for each in CONTROLS if each.id == ANSWERED_BY.get(control.id, control.id))
    assert verdicts(told) == {Verdict.UNKNOWN}


@pytest.mark.parametrize("kind", [FaultKind(kind) for kind in OF_FILES], ids=lambda kind: kind.value)
def test_every_kind_of_fault_is_spoken_of_by_one_control(kind: FaultKind) -> None:
    fault = Fault(kind, "it is so", PLACE)
    context = Context(Reading(source="terraform", root="", faults=(fault,)), DEMANDS, TODAY)
    speaking = [
        each.id for each in CONTROLS if each.kind is SubjectKind.FAULT and list(each.evaluate(fault, context))
    ]
    assert len(speaking) == 1
