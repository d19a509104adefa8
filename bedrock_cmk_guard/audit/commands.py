"""The command that mends a finding, to be copied as it stands; nothing, where no one command does."""

from __future__ import annotations

import re
import shlex

from bedrock_cmk_guard.controls import Finding
from bedrock_cmk_guard.demands import Demands
from bedrock_cmk_guard.subjects import EncryptedResource, Key, Role
from bedrock_cmk_guard.surfaces import catalogue

_KEY = "KEY_ARN"
#: How an update names its resource, of the surfaces whose key one command changes.
IDENTIFIERS = {
    "agent-memory-classic": "agentId",
    "agentcore-configuration-bundle": "bundleId",
    "agentcore-evaluator": "evaluatorId",
    "agentcore-gateway": "gatewayIdentifier",
    "bedrock-agent": "agentId",
    "flow": "flowIdentifier",
    "guardrail": "guardrailIdentifier",
    "prompt": "promptIdentifier",
}
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def command(finding: Finding, subject: EncryptedResource | Key | Role, demands: Demands) -> str:
    """The AWS CLI command that mends a finding."""
    if isinstance(subject, Key):
        return _of_key(finding, subject, demands)
    if isinstance(subject, EncryptedResource) and finding.control.id.startswith("BCG_CMK"):
        return _of_resource(subject)
    return ""


def advice(finding: Finding, subject: EncryptedResource | Key | Role) -> str:
    """What to do about a finding of a live account, in words."""
    if not isinstance(subject, EncryptedResource) or not finding.control.id.startswith("BCG_CMK"):
        return finding.fix
    surface = catalogue().surfaces[subject.surface]
    if surface.key.mutable is False:
        anew = f"The key is fixed when it is made: make it anew, with {subject.attribute}."
        return f"{finding.control.remediation} {anew}"
    if "update" in surface.operations and subject.versions:
        return f"{finding.control.remediation} Then make a new version, and route its aliases there."
    return finding.control.remediation


def _of_resource(resource: EncryptedResource) -> str:
    """The update that gives it a key."""
    surface = catalogue().surfaces[resource.surface]
    update, identifier = surface.operations.get("update", ""), IDENTIFIERS.get(surface.id)
    path = next((each.path for each in surface.key.request if each.operation == update), "")
    if identifier is None or not path:
        return ""
    name = shlex.quote(resource.address.rpartition("/")[2])
    return (
        f"aws {surface.service} {kebab(update)} --region {resource.region.known() or ''} "
        f"--{kebab(identifier)} {name} --{kebab(path)} {_KEY}  "
        "# with every other field as it is: what is left out is dropped"
    )


def _of_key(finding: Finding, key: Key, demands: Demands) -> str:
    region = key.region.known() or key.arn.split(":")[3]
    name = f"--region {region} --key-id {key.arn}"
    days = demands.keys.rotation_period_days
    if finding.control.id in ("BCG_KEY_001", "BCG_KEY_002") and days is not None:
        return f"aws kms enable-key-rotation {name} --rotation-period-in-days {days}"
    if finding.control.id == "BCG_KEY_005":
        return f"aws kms enable-key {name}"
    if finding.control.id == "BCG_LIVE_004":
        return f"aws kms cancel-key-deletion {name} && aws kms enable-key {name}"
    if finding.control.id == "BCG_LIVE_005" and key.grants is not None:
        grants = key.grants.known() or ()
        for grant in grants:
            if f"the grant {grant.id[:16]} " in finding.message:
                return f"aws kms revoke-grant {name} --grant-id {shlex.quote(grant.id)}"
    tag = re.fullmatch(r'Tag the key (.+) = "(.*)"\.', finding.fix)
    if finding.control.id == "BCG_KEY_008" and tag and tag[2] != "…":
        return f"aws kms tag-resource {name} --tags {shlex.quote(f'TagKey={tag[1]},TagValue={tag[2]}')}"
    alias = re.fullmatch(r"Give it the alias (alias/[A-Za-z0-9/_-]+)\.", finding.fix)
    if finding.control.id == "BCG_KEY_014" and alias:
        return f"aws kms create-alias --region {region} --alias-name {alias[1]} --target-key-id {key.arn}"
    return ""


def kebab(name: str) -> str:
    """A name of the API as the AWS CLI writes it."""
    return _WORD.sub("-", name).lower()
