"""A rendered CloudFormation template in front of cfn-lint, cloudformation-validate and moto.

`lint` and `validate` know each resource's schema; cfn-lint also looks into KMS key policies. Neither looks into
an Organizations policy's Content. moto resolves the intrinsic functions and creates KMS, IAM and Events
resources, to be read back through boto3. Of a key, moto's CloudFormation keeps policy, description, tags and
whether it rotates, and nothing else (not RotationPeriodInDays, Origin, KeySpec, MultiRegion); it creates
nothing at all for AWS::Organizations::Policy and AWS::IAM::RolePolicy. Those are read from the template, with
`parse`. It also takes a key's tags only in KMS's spelling, and two kinds of policy only as text, so that is
what it is given.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias
from unittest import mock

import boto3
import cfnlint.api
import cloudformation_validate as cfn_validate
from cfnlint.decode.cfn_yaml import loads as decode_yaml
from moto import mock_aws

Json: TypeAlias = "dict[str, Any]"
Level: TypeAlias = Literal["error", "warning", "info"]

BODY_BYTES = 51_200
"""The largest TemplateBody of CreateStack; a template in S3 may have 1,000,000 bytes."""
S3_BYTES = 1_000_000

_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM")
_FAKE_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@dataclass(frozen=True)
class Finding:
    """What a tool says of a template, at which line."""

    rule: str
    level: Level
    message: str
    line: int | None


def lint(template: Path, regions: Sequence[str]) -> list[Finding]:
    """cfn-lint's errors and warnings, for every Region that the template is meant for."""
    levels: Mapping[str, Level] = {"E": "error", "W": "warning", "I": "info"}
    matches = cfnlint.api.lint(template.read_text(encoding="utf-8"), regions=list(regions))
    return [
        Finding(match.rule.id, levels[match.rule.id[0]], match.message, match.linenumber) for match in matches
    ]


@cache
def _engine() -> cfn_validate.CompositeEngine:
    """Building it takes a second, a template some milliseconds."""
    return cfn_validate.CompositeEngine()


def validate(template: Path, *, info: bool = False) -> list[Finding]:
    """cloudformation-validate's errors and warnings; with `info` also its advice."""
    report = _engine().validate_template(template)
    complete = report.status in (cfn_validate.ReportStatus.OK, cfn_validate.ReportStatus.ERROR)
    assert complete, f"{template}: cloudformation-validate gave up early: {report.status}"
    levels: Mapping[str, Level] = {"FATAL": "error", "ERROR": "error", "WARN": "warning"}
    found = [
        Finding(entry.rule_id, levels.get(entry.severity.name, "info"), entry.message, entry.start_line)
        for entry in report.diagnostics
    ]
    return [finding for finding in found if info or finding.level != "info"]


def parse(template: Path) -> Json:
    """The template as plain values, short tags in their long form, read by cfn-lint's own decoder.

    It refuses duplicate keys, which PyYAML would swallow.
    """
    plain: Json = json.loads(json.dumps(decode_yaml(template.read_text(encoding="utf-8"))))
    return plain


def _as_text(document: Json) -> Json:
    return {"Fn::ToJsonString": document}


def _as_moto_wants_it(template: Json) -> str:
    """The template as JSON, with policies as text and KMS tags in the API's spelling."""
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::KMS::Key":
            properties["KeyPolicy"] = _as_text(properties["KeyPolicy"])
            properties["Tags"] = [
                {"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in properties.get("Tags", [])
            ]
        if resource["Type"] == "AWS::IAM::Policy":
            properties["PolicyDocument"] = _as_text(properties["PolicyDocument"])
        if resource["Type"] == "AWS::IAM::Role":
            for policy in properties.get("Policies", []):
                policy["PolicyDocument"] = _as_text(policy["PolicyDocument"])
    return json.dumps(template)


class Stack:
    """A stack in moto. Logical ids name its resources."""

    def __init__(self, session: Any, name: str) -> None:
        self._session = session
        self.name = name
        self._cloudformation = self.client("cloudformation")

    def client(self, service: str) -> Any:
        return self._session.client(service)

    @property
    def resources(self) -> dict[str, str]:
        """Physical by logical id, of what moto created."""
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        return {
            entry["LogicalResourceId"]: entry["PhysicalResourceId"]
            for page in pages
            for entry in page["StackResourceSummaries"]
            if entry.get("PhysicalResourceId")
        }

    @property
    def outputs(self) -> dict[str, str]:
        (stack,) = self._cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        return {entry["OutputKey"]: entry["OutputValue"] for entry in stack.get("Outputs", [])}

    @property
    def exports(self) -> dict[str, str]:
        return {entry["Name"]: entry["Value"] for entry in self._cloudformation.list_exports()["Exports"]}

    def key(self, logical_id: str) -> Key:
        return Key(self.client("kms"), self.resources[logical_id])

    def role(self, logical_id: str) -> Role:
        return Role(self.client("iam"), self.resources[logical_id])

    def managed_policy(self, logical_id: str) -> Json:
        """The document of an AWS::IAM::ManagedPolicy."""
        iam, arn = self.client("iam"), self.resources[logical_id]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        return _document(
            iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        )

    def event_pattern(self, rule_name: str) -> Json:
        pattern: Json = json.loads(self.client("events").describe_rule(Name=rule_name)["EventPattern"])
        return pattern


class Key:
    """A KMS key as the API tells it."""

    def __init__(self, kms: Any, key_id: str) -> None:
        self._kms = kms
        self.key_id = key_id

    @property
    def metadata(self) -> Json:
        metadata: Json = self._kms.describe_key(KeyId=self.key_id)["KeyMetadata"]
        return metadata

    @property
    def policy(self) -> Json:
        return _document(self._kms.get_key_policy(KeyId=self.key_id, PolicyName="default")["Policy"])

    @property
    def tags(self) -> dict[str, str]:
        tags = self._kms.list_resource_tags(KeyId=self.key_id)["Tags"]
        return {tag["TagKey"]: tag["TagValue"] for tag in tags}

    @property
    def rotates(self) -> bool:
        return bool(self._kms.get_key_rotation_status(KeyId=self.key_id)["KeyRotationEnabled"])

    @property
    def aliases(self) -> list[str]:
        return [alias["AliasName"] for alias in self._kms.list_aliases(KeyId=self.key_id)["Aliases"]]


class Role:
    """An IAM role as the API tells it."""

    def __init__(self, iam: Any, name: str) -> None:
        self._iam = iam
        self.name = name

    @property
    def trust(self) -> Json:
        return _document(self._iam.get_role(RoleName=self.name)["Role"]["AssumeRolePolicyDocument"])

    @property
    def inline_policies(self) -> dict[str, Json]:
        names = self._iam.list_role_policies(RoleName=self.name)["PolicyNames"]
        return {
            name: _document(self._iam.get_role_policy(RoleName=self.name, PolicyName=name)["PolicyDocument"])
            for name in names
        }

    @property
    def managed_policies(self) -> list[str]:
        attached = self._iam.list_attached_role_policies(RoleName=self.name)["AttachedPolicies"]
        return [entry["PolicyArn"] for entry in attached]

    @property
    def tags(self) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self._iam.list_role_tags(RoleName=self.name)["Tags"]}


def _document(policy: str | Json) -> Json:
    document: Json = json.loads(policy) if isinstance(policy, str) else policy
    return document


@contextmanager
def create_in_moto(
    template: Path,
    region: str,
    *,
    account: str = "123456789012",
    parameters: Mapping[str, str] | None = None,
) -> Iterator[Stack]:
    """Create the template's stack in an empty AWS of moto's, in this account and Region."""
    name = template.stem.replace(".", "-").replace("_", "-")
    environment = {**_FAKE_CREDENTIALS, "MOTO_ACCOUNT_ID": account, "AWS_CONFIG_FILE": os.devnull}
    with mock.patch.dict(os.environ, environment), mock_aws(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Tried to parse .* not supported by moto")
        session = boto3.Session(region_name=region)
        session.client("cloudformation").create_stack(
            StackName=name,
            TemplateBody=_as_moto_wants_it(parse(template)),
            Capabilities=list(_CAPABILITIES),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in (parameters or {}).items()
            ],
        )
        yield Stack(session, name)
