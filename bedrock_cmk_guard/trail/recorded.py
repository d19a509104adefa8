"""A recorded call as the requests that IAM decided for it; what CloudTrail does not tell of them stays open."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bedrock_cmk_guard.iam.evaluator import Open
from bedrock_cmk_guard.iam.service_data import frozen_service
from bedrock_cmk_guard.trail.surfaces import SOURCES

ContextValue = str | tuple[str, ...] | Open

#: Calls that are decided as another action; the service authorization data has none of their own.
_DECIDED_AS = {
    "retrieveandgeneratestream": "RetrieveAndGenerate",
    "converse": "InvokeModel",
    "conversestream": "InvokeModelWithResponseStream",
}
_CONTEXT = "kms:EncryptionContext:"
_KEY = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+")
_ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:.+")
#: What AWS writes where it does not show a value.
_HIDDEN = re.compile(r"\*+|HIDDEN.*")
# Condition keys that are the request's own parameters, by action: the member of requestParameters.
_PARAMETERS: Mapping[str, Mapping[str, str]] = {
    "kms:CreateKey": {
        "kms:KeySpec": "keySpec",
        "kms:KeyOrigin": "origin",
        "kms:MultiRegion": "multiRegion",
        "kms:BypassPolicyLockoutSafetyCheck": "bypassPolicyLockoutSafetyCheck",
    },
    "kms:EnableKeyRotation": {"kms:RotationPeriodInDays": "rotationPeriodInDays"},
    "kms:PutKeyPolicy": {"kms:BypassPolicyLockoutSafetyCheck": "bypassPolicyLockoutSafetyCheck"},
    "kms:ScheduleKeyDeletion": {"kms:ScheduleKeyDeletionPendingWindowInDays": "pendingWindowInDays"},
    "kms:CreateGrant": {"kms:GrantOperations": "operations", "kms:GranteePrincipal": "granteePrincipal"},
    "bedrock-agentcore:CreateMemory": {"bedrock-agentcore:KmsKeyArn": "encryptionKeyArn"},
}
# Those of them that a request without the parameter does not carry; of the others AWS does not say.
_ABSENT_WITHOUT = ("bedrock-agentcore:CreateMemory",)


@dataclass(frozen=True, slots=True)
class Call:
    """Calls that CloudTrail recorded alike: as many, and one of them."""

    source: str
    event: str
    region: str
    recipient: str
    identity: str
    principal: str
    session: str | None
    account: str | None
    invoked_by: str | None
    via: str | None
    parameters: str | None
    resources: tuple[str, ...]
    endpoint: str | None
    number: int
    example: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request of a recorded call: who, what, on what, and what the record tells of its condition keys."""

    principal: str | Open
    action: str
    resource: str | Open
    account: str
    """The account that owns the resource."""
    context: Mapping[str, ContextValue]
    settled: tuple[str, ...]
    """Prefixes of condition keys that the record settles: those not in the context are absent."""

    def settles(self, key: str) -> bool:
        """Whether the record tells of this key, be it that the request did not carry it."""
        folded = key.lower()
        given = {each.lower() for each in self.context}
        return folded in given or folded.startswith(tuple(each.lower() for each in self.settled))


class NotTold(Exception):  # noqa: N818
    """What a record does not tell, so that nothing can be decided."""


def requests(call: Call) -> Iterator[Recorded]:
    """The requests that the call was decided by. Raises ``NotTold``."""
    parameters = _parameters(call)
    for action, resource in _decided(call, parameters):
        context, settled = _context(call, action, parameters)
        account = _account(resource) or call.recipient
        yield Recorded(_principal(call), action, resource, account, context, settled)


def _decided(call: Call, parameters: Mapping[str, object] | None) -> Iterator[tuple[str, str | Open]]:
    prefix = SOURCES[call.source]
    keys = _keys(call, parameters)
    if prefix == "kms" and call.event == "ReEncrypt":
        to = (parameters or {}).get("destinationKeyId")
        origin = next((key for key in keys if key != to), keys[0] if keys else Open.ANYTHING)
        yield "kms:ReEncryptFrom", origin
        yield "kms:ReEncryptTo", str(to) if isinstance(to, str) and _KEY.fullmatch(to) else Open.ANYTHING
        return
    action = _action(prefix, call.event)
    if prefix == "kms":
        yield from ((action, each) for each in _of_kms(call, keys, parameters))
        return
    named = (parameters or {}).get("roleArn") if prefix == "sts" else None
    found = [each for each in (named, *call.resources) if isinstance(each, str) and _ARN.fullmatch(each)]
    yield action, found[0] if found and prefix != "iam" else Open.ANYTHING


def _of_kms(
    call: Call, keys: tuple[str, ...], parameters: Mapping[str, object] | None
) -> Iterator[str | Open]:
    """What a call to KMS is decided on: the keys it names, and an alias that it makes or moves."""
    if call.event in ("CreateKey", "ListAliases", "ListKeys", "GenerateRandom"):
        yield "*"
        return
    yield from keys
    if call.event.endswith("Alias"):
        name = (parameters or {}).get("aliasName")
        partition = keys[0].split(":")[1] if keys else "aws"
        yield (
            f"arn:{partition}:kms:{call.region}:{call.recipient}:{name}"
            if isinstance(name, str)
            else Open.ANYTHING
        )
    elif not keys:
        yield Open.ANYTHING


def _action(prefix: str, event: str) -> str:
    service = frozen_service(prefix)
    name = _DECIDED_AS.get(event.lower(), event)
    found = service.actions.get(name.lower()) if service is not None else None
    if found is None:
        raise NotTold(f"the service authorization data has no action {prefix}:{event}")
    return f"{prefix}:{found.name}"


def _keys(call: Call, parameters: Mapping[str, object] | None) -> tuple[str, ...]:
    asked = (parameters or {}).get("keyId")
    named = [*call.resources, *([asked] if isinstance(asked, str) else [])]
    return tuple(dict.fromkeys(each for each in named if _KEY.fullmatch(each)))


def _principal(call: Call) -> str | Open:
    if call.identity == "AWSService":
        if call.invoked_by is None:
            raise NotTold("CloudTrail does not say which service called")
        return call.invoked_by
    if call.identity == "AssumedRole" and call.session is not None and call.session.startswith("arn:"):
        return call.session
    if call.principal.startswith("arn:"):
        return call.principal
    if call.account is None:
        raise NotTold("CloudTrail does not say who called")
    return Open.ANYTHING


def _context(
    call: Call, action: str, parameters: Mapping[str, object] | None
) -> tuple[dict[str, ContextValue], tuple[str, ...]]:
    """What the record tells of the request's condition keys, and which it settles."""
    context: dict[str, ContextValue] = {"aws:RequestedRegion": call.region}
    settled = ["aws:SourceVpce"]
    if call.endpoint is not None:
        context["aws:SourceVpce"] = call.endpoint
    if call.identity == "AssumedRole" and call.principal.startswith("arn:"):
        context["aws:PrincipalArn"] = call.principal
    elif not call.principal.startswith("arn:") and call.identity != "AWSService" and call.account is not None:
        context |= {"aws:PrincipalAccount": call.account, "kms:CallerAccount": call.account}
    settled += _caller(call, context)
    if parameters is not None:
        settled += _from_parameters(action, parameters, context)
    return context, tuple(settled)


def _caller(call: Call, context: dict[str, ContextValue]) -> list[str]:
    """What follows from who called through whom."""
    if call.identity == "AWSService":
        return ["kms:ViaService", "kms:CallerAccount", "aws:Principal", "aws:Called", "aws:ViaAWSService"]
    settled = ["aws:SourceAccount", "aws:SourceArn", "aws:SourceOrg"]
    if call.invoked_by is not None and call.invoked_by.endswith(".amazonaws.com"):
        service = call.invoked_by.removesuffix(".amazonaws.com")
        context["kms:ViaService"] = f"{service}.{call.region}.amazonaws.com"
        context["aws:CalledVia"] = Open.PRESENT
        return settled
    if call.via is None:
        return [*settled, "kms:ViaService", "aws:Called", "aws:ViaAWSService"]
    # A service's address, or "AWS Internal": how it came to call is not told.
    context |= {"kms:ViaService": Open.ANYTHING, "aws:CalledVia": Open.ANYTHING}
    return settled


def _from_parameters(
    action: str, parameters: Mapping[str, object], context: dict[str, ContextValue]
) -> list[str]:
    """What the parameters of the request tell; the condition keys that they settle are returned."""
    settled = []
    for key, member in _PARAMETERS.get(action, {}).items():
        value = parameters.get(member)
        if isinstance(value, str) and _HIDDEN.fullmatch(value):
            context[key] = Open.PRESENT
        elif value is not None:
            context[key] = _texts(value)
        elif action in _ABSENT_WITHOUT:
            settled.append(key)
    if action.startswith("kms:") and (action.partition(":")[2] not in ("ReEncryptFrom", "ReEncryptTo")):
        pairs = parameters.get("encryptionContext")
        pairs = pairs if isinstance(pairs, dict) else {}
        context |= {f"{_CONTEXT}{name}": _texts(value) for name, value in pairs.items()}
        if pairs:
            context["kms:EncryptionContextKeys"] = tuple(map(str, pairs))
        settled += [_CONTEXT, "kms:EncryptionContextKeys"]
    tags = _tags(parameters)
    if tags is not None:
        context |= {f"aws:RequestTag/{name}": value for name, value in tags.items() if value is not None}
        if tags:
            context["aws:TagKeys"] = tuple(tags)
        settled += ["aws:RequestTag/", "aws:TagKeys"]
    return settled


def _tags(parameters: Mapping[str, object]) -> dict[str, str | None] | None:
    """The tags of a request, in any of the forms that services have; None where it shows none."""
    match parameters:
        case {"tags": list(tags)} if all(isinstance(tag, dict) for tag in tags):
            pairs = (
                (tag.get("tagKey", tag.get("key")), tag.get("tagValue", tag.get("value"))) for tag in tags
            )
            return {str(key): None if value is None else str(value) for key, value in pairs}
        case {"tags": dict(tags)}:
            return {str(key): str(value) for key, value in tags.items()}
        case {"tagKeys": list(keys)}:
            return {str(key): None for key in keys}
    return None


def _texts(value: object) -> str | tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parameters(call: Call) -> Mapping[str, object] | None:
    if call.parameters is None:
        return None
    try:
        found = json.loads(call.parameters)
    except (ValueError, RecursionError):
        raise NotTold("the parameters of the request are not JSON") from None
    return found if isinstance(found, dict) else None


def _account(resource: str | Open) -> str | None:
    if isinstance(resource, Open) or resource == "*":
        return None
    parts = resource.split(":")
    return parts[4] if len(parts) > 5 and parts[4] else None
