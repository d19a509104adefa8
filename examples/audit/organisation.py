"""A simulated organisation to audit, on any day of its autumn: that of cmk-guard.yaml beside it, and two accounts more.

    with organisation(dt.date(2026, 9, 7)) as world:
        for result in audit(world.session, world.requirements, now=…, scope=world.scope):
            …

Everything runs in this process: KMS, IAM, STS and Organizations are moto's, Bedrock and AgentCore are ``service.py``'s.
Nothing is random, and nothing looks at the clock: the same day always gives the same organisation. From week to week
people put things right, and make new ones that are not.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.backends import get_backend
from moto.moto_api._internal import mock_random
from moto.organizations import utils as organizations

from bedrock_cmk_guard.audit import Scope
from bedrock_cmk_guard.policies import build
from bedrock_cmk_guard.requirements import Requirements, load_requirements
from bedrock_cmk_guard.resources import (
    IamPolicy,
    IamRole,
    KmsKey,
    OrganizationPolicy,
    ResourceControlPolicy,
    ServiceControlPolicy,
    TagPolicy,
)
from examples.audit.service import Asked, Bedrock, Kept, Refused

REQUIREMENTS = Path(__file__).with_name("cmk-guard.yaml")
FIRST = dt.date(2026, 8, 31)
LAST = dt.date(2026, 11, 23)
AUDITOR = "bedrock-cmk-auditor"
MANAGEMENT, HR, ADVISER, SUPPORT = "111111111111", "222222222222", "555555555555", "666666666666"
SANDBOX, ACQUIRED = "777777777777", "888888888888"
ACCOUNTS = {
    MANAGEMENT: "management",
    HR: "hr",
    "333333333333": "pipelines",
    "444444444444": "security",
    ADVISER: "wealth",
    SUPPORT: "support",
    SANDBOX: "sandbox",
    ACQUIRED: "acquired",
}
EU, US = "eu-central-1", "us-east-1"
_OU, _ROOT = "ou-ab12-11111111", "r-ab12"


@dataclass(frozen=True)
class World:
    """The organisation on one day."""

    day: dt.date
    session: boto3.Session
    bedrock: Bedrock
    requirements: Requirements
    keys: Mapping[str, str]
    """The ARNs of the keys, by the name that they are rendered under."""
    scope: Scope

    def since(self, month: int, day: int) -> bool:
        """Whether a day of 2026 is past."""
        return self.day >= dt.date(2026, month, day)


@contextmanager
def organisation(day: dt.date) -> Iterator[World]:
    """Give the organisation as it is on a day."""
    bedrock = Bedrock()
    with _ids(), mock_aws(), bedrock.listening():
        mock_random.seed(20260831)
        requirements = load_requirements(REQUIREMENTS)
        keys = _keys(requirements)
        scope = Scope(organization=True, role=AUDITOR)
        world = World(day, _session(), bedrock, requirements, keys, scope)
        _organisation(world)
        _roles(world)
        _keys_as_they_are(world)
        _hr(world)
        _adviser(world)
        _support(world)
        _sandbox(world)
        _acquired(world)
        _refusals(world)
        yield world


@contextmanager
def _ids() -> Iterator[None]:
    """Have moto give out the ids that the requirements have."""
    accounts = iter([MANAGEMENT, *(each for each in ACCOUNTS if each != MANAGEMENT)])
    with patch.multiple(
        organizations,
        make_random_org_id=lambda: "o-exampleorg1",
        make_random_root_id=lambda: _ROOT,
        make_random_ou_id=lambda root: _OU,
        make_random_account_id=lambda: next(accounts),
    ):
        yield


def _session() -> boto3.Session:
    """A session of somebody in the management account."""
    iam = get_backend("iam")[MANAGEMENT]["aws"]
    iam.create_user("us-east-1", "auditor")
    key = iam.create_access_key("auditor")
    return boto3.Session(key.access_key_id, key.secret_access_key, region_name=EU)


def _keys(requirements: Requirements) -> dict[str, str]:
    """The keys as they are rendered, in moto."""
    found = {}
    for module in build(requirements):
        for each in module.resources:
            if isinstance(each, KmsKey):
                backend = get_backend("kms")[each.account][each.region]
                tags = [{"TagKey": name, "TagValue": value} for name, value in each.tags.items()]
                policy = json.dumps(each.policy.to_dict())
                key = backend.create_key(policy, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "", tags)
                backend.create_alias(key.id, each.alias)
                backend.enable_key_rotation(key.id)
                found[each.name] = key.arn
    return found


def _organisation(world: World) -> None:
    """The accounts, and the rendered policies where the requirements have them attached: all but one, at first."""
    client = world.session.client("organizations")
    client.create_organization(FeatureSet="ALL")
    client.create_organizational_unit(ParentId=_ROOT, Name="ai-workloads")
    for account, name in ACCOUNTS.items():
        if account != MANAGEMENT:
            client.create_account(AccountName=name, Email=f"{name}@example.com")
            client.move_account(AccountId=account, SourceParentId=_ROOT, DestinationParentId=_OU)
    for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY"):
        client.enable_policy_type(RootId=_ROOT, PolicyType=kind)
    for module in build(world.requirements):
        for each in module.resources:
            late = isinstance(each, OrganizationPolicy) and each.policy_type == "RESOURCE_CONTROL_POLICY"
            if not isinstance(each, OrganizationPolicy) or (late and not world.since(10, 19)):
                continue
            if not isinstance(each, ServiceControlPolicy | ResourceControlPolicy | TagPolicy):
                raise TypeError(f"{each.name}: nobody here knows how to attach it")
            content = each.content if isinstance(each, TagPolicy) else each.content.to_dict()
            made = client.create_policy(
                Content=json.dumps(content), Description="", Name=each.name, Type=each.policy_type
            )
            for target in each.targets:
                client.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=target.id)


def _roles(world: World) -> None:
    for module in build(world.requirements):
        for each in module.resources:
            iam = get_backend("iam")[each.account]["aws"]
            if isinstance(each, IamRole):
                trust = json.dumps(each.trust.to_dict())
                iam.create_role(each.name, trust, "/", None, "", [], "3600")
            elif isinstance(each, IamPolicy):
                made = iam.create_policy("", each.path, json.dumps(each.content.to_dict()), each.name, [])
                for role in each.attached_to:
                    iam.attach_role_policy(made.arn, role)
    # One that somebody widened by hand, and took back later.
    if not world.since(10, 5):
        wide = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [wide]})
        get_backend("iam")[SUPPORT]["aws"].put_role_policy("support-desk-agentcore", "debugging", document)


def _keys_as_they_are(world: World) -> None:
    hr, adviser = world.keys["hr-assistant/eu-central-1"], world.keys["financial-adviser/eu-central-1"]
    if not world.since(9, 14):
        get_backend("kms")[HR][EU].keys[hr.rpartition("/")[2]].key_rotation_status = False
    if world.since(9, 21) and not world.since(11, 2):
        get_backend("kms")[ADVISER][EU].create_grant(
            adviser.rpartition("/")[2],
            f"arn:aws:iam::{ADVISER}:role/data-export",
            ["Decrypt", "DescribeKey"],
            "export",
            {},
            "",
        )
    if world.since(10, 12) and not world.since(10, 26):
        key = get_backend("kms")[ADVISER][US].keys[
            world.keys["financial-adviser/us-east-1"].rpartition("/")[2]
        ]
        key.enabled, key.key_state = False, "PendingDeletion"
        key.deletion_date = dt.datetime(2026, 11, 11, 12)


def _time(month: int, day: int, year: int = 2026) -> dt.datetime:
    return dt.datetime(year, month, day, 9, tzinfo=dt.UTC)


def agent(
    world: World,
    account: str,
    region: str,
    agent_id: str,
    name: str,
    *,
    key: str | None,
    versions: Mapping[str, str | None] | None = None,
    live: str = "",
    memory: bool = False,
    made: dt.datetime | None = None,
    role: str = "",
    tags: Mapping[str, str] | None = None,
) -> Kept:
    """Put an agent into the organisation: its versions are given with their keys, ``live`` is the one that answers."""
    made = made or _time(3, 10, 2025)
    data: dict[str, object] = {
        "agentId": agent_id,
        "agentName": name,
        "agentArn": f"arn:aws:bedrock:{region}:{account}:agent/{agent_id}",
        "agentStatus": "PREPARED",
        "idleSessionTTLInSeconds": 1800,
        "agentResourceRoleArn": f"arn:aws:iam::{account}:role/{role or name}",
        "createdAt": made,
        "updatedAt": made,
    }
    if memory:
        data["memoryConfiguration"] = {"enabledMemoryTypes": ["SESSION_SUMMARY"], "storageDays": 30}
    numbered = [
        {**data, "agentVersion": number, "version": number, **_key("customerEncryptionKeyArn", its)}
        for number, its in (versions or {}).items()
    ]
    alias = {
        "agentAliasId": f"{agent_id[:9]}A",
        "agentAliasName": "live",
        "agentAliasStatus": "PREPARED",
        "routingConfiguration": [{"agentVersion": live}],
        "createdAt": made,
        "updatedAt": made,
    }
    draft = {**data, "agentVersion": "DRAFT", **_key("customerEncryptionKeyArn", key)}
    kept = Kept("bedrock-agent", draft, dict(tags or {}), numbered, [alias] if live else [])
    return world.bedrock.add(account, region, kept)


def _key(name: str, key: str | None) -> dict[str, str]:
    return {name: key} if key else {}


def _hr(world: World) -> None:
    tags = {"application": "hr-assistant"}
    key = world.keys["hr-assistant/eu-central-1"]
    role = "hr-assistant-agent"
    # The draft got its key in spring; people still talked to the version from before.
    agent(
        world, HR, EU, "HRASSIST01", "hr-assistant", key=key, versions={"1": None, "2": key},
        live="2" if world.since(10, 5) else "1", memory=True, role=role, tags=tags,
    )  # fmt: skip
    own = key if world.since(9, 21) else None
    agent(
        world,
        HR,
        EU,
        "HRONBOARD1",
        "hr-onboarding",
        key=own,
        versions={"1": own},
        live="1",
        role=role,
        tags=tags,
    )
    if world.since(10, 26):
        agent(
            world,
            HR,
            EU,
            "HRPAYROLL1",
            "hr-payroll",
            key=key,
            versions={"1": key},
            live="1",
            role=role,
            tags=tags,
        )
    base = {"knowledgeBaseId": "HRKNOWLEDG", "name": "hr-policies", "status": "ACTIVE"}
    knowledge = {
        **base,
        "knowledgeBaseArn": f"arn:aws:bedrock:{EU}:{HR}:knowledge-base/HRKNOWLEDG",
        "roleArn": f"arn:aws:iam::{HR}:role/{role}",
        "knowledgeBaseConfiguration": {
            "type": "MANAGED",
            "managedKnowledgeBaseConfiguration": {"serverSideEncryptionConfiguration": {"kmsKeyArn": key}},
        },
        "createdAt": _time(6, 22),
        "updatedAt": _time(6, 22),
    }
    world.bedrock.add(HR, EU, Kept("managed-knowledge-base", knowledge, tags))
    source = {
        "knowledgeBaseId": "HRKNOWLEDG",
        "dataSourceId": "HRHANDBOOK",
        "name": "handbook",
        "status": "AVAILABLE",
        "dataSourceConfiguration": {"type": "S3"},
        "serverSideEncryptionConfiguration": _key("kmsKeyArn", key if world.since(10, 19) else None),
        "createdAt": _time(6, 22),
        "updatedAt": _time(6, 22),
    }
    world.bedrock.add(HR, EU, Kept("kb-data-source", source))
    guardrail = {
        "name": "hr-topics",
        "id": "hrguardrail1",
        "arn": f"arn:aws:bedrock:{EU}:{HR}:guardrail/hrguardrail1",
        "guardrailId": "hrguardrail1",
        "guardrailArn": f"arn:aws:bedrock:{EU}:{HR}:guardrail/hrguardrail1",
        "version": "DRAFT",
        "status": "READY",
        "createdAt": _time(4, 1),
        "updatedAt": _time(4, 1),
        "blockedInputMessaging": "No.",
        "blockedOutputsMessaging": "No.",
        "kmsKeyArn": key,
    }
    world.bedrock.add(HR, EU, Kept("guardrail", guardrail, tags))


def _adviser(world: World) -> None:
    tags = {"application": "financial-adviser"}
    role = "financial-adviser-agent"
    here, there = world.keys["financial-adviser/eu-central-1"], world.keys["financial-adviser/us-east-1"]
    agent(
        world, ADVISER, EU, "FINADVISE1", "financial-adviser", key=here, versions={"1": here}, live="1", memory=True,
        role=role, tags=tags,
    )  # fmt: skip
    own = there if world.since(10, 5) else None
    agent(
        world, ADVISER, US, "FINADVISE2", "financial-adviser", key=own, versions={"1": own}, live="1", memory=True,
        role=role, tags=tags,
    )  # fmt: skip
    agent(
        world, ADVISER, EU, "FINLEGACY1", "portfolio-review", key=here, versions={"1": here}, live="1", role=role,
        made=_time(11, 5, 2024), tags=tags,
    )  # fmt: skip
    flow = {
        "name": "advice",
        "id": "FINFLOW001",
        "arn": f"arn:aws:bedrock:{EU}:{ADVISER}:flow/FINFLOW001",
        "executionRoleArn": f"arn:aws:iam::{ADVISER}:role/{role}",
        "status": "Prepared",
        "version": "DRAFT",
        "createdAt": _time(5, 4),
        "updatedAt": _time(5, 4),
        "customerEncryptionKeyArn": here,
    }
    world.bedrock.add(ADVISER, EU, Kept("flow", flow, tags, [{**flow, "version": "1"}], []))
    # Sessions come and go; the application gives them a key since October.
    for week in range(14):
        begun = FIRST + dt.timedelta(weeks=week)
        if begun <= world.day < begun + dt.timedelta(weeks=4):
            number = f"{week:08d}-0000-4000-8000-000000000000"
            session = {
                "sessionId": number,
                "sessionArn": f"arn:aws:bedrock:{EU}:{ADVISER}:session/{number}",
                "sessionStatus": "ACTIVE",
                "createdAt": dt.datetime.combine(begun, dt.time(9), dt.UTC),
                "lastUpdatedAt": dt.datetime.combine(begun, dt.time(9), dt.UTC),
                **_key("encryptionKeyArn", here if begun >= dt.date(2026, 10, 5) else None),
            }
            world.bedrock.add(ADVISER, EU, Kept("bedrock-session", session, tags))


def _support(world: World) -> None:
    tags = {"application": "support-desk"}
    role = f"arn:aws:iam::{SUPPORT}:role/support-desk-agentcore"

    def memory(name: str, key: str | None, tenant: str = "") -> None:
        arn = f"arn:aws:bedrock-agentcore:{EU}:{SUPPORT}:memory/{name}"
        data = {
            "arn": arn,
            "id": name,
            "name": name.rpartition("-")[0],
            "eventExpiryDuration": 90,
            "memoryExecutionRoleArn": role,
            "status": "ACTIVE",
            "createdAt": _time(7, 1),
            "updatedAt": _time(7, 1),
            **_key("encryptionKeyArn", key),
        }
        of = {"bedrock-cmk-tenant": tenant} if tenant else {}
        world.bedrock.add(SUPPORT, EU, Kept("agentcore-memory", data, {**tags, **of}))

    northwind = world.keys["support-desk/northwind/eu-central-1"]
    contoso = world.keys["support-desk/contoso/eu-central-1"]
    shared = world.keys["support-desk/eu-central-1"]
    memory("northwind-0123456789", northwind, "northwind")
    # One customer's memory lay under another's key. A memory's key cannot change: it was made anew.
    if world.since(11, 2):
        memory("contoso-abcdefghij", contoso, "contoso")
    else:
        memory("contoso-0123456789", northwind, "contoso")
    if world.since(9, 28):
        memory("triage-abcdefghij", shared)
    else:
        memory("triage-0123456789", None)
    gateway = {
        "gatewayArn": f"arn:aws:bedrock-agentcore:{EU}:{SUPPORT}:gateway/tools-0123456789",
        "gatewayId": "tools-0123456789",
        "name": "tools",
        "status": "READY",
        "createdAt": _time(7, 1),
        "updatedAt": _time(7, 1),
        "authorizerType": "AWS_IAM",
        "protocolType": "MCP",
        "roleArn": role,
        "kmsKeyArn": shared,
    }
    world.bedrock.add(SUPPORT, EU, Kept("agentcore-gateway", gateway, tags))
    if world.since(9, 14):
        harness = {
            "harnessId": "lab-0123456789",
            "harnessName": "lab",
            "arn": f"arn:aws:bedrock-agentcore:{EU}:{SUPPORT}:harness/lab-0123456789",
            "status": "READY",
            "executionRoleArn": role,
            "createdAt": _time(9, 10),
            "updatedAt": _time(9, 10),
            "model": {"bedrockModelConfig": {"modelId": "anthropic.claude-3-5-sonnet-20240620-v1:0"}},
            "systemPrompt": [],
            "tools": [],
            "skills": [],
            "allowedTools": [],
            "truncation": {"strategy": "none"},
            "environment": {
                "agentCoreRuntimeEnvironment": {
                    "agentRuntimeArn": f"arn:aws:bedrock-agentcore:{EU}:{SUPPORT}:runtime/lab-0123456789",
                    "agentRuntimeId": "lab-0123456789",
                    "agentRuntimeName": "lab",
                    "lifecycleConfiguration": {},
                    "networkConfiguration": {"networkMode": "PUBLIC"},
                }
            },
        }
        world.bedrock.add(SUPPORT, EU, Kept("agentcore-harness-managed-memory", harness, tags))
    vault_key = shared if world.since(10, 26) else None
    vault = {
        "tokenVaultId": "default",
        "kmsConfiguration": {
            "keyType": "CustomerManagedKey" if vault_key else "ServiceManagedKey",
            **_key("kmsKeyArn", vault_key),
        },
        "lastModifiedDate": _time(7, 1),
    }
    world.bedrock.add(SUPPORT, EU, Kept("agentcore-token-vault", vault))


def _plain_role(account: str, name: str) -> None:
    """A role as a console makes it."""
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "bedrock.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    get_backend("iam")[account]["aws"].create_role(name, document, "/", None, "", [], "3600")


def _sandbox(world: World) -> None:
    """Nobody's workload: found, because the whole organisation is looked through."""
    for name in ("my-first-agent", "meeting-notes", "contract-review"):
        _plain_role(SANDBOX, name)
    if not world.since(10, 12):
        agent(world, SANDBOX, US, "SHADOW0001", "my-first-agent", key=None, versions={"1": None}, live="1")
    agent(world, SANDBOX, EU, "SHADOW0002", "meeting-notes", key=None, memory=True)
    if world.since(11, 9):
        agent(world, SANDBOX, EU, "SHADOW0003", "contract-review", key=None)


def _acquired(world: World) -> None:
    """An account that joined the organisation."""
    _plain_role(ACQUIRED, "claims-intake")
    agent(
        world,
        ACQUIRED,
        US,
        "BOUGHTIN01",
        "claims-intake",
        key=None,
        versions={"1": None},
        live="1",
        memory=True,
    )


def _refusals(world: World) -> None:
    """What an audit cannot read: an account without the auditor's role, and a Region that was closed to everybody."""
    without_role, closed = not world.since(10, 5), world.since(11, 16)

    def fault(asked: Asked) -> None:
        if without_role and asked.operation == "AssumeRole" and ACQUIRED in str(asked.parameters["RoleArn"]):
            raise Refused("AccessDenied", f"not authorized to perform sts:AssumeRole on role/{AUDITOR}", 403)
        if closed and (asked.account, asked.region) == (SANDBOX, US) and asked.service != "kms":
            said = f"role/{AUDITOR} is not authorized, with an explicit deny in a service control policy"
            raise Refused("AccessDeniedException", said, 403)

    world.bedrock.fault = fault
