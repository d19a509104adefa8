"""What only a live account shows: the versions that answer, keys on their way out, grants, and what was not read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from bedrock_cmk_guard.controls import cmk
from bedrock_cmk_guard.controls.context import Context
from bedrock_cmk_guard.controls.control import Control, Judgement, Severity, control, fails, unknown
from bedrock_cmk_guard.controls.frameworks import ACCESS, AT_REST, DELETION, KEY_MANAGEMENT
from bedrock_cmk_guard.demands import matches
from bedrock_cmk_guard.subjects import (
    PENDING_DELETION,
    EncryptedResource,
    Fault,
    FaultKind,
    Grant,
    Key,
    Unknown,
    Verdict,
    Version,
)

_AGENTS = "https://docs.aws.amazon.com/bedrock/latest/userguide/cmk-agent-resources.html"
_OLD_AGENTS = "https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-agents.html"
_DELETION = "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html"
_GRANTS = "https://docs.aws.amazon.com/kms/latest/developerguide/grants.html"
_AUDITORS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html"
_SCPS = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html"
_AGENT = "bedrock-agent"
#: Agents made since have more of themselves under the key.
_MORE_FIELDS = dt.date(2025, 1, 22)
_OPENS = ("Decrypt", "GenerateDataKey", "ReEncryptFrom", "CreateGrant")


@control(
    "BCG_LIVE_001",
    severity=Severity.HIGH,
    remediation="Make a new version of it, which takes the draft's key, and route the alias there.",
    references=(_AGENTS,),
    frameworks=AT_REST,
)
def answers_under_its_key(resource: EncryptedResource, context: Context) -> Iterator[Judgement]:
    """Whatever an alias routes to lies under the key of its resource.

    A version keeps the key that it was made with. Giving an agent another key changes its draft; the version to which
    its alias routes, and which people talk to, stays where it was until a new one is made.
    """
    if context.reading.source != "aws":
        return
    for version in _others(resource):
        if version.name == "*" and isinstance(version.key.value, Unknown):
            yield unknown(f"its versions cannot be known: {version.key.value.reason}")
        elif version.aliases:
            wrong = _wrong(resource, version, context)
            routed = f"version {version.name}, to which the alias {' and '.join(version.aliases)} routes"
            if wrong is not None:
                yield replace(wrong, message=f"{routed}: {wrong.message}", fix="")
            else:
                text = f"{routed}, lies under another key than the draft"
                yield fails(text, version.key.place, version.key.trail)


@control(
    "BCG_LIVE_002",
    severity=Severity.LOW,
    remediation="Delete the version, if nobody goes back to it.",
    references=(_AGENTS,),
    frameworks=AT_REST,
)
def old_versions_too(resource: EncryptedResource, context: Context) -> Iterator[Judgement]:
    """Versions to which nothing routes lie under an acceptable key, too.

    An old version still holds instructions and prompts, under the key that it was made with, and an alias can be
    routed back to it at any time.
    """
    if context.reading.source != "aws":
        return
    bad: list[tuple[Version, Judgement]] = []
    vague: list[tuple[Version, Judgement]] = []
    for version in _others(resource):
        wrong = _wrong(resource, version, context) if not version.aliases and version.name != "*" else None
        if wrong is not None:
            (bad if wrong.verdict is Verdict.FAIL else vague).append((version, wrong))
    for found, say in ((bad, fails), (vague, unknown)):
        if found:
            version, wrong = found[0]
            which = f"version{'s' if len(found) > 1 else ''} {', '.join(each.name for each, _ in found)}"
            yield say(f"{which}: {wrong.message}", version.key.place, version.key.trail)


@control(
    "BCG_LIVE_003",
    severity=Severity.LOW,
    remediation="Make the agent anew, under the same key.",
    references=(_OLD_AGENTS, _AGENTS),
    frameworks=AT_REST,
)
def made_since_more_is_encrypted(resource: EncryptedResource, context: Context) -> Iterator[Judgement]:
    """The agent was made after 22 January 2025.

    Since then the key covers instructions, prompt templates, action groups and collaboration instructions. AWS keeps
    the older form, with its own list of fields and key policy, for agents made before.
    """
    if context.reading.source != "aws" or resource.surface != _AGENT:
        return
    if resource.made is None:
        if not isinstance(resource.key.value, Unknown):
            yield unknown("when it was made cannot be known")
    elif resource.made < _MORE_FIELDS:
        yield fails(f"it was made on {resource.made}, when the key covered fewer of its fields")


@control(
    "BCG_LIVE_004",
    severity=Severity.HIGH,
    remediation="Cancel the deletion, enable the key, and take what it protects to another key first.",
    references=(_DELETION,),
    frameworks=DELETION,
)
def stays_while_in_use(key: Key, context: Context) -> Iterator[Judgement]:
    """No key that is in use waits for its deletion.

    From the moment at which its deletion is scheduled a key decrypts nothing, and after the waiting period whatever
    lies under it is lost for good. Until then the deletion can be cancelled.
    """
    if key.state == PENDING_DELETION:
        users = context.users_of(key)
        when = f" on {key.deleted_on}" if key.deleted_on is not None else ""
        which = f"{users[0].address} lies" if len(users) == 1 else f"{len(users)} resources lie"
        yield fails(
            f"the key will be gone{when}, and {which} under it" if users else f"the key will be gone{when}"
        )


@control(
    "BCG_LIVE_005",
    severity=Severity.MEDIUM,
    remediation="Revoke the grant, unless somebody can say what it is for.",
    references=(_GRANTS,),
    frameworks=ACCESS,
)
def grants_go_to_services(key: Key, context: Context) -> Iterator[Judgement]:
    """Grants let only AWS's services, and the roles of what the key protects, decrypt.

    A grant gives access beside the key policy, and no policy shows it. Services make grants for themselves;
    one to anybody else is a way in that a review of policies does not find.
    """
    if key.grants is None:
        return
    if isinstance(key.grants.value, Unknown):
        yield unknown(f"the key's grants cannot be known: {key.grants.value.reason}", key.grants.place)
        return
    for grant in key.grants.value:
        opens = [each for each in grant.operations if each.startswith(_OPENS)]
        if opens and not _expected(grant, key, context):
            text = f"the grant {grant.id[:16]} lets {grant.grantee} use the key ({', '.join(opens)})"
            yield fails(text, key.grants.place)


@control(
    "BCG_LIVE_006",
    severity=Severity.HIGH,
    remediation="Let the auditor's role read there, as the rendered auditor policy does, and audit again.",
    references=(_AUDITORS,),
    frameworks=KEY_MANAGEMENT,
)
def was_read(fault: Fault, context: Context) -> Iterator[Judgement]:
    """Every account, Region and surface that was to be audited was read.

    What could not be read may hold anything. It is no part of what passes.
    """
    if fault.kind is FaultKind.NOT_AUDITED:
        yield unknown(fault.message)


@control(
    "BCG_LIVE_007",
    severity=Severity.HIGH,
    remediation="Attach the policy, as it is rendered from the requirements.",
    references=(_SCPS,),
    frameworks=KEY_MANAGEMENT,
)
def guardrails_are_there(fault: Fault, context: Context) -> Iterator[Judgement]:
    """The policies that the requirements ask for are attached where they ask for them.

    They are compared by what they say, not by name: one that somebody loosened is not the one that was asked for.
    """
    if fault.kind is FaultKind.GUARDRAIL:
        yield fails(fault.message)


LIVE_CONTROLS: tuple[Control, ...] = (
    answers_under_its_key,
    old_versions_too,
    made_since_more_is_encrypted,
    stays_while_in_use,
    grants_go_to_services,
    was_read,
    guardrails_are_there,
)


def _others(resource: EncryptedResource) -> Iterator[Version]:
    """The versions whose key is not the draft's; of the draft's other controls speak."""
    return (each for each in resource.versions if each.key.value != resource.key.value)


def _wrong(resource: EncryptedResource, version: Version, context: Context) -> Judgement | None:
    """What is wrong with a version's key, by the controls that judge the resource's own."""
    seen = replace(resource, key=version.key, versions=())
    return next((said for each in cmk.CONTROLS for said in each.evaluate(seen, context)), None)


def _expected(grant: Grant, key: Key, context: Context) -> bool:
    if grant.grantee.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return True
    for resource in context.users_of(key):
        role = resource.role.known() if resource.role is not None else None
        workload = context.assignment(resource).workload
        callers = workload.callers if workload is not None else ()
        if grant.grantee == role or any(matches(pattern, grant.grantee) for pattern in callers):
            return True
    return False
