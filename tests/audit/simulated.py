"""A small world of one or two accounts for a test: moto's KMS, IAM and STS, and the project's own Bedrock."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
import botocore.session
from moto import mock_aws
from moto.backends import get_backend

from bedrock_cmk_guard.audit import AuditResult, Scope, Speed, audit
from bedrock_cmk_guard.controls import Result
from bedrock_cmk_guard.demands import Demands
from bedrock_cmk_guard.history import History
from examples.audit.service import Asked, Bedrock, Kept, Refused

HOME, OTHER = "111122223333", "444455556666"
REGION = "eu-central-1"
NOW = dt.datetime(2026, 11, 2, 6, tzinfo=dt.UTC)
MADE = dt.datetime(2025, 6, 1, 9, tzinfo=dt.UTC)
FAST = Speed(rate=0, attempts=2, connect_seconds=1, read_seconds=1)
AGENTS = ("agent-definition", "session-memory")


@dataclass
class Simulation:
    """The world, and what was found in it."""

    bedrock: Bedrock
    session: boto3.Session
    key: str = ""
    found: list[Result] = field(default_factory=list)

    def agent(
        self,
        number: int,
        *,
        key: str | None = "",
        account: str = HOME,
        region: str = REGION,
        versions: Mapping[str, str | None] | None = None,
        live: str = "",
        memory: bool = False,
        made: dt.datetime | None = MADE,
        role: str = "agents",
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Put an agent in; its key is the world's, unless another or none is given. Returns its ARN."""
        name = f"AGENT{number:05d}"
        key = self.key if key == "" else key
        data: dict[str, Any] = {
            "agentId": name,
            "agentName": f"agent-{number}",
            "agentArn": f"arn:aws:bedrock:{region}:{account}:agent/{name}",
            "agentStatus": "PREPARED",
            "idleSessionTTLInSeconds": 600,
            "agentResourceRoleArn": f"arn:aws:iam::{account}:role/{role}",
            "updatedAt": MADE,
            "createdAt": made or MADE,
        }
        if memory:
            data["memoryConfiguration"] = {"enabledMemoryTypes": ["SESSION_SUMMARY"], "storageDays": 30}
        numbered = [
            {**data, "version": each, "agentVersion": each, **named(its)}
            for each, its in (versions or {}).items()
        ]
        alias = {
            "agentAliasId": f"ALIAS{number:05d}",
            "agentAliasName": "live",
            "agentAliasStatus": "PREPARED",
            "routingConfiguration": [{"agentVersion": live}],
            "createdAt": MADE,
            "updatedAt": MADE,
        }
        draft = {**data, "agentVersion": "DRAFT", **named(key)}
        kept = Kept("bedrock-agent", draft, dict(tags or {}), numbered, [alias] if live else [])
        self.bedrock.add(account, region, kept)
        return str(data["agentArn"])

    def refuse(
        self, wanted: Callable[[Asked], bool], code: str = "AccessDeniedException", status: int = 403
    ) -> None:
        """Have the calls refused for which this holds."""

        def fault(asked: Asked) -> None:
            if wanted(asked):
                raise Refused(code, "refused for the test", status)

        self.bedrock.fault = fault

    def audit(
        self,
        *,
        demands: Demands | None = None,
        scope: Scope | None = None,
        history: History | None = None,
        resume: bool = False,
        now: dt.datetime = NOW,
        **given: Any,
    ) -> AuditResult:
        """Audit to the end, and keep what is found."""
        scope = scope or Scope(regions=(REGION,), tiers=AGENTS)
        result = audit(
            self.session, demands or Demands.default(), now=now, scope=scope, speed=given.pop("speed", FAST),
            history=history, resume=resume, **given,
        )  # fmt: skip
        self.found = list(result)
        return result

    def verdict(self, address: str, surface: str = "bedrock-agent") -> str:
        """The verdict of the one result on a subject."""
        (found,) = [each for each in self.found if (each.address, each.surface) == (address, surface)]
        return found.verdict.value

    def said(self, control: str) -> list[tuple[str, str]]:
        """The verdicts and messages of a control's findings."""
        findings = [finding for each in self.found for finding in each.findings]
        return [(each.verdict.value, each.message) for each in findings if each.control.id == control]


def named(key: str | None) -> dict[str, str]:
    """The member that names a key."""
    return {"customerEncryptionKeyArn": key} if key else {}


def new_key(account: str = HOME, region: str = REGION, policy: object = None) -> str:
    """A key that rotates, with the default policy, in moto."""
    backend = get_backend("kms")[account][region]
    text = json.dumps(policy or default_policy(account))
    key = backend.create_key(text, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "", [])
    backend.enable_key_rotation(key.id)
    return str(key.arn)


def default_policy(account: str) -> dict[str, object]:
    """What KMS gives a key without a policy."""
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    return statement({"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"})


def statement(*statements: Mapping[str, object]) -> dict[str, object]:
    """A policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def new_role(account: str = HOME, name: str = "agents", trust: object = None) -> str:
    """A role that Bedrock may take for its own account, in moto."""
    own = statement(
        {
            "Effect": "Allow",
            "Principal": {"Service": "bedrock.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
    )
    iam = get_backend("iam")[account]["aws"]
    return str(iam.create_role(name, json.dumps(trust or own), "/", None, "", [], "3600").arn)


@cache
def _models() -> object:
    """boto3's models, which take a while to load: once for all tests."""
    return botocore.session.get_session().get_component("data_loader")


@contextmanager
def simulated(bedrock: Bedrock | None = None) -> Iterator[Simulation]:
    """Give a world with one account, a key and a role."""
    bedrock = bedrock or Bedrock()
    with mock_aws(), bedrock.listening():
        iam = get_backend("iam")[HOME]["aws"]
        iam.create_user("us-east-1", "auditor")
        credentials = iam.create_access_key("auditor")
        inner = botocore.session.get_session()
        inner.register_component("data_loader", _models())
        session = boto3.Session(
            credentials.access_key_id,
            credentials.secret_access_key,
            region_name=REGION,
            botocore_session=inner,
        )
        new_role()
        yield Simulation(bedrock, session, new_key())
