"""The values that AWS would answer with: ids and ARNs that look right, so that outputs do."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Values: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Caller:
    """Whose provider block this is. All aliases of a run share one server, so a run has one of these."""

    account: str = "111122223333"
    region: str = "us-east-1"
    organization: str = "o-exampleorgid"

    @property
    def partition(self) -> str:
        if self.region.startswith("us-gov-"):
            return "aws-us-gov"
        return "aws-cn" if self.region.startswith("cn-") else "aws"

    def arn(self, service: str, region: str, resource: str, account: str | None = None) -> str:
        return f"arn:{self.partition}:{service}:{region}:{account or self.account}:{resource}"


Filler: TypeAlias = Callable[[Values, Caller, str], dict[str, Any]]


def _digest(seed: str, length: int) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()[:length]


def _region(values: Values, caller: Caller) -> str:
    region = values.get("region")
    return region if isinstance(region, str) else caller.region


def _kms_key(values: Values, caller: Caller, seed: str) -> dict[str, Any]:
    key_id = str(uuid.UUID(_digest(seed, 32)))
    if values.get("multi_region") is True:
        key_id = "mrk-" + key_id.replace("-", "")
    region = _region(values, caller)
    return {
        "id": key_id,
        "key_id": key_id,
        "arn": caller.arn("kms", region, f"key/{key_id}"),
        "region": region,
        "multi_region": False,
        "description": "",
        "policy": "{}",
        "key_usage": "ENCRYPT_DECRYPT",
        "rotation_period_in_days": 365 if values.get("enable_key_rotation") is True else 0,
        "key_state": "Enabled",
    }


def _kms_external_key(values: Values, caller: Caller, seed: str) -> dict[str, Any]:
    imported = values.get("key_material_base64") is not None
    return _kms_key(values, caller, seed) | {
        "key_spec": "SYMMETRIC_DEFAULT",
        "enabled": imported,
        "key_state": "Enabled" if imported else "PendingImport",
        "expiration_model": "KEY_MATERIAL_DOES_NOT_EXPIRE" if imported else "",
    }


def _kms_alias(values: Values, caller: Caller, seed: str) -> dict[str, Any]:
    region = _region(values, caller)
    name = values.get("name") or f"{values.get('name_prefix') or 'alias/'}{_digest(seed, 26)}"
    target = str(values.get("target_key_id"))
    target_arn = target if target.startswith("arn:") else caller.arn("kms", region, f"key/{target}")
    return {
        "id": name,
        "name": name,
        "name_prefix": "",
        "region": region,
        "arn": caller.arn("kms", region, name),
        "target_key_arn": target_arn,
    }


def _kms_key_policy(values: Values, caller: Caller, seed: str) -> dict[str, Any]:
    del seed
    return {"id": values.get("key_id"), "region": _region(values, caller)}


def _organizations_policy(values: Values, caller: Caller, seed: str) -> dict[str, Any]:
    policy_id = "p-" + _digest(seed, 10)
    kind = str(values.get("type") or "SERVICE_CONTROL_POLICY").lower()
    return {
        "id": policy_id,
        "arn": caller.arn("organizations", "", f"policy/{caller.organization}/{kind}/{policy_id}"),
    }


def _organizations_policy_attachment(values: Values, caller: Caller, seed: str) -> dict[str, Any]:
    del caller, seed
    return {"id": f"{values.get('target_id')}:{values.get('policy_id')}"}


def _iam_role(values: Values, caller: Caller, seed: str) -> dict[str, Any]:
    name = values.get("name") or f"{values.get('name_prefix') or 'terraform-'}{_digest(seed, 26)}"
    return {
        "id": name,
        "name": name,
        "name_prefix": "",
        "arn": caller.arn("iam", "", f"role{values.get('path') or '/'}{name}"),
        "unique_id": "AROA" + _digest(seed, 17).upper(),
        "create_date": "2026-01-01T00:00:00Z",
    }


def _iam_policy(values: Values, caller: Caller, seed: str) -> dict[str, Any]:
    name = values.get("name") or f"terraform-{_digest(seed, 26)}"
    arn = caller.arn("iam", "", f"policy{values.get('path') or '/'}{name}")
    return {
        "id": arn,
        "arn": arn,
        "name": name,
        "name_prefix": "",
        "policy_id": "ANPA" + _digest(seed, 17).upper(),
    }


def _iam_role_policy(values: Values, caller: Caller, seed: str) -> dict[str, Any]:
    del caller
    name = values.get("name") or f"terraform-{_digest(seed, 26)}"
    return {"id": f"{values.get('role')}:{name}", "name": name, "name_prefix": ""}


def _event_rule(values: Values, caller: Caller, seed: str) -> dict[str, Any]:
    name = values.get("name") or f"terraform-{_digest(seed, 26)}"
    region = _region(values, caller)
    return {"id": name, "name": name, "region": region, "arn": caller.arn("events", region, f"rule/{name}")}


DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "aws_kms_key": {
        "bypass_policy_lockout_safety_check": False,
        "customer_master_key_spec": "SYMMETRIC_DEFAULT",
        "enable_key_rotation": False,
        "is_enabled": True,
        "key_usage": "ENCRYPT_DECRYPT",
    },
    "aws_kms_external_key": {"bypass_policy_lockout_safety_check": False, "deletion_window_in_days": 30},
    "aws_organizations_policy": {"type": "SERVICE_CONTROL_POLICY"},
    "aws_iam_role": {"force_detach_policies": False, "max_session_duration": 3600, "path": "/"},
    "aws_iam_policy": {"path": "/"},
}
"""Defaults that the provider plans for attributes left out; its schema does not show them."""

_FILLERS: Mapping[str, Filler] = {
    "aws_kms_key": _kms_key,
    "aws_kms_external_key": _kms_external_key,
    "aws_kms_alias": _kms_alias,
    "aws_kms_key_policy": _kms_key_policy,
    "aws_organizations_policy": _organizations_policy,
    "aws_organizations_policy_attachment": _organizations_policy_attachment,
    "aws_iam_role": _iam_role,
    "aws_iam_policy": _iam_policy,
    "aws_iam_role_policy": _iam_role_policy,
    "aws_cloudwatch_event_rule": _event_rule,
}


def resource_values(resource_type: str, values: Values, caller: Caller, seed: str) -> dict[str, Any]:
    """Computed attributes of a new resource. Other types than ours get an id, an ARN and a Region."""
    filler = _FILLERS.get(resource_type)
    if filler:
        return filler(values, caller, seed)
    name = f"{resource_type}/{_digest(seed, 10)}"
    region = _region(values, caller)
    service = resource_type.removeprefix("aws_").partition("_")[0]
    return {"id": name, "arn": caller.arn(service, region, name), "region": region}


def data_values(data_type: str, values: Values, caller: Caller) -> dict[str, Any]:
    suffix = "amazonaws.com.cn" if caller.partition == "aws-cn" else "amazonaws.com"
    region = _region(values, caller)
    known: Mapping[str, dict[str, Any]] = {
        "aws_caller_identity": {
            "id": caller.account,
            "account_id": caller.account,
            "arn": caller.arn("sts", "", "assumed-role/terraform/test"),
            "user_id": "AROAEXAMPLE:test",
        },
        "aws_partition": {
            "id": caller.partition,
            "partition": caller.partition,
            "dns_suffix": suffix,
            "reverse_dns_prefix": ".".join(reversed(suffix.split("."))),
        },
        "aws_region": {
            "id": region,
            "region": region,
            "name": region,
            "description": region,
            "endpoint": f"ec2.{region}.{suffix}",
        },
    }
    return known.get(data_type, {})
